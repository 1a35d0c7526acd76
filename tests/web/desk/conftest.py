"""A working day at the desk: real tickets, and a browser session for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.test import Client

from bot import replying
from bot.house import House
from store.models import HeldReply
from tests.company import StandingClock
from tests.web.kept_day import KeptDay, has_day
from tests.web.seed import Company, make_company
from web import house as web_house


@dataclass
class Day:
    """The company and its tickets by short name: `maya` and `lee` are Amira's, `hub` and `jan` nobody's."""

    company: Company
    made: dict[str, int]

    def client(
        self, login: str = "", *, fragment: bool = False, checks_csrf: bool = False
    ) -> Client:
        """A browser in which this person is signed in; `fragment`: htmx is asking."""
        headers = {"HX-Request": "true"} if fragment else {}
        client = Client(enforce_csrf_checks=checks_csrf, headers=headers)
        if login:
            client.force_login(self.company.users[login])
        return client

    def goes_out(self) -> None:
        """The moment in which replies can be undone is over."""
        self.company.clock.advance(seconds=9)
        for held in HeldReply.objects.all():
            assert replying.release(self.company.house, held.id)

    def path(self, ticket: str, deed: str = "") -> str:
        return f"/desk/tickets/{self.made[ticket]}/" + (f"{deed}/" if deed else "")


@pytest.fixture
def desk_company(
    request: pytest.FixtureRequest, database: str, house: House, clock: StandingClock
) -> Iterator[Company]:
    """The company of the desk; after its working day, where the test asks for `day` too."""
    if has_day(request):
        company = request.getfixturevalue("kept_days")(database).company_of(house, clock)
    else:
        company = make_company(house, clock)
    before = list(web_house._current)
    web_house.use(company.house)
    yield company
    web_house._current[:] = before


@pytest.fixture
def day(desk_company: Company, database: str, kept_days: Callable[[str], KeptDay]) -> Day:
    return Day(desk_company, dict(kept_days(database).made))
