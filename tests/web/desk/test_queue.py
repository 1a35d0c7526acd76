"""The lists: what stands in which, in which order, with which clock, and at what cost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bot import desk
from bot.permissions import tickets_of
from core.decision import Priority
from core.sla import ClockState
from store import desk_counts, many
from store.desk import rows
from store.desk_counts import counts
from store.desk_views import View
from store.models import Calendar, Holiday, SlaPolicy, Ticket
from tests.web.desk.conftest import Day
from tests.web.seed import Company, hands_over, says, visitor

QUERIES_OF_A_LIST = 8
"""Session, user, saved views, counts, which rows, the rows, last messages, and what short ones answer."""


def _numbers(day: Day, login: str, view: View) -> list[int]:
    user = day.company.users[login]
    company = day.company
    found = rows(company.house.vault, tickets_of(user), view, user, company.clock())
    return [row.number for row in found]


def test_a_list_of_very_many_says_that_there_are_more(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_counts, "EXACT", 2)
    monkeypatch.setattr(many, "MOST", 2)
    page = day.client("ruth").get("/desk/view/all/").content.decode()
    assert ">2+</b>" in page.split('data-key="all"')[1].split("</li>")[0]
    assert ">2+</span>" in page.split('id="list-title"')[1].split("</header>")[0]
    assert page.count("data-number=") == 3
    monkeypatch.setattr(many, "MOST", 3)
    page = day.client("ruth").get("/desk/view/all/").content.decode()
    assert ">3</b>" in page.split('data-key="all"')[1].split("</li>")[0]


def test_each_view_holds_what_its_name_says(day: Day) -> None:
    made = day.made
    assert _numbers(day, "amira", View.MINE) == [made["maya"]]
    assert _numbers(day, "amira", View.TEAM) == [made["maya"]]
    assert _numbers(day, "amira", View.UNASSIGNED) == [made["jan"]]
    assert _numbers(day, "amira", View.RESOLVED) == [made["lee"]]
    assert _numbers(day, "wei", View.UNASSIGNED) == [made["hub"], made["jan"]]
    assert _numbers(day, "wei", View.DUE) == [made["hub"]]
    desk.wait(day.company.house, day.company.users["amira"], made["maya"])
    assert _numbers(day, "amira", View.WAITING) == [made["maya"]]
    assert _numbers(day, "ruth", View.ALL) == [made["hub"], made["jan"], made["maya"]]
    user = day.company.users["ruth"]
    found = counts(tickets_of(user), user, day.company.clock())
    assert (found[View.ALL], found[View.WAITING]) == (3, 1)
    assert View.RESOLVED not in found


def test_a_broken_promise_stays_on_top_though_the_next_clock_runs_for_days(day: Day) -> None:
    company, user = day.company, day.company.users["ruth"]
    company.clock.advance(days=2)
    listed = rows(company.house.vault, tickets_of(user), View.ALL, user, company.clock())
    assert listed[0].number == day.made["hub"]
    due = listed[0].due
    assert due is not None
    assert (due.clock, due.state) == ("response", ClockState.BREACHED)
    dues = [row.due.due for row in listed if row.due and row.due.due]
    assert dues == sorted(dues)


def test_the_clock_is_said_in_words(day: Day) -> None:
    client = day.client("ruth")
    page = client.get("/desk/view/all/").content.decode()
    row = _row(page, day.made["hub"])
    assert re.search(r'class="clock close"[^>]*>\s*\d+ min left', row) or "late by" in row
    day.company.clock.advance(hours=1)
    row = _row(client.get("/desk/view/all/").content.decode(), day.made["hub"])
    assert re.search(r'class="clock late"[^>]*>late by \d+ ', row)


def _row(page: str, number: int) -> str:
    return page.split(f'data-number="{number}"')[1].split("</li>")[0]


def test_a_row_tells_who_waits_for_whom(day: Day) -> None:
    user, company = day.company.users["amira"], day.company
    listed = rows(company.house.vault, tickets_of(user), View.MINE, user, company.clock())
    assert (listed[0].who, listed[0].subject) == ("Maya Ruiz", "Card charged twice")
    assert listed[0].preview == "Thank you. Which reference will I see on my statement?"
    assert listed[0].waits_for_us
    desk.reply(company.house, user, day.made["maya"], "It says FERNHILL REFUND.")
    listed = rows(company.house.vault, tickets_of(user), View.MINE, user, company.clock())
    assert not listed[0].waits_for_us
    assert listed[0].preview == "It says FERNHILL REFUND."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no", "no · {asked}"),
        ("maya@customers.example", "{asked}"),
        ("it is maya@customers.example", "{asked}"),
        ("4711", "4711 · {asked}"),
        ("Nein danke!", "Nein danke! · {asked}"),
        ("いいえ", "いいえ · {asked}"),
        ("No, it is still broken", "No, it is still broken"),
        ("ランプが壊れています", "ランプが壊れています"),
    ],
)
def test_a_row_shows_what_short_words_answer(desk_company: Company, said: str, shown: str) -> None:
    company, asked = desk_company, "Is it the blue one?"
    chat = visitor(company, "Maya")
    says(company, chat, "My parcel was left in the rain")
    number = hands_over(company, priority=Priority.MEDIUM)
    says(company, chat, "ok")
    assert _previews(company) == ["ok · My parcel was left in the rain"]
    desk.take(company.house, company.users["ruth"], number)
    desk.reply(company.house, company.users["ruth"], number, asked)
    assert _previews(company) == [asked]
    says(company, chat, said)
    assert _previews(company) == [shown.format(asked=asked)]


def test_a_row_of_nothing_but_short_words_shows_them(desk_company: Company) -> None:
    says(desk_company, visitor(desk_company, "Maya"), "no")
    hands_over(desk_company, priority=Priority.MEDIUM)
    assert _previews(desk_company) == ["no"]


def _previews(company: Company) -> list[str]:
    user = company.users["ruth"]
    listed = rows(company.house.vault, tickets_of(user), View.ALL, user, company.clock())
    return [row.preview for row in listed]


def test_a_longer_list_asks_no_more_queries(desk_company: Company) -> None:
    day = Day(desk_company, {})
    client = day.client("ruth")
    _tickets(desk_company, 2)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get("/desk/view/all/", headers={"HX-Request": "true"}).status_code == 200
    _tickets(desk_company, 10)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/desk/view/all/", headers={"HX-Request": "true"})
    assert page.content.count(b"data-number=") == 12
    assert len(many) == len(few)
    assert len(many) <= QUERIES_OF_A_LIST


def _tickets(company: Company, count: int) -> None:
    for number in range(count):
        chat = visitor(company, f"Visitor {number}")
        says(company, chat, f"Where is parcel {number} of mine now?")
        hands_over(company, priority=Priority.MEDIUM)
        company.clock.advance(minutes=1)


def test_business_hours_look_the_calendar_up_once(desk_company: Company) -> None:
    calendar = Calendar.objects.create(
        brand=desk_company.brand,
        name="Office",
        time_zone="Europe/Berlin",
        spans={str(day): [["08:00", "20:00"]] for day in range(7)},
    )
    Holiday.objects.create(calendar=calendar, on=desk_company.clock().date(), name="A day off")
    SlaPolicy.objects.update(counts=SlaPolicy.Counts.BUSINESS, calendar=calendar)
    _tickets(desk_company, 6)
    user = desk_company.users["ruth"]
    with CaptureQueriesContext(connection) as asked:
        listed = rows(
            desk_company.house.vault, tickets_of(user), View.ALL, user, desk_company.clock()
        )
    assert sum("store_holiday" in query["sql"] for query in asked) == 1
    due = listed[0].due
    assert due is not None
    assert due.due is not None
    assert due.due - desk_company.clock() > timedelta(hours=24)


def test_an_empty_view_says_what_will_appear(desk_company: Company) -> None:
    page = Day(desk_company, {}).client("amira").get("/desk/view/mine/").content.decode()
    assert "Nothing on your desk" in page
    assert not Ticket.objects.exists()


def test_a_view_that_does_not_exist_is_not_found(desk_company: Company) -> None:
    assert Day(desk_company, {}).client("amira").get("/desk/view/nonsense/").status_code == 404
