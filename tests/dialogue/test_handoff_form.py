"""People at any time, and the form that collects what they need, on real Rasa."""

from __future__ import annotations

import pytest

from core.message import Reply
from core.understanding import Act, EffectKind
from tests.dialogue.stage import Script, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSON = "I want to talk to a human"
UNKNOWN = "Do you deliver to the moon base?"
CANCEL = "How do I cancel my plan?"
STEPS = "Open Billing and choose Cancel plan."


@pytest.fixture(autouse=True)
def meanings(script: Script) -> None:
    script.means(PERSON, Act.REQUEST_PERSON)
    script.means("never mind", Act.STOP)
    script.means(
        "mail me at Ada@Example.org", Act.GIVE_DETAILS, entities=(("email", "ada@example.org"),)
    )
    script.means("my parcel is broken", Act.GIVE_DETAILS)
    script.knows(CANCEL, STEPS)


def only(replies: tuple[Reply, ...]) -> str:
    (reply,) = replies
    return reply.text


async def test_a_person_is_one_line_away(script: Script, talk: Talk) -> None:
    talk.facts["contact"] = "ada@example.org"
    asked = await talk.say(PERSON)
    assert "In one line" in only(asked.replies)
    assert asked.effects == ()
    given = await talk.say("my parcel is broken")
    (effect,) = given.effects
    assert effect.kind is EffectKind.HANDOFF
    assert effect.arguments["summary"] == "my parcel is broken"
    assert effect.arguments["wants_person"] is True
    assert effect.arguments["contact"] == "ada@example.org"


async def test_a_person_with_the_matter_is_asked_for_once(script: Script, talk: Talk) -> None:
    talk.facts["contact"] = "ada@example.org"
    text = "I was charged twice and I want to talk to a human agent"
    script.means(text, Act.REQUEST_PERSON, also=(Act.GIVE_DETAILS,))
    await talk.say(CANCEL)
    result = await talk.say(text)
    assert result.replies == ()
    (effect,) = result.effects
    assert effect.arguments["summary"] == text
    assert effect.arguments["wants_person"] is True


async def test_the_matter_with_a_second_request_is_not_lost_in_the_form(
    script: Script, talk: Talk
) -> None:
    talk.facts["contact"] = "ada@example.org"
    script.means("get me a human, my hub is dead", Act.REQUEST_PERSON, also=(Act.ASK,))
    await talk.say(PERSON)
    result = await talk.say("get me a human, my hub is dead")
    (effect,) = result.effects
    assert effect.arguments["summary"] == "get me a human, my hub is dead"


async def test_a_person_in_the_middle_of_a_topic_needs_no_summary(
    script: Script, talk: Talk
) -> None:
    talk.facts["contact"] = "ada@example.org"
    await talk.say(CANCEL)
    result = await talk.say(PERSON)
    assert result.effects[0].arguments["summary"] == CANCEL
    assert result.effects[0].arguments["tried_answers"] == 1


async def test_the_contact_is_asked_for_where_the_channel_has_none(
    script: Script, talk: Talk
) -> None:
    asked = await talk.say(UNKNOWN)
    assert "I don't know the answer" in only(asked.replies)
    assert "email address" in only(asked.replies)
    assert asked.effects == ()
    given = await talk.say("mail me at Ada@Example.org")
    assert [(e.kind, e.arguments["contact"]) for e in given.effects] == [
        (EffectKind.SET_CONTACT, "ada@example.org"),
        (EffectKind.HANDOFF, "ada@example.org"),
    ]
    assert given.effects[1].arguments["summary"] == UNKNOWN


async def test_both_are_collected_in_order(script: Script, talk: Talk) -> None:
    await talk.say(PERSON)
    second = await talk.say("my parcel is broken")
    assert "email address" in only(second.replies)
    third = await talk.say("mail me at Ada@Example.org")
    assert third.effects[-1].arguments["summary"] == "my parcel is broken"


async def test_the_form_can_be_left(script: Script, talk: Talk) -> None:
    await talk.say(UNKNOWN)
    left = await talk.say("never mind")
    assert "not passed anything on" in only(left.replies)
    assert left.effects == ()
    after = await talk.say(CANCEL)
    assert after.replies[0].text == STEPS
    assert len(after.replies) == 2, "the form must not ask again"


async def test_a_question_interrupts_the_form_and_it_goes_on(script: Script, talk: Talk) -> None:
    await talk.say(UNKNOWN)
    aside = await talk.say(CANCEL)
    assert aside.replies[0].text == STEPS
    assert "email address" in aside.replies[1].text
    done = await talk.say("mail me at Ada@Example.org")
    assert done.effects[-1].arguments["summary"] == UNKNOWN


async def test_an_unanswerable_question_in_the_form_is_not_lost(script: Script, talk: Talk) -> None:
    await talk.say(UNKNOWN)
    aside = await talk.say("And is there oxygen on board?")
    assert "I don't know that either" in only(aside.replies)
    assert "email address" in only(aside.replies)


async def test_a_form_that_waits_in_vain_hands_over_what_is_known(
    script: Script, talk: Talk
) -> None:
    await talk.say(UNKNOWN)
    await talk.say("And is there oxygen on board?")
    again = await talk.say("And a window seat?")
    (effect,) = again.effects
    assert effect.kind is EffectKind.HANDOFF
    assert effect.arguments["summary"] == UNKNOWN
    after = await talk.say(CANCEL)
    assert after.replies[0].text == STEPS


@pytest.mark.parametrize("said", ["No", PERSON])
async def test_who_gives_no_address_is_still_handed_over(
    script: Script, talk: Talk, said: str
) -> None:
    await talk.say(UNKNOWN)
    result = await talk.say(said)
    (effect,) = result.effects
    assert effect.kind is EffectKind.HANDOFF
    assert effect.arguments["summary"] == UNKNOWN
    assert effect.arguments["contact"] == ""


async def test_an_urgent_complaint_waits_for_no_form(script: Script, talk: Talk) -> None:
    text = "You charged me twice and my shop is down, do something NOW"
    script.means(text, Act.URGENT_COMPLAINT)
    result = await talk.say(text)
    assert "marked it as urgent" in only(result.replies)
    (effect,) = result.effects
    assert effect.arguments["urgent"] is True
    assert effect.arguments["reason"] == "urgent"
    assert effect.arguments["summary"] == text


async def test_urgency_breaks_the_form(script: Script, talk: Talk) -> None:
    script.means("this is costing me money!!", Act.URGENT_COMPLAINT)
    await talk.say(UNKNOWN)
    result = await talk.say("this is costing me money!!")
    assert result.effects[0].arguments["urgent"] is True
    after = await talk.say(CANCEL)
    assert len(after.replies) == 2


async def test_out_of_scope_is_polite_and_offers_a_person(script: Script, talk: Talk) -> None:
    script.means("Who will win the cup?", Act.OUT_OF_SCOPE)
    talk.facts["contact"] = "ada@example.org"
    offered = await talk.say("Who will win the cup?")
    assert "outside what I can help with" in only(offered.replies)
    assert [b.value for b in offered.replies[0].buttons] == ["Yes", "No"]
    assert offered.effects == ()
    taken = await talk.say("Yes")
    assert [e.kind for e in taken.effects] == [EffectKind.HANDOFF]


async def test_the_offer_of_a_person_can_be_declined(script: Script, talk: Talk) -> None:
    script.means("Who will win the cup?", Act.OUT_OF_SCOPE)
    await talk.say("Who will win the cup?")
    declined = await talk.say("No")
    assert declined.effects == ()


async def test_after_a_handoff_the_dialogue_starts_afresh(script: Script, talk: Talk) -> None:
    talk.facts["contact"] = "ada@example.org"
    await talk.say(UNKNOWN)
    again = await talk.say(PERSON)
    assert "In one line" in only(again.replies), "the old topic must not be handed over twice"


async def test_an_address_once_given_is_not_asked_for_again(script: Script, talk: Talk) -> None:
    await talk.say(UNKNOWN)
    await talk.say("mail me at Ada@Example.org")
    again = await talk.say("And is there oxygen on board?")
    assert again.effects[-1].arguments["contact"] == "ada@example.org"
