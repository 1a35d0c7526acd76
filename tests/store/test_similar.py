"""Tickets about the same: found by shared words, never beyond what the reader may see."""

from __future__ import annotations

import pytest

from bot.house import House
from bot.permissions import tickets_of
from core.message import AddressKind, Sender, Verified
from store.indexing import index_next
from store.models import Ticket
from store.similar import Alike, similar
from tests.company import StandingClock
from tests.web.seed import Company, hands_over, mails, make_company


@pytest.fixture
def company(house: House, clock: StandingClock) -> Company:
    return make_company(house, clock)


def _asks(company: Company, who: str, subject: str, text: str, team: str = "billing") -> int:
    sender = Sender(AddressKind.EMAIL, f"{who}@example.org", Verified.PROVEN, who.title())
    mails(company, sender, subject, text)
    return hands_over(company, team=team)


def _similar(company: Company, login: str, number: int) -> list[Alike]:
    while index_next(company.house.vault):
        pass
    visible = tickets_of(company.users[login])
    return similar(company.house.vault, visible, Ticket.objects.get(number=number))


def test_what_is_about_the_same_is_found_the_nearest_first(company: Company) -> None:
    near = _asks(
        company, "ann", "Charged twice", "My credit card was charged twice for the invoice"
    )
    far = _asks(company, "ben", "Invoice", "The invoice shows a credit that I do not know")
    other = _asks(company, "cem", "Parcel", "My parcel never arrived at the station")
    one = _asks(company, "dan", "Double charge", "The credit card is charged double on one invoice")
    found = _similar(company, "ruth", one)
    assert [hit.number for hit in found] == [near, far]
    assert found[0].share > found[1].share
    assert found[0].subject == "Charged twice"
    assert other not in {hit.number for hit in found}


def test_nobody_is_shown_what_they_may_not_see(company: Company) -> None:
    text = "My credit card was charged twice for the invoice"
    hidden = _asks(company, "ann", "Charged twice", text, team="technical")
    one = _asks(company, "dan", "Double charge", text)
    assert [hit.number for hit in _similar(company, "ruth", one)] == [hidden]
    assert _similar(company, "amira", one) == []


def test_too_few_words_find_nothing(company: Company) -> None:
    _asks(company, "ann", "Hello", "Hello there")
    one = _asks(company, "dan", "Hello", "Hello, are you in?")
    assert _similar(company, "ruth", one) == []
