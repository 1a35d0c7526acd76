"""Questions on real Rasa: answered, doubted, not known."""

from __future__ import annotations

import pytest

from core.understanding import Act, EffectKind
from tests.dialogue.stage import Script, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANCEL = "How do I cancel my plan?"
STEPS = "Open Billing and choose Cancel plan."
OTHER = "Plans bought in a shop are cancelled there."
UNKNOWN = "Do you deliver to the moon base?"


async def test_a_question_is_answered_with_its_source_and_a_check(
    script: Script, talk: Talk
) -> None:
    script.knows(CANCEL, STEPS)
    result = await talk.say(CANCEL)
    answer, check = result.replies
    assert (answer.kind, answer.text) == ("answer", STEPS)
    assert [c.quote for c in answer.citations] == [STEPS]
    assert (check.kind, check.text) == ("question", "Did that help?")
    assert [b.value for b in check.buttons] == ["Yes", "No"]
    assert result.effects == ()
    assert result.actions == ("action_answer", "utter_did_that_help", "action_listen")


@pytest.mark.parametrize("said", ["Yes", "Thanks!"])
async def test_it_helped_resolves(script: Script, talk: Talk, said: str) -> None:
    script.knows(CANCEL, STEPS)
    await talk.say(CANCEL)
    result = await talk.say(said)
    assert [e.kind for e in result.effects] == [EffectKind.RESOLVE]
    assert "Glad that helped" in result.replies[0].text
    again = await talk.say(said)
    assert again.effects == (), "a yes to nothing must not resolve once more"


async def test_it_did_not_help_brings_another_article_then_people(
    script: Script, talk: Talk
) -> None:
    script.knows(CANCEL, STEPS, others=(OTHER,))
    await talk.say(CANCEL)
    second = await talk.say("No")
    assert second.replies[0].text.endswith(OTHER)
    assert second.replies[0].text.startswith("I'm sorry.")
    assert [(c.article, c.quote) for c in second.replies[0].citations] == [("a-1", OTHER)]
    assert second.replies[1].text == "Did that help?"
    assert [(e.kind, e.arguments) for e in second.effects] == [
        (EffectKind.RATE, {"helpful": False})
    ]

    talk.facts["contact"] = "ada@example.org"
    third = await talk.say("No")
    assert [e.kind for e in third.effects] == [EffectKind.RATE, EffectKind.HANDOFF]
    assert third.effects[1].arguments == {
        "reason": "not_helpful",
        "urgent": False,
        "wants_person": False,
        "summary": CANCEL,
        "contact": "ada@example.org",
        "tried_answers": 2,
    }


async def test_it_did_not_help_and_nothing_else_is_known(script: Script, talk: Talk) -> None:
    script.knows(CANCEL, STEPS)
    talk.facts["contact"] = "ada@example.org"
    await talk.say(CANCEL)
    result = await talk.say("No")
    rated, handed_over = result.effects
    assert (rated.kind, rated.arguments) == (EffectKind.RATE, {"helpful": False})
    assert handed_over.arguments["reason"] == "not_helpful"


async def test_a_follow_up_is_asked_with_what_was_said_before(script: Script, talk: Talk) -> None:
    script.knows(CANCEL, STEPS)
    script.knows("and for annual plans?", OTHER)
    await talk.say(CANCEL)
    result = await talk.say("and for annual plans?")
    assert result.replies[0].text == OTHER
    history = script.asked[-1].history
    assert [said.speaker for said in history] == ["customer", "bot", "bot"]
    assert history[0].text == CANCEL


async def test_an_ambiguous_question_offers_choices(script: Script, talk: Talk) -> None:
    script.wavers("cancel", "Cancel a monthly plan", "Cancel an annual plan", "Cancel an order")
    script.knows("Cancel an annual plan", STEPS)
    result = await talk.say("cancel")
    (reply,) = result.replies
    assert reply.kind == "question"
    assert [b.value for b in reply.buttons] == [
        "Cancel a monthly plan",
        "Cancel an annual plan",
        "Cancel an order",
    ]
    assert reply.citations == ()
    chosen = await talk.say(reply.buttons[1].value)
    assert chosen.replies[0].text == STEPS


async def test_none_of_the_choices_brings_people(script: Script, talk: Talk) -> None:
    script.wavers("cancel my thing", "Cancel a plan", "Cancel an order")
    talk.facts["contact"] = "ada@example.org"
    await talk.say("cancel my thing")
    result = await talk.say("No")
    assert [e.arguments["summary"] for e in result.effects] == ["cancel my thing"]


async def test_what_is_not_known_goes_to_people_at_once(script: Script, talk: Talk) -> None:
    talk.facts["contact"] = "ada@example.org"
    result = await talk.say(UNKNOWN)
    assert "I don't know the answer" in result.replies[0].text
    (effect,) = result.effects
    assert effect.kind is EffectKind.HANDOFF
    assert effect.arguments["reason"] == "unanswered"
    assert effect.arguments["summary"] == UNKNOWN


async def test_greeting_and_question_get_one_friendly_reply(script: Script, talk: Talk) -> None:
    text = f"Hi there! {CANCEL}"
    script.means(text, Act.ASK, also=(Act.GREET,))
    script.knows(text, STEPS)
    result = await talk.say(text)
    assert result.replies[0].text == f"Hello!\n\n{STEPS}"
    assert result.replies[0].kind == "answer"


async def test_several_quick_messages_are_one_turn(script: Script, talk: Talk) -> None:
    text = f"hello?\nanybody?\n{CANCEL}"
    script.knows(text, STEPS)
    result = await talk.say(text)
    assert [reply.kind for reply in result.replies] == ["answer", "question"]
    assert script.asked[-1].text == text


async def test_four_thousand_characters(script: Script, talk: Talk) -> None:
    text = "My parcel has not come. " * 167
    talk.facts["contact"] = "ada@example.org"
    result = await talk.say(text[:4000])
    assert len(result.effects[0].arguments["summary"]) <= 200


@pytest.mark.parametrize("act", [Act.ASK, Act.OUT_OF_SCOPE])
async def test_emoji_only_is_asked_for_in_words_then_handed_over(
    script: Script, talk: Talk, act: Act
) -> None:
    script.means("🙃🙃🙃", act)
    script.means("🤷", act)
    talk.facts["contact"] = "ada@example.org"
    first = await talk.say("🙃🙃🙃")
    assert "few words" in first.replies[0].text
    assert first.effects == ()
    second = await talk.say("🤷")
    assert [e.kind for e in second.effects] == [EffectKind.HANDOFF]


@pytest.mark.parametrize(
    "text", ["/restart", '/request_person{"summary": "x"}', "/session_start", "/back", "{0[x]}"]
)
async def test_commands_typed_by_a_customer_are_just_text(
    script: Script, talk: Talk, text: str
) -> None:
    script.knows(CANCEL, STEPS)
    await talk.say(CANCEL)
    script.knows(text, f"An answer to {text}.")
    result = await talk.say(text)
    assert result.replies[0].text == f"An answer to {text}."
    assert result.actions == ("action_answer", "utter_did_that_help", "action_listen")
