"""Words behind a pressed rating: the reason, kept with it and thanked for once, or a need of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import survey
from bot.receive import receive
from bot.survey_words import LANGUAGES, say
from core.message import Attached
from core.understanding import Act, Effect, EffectKind
from store.bodies import open_json
from store.models import Conversation, Event, Survey, Ticket
from tests.bot.scripted import ScriptedDialogue, says, work_until
from tests.bot.surveyed import is_answered, resolved, tell
from tests.company import Company, StandingClock, Writer

WHY = "because it took a week"


@pytest.fixture
def dialogue() -> ScriptedDialogue:
    """Everything is a question, but the reasons of these tests and thanks."""
    return ScriptedDialogue(
        acts={WHY: Act.DENY, "Ruth was kind": Act.DENY, "2, it broke": Act.DENY}
    )


@pytest.fixture
def rated(company: Company, dialogue: ScriptedDialogue, maya: Writer) -> Company:
    """Her ticket is resolved, and she has pressed 2."""
    resolved(company, dialogue, maya)
    tell(company, dialogue, maya, "2")
    assert Survey.objects.get().rating == 2
    return company


def comment(company: Company) -> str:
    row = Survey.objects.select_related("conversation__address").get()
    place, sealed = f"survey.comment:{row.id}", bytes(row.comment_cipher)
    return str(open_json(company.house.vault, row.conversation.address, place, sealed) or "")


def test_the_next_words_are_the_reason(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer, clock: StandingClock
) -> None:
    clock.advance(minutes=14)
    tell(rated, dialogue, maya, WHY)
    assert comment(rated) == WHY
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.rating) == (Ticket.Status.RESOLVED, 2)
    assert rated.texts("bot")[-1] == f"{say('rated', 'en')} {say('more', 'en')}"
    assert WHY.encode() not in bytes(Survey.objects.get().comment_cipher)
    told = Event.objects.filter(kind="rated").order_by("seq").values_list("data", flat=True)
    assert [data["rating"] for data in told] == [2, 2]
    assert len([text for text in rated.texts("system") if "How did we do" in text]) == 1


def test_only_the_first_words_are(rated: Company, dialogue: ScriptedDialogue, maya: Writer) -> None:
    tell(rated, dialogue, maya, WHY)
    tell(rated, dialogue, maya, "Ruth was kind")
    assert comment(rated) == WHY
    assert Ticket.objects.get().status == Ticket.Status.OPEN


def test_a_second_number_keeps_the_reason(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    tell(rated, dialogue, maya, WHY)
    tell(rated, dialogue, maya, "4")
    assert (Survey.objects.get().rating, comment(rated)) == (4, WHY)
    tell(rated, dialogue, maya, "Ruth was kind")
    assert (comment(rated), Ticket.objects.get().status) == (WHY, Ticket.Status.OPEN)


def test_a_number_before_the_reason_counts(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    tell(rated, dialogue, maya, "3")
    tell(rated, dialogue, maya, "2, it broke")
    assert (Survey.objects.get().rating, comment(rated)) == (2, "it broke")
    assert Ticket.objects.get().status == Ticket.Status.RESOLVED


@pytest.mark.parametrize(
    "text", ["where is my other parcel", "I waited. And my refund?", "It was slow. " * 24]
)
def test_a_new_need_is_one(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer, text: str
) -> None:
    dialogue.acts |= {"I waited. And my refund?": Act.DENY, ("It was slow. " * 24): Act.DENY}
    tell(rated, dialogue, maya, text)
    assert (comment(rated), Ticket.objects.get().status) == ("", Ticket.Status.OPEN)


def test_after_a_quarter_of_an_hour_it_is_a_need(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer, clock: StandingClock
) -> None:
    clock.now += survey.REASON + timedelta(seconds=1)
    tell(rated, dialogue, maya, WHY)
    assert (comment(rated), Ticket.objects.get().status) == ("", Ticket.Status.OPEN)


def test_thanks_are_answered_as_thanks(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    tell(rated, dialogue, maya, "Thank you!")
    assert (comment(rated), Ticket.objects.get().status) == ("", Ticket.Status.RESOLVED)
    assert rated.texts("bot")[-1] == "You are welcome. Write any time."


@pytest.mark.parametrize("what", ["a file", "somebody else", "a wish for a person"])
def test_what_cannot_be_her_reason_is_none(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer, what: str
) -> None:
    file = Attached("broken.png", "image/png", b"\x89PNG\r\n\x1a\n")
    mail = maya.mail(WHY, attachments=(file,) if what == "a file" else ())
    if what == "somebody else":
        talk = Conversation.objects.get()
        keys = (f"conversation:{talk.id}",)
        mail = Writer("ben@customers.example").mail(WHY, thread_keys=keys, claims=True)
    if what == "a wish for a person":
        mail = replace(mail, wants_person=True)
    receive(rated.house, rated.mail, [mail])
    work_until(rated.house, dialogue, is_answered)
    assert (comment(rated), Ticket.objects.get().status) == ("", Ticket.Status.OPEN)


def test_who_rated_on_the_page_had_room_there(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    resolved(company, dialogue, maya)
    link = survey.link_of(company.house, Conversation.objects.get().id)
    survey.answer(company.house, link.rpartition("/")[2], 2, "")
    tell(company, dialogue, maya, WHY)
    assert (comment(company), Ticket.objects.get().status) == ("", Ticket.Status.OPEN)


def test_what_was_said_on_the_page_meanwhile_stays(
    rated: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    house, understand = rated.house, dialogue.understand
    token = survey.link_of(house, Conversation.objects.get().id).rpartition("/")[2]

    async def slowly(text: str, *given: Any, **more: Any) -> Any:
        await house.database.run(survey.answer, house, token, 3, "Slow.")
        return await understand(text, *given, **more)

    dialogue.understand = slowly  # type: ignore[method-assign]
    tell(rated, dialogue, maya, WHY)
    assert (Survey.objects.get().rating, comment(rated)) == (3, f"Slow.\n{WHY}")


def test_the_reason_of_what_the_bot_settled_begins_nothing_anew(
    company: Company, dialogue: ScriptedDialogue, maya: Writer
) -> None:
    done = says("Glad to hear it.")
    dialogue.turns.append(replace(done, effects=(Effect(EffectKind.RESOLVE, {}),)))
    tell(company, dialogue, maya, "that helped")
    tell(company, dialogue, maya, "5")
    tell(company, dialogue, maya, "Ruth was kind")
    assert comment(company) == "Ruth was kind"
    assert Conversation.objects.get().status == Conversation.Status.RESOLVED
    assert len(dialogue.seen) == 1, "Rasa was not asked again"


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_ways_to_say_why_are_named_in_every_language(company: Company, language: str) -> None:
    assert "{url}" not in say("why", language, url="https://acme.example")
    assert say("why", language, url="https://acme.example").count("https://acme.example") == 1
    if language != "en":
        assert say("more", language) != say("more", "en")
