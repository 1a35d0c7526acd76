"""The sentences of a stored decision in the reader's language. They are kept in English, word for word as they were decided; which are shown is `web.desk.why`'s."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from django.utils.translation import gettext, gettext_noop

from web.desk import words

_PHRASES = (
    gettext_noop("Looks like %(category)s (%(share)s), most of all for %(words)s."),
    gettext_noop("Looks like %(category)s (%(share)s)."),
    gettext_noop("Rated %(priority)s (likely: %(first)s %(share)s, %(second)s %(rest)s)."),
    gettext_noop("Sent to %(team)s: %(share)s sure."),
    gettext_noop("The customer %(said)s (%(share)s) and %(more)s (%(rest)s)."),
    gettext_noop("The customer %(said)s (%(share)s)."),
    gettext_noop("That it came so speaks for it too: %(around)s."),
    gettext_noop("Tickets like it needed %(skill)s (%(share)s), most of all for %(words)s."),
    gettext_noop("Tickets like it needed %(skill)s (%(share)s)."),
    gettext_noop(
        "Tickets like it were solved by people who know %(skill)s, more often than by chance (%(share)s), most of all for %(words)s."
    ),
    gettext_noop(
        "Tickets like it were solved by people who know %(skill)s, more often than by chance (%(share)s)."
    ),
    gettext_noop(
        "Not sure enough of the team: %(team)s (%(share)s) or %(other)s (%(rest)s). Sending it there would cost %(cost)s, a look by the triage team %(triage)s."
    ),
    gettext_noop("The router has learned from no ticket in this language (%(language)s)."),
    gettext_noop("Nothing in the text is known. So the triage team decides."),
    gettext_noop("The classifiers gave no usable number. So the triage team decides."),
    gettext_noop("The classifiers failed on this text (%(fault)s). So the triage team decides."),
    gettext_noop("The classifier could not be asked, so the triage team decides."),
    gettext_noop(
        "It came through a mailing list and nothing was answered by machine, so the triage team decides."
    ),
    gettext_noop(
        "Its headers forbid automatic answers and none was given, so the triage team decides."
    ),
    gettext_noop("It is encrypted and nothing could be read, so the triage team decides."),
    gettext_noop(
        "Colleagues decided that every mail of this sender opens a ticket; nothing was answered by machine, and the triage team decides."
    ),
    gettext_noop("A colleague made a ticket of a mail that was kept without one."),
    gettext_noop("It could not be read, and a colleague made a ticket of it."),
    gettext_noop("No routing model is loaded, so a person decides."),
    gettext_noop("The text speaks of danger to people (%(words)s), so it is critical."),
    gettext_noop(
        "The text speaks of personal data in wrong hands (%(words)s), so it is at least high."
    ),
    gettext_noop(
        "The message was understood as urgent or as a complaint, so the priority is one step higher."
    ),
    gettext_noop("The customer's tier is %(tier)s, so the priority is one step higher."),
    gettext_noop("The bot has already tried %(count)s answers, so it is at least medium."),
    gettext_noop("Somebody who knows %(skill)s should take it."),
    gettext_noop("It is written in German."),
    gettext_noop("It is written in Spanish."),
    gettext_noop(
        "From minute %(minutes)s on only the customer's own agent, %(agent)s, is offered it, if they are there."
    ),
    gettext_noop("From minute %(minutes)s on only %(agent)s is offered it, if they are there."),
    gettext_noop(
        "The target for %(agent)s is passed over: nobody who takes conversations has that address."
    ),
    gettext_noop(
        "The customer has no agent of their own, so the target for that agent is passed over."
    ),
    gettext_noop("Tried out: a person looks at every ticket first."),
)
"""What `router` and the rules that are shipped say; a longer one before the one that it begins with."""

_SAID = {
    "asks for help at once": gettext_noop("asks for help at once"),
    "cannot wait long": gettext_noop("cannot wait long"),
    "is in no hurry": gettext_noop("is in no hurry"),
    "sounds upset": gettext_noop("sounds upset"),
    "sounds calm": gettext_noop("sounds calm"),
    "sounds pleased": gettext_noop("sounds pleased"),
}

_PRIORITIES = {"critical": 1, "high": 2, "medium": 3, "low": 4}

_VALUE = re.compile(r"%\((\w+)\)s")


def in_words(sentence: str, teams: Mapping[str, str]) -> str:
    """A sentence of a decision as the reader says it; one that nobody here knows, a rule's own, as it stands.

    `teams`: slug to name.
    """
    for phrase, pattern in _KNOWN:
        found = pattern.fullmatch(sentence)
        if found is not None:
            values = {name: _named(name, value, teams) for name, value in found.groupdict().items()}
            return gettext(phrase) % values
    return sentence


def priority(label: str) -> str:
    """A priority's name for people, by the router's label."""
    return str(words.PRIORITIES.get(_PRIORITIES.get(label, 0), label))


def _named(name: str, value: str, teams: Mapping[str, str]) -> str:
    if name in {"team", "other"}:
        return teams.get(value, value)
    say: Callable[[str], str] = _SAY.get(name, str)
    return say(value)


def _said(value: str) -> str:
    return gettext(_SAID[value]) if value in _SAID else value


_SAY: dict[str, Callable[[str], str]] = {
    "category": words.category,
    "skill": words.category,
    "priority": priority,
    "first": priority,
    "second": priority,
    "said": _said,
    "more": _said,
}


def _pattern(phrase: str) -> re.Pattern[str]:
    """Which sentences the phrase says, with its values."""
    pieces = _VALUE.split(phrase)
    found = (f"(?P<{one}>.+?)" if at % 2 else re.escape(one) for at, one in enumerate(pieces))
    return re.compile("".join(found), re.S)


_KNOWN = tuple((phrase, _pattern(phrase)) for phrase in _PHRASES)
