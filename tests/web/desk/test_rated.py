"""What the customer said of how it was stands beside the ticket and in its thread, as words and nothing else."""

from __future__ import annotations

import re

import pytest
from django.utils.html import escape

from bot import desk, survey
from core.happenings import HAPPENINGS
from store.models import Ticket
from tests.web.desk.conftest import Day
from tests.web.desk.test_hostile import PAYLOADS
from web.desk.ticket import ENDED

COMMENT = {
    "en": "Comment",
    "es": "Comentario",
    "de": "Kommentar",
    "fr": "Commentaire",
    "pt": "Comentário",
    "ar": "تعليق",
}


def _rates(day: Day, rating: int, comment: str = "") -> None:
    """By the page that the mail leads to; her ticket is resolved for that, once."""
    company = day.company
    ticket = Ticket.objects.get(number=day.made["maya"])
    if ticket.status == Ticket.Status.OPEN:
        desk.resolve(company.house, company.users["amira"], ticket.number)
    token = survey.link_of(company.house, ticket.conversation_id).rpartition("/")[2]
    survey.answer(company.house, token, rating, comment)


def _page(day: Day, who: str = "amira") -> tuple[str, str]:
    """The thread and what stands beside it."""
    page = day.client(who, fragment=True).get(day.path("maya")).content.decode()
    thread, _, rest = page.partition('id="context"')
    return thread, rest


@pytest.mark.parametrize("language", COMMENT)
def test_it_stands_in_the_thread_and_beside_it(day: Day, language: str) -> None:
    amira = day.company.users["amira"]
    amira.language = language
    amira.save()
    _rates(day, 2, "Slow, and nobody called back.")
    thread, beside = _page(day)
    assert thread.count("Slow, and nobody called back.") == 1
    pair = re.search(r'<dt>([^<]+)</dt><dd class="rated-why" dir="auto">([^<]+)</dd>', beside)
    assert pair is not None
    assert pair.groups() == (COMMENT[language], "Slow, and nobody called back.")


def test_without_words_there_is_no_place_for_them(day: Day) -> None:
    _rates(day, 4)
    assert "rated-why" not in "".join(_page(day))
    assert "4 / 5" in _page(day)[1]


def test_who_rates_again_without_words_leaves_them(day: Day) -> None:
    _rates(day, 2, "Slow")
    _rates(day, 3)
    thread, beside = _page(day)
    assert thread.count("rated-why") == 1
    assert thread.index("3 of 5") < thread.index("rated-why"), "at the rating that counts"
    assert "3 / 5" in beside
    assert "Slow" in beside


@pytest.mark.parametrize("payload", PAYLOADS)
def test_it_is_text(day: Day, payload: str) -> None:
    _rates(day, 1, payload)
    for part in _page(day):
        assert "rated-why" in part
        assert escape(payload) in part
        assert payload == escape(payload) or payload not in part


def test_who_only_reads_reads_it_and_erased_words_are_gone(day: Day) -> None:
    _rates(day, 2, "Slow")
    assert all("Slow" in part for part in _page(day, "otto"))
    address = Ticket.objects.get(number=day.made["maya"]).conversation.address
    address.key_wrapped = None
    address.save()
    assert all("Slow" not in part for part in _page(day))


def test_what_ends_a_sleep_are_events_that_there_are() -> None:
    assert set(HAPPENINGS) >= ENDED
