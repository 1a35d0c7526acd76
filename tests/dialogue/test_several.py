"""Several questions in one message on real Rasa: each is answered, asked back or handed over by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.knowledge import Answer, Answering, Citation, Suggestion
from core.understanding import Act, EffectKind
from tests.dialogue.stage import Script, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

RESET = "How do I reset my password?"
SHIP = "do you ship to Canada?"
MOON = "do you deliver to the moon base?"
BOTH = f"{RESET[:-1]}, and {SHIP}"
MAIL = {"contact": "ada@example.org"}


def told(asked: str, text: str) -> Answer:
    cited = Citation(f"a-{text}", f"Article {text}", "/help/a", text, f"{text}@1", language="en")
    return Answer(Answering.ANSWER, 0.9, text, citations=(cited,), asked=asked)


def lacking(asked: str) -> Answer:
    return Answer(Answering.HANDOFF, 0.1, asked=asked)


def wavering(asked: str, *titles: str) -> Answer:
    choices = tuple(Suggestion(f"a-{t}", t, "/help/a") for t in titles)
    return Answer(Answering.CLARIFY, 0.5, alternatives=choices, asked=asked)


def knows(script: Script, question: str, *parts: Answer) -> None:
    is_answered = all(part.decision is Answering.ANSWER for part in parts)
    decision = Answering.ANSWER if is_answered else Answering.HANDOFF
    script.answers[question] = Answer(decision, 0.9, parts=parts)


async def test_each_question_is_answered_under_its_own_words(script: Script, talk: Talk) -> None:
    knows(script, BOTH, told(RESET, "Press Forgot."), told(SHIP, "Yes, we do."))
    result = await talk.say(BOTH)
    first, second, check = result.replies
    assert (first.text, first.asked) == (f"“{RESET}”\nPress Forgot.", RESET)
    assert (second.text, second.asked) == (f"“{SHIP}”\nYes, we do.", SHIP)
    assert {first.kind, second.kind} == {"answer"}
    assert [[c.quote for c in one.citations] for one in (first, second)] == [
        ["Press Forgot."], ["Yes, we do."],
    ]  # fmt: skip
    assert (check.text, result.effects) == ("Did that help?", ())
    resolved = await talk.say("Yes")
    assert [e.kind for e in resolved.effects] == [EffectKind.RESOLVE]


async def test_what_is_not_known_is_said_and_goes_to_people_alone(
    script: Script, talk: Talk
) -> None:
    knows(script, BOTH, told(RESET, "Press Forgot."), lacking(SHIP))
    talk.facts |= MAIL
    result = await talk.say(BOTH)
    answer, unknown = result.replies
    assert answer.text.endswith("Press Forgot.")
    assert f"“{SHIP}”" in unknown.text
    (handoff,) = result.effects
    assert handoff.kind is EffectKind.HANDOFF
    assert (handoff.arguments["summary"], handoff.arguments["reason"]) == (SHIP, "unanswered")
    assert handoff.arguments["tried_answers"] == 1


async def test_who_cannot_be_reached_is_asked_for_an_address_once(
    script: Script, talk: Talk
) -> None:
    knows(script, BOTH, lacking(RESET), told(SHIP, "Yes, we do."))
    asked = await talk.say(BOTH)
    assert [one.kind for one in asked.replies] == ["answer", "question"]
    assert f"“{RESET}”" in asked.replies[1].text
    assert asked.form == "handoff_form"
    script.means("ada@example.org", Act.GIVE_DETAILS, entities=(("email", "ada@example.org"),))
    result = await talk.say("ada@example.org")
    handoff = next(e for e in result.effects if e.kind is EffectKind.HANDOFF)
    assert handoff.arguments["summary"] == RESET


async def test_details_and_strangers_topics_are_no_different(script: Script, talk: Talk) -> None:
    knows(script, BOTH, told(RESET, "Press Forgot."), lacking(SHIP))
    script.means(BOTH, Act.GIVE_DETAILS)
    talk.facts |= MAIL
    result = await talk.say(BOTH)
    assert [e.kind for e in result.effects] == [EffectKind.HANDOFF]


async def test_a_choice_is_offered_for_its_question_and_the_rest_comes_up_again(
    script: Script, talk: Talk
) -> None:
    message = f"{RESET} {SHIP} {MOON}"
    parts = (told(RESET, "Press Forgot."), wavering(SHIP, "By air", "By sea"), lacking(MOON))
    knows(script, message, *parts)
    talk.facts |= MAIL
    offered = await talk.say(message)
    assert offered.effects == ()
    answer, question = offered.replies
    assert answer.asked == RESET
    assert f"“{MOON}”" in question.text, "what is not known is said at once"
    assert question.text.index(MOON) < question.text.index(f"“{SHIP}”")
    assert [b.value for b in question.buttons] == ["By air", "By sea"]
    script.answers["By air"] = replace(told("", "In ten days."), asked="")
    chosen = await talk.say("By air")
    assert chosen.replies[0].text == "In ten days."
    (handoff,) = chosen.effects
    assert handoff.arguments["summary"] == MOON


async def test_none_of_the_choices_brings_all_that_is_open_to_people(
    script: Script, talk: Talk
) -> None:
    message = f"{RESET} {SHIP} {MOON}"
    parts = (told(RESET, "Press Forgot."), wavering(SHIP, "By air", "By sea"), lacking(MOON))
    knows(script, message, *parts)
    talk.facts |= MAIL
    await talk.say(message)
    result = await talk.say("No")
    (handoff,) = result.effects
    assert handoff.arguments["summary"] == f"{SHIP} / {MOON}"


@pytest.mark.parametrize(
    ("language", "unknown"),
    [("es", "prefiero no adivinar"), ("de", "raten möchte ich nicht"), ("fr", "ne pas deviner"),
     ("pt", "não adivinhar"), ("ar", "لا أعرف جواب")],
)  # fmt: skip
async def test_in_the_customers_language(
    script: Script, talk: Talk, language: str, unknown: str
) -> None:
    script.means(BOTH, Act.ASK, language=language)
    knows(script, BOTH, told(RESET, "Press Forgot."), lacking(SHIP))
    talk.facts |= MAIL
    result = await talk.say(BOTH)
    assert unknown in result.replies[1].text
    assert SHIP in result.replies[1].text


async def test_what_is_asked_beside_a_ticket_is_answered(script: Script, talk: Talk) -> None:
    ticket = "Where is my ticket?"
    message = f"{ticket} {RESET}"
    knows(script, message, lacking(ticket), told(RESET, "Press Forgot."))
    script.means(message, Act.TICKET_STATUS, also=(Act.ASK,))
    result = await talk.say(message)
    status, answer = result.replies
    assert status.kind != "answer"
    assert (answer.kind, answer.asked) == ("answer", RESET)


async def test_questions_asked_while_an_address_is_awaited(script: Script, talk: Talk) -> None:
    await talk.say(MOON)
    knows(script, BOTH, told(RESET, "Press Forgot."), lacking(SHIP))
    result = await talk.say(BOTH)
    assert result.replies[0].text.endswith("Press Forgot.")
    assert result.replies[1].text.startswith("I don't know that either")
    assert result.form == "handoff_form"
