"""What a decision says, in the reader's language: the router's sentences are known, a company's own stand as they were written."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from bot.handoff import FOR_PEOPLE
from core.decision import Priority, Target
from core.understanding import Scored
from router import route
from router.asked import asked_alone
from router.policy import default_policy
from router.skills import Proposal, Source
from web.desk import words
from web.desk.why_words import in_words

TEAMS = {"billing_accounts": "Billing and accounts"}
TARGETS = (Target(0, agent="ben@firm.example"), Target(2, agent="preferred"))
BEN = {"name": "Ben Fox", "email": "ben@firm.example"}
WORDS = (Scored("refund", 1.0), Scored("card", 0.5))


def _said(sentence: str, language: str) -> str:
    with translation.override(language):
        return in_words(sentence, TEAMS)


@pytest.mark.parametrize(
    ("sentence", "english", "german"),
    [
        (
            'Looks like account_access (91%), most of all for "sign in", "locked".',
            'Looks like Account access (91%), most of all for "sign in", "locked".',
            'Sieht nach Kontozugang aus (91%), vor allem wegen "sign in", "locked".',
        ),
        (
            "Tried out: a person looks at every ticket first.",
            "Tried out: a person looks at every ticket first.",
            "Zur Probe: Jedes Ticket sieht sich zuerst ein Mensch an.",
        ),
        (
            "From minute 0 on only the customer's own agent, Ben Fox, is offered it, if they are there.",
            "From minute 0 on only the customer's own agent, Ben Fox, is offered it, if they are there.",
            "Ab Minute 0 wird es nur der festen Ansprechperson des Kunden, Ben Fox, angeboten, falls anwesend.",
        ),
        (
            "Sent to billing_accounts: 85% sure.",
            "Sent to Billing and accounts: 85% sure.",
            "Geht an Billing and accounts: zu 85% sicher.",
        ),
        (
            "Rated high (likely: high 60%, medium 30%).",
            "Rated High (likely: High 60%, Medium 30%).",
            "Priorität: Hoch (wahrscheinlich: Hoch 60%, Mittel 30%).",
        ),
        (
            "The customer cannot wait long (70%) and sounds upset (80%).",
            "The customer cannot wait long (70%) and sounds upset (80%).",
            "Der Kunde kann nicht lange warten (70%) und klingt verärgert (80%).",
        ),
        (
            "Not sure enough of the team: billing_accounts (45%) or support (30%). "
            "Sending it there would cost 2.2, a look by the triage team 1.0.",
            "Not sure enough of the team: Billing and accounts (45%) or support (30%). "
            "Sending it there would cost 2.2, a look by the triage team 1.0.",
            "Beim Team nicht sicher genug: Billing and accounts (45%) oder support (30%). "
            "Es dorthin zu geben kostete 2.2, ein Blick der Verteilung 1.0.",
        ),
    ],
)
def test_a_sentence_names_things_as_people_do(sentence: str, english: str, german: str) -> None:
    assert _said(sentence, "en") == english
    assert _said(sentence, "de") == german


def test_a_companys_own_sentence_stands_as_it_was_written() -> None:
    own = "Whoever rents from us (%(team)s) goes to Ada first: 100% of them."
    assert _said(own, "de") == own


@pytest.mark.parametrize(
    "sentence",
    [
        route._why_category((Scored("plans", 0.9),), WORDS),
        route._why_category((Scored("plans", 0.9),), ()),
        route._why_priority(Priority.LOW, (Scored("low", 0.7), Scored("medium", 0.2))),
        *route._why_around((Scored("channel: voice", 0.4),)),
        *route._why_said({"urgency": (Scored("now", 0.9),)}),
        *route._why_said({"urgency": (Scored("now", 0.9),), "sentiment": (Scored("calm", 0.6),)}),
        *FOR_PEOPLE.values(),
        *asked_alone(TARGETS, {"agents": [BEN], "preferred_agent": "ben@firm.example"}),
        *asked_alone(TARGETS, {"agents": [], "preferred_agent": ""}),
        route._nothing("Nothing in the text is known.").doubt,
        route._nothing("The classifiers failed on this text (ValueError).").doubt,
        *(
            Proposal("billing", 0.8, source, terms).said()
            for source in Source
            for terms in (WORDS, ())
        ),
        *(re.sub(r"{\w+}", "found", rule.because) for rule in default_policy().rules),
    ],
)
def test_what_the_router_and_the_shipped_rules_say_is_known(sentence: str) -> None:
    assert _said(sentence, "de") != sentence


def test_every_reason_for_people_has_its_sentence() -> None:
    for code in ("unanswered", "left_form", "no_reply", "bot_failed", "bot_unavailable"):
        plain = code.replace("_", " ").capitalize() + "."
        assert words.reason(code) not in {"", plain}, code
