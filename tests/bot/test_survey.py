"""The satisfaction question: once, with room for a word on why, and never to who wants no messages."""

from __future__ import annotations

import pytest

from bot import desk, survey
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.texts import rating_with_comment
from channels.voice import Voice
from core.ids import InboxId
from core.message import Reply
from core.rating import stars
from core.understanding import Effect, EffectKind
from store.bodies import open_body, open_json
from store.models import Address, AnswerRating, Call, Conversation, OutboxRow, Survey, Ticket
from tests.channels.voice.provider import voice_settings
from tests.company import Company, Writer
from tests.store.test_tickets import claimed, maya, number  # noqa: F401 - a ticket of hers


@pytest.mark.parametrize(
    ("answer", "language", "meant"),
    [
        ("4", "en", (4, "")),
        ("Very good", "en", (5, "")),
        ("4, quick answer", "en", (4, "quick answer")),
        ("5 - thank you, Ruth!", "en", (5, "thank you, Ruth!")),
        ("Mal: nadie me contestó", "es", (2, "nadie me contestó")),
        ("Sehr gut!\nDanke", "de", (5, "Danke")),
        ("1\nstill broken", "en", (1, "still broken")),
        ("2 parcels are missing", "en", None),
        ("42, please", "en", None),
        ("Très bien", "en", (5, "")),
        ("سيئة جدًا", "ar", (1, "")),
        ("hello, is anybody there?", "en", None),
        ("", "en", None),
        (", 4", "en", None),
    ],
)
def test_what_an_answer_means(answer: str, language: str, meant: tuple[int, str] | None) -> None:
    assert rating_with_comment(answer, language) == meant


def test_the_comment_is_kept_sealed_with_the_rating(
    company: Company,
    number: int,  # noqa: F811
    maya: Writer,  # noqa: F811
) -> None:
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    receive(company.house, company.mail, [maya.mail("4, quick answer")])
    finish_turn(company.house, claimed(company), Outcome(rating=4, comment="quick answer"))
    survey = Survey.objects.select_related("conversation__address").get()
    assert (survey.rating, Ticket.objects.get().rating) == (4, 4)
    assert b"quick" not in bytes(survey.comment_cipher)
    place, address = f"survey.comment:{survey.id}", survey.conversation.address
    sealed = bytes(survey.comment_cipher)
    assert open_json(company.house.vault, address, place, sealed) == "quick answer"


def test_who_wants_no_messages_is_not_asked(
    company: Company,
    number: int,  # noqa: F811
) -> None:
    talk = Conversation.objects.get()
    Address.objects.filter(id=talk.address_id).update(refuses=[str(talk.inbox_id)])
    before = OutboxRow.objects.count()
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    assert Ticket.objects.get().status == Ticket.Status.RESOLVED
    assert (Survey.objects.count(), OutboxRow.objects.count()) == (0, before)


def test_who_only_pressed_a_button_is_shown_where_to_say_why(company: Company, number: int) -> None:  # noqa: F811
    row, chat = Conversation.objects.get(), company.house.channel_of(company.chat)
    url = survey.link_of(company.house, row.id)
    assert url in survey.thanks(company.house, row, chat, "").text
    assert url not in survey.thanks(company.house, row, chat, "quick answer").text
    assert [one.value for one in survey.question(company.house, row, chat).buttons] == [
        stars(value) for value in range(1, 6)
    ]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("standing", "is_asked"), [("talking", True), ("talked", False), ("gone", False)]
)
def test_a_caller_who_has_hung_up_is_not_asked(
    company: Company,
    number: int,  # noqa: F811
    standing: str,
    is_asked: bool,
) -> None:
    now, row = company.house.clock(), Conversation.objects.get()
    Call.objects.create(conversation=row, standing=standing, entered_at=now, moved_at=now)
    voice = Voice(InboxId(company.mail.id), voice_settings("http://127.0.0.1:9"))
    asked = survey.question(company.house, row, voice)
    assert (asked is not None) is is_asked
    assert "survey/" not in survey.thanks(company.house, row, voice, "").text
    assert "write" not in survey.thanks_for_reason(row, voice).text


@pytest.mark.parametrize(
    ("effect", "helpful"),
    [(Effect(EffectKind.RESOLVE, {}), True), (Effect(EffectKind.RATE, {"helpful": False}), False)],
)
def test_yes_and_no_to_the_bots_question_rate_its_answer(
    company: Company,
    maya: Writer,  # noqa: F811
    effect: Effect,
    helpful: bool,
) -> None:
    said = (Reply("The first answer", kind="answer"), Reply("Did that help?", kind="question"))
    finish_turn(company.house, claimed(company), Outcome(said, {"version": 1}))
    receive(company.house, company.mail, [maya.mail("whatever says so")])
    more = (Reply("Another answer", kind="answer"),)
    finish_turn(company.house, claimed(company), Outcome(more, {"version": 1}, (effect,)))
    rating = AnswerRating.objects.select_related("message__address").get()
    assert (rating.helpful, rating.source) == (helpful, "dialogue")
    assert open_body(company.house.vault, rating.message).text.startswith("The first answer")
