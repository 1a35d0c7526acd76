"""The same answers on SQLite and PostgreSQL, at the edges of numbers and lists, and how many queries a list costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot.house import House
from bot.tokens import Scope, make_personal
from store.desk_filter import Criteria
from tests.company import StandingClock
from tests.web.api import things
from tests.web.api.conftest import World, pages
from tests.web.day import make_day
from tests.web.seed import make_company
from web import house as web_house

LARGEST = 2**63 - 1


@pytest.fixture
def day(house: House, clock: StandingClock) -> Iterator[World]:
    """The day in the database of the test's parameter."""
    company = make_company(house, clock)
    made = make_day(company)
    tokens = {
        login: make_personal(company.house, company.users[login], login, list(Scope), None).text
        for login in ("amira", "ada")
    }
    before = list(web_house._current)
    web_house.use(company.house)
    yield World(company.house, clock, made, tokens)
    web_house._current[:] = before


def _numbers(world: World, path: str) -> list[int]:
    """A list's tickets, asked for one by one."""
    return [item["number"] for item in pages(world, "ada", path, 1)]


def test_pages_writes_and_edges_are_the_same_on_each_database(day: World) -> None:
    whole = [item["number"] for item in day.ask("ada", "GET", "/tickets").json()["items"]]
    assert _numbers(day, "/tickets") == whole == sorted(day.made.values(), reverse=True)
    assert sorted(_numbers(day, "/views/all/tickets")) == sorted(
        day.made[name] for name in ("maya", "hub", "jan")
    )
    conversation = day.conversation("maya")
    for path in (
        f"/tickets?cursor=n.{10**18 - 1}",
        "/views/all/tickets?cursor=9999999999999999.1",
        "/views/all/tickets?cursor=n.1",
        f"/events?cursor={10**18 - 1}.{10**18 - 1}",
        f"/conversations/{conversation}/messages?cursor={LARGEST}",
        f"/satisfaction?cursor={LARGEST}",
        "/agents?cursor=ffffffff-ffff-ffff-ffff-ffffffffffff",
        "/articles?q=%27%25_%5C",
    ):
        assert day.ask("ada", "GET", path).status_code == 200, path
    assert day.ask("ada", "GET", f"/tickets/{LARGEST}").status_code == 404
    again = f"/undelivered/{LARGEST}/send"
    assert day.ask("ada", "POST", day.path("maya", again)).status_code == 404
    events = day.ask("amira", "GET", "/events?limit=100").json()
    assert len(events["items"]) > 20
    rest = day.ask("amira", "GET", f"/events?cursor={events['items'][4]['position']}&limit=100")
    assert rest.json()["items"] == events["items"][5:]
    body = {"text": "On each database."}
    for _ in range(2):
        answer = day.ask("amira", "POST", day.path("maya", "/reply"), body, Idempotency_Key="k")
        assert answer.status_code == 201
    file = day.ask("amira", "POST", day.path("maya", "/files?name=a.txt"), "A line.").json()["file"]
    at = (day.clock() + timedelta(hours=1)).isoformat()
    later = {"text": "In an hour.", "files": [file], "send_at": at}
    assert day.ask("amira", "POST", day.path("maya", "/reply"), later).status_code == 202
    assert len(day.ask("amira", "GET", day.path("maya", "/held")).json()["items"]) == 1
    tag = {"deed": "tag", "what": "vip"}
    assert day.ask("amira", "POST", day.path("maya", "/dossier"), tag).status_code == 200
    assert day.ask("amira", "GET", "/tags").json()["items"] == ["vip"]


def test_lists_that_are_new_part_in_pages_on_each_database(day: World) -> None:
    """Posts of the same moment too: neither skipped nor doubled."""
    for mark in range(5):
        day.clock.advance(seconds=mark // 2)
        things.post(day, mark)
        things.macro_named(day, f"Macro {mark}")
        things.kept(day, mark)
        things.unread(day, mark)
        things.ruling(day, mark)
    things.lesson(day)
    things.lesson(day, "route")
    saved = things.saved_view(day, "Any", Criteria(status="any"))
    alive = things.saved_view(day, "Alive", Criteria(status="open"))
    for path, count in (
        ("/posts", 5),
        ("/kept", 5),
        ("/unread", 5),
        ("/kept/senders", 5),
        ("/macros", 5),
        ("/lessons", 2),
        (f"/saved-views/{saved.id}/tickets", 4),
        (f"/saved-views/{alive.id}/tickets", 3),
    ):
        whole = pages(day, "ada", path, 100)
        assert len(whole) == count, path
        assert pages(day, "ada", path, 1) == pages(day, "ada", path, 2) == whole, path
    for path in ("/posts", "/lessons", "/kept", "/unread"):
        last = f"{path}?cursor=9999999999999999.ffffffff-ffff-ffff-ffff-ffffffffffff"
        assert day.ask("ada", "GET", last).json()["items"]
        first = f"{path}?cursor=0.00000000-0000-0000-0000-000000000000"
        assert day.ask("ada", "GET", first).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/tickets", 4),
        ("/views/all/tickets", 4),
        ("/views", 3),
        ("/events", 4),
        ("/agents", 5),
        ("/satisfaction", 4),
        ("/macros", 3),
        ("/posts", 6),
        ("/lessons", 4),
    ],
)
def test_a_list_costs_so_many_queries_however_long_it_is(
    world: World, path: str, most: int
) -> None:
    for mark in range(3):
        things.post(world, mark)
        things.macro_named(world, f"Macro {mark}")
    things.lesson(world)
    things.lesson(world, "route")
    costs = []
    for limit in ("" if path == "/views" else "?limit=1", "" if path == "/views" else "?limit=100"):
        world.ask("ruth", "GET", "/me")
        with CaptureQueriesContext(connection) as queries:
            assert world.ask("ruth", "GET", path + limit).status_code == 200
        costs.append(len(queries))
    assert max(costs) <= most, costs
    assert costs[1] - costs[0] <= 1, "the longer list costs more"


def test_a_thread_and_a_ticket_cost_so_many_queries(world: World) -> None:
    conversation = world.conversation("maya")
    world.ask("amira", "GET", "/me")
    for path, most in (
        (world.path("maya"), 7),
        (f"/conversations/{conversation}/messages", 8),
        (f"/conversations/{conversation}/events", 8),
    ):
        with CaptureQueriesContext(connection) as queries:
            assert world.ask("amira", "GET", path).status_code == 200
        assert len(queries) <= most, [query["sql"][:80] for query in queries]
