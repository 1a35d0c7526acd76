"""The examples behind a decision: of our own tickets a reader is shown only those they may see."""

from __future__ import annotations

import pytest

from bot.house import House
from bot.permissions import tickets_of
from core.message import AddressKind, Sender, Verified
from store.neighbours import neighbours_for
from tests.company import StandingClock
from tests.web.seed import Company, hands_over, mails, make_company


@pytest.fixture
def company(house: House, clock: StandingClock) -> Company:
    return make_company(house, clock)


def _asks(company: Company, who: str, subject: str, team: str) -> int:
    sender = Sender(AddressKind.EMAIL, f"{who}@example.org", Verified.PROVEN, who.title())
    mails(company, sender, subject, "My credit card was charged twice for the invoice")
    return hands_over(company, team=team)


def _near(ticket: int = 0, **also: object) -> dict[str, object]:
    empty = {"category": "billing", "priority": "low", "team": "billing", "likeness": 0.9}
    return {**empty, "ticket": ticket, "source": "", "text": "", **also}


def _shown(company: Company, login: str, *said: dict[str, object]) -> list[tuple[int, str]]:
    visible = tickets_of(company.users[login])
    found = neighbours_for(company.house.vault, visible, {"neighbours": list(said)})
    return [(one.ticket, one.subject or one.source or one.text) for one in found]


def test_nobody_learns_of_examples_that_they_may_not_see(company: Company) -> None:
    mine = _asks(company, "ann", "Charged twice", "billing")
    hidden = _asks(company, "ben", "Sensor offline", "technical")
    said = (_near(hidden), _near(mine), _near(source="zendesk 4711"), _near(text="Shipped words"))
    rest = [(0, "zendesk 4711"), (0, "Shipped words")]
    assert _shown(company, "ruth", *said) == [
        (hidden, "Sensor offline"),
        (mine, "Charged twice"),
        *rest,
    ]
    assert _shown(company, "amira", *said) == [(mine, "Charged twice"), *rest]


def test_a_decision_from_before_there_were_examples_has_none(company: Company) -> None:
    visible = tickets_of(company.users["ruth"])
    assert neighbours_for(company.house.vault, visible, {}) == ()
    assert neighbours_for(company.house.vault, visible, {"neighbours": ["?"]}) == ()
