"""What the rules may call: read-only functions of the turn, by name. What follows what is decided in `rules/`.

An action sees only what the turn carries (`metadata`: the knowledge base's answer, what was
understood, the facts of our database; all plain JSON, as `bot.wire` writes it) and the slots. What should
change it returns as an effect. Texts are in `domain/responses.yml`; an action names them.
Runs inside Rasa (Python 3.10), in its process: a function of the turn needs no server.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Json = Mapping[str, Any]

LANGUAGES = ("en", "es", "de", "fr", "pt", "ar")
SUMMARY_LENGTH = 200
QUOTE_LENGTH = 700
SECOND_BEST = 0.2
"""A passage below this probability is not worth a second try."""
LAST_MISS = 2
"""At this answer that did not help, people take over."""
CLAIMS_MEANING = ("ask", "out_of_scope")
"""What an understander makes of a message without words."""
MATTERS = frozenset({"ask", "give_details", "urgent_complaint", "ticket_status"})
"""Acts that beside the wish for a person say what it is about."""
LAST_ASIDE = 2
"""At this message that fills nothing, the form gives up and people take over with what is known."""
TICKETS_LISTED = 3
DECISIONS = frozenset({"answer", "clarify", "handoff"})
"""Values of `core.knowledge.Answering`."""
QUOTED = ("article", "title", "url", "revision", "anchor", "language")
"""What a citation says of its passage, beside the words."""


class NothingToDo(Exception):
    """The rules called an action that has nothing to work on."""


@dataclass(frozen=True)
class Moment:
    """One call: the message, what is known, and the dialogue's memory."""

    text: str
    act: str
    slots: Json
    understood: Json
    answer: Json
    facts: Json

    @property
    def contact(self) -> str:
        """Where people can write to, or empty."""
        return str(self.facts.get("contact") or self.slots.get("contact") or "")


@dataclass
class Outcome:
    """What an action gives back to Rasa: slots to set and things to say or ask to be done, in order."""

    slots: dict[str, Any] = field(default_factory=dict)
    responses: list[dict[str, Any]] = field(default_factory=list)

    def say(self, response: str, **values: Any) -> None:
        """Says a text of the catalogue, filled with `values`."""
        self.responses.append({"response": response, **values})

    def effect(self, kind: str, /, **arguments: Any) -> None:
        """Asks for something to be done; `kind`: one of `core.understanding.EffectKind`."""
        self.responses.append({"custom": {"effect": {"kind": kind, "arguments": arguments}}})

    def changed(self, before: Json) -> dict[str, Any]:
        """The slots that are not so already: each costs Rasa an event."""
        return {name: value for name, value in self.slots.items() if before.get(name) != value}


def run(name: str, moment: Moment) -> Outcome:
    """Raises NothingToDo, and KeyError or ValueError for an unknown action or a turn that carries nonsense."""
    if moment.answer["decision"] not in DECISIONS:
        raise ValueError(f"There is no decision {moment.answer['decision']!r}.")
    return ACTIONS[name](moment)


def answer(moment: Moment) -> Outcome:
    """Answers, asks back or gives up on each question, as the knowledge base decided; sets `decision`.

    `partly`: something is answered, and something else is for people. What is left open while a choice is offered comes up
    again behind it (`open`).
    """
    line = one_line(moment.text)
    parts = _parts(moment.answer)
    told = [part for part in parts if part["decision"] == "answer"]
    rest = [part for part in parts if part["decision"] != "answer"]
    choice = next((part for part in rest if part["decision"] == "clarify" and part["alternatives"]), None)
    unknown = [part["asked"] for part in rest if part is not choice and part.get("asked")]
    left = [*unknown, *(moment.slots.get("open") or ())]
    shown = sorted({cited["article"] for part in told for cited in part["citations"]})
    outcome = Outcome(slots={"topic": line, "misses": 0, "shown": shown, "open": None})
    if "greet" in moment.understood["also"]:
        outcome.say("utter_hello")
    for part in told:
        _quote(outcome, part)
    if choice is not None:
        outcome.slots |= {"decision": "clarify", "open": left or None}
        if unknown:
            outcome.say("utter_part_not_known", asked=_listed(unknown))
        if choice.get("heading"):
            outcome.slots["topic"] = one_line(choice["asked"])
            outcome.responses.append({"text": choice["heading"], "custom": {"lead_in": True}})
        _offer(outcome, choice["alternatives"])
    elif told and left:
        outcome.slots["decision"] = "partly"
        outcome.slots |= _known_for_handoff(moment, _listed(left), "unanswered")
        outcome.say("utter_part_not_known", asked=_listed(left))
    elif told:
        outcome.slots["decision"] = "answer"
    else:
        unclear = moment.act in CLAIMS_MEANING and _is_unreadable(moment.text)
        outcome.slots |= {"decision": "unclear" if unclear else "handoff", "open": left or None}
        outcome.slots |= _known_for_handoff(moment, _listed([line, *left]), "unanswered")
    return outcome


def answer_aside(moment: Moment) -> Outcome:
    """Answers a question in the middle of a form, without leaving the form's topic; sets `decision`.

    `unclear`: the form may ask again; `handoff`: it has asked in vain often enough.
    """
    outcome = Outcome()
    parts = _parts(moment.answer)
    told = [part for part in parts if part["decision"] == "answer"]
    if told:
        outcome.slots["decision"] = "answer"
        for part in told:
            _quote(outcome, part)
        if len(told) < len(parts):
            outcome.say("utter_not_known_aside")
        return outcome
    asides = int(moment.slots.get("asides") or 0) + 1
    outcome.slots = {"asides": asides, "decision": "unclear" if asides < LAST_ASIDE else "handoff"}
    if moment.act == "ask":
        outcome.say("utter_not_known_aside")
    return outcome


def next_best(moment: Moment) -> Outcome:
    """After an answer that did not help: another article's passage, or people.

    The turn's answer is to the question under discussion, because `brain` asked that again.
    """
    shown = list(moment.slots.get("shown") or ())
    if not shown:
        raise NothingToDo("Nothing has been answered that could have helped.")
    misses = int(moment.slots.get("misses") or 0) + 1
    outcome = Outcome(slots={"misses": misses})
    outcome.effect("rate", helpful=False)
    other = _another_passage(moment.answer, shown)
    if other is None or misses >= LAST_MISS:
        outcome.slots["decision"] = "handoff"
        topic = str(moment.slots.get("topic") or "")
        outcome.slots |= _known_for_handoff(moment, topic, "not_helpful")
        return outcome
    quote = _cut_at_sentence(other["text"], QUOTE_LENGTH)
    citation = {name: other[name] for name in QUOTED} | {"quote": quote}
    outcome.slots |= {"decision": "answer", "shown": [*shown, other["article"]]}
    outcome.say("utter_another_try")
    _quote(outcome, {"text": quote, "citations": [citation], "suggestions": []})
    return outcome


def prepare_handoff(moment: Moment) -> Outcome:
    """Collects what is known already, so that the form asks only for what is missing."""
    topic = _listed([str(moment.slots.get("topic") or ""), *(moment.slots.get("open") or ())])
    summary = one_line(moment.text) if _says_what_it_is_about(moment) else topic
    asked = moment.act == "request_person"
    reason = "asked_for_person" if asked else str(moment.slots.get("reason") or "offer_taken")
    return Outcome(slots=_known_for_handoff(moment, summary, reason))


def handoff(moment: Moment) -> Outcome:
    """Hands the conversation to people with all that the dialogue knows of it, and forgets the topic."""
    slots = moment.slots
    is_urgent = moment.act == "urgent_complaint"
    insists = moment.act == "request_person"
    outcome = Outcome()
    if is_urgent:
        outcome.say("utter_sorry_urgent")
    if slots.get("contact") and slots["contact"] != moment.facts.get("contact"):
        outcome.effect("set_contact", kind="email", contact=slots["contact"])
    reason = "urgent" if is_urgent else slots.get("reason") or "asked_for_person"
    outcome.effect(
        "handoff",
        reason=reason,
        urgent=is_urgent,
        wants_person=insists or reason == "asked_for_person",
        summary=_summary(moment),
        contact=moment.contact,
        tried_answers=len(slots.get("shown") or ()),
    )
    forgotten = ("topic", "open", "shown", "misses", "asides", "reason", "summary", "decision")
    outcome.slots = dict.fromkeys(forgotten)
    return outcome


def ticket_status(moment: Moment) -> Outcome:
    """The state of the customer's own tickets; nobody else's, whatever number is named."""
    tickets = list(moment.facts.get("tickets", ()))
    named = {_digits(value) for value in _entities(moment, "ticket_number")}
    outcome = Outcome()
    if named:
        tickets = [ticket for ticket in tickets if str(ticket["number"]) in named]
    if not tickets:
        outcome.say("utter_ticket_not_yours" if named else "utter_no_tickets")
    for ticket in sorted(tickets, key=lambda ticket: -ticket["number"])[:TICKETS_LISTED]:
        _tell(outcome, ticket)
    for part in moment.answer.get("parts") or ():
        if part["decision"] == "answer":
            _quote(outcome, part)
    return outcome


def switch_language(moment: Moment) -> Outcome:
    """Goes on in the language asked for, if we speak it."""
    outcome = Outcome()
    wanted = _entities(moment, "language")
    spoken = wanted[-1] if wanted else moment.understood["language"]
    if spoken not in LANGUAGES:
        outcome.say("utter_language_unsupported")
        return outcome
    outcome.slots = {"language": spoken, "language_chosen": True}
    outcome.say(f"utter_language_switched_{spoken}")
    outcome.effect("set_language", language=spoken)
    return outcome


ACTIONS: Mapping[str, Callable[[Moment], Outcome]] = {
    "action_answer": answer,
    "action_answer_aside": answer_aside,
    "action_handoff": handoff,
    "action_next_best": next_best,
    "action_prepare_handoff": prepare_handoff,
    "action_switch_language": switch_language,
    "action_ticket_status": ticket_status,
}


def one_line(text: str) -> str:
    """The text as one line of at most SUMMARY_LENGTH characters."""
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1].rstrip() + "…"


def _parts(found: Json) -> list:
    """The answer to each question of the message; mostly there is one."""
    return list(found.get("parts") or (found,))


def _listed(questions: Sequence[str]) -> str:
    return one_line(" / ".join(filter(None, questions)))


def _quote(outcome: Outcome, part: Json) -> None:
    outcome.responses.append(
        {
            "text": part["text"],
            "custom": {
                "kind": "answer",
                "citations": list(part["citations"]),
                "suggestions": list(part["suggestions"]),
                "asked": part.get("asked", ""),
            },
        }
    )


def _offer(outcome: Outcome, alternatives: Sequence[Json]) -> None:
    """Two or three buttons; each asks for its article by title."""
    offered = list(alternatives[:3])
    buttons = [{"title": article["title"], "payload": article["title"]} for article in offered]
    outcome.say(
        "utter_which_one",
        buttons=buttons,
        custom={"kind": "question", "suggestions": offered},
    )


def _known_for_handoff(moment: Moment, summary: str, reason: str) -> dict[str, Any]:
    # None makes the form ask.
    return {
        "summary": summary or None,
        "contact": moment.contact or None,
        "reason": reason,
    }


def _another_passage(found: Json, shown: list) -> "Json | None":
    good = (
        passage
        for passage in found["passages"]
        if passage["article"] not in shown and passage["score"] >= SECOND_BEST
    )
    return max(good, key=lambda passage: passage["score"], default=None)


def _cut_at_sentence(text: str, length: int) -> str:
    """The beginning of `text`, whole sentences where possible: always a span of it."""
    if len(text) <= length:
        return text
    head = text[:length]
    end = max(head.rfind(mark) for mark in (". ", "! ", "? ", ".\n", "!\n", "?\n"))
    return head[: end + 1] if end > 0 else head


def _is_unreadable(text: str) -> bool:
    """No words (an emoji), or a single one that nothing was found for."""
    return len([word for word in text.split() if any(map(str.isalnum, word))]) < 2


def _says_what_it_is_about(moment: Moment) -> bool:
    told = MATTERS & set(moment.understood["also"])
    return bool(told) and moment.act == "request_person"


def _summary(moment: Moment) -> str:
    slots = moment.slots
    if moment.act == "urgent_complaint":
        return one_line(moment.text)
    if not slots.get("summary") and _says_what_it_is_about(moment):
        return one_line(moment.text)
    return one_line(str(slots.get("summary") or slots.get("topic") or moment.text))


def _entities(moment: Moment, kind: str) -> list:
    """Values of the entities of this kind, in the order they were written."""
    return [found["value"] for found in moment.understood["entities"] if found["kind"] == kind]


def _digits(value: str) -> str:
    return "".join(filter(str.isdigit, value)).lstrip("0")


def _tell(outcome: Outcome, ticket: Json) -> None:
    known = {"open", "pending", "resolved", "closed"}
    status = ticket["status"] if ticket["status"] in known else "open"
    outcome.say(f"utter_ticket_{status}", number=ticket["number"], team=ticket["team"])
    if ticket.get("next_step_due") and status in {"open", "pending"}:
        due = datetime.fromisoformat(ticket["next_step_due"])
        outcome.say("utter_ticket_due", due=due.strftime("%Y-%m-%d %H:%M %Z"))
