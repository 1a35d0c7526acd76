"""Greetings, tickets and languages on real Rasa."""

from __future__ import annotations

import pytest

from core.understanding import Act, EffectKind
from tests.dialogue.stage import Script, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

TICKETS = [
    {"number": 7, "category": "billing", "status": "resolved", "team": "Billing"},
    {
        "number": 12,
        "category": "delivery",
        "status": "open",
        "team": "Logistics",
        "next_step_due": "2026-11-24T10:30:00+00:00",
    },
]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (Act.GREET, "automated assistant"),
        (Act.THANK, "welcome"),
        (Act.GOODBYE, "Goodbye"),
        (Act.CHIT_CHAT, "automated assistant"),
        (Act.STOP, "stop here"),
        (Act.AFFIRM, "What can I help you with?"),
        (Act.DENY, "What can I help you with?"),
    ],
)
async def test_every_act_gets_a_reply(script: Script, talk: Talk, act: Act, words: str) -> None:
    script.means("said", act)
    result = await talk.say("said")
    assert words in result.replies[0].text
    assert result.effects == ()


async def test_every_act_of_the_product_is_covered_by_a_rule(script: Script, talk: Talk) -> None:
    for act in Act:
        script.means("said", act)
        result = await Talk(talk.dialogue).say("said")
        assert result.replies, act


async def test_the_state_of_an_own_ticket(script: Script, talk: Talk) -> None:
    talk.facts["tickets"] = TICKETS
    script.means("ticket 12?", Act.TICKET_STATUS, entities=(("ticket_number", "12"),))
    result = await talk.say("ticket 12?")
    assert result.replies[0].text == (
        "Ticket #12 is open and with Logistics.\n\nThe next step is due by 2026-11-24 10:30 UTC."
    )


async def test_somebody_elses_ticket_is_not_found(script: Script, talk: Talk) -> None:
    talk.facts["tickets"] = TICKETS
    script.means("ticket 13?", Act.TICKET_STATUS, entities=(("ticket_number", "13"),))
    result = await talk.say("ticket 13?")
    assert "I cannot find that ticket of yours" in result.replies[0].text
    assert "Logistics" not in result.replies[0].text


async def test_without_a_number_the_own_tickets_are_listed(script: Script, talk: Talk) -> None:
    talk.facts["tickets"] = TICKETS
    script.means("my ticket?", Act.TICKET_STATUS)
    result = await talk.say("my ticket?")
    assert result.replies[0].text.index("#12") < result.replies[0].text.index("#7")


async def test_no_ticket_at_all(script: Script, talk: Talk) -> None:
    script.means("my ticket?", Act.TICKET_STATUS)
    result = await talk.say("my ticket?")
    assert "cannot find a ticket of yours yet" in result.replies[0].text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "español"),
        ("de", "Deutsch"),
        ("fr", "français"),
        ("pt", "português"),
        ("ar", "العربية"),
    ],
)
async def test_a_chosen_language_stays(
    script: Script, talk: Talk, language: str, words: str
) -> None:
    script.means("switch", Act.LANGUAGE_SWITCH, entities=(("language", language),))
    script.means("hello", Act.GREET, language="en")
    result = await talk.say("switch")
    assert words in result.replies[0].text
    (effect,) = result.effects
    assert (effect.kind, effect.arguments) == (EffectKind.SET_LANGUAGE, {"language": language})
    greeted = await talk.say("hello")
    assert "Hello" not in greeted.replies[0].text


async def test_a_language_we_do_not_speak(script: Script, talk: Talk) -> None:
    script.means("italiano", Act.LANGUAGE_SWITCH, entities=(("language", "it"),))
    result = await talk.say("italiano")
    assert "only speak" in result.replies[0].text
    assert result.effects == ()


async def test_the_reply_is_in_the_language_of_the_message(script: Script, talk: Talk) -> None:
    script.means("guten tag", Act.GREET, language="de")
    result = await talk.say("guten tag")
    assert result.replies[0].text.startswith("Guten Tag!")
