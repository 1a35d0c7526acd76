"""The satisfaction question: once, with room for a word on why, and never to who wants no messages."""

from __future__ import annotations

import pytest

from bot import desk
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.texts import rating_with_comment
from store.bodies import open_json
from store.models import Address, Conversation, OutboxRow, Survey, Ticket
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
