"""Reports: every number equals what a naive count over the histories gives, opens to what it counts, and stays in its rows."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from bot.permissions import figures_of
from core.calendar import working_time
from core.errors import MalformedPayload
from core.sla import Happened
from store import figures
from store.clocks import calendar_of, happened
from store.figures import BATCH, follow, start_again
from store.models import (
    Address,
    Calendar,
    Conversation,
    Event,
    Figures,
    SlaPolicy,
    Team,
    Ticket,
    User,
)
from store.reporting import By, Period, behind, measures, numbers, quantile, rows_of, safe_cell
from tests.company import NOON, Company

BERLIN = ZoneInfo("Europe/Berlin")
RESPONSE = {1: 1, 2: 4, 3: 24, 4: 48}
"""Hours of the default promise."""
RESOLUTION = {1: 24, 2: 48, 3: 120, 4: 240}


@dataclass
class Past:
    """One made-up conversation, as the naive count reads it."""

    id: UUID
    address: UUID
    channel: str
    language: str
    opened: datetime
    team: str = ""
    agent: str = ""
    category: str = ""
    priority: int = 3
    events: list[tuple[str, str, datetime, dict[str, Any]]] = field(default_factory=list)

    def when(self, kind: str, actor: str = "") -> list[datetime]:
        return [at for one, who, at, _ in self.events if one == kind and who.startswith(actor)]

    @property
    def handed(self) -> datetime | None:
        return next(iter(self.when("ticket_opened")), None)

    @property
    def first_reply(self) -> datetime | None:
        handed = self.handed
        return next((at for at in self.when("message", "user:") if handed and at >= handed), None)

    @property
    def resolved(self) -> datetime | None:
        last = next(
            (row for row in reversed(self.events) if row[0] in {"resolved", "ticket_reopened"}),
            None,
        )
        return last[2] if last and last[0] == "resolved" else None

    @property
    def last(self) -> datetime:
        return max(
            at for kind, actor, at, _ in self.events if kind == "message" and actor != "system"
        )

    @property
    def transfers(self) -> int:
        count, holder = 0, ""
        for kind, actor, _, data in self.events:
            if kind == "ticket_taken":
                count += bool(holder) and holder != actor
                holder = actor
            elif kind == "ticket_changed" and data["before"]["team"] != data["after"]["team"]:
                count += 1
        return count

    def kept(self, promise: dict[int, int], to_reply: bool, now: datetime) -> bool | None:
        """Walks through the clock: closed time does not count, a broken promise stays broken."""
        left, since = timedelta(hours=promise[self.priority]), None
        for kind, actor, at, _ in self.events:
            if since is not None and at - since >= left:
                return False
            if kind == "ticket_opened" or (kind == "ticket_reopened" and not to_reply):
                since = at
            elif since is not None and (
                kind == "resolved" or (to_reply and kind == "message" and actor.startswith("user:"))
            ):
                left, since = left - (at - since), None
                if to_reply:
                    return True
        if since is not None:
            return False if now - since >= left else None
        return True if self.handed else None


class Histories:
    """Makes conversations up and stores them as the product would have: rows, clocks and events."""

    def __init__(self, company: Company, seed: int) -> None:
        self.dice = random.Random(seed)
        self.company = company
        self.policy = SlaPolicy.objects.get()
        week = {str(day): [["09:00", "17:00"]] for day in range(5)}
        self.calendar = Calendar.objects.create(
            brand=company.brand, name="Office", time_zone="Europe/Berlin", spans=week
        )
        Team.objects.filter(id=company.orders.id).update(calendar=self.calendar)
        company.orders.refresh_from_db()
        self.addresses = [self._address(n) for n in range(12)]
        self.rows: list[Past] = []
        self.number = 1000

    def _address(self, number: int) -> Address:
        return Address.objects.create(
            brand=self.company.brand, kind="email", lookup=bytes([number]) * 32, value_cipher=b"",
            key_wrapped=b"", first_seen_at=NOON,
        )  # fmt: skip

    def make(self, count: int) -> None:
        for _ in range(count):
            self._one()

    def _one(self) -> None:
        dice, company = self.dice, self.company
        inbox = dice.choice([company.chat, company.mail])
        opened = NOON - timedelta(minutes=dice.randrange(60 * 24 * 40))
        talk = Conversation.objects.create(
            brand=company.brand, inbox=inbox, address=dice.choice(self.addresses), opened_at=opened,
            last_message_at=opened, language=dice.choice(["en", "es", ""]),
        )  # fmt: skip
        past = Past(talk.id, talk.address_id, inbox.channel, talk.language, opened)
        past.events.append(("message", "customer", opened, {}))
        if dice.random() < 0.7:
            past.events.append(("message", "bot", opened + timedelta(seconds=5), {}))
        if dice.random() < 0.7:
            self._ticket(talk, past)
        for seq, (kind, actor, at, data) in enumerate(past.events, 1):
            Event.objects.create(
                brand=company.brand,
                conversation=talk,
                seq=seq,
                kind=kind,
                at=at,
                actor=actor,
                data=data,
            )
        self.rows.append(past)

    def _ticket(self, talk: Conversation, past: Past) -> None:
        dice, company = self.dice, self.company
        self.number += 1
        past.priority, past.category = dice.randint(1, 4), dice.choice(["billing", "delivery"])
        team = dice.choice([company.triage, company.orders])
        ticket = Ticket(
            number=self.number, brand=company.brand, conversation=talk, policy=self.policy,
            category=past.category, priority=past.priority, team=team, opened_at=past.opened,
        )  # fmt: skip
        self._happens(
            past, ticket, "ticket_opened", "system", Happened.OPENED, priority=past.priority
        )
        for _ in range(dice.randrange(8)):
            self._deed(past, ticket)
        past.team = str(ticket.team_id)
        past.agent = str(ticket.assignee_id or "")
        ticket.save()

    def _deed(self, past: Past, ticket: Ticket) -> None:
        dice, company = self.dice, self.company
        who = dice.choice([company.agent, company.other])
        actor, is_done = f"user:{who.id}", ticket.status == "resolved"
        deed = dice.choice(["take", "reply", "reply", "move", "resolve", "reopen", "rate", "write"])
        if deed == "take" and not is_done:
            ticket.assignee = who
            self._happens(past, ticket, "ticket_taken", actor)
        elif deed == "reply" and not is_done:
            self._happens(past, ticket, "message", actor, Happened.AGENT_REPLY)
        elif deed == "move":
            before = ticket.team.slug
            ticket.team = company.orders if ticket.team_id == company.triage.id else company.triage
            change = {"before": {"team": before}, "after": {"team": ticket.team.slug}}
            self._happens(past, ticket, "ticket_changed", actor, data=change)
        elif deed == "resolve" and not is_done:
            ticket.status = "resolved"
            self._happens(past, ticket, "resolved", actor, Happened.RESOLVED)
            self._happens(past, ticket, "message", "system")
        elif deed == "reopen" and is_done:
            ticket.status = "open"
            self._happens(past, ticket, "ticket_reopened", "customer", Happened.REOPENED)
        elif deed == "rate" and is_done:
            self._happens(past, ticket, "rated", "customer", data={"rating": dice.randint(1, 5)})
        elif deed == "write" and not is_done:
            self._happens(past, ticket, "message", "customer", Happened.CUSTOMER_MESSAGE)

    def _happens(
        self, past: Past, ticket: Ticket, kind: str, actor: str, what: Happened | None = None,
        data: dict[str, Any] | None = None, priority: int | None = None,
    ) -> None:  # fmt: skip
        at = past.events[-1][2] + timedelta(minutes=self.dice.choice([1, 7, 60, 400, 3000]))
        past.events.append((kind, actor, at, data or {}))
        if what is not None:
            happened(ticket, what, at, priority=priority)


Value = Callable[[Past], Any]


def naive(histories: Histories, now: datetime) -> dict[str, tuple[Value, Value, Value | None]]:
    """For each measure: its moment, whether it counts (None) or its value, and what a share counts."""

    def working(past: Past, end: datetime | None) -> float | None:
        if past.team != str(histories.company.orders.id) or past.handed is None or end is None:
            return None
        return working_time(calendar_of(histories.calendar), past.handed, end).total_seconds()

    def took(past: Past, end: datetime | None) -> float | None:
        return (end - past.handed).total_seconds() if end and past.handed else None

    def back(past: Past) -> bool:
        return any(
            past.opened < other.opened <= past.last + timedelta(hours=72)
            for other in histories.rows
            if other.address == past.address
        )

    def rating(past: Past) -> int | None:
        return next(
            (data["rating"] for kind, *_, data in reversed(past.events) if kind == "rated"), None
        )

    def rated(past: Past) -> datetime | None:
        return next(iter(reversed(past.when("rated"))), None)

    def known_bot(past: Past) -> Any:
        is_known = past.when("message", "bot") and past.last <= now - timedelta(hours=72)
        return past.opened if is_known else None

    always: Value = lambda past: 1  # noqa: E731
    replies: Value = lambda past: len(past.when("message", "user:"))  # noqa: E731
    handed: Value = lambda past: past.handed  # noqa: E731
    resolved: Value = lambda past: past.resolved if past.handed else None  # noqa: E731
    reply: Value = lambda past: past.first_reply  # noqa: E731
    once: Value = lambda past: replies(past) == 1 and not past.when("ticket_reopened")  # noqa: E731
    response: Value = lambda past: past.kept(RESPONSE, True, now)  # noqa: E731
    resolution: Value = lambda past: past.kept(RESOLUTION, False, now)  # noqa: E731
    return {
        "conversations": (lambda past: past.opened, always, None),
        "tickets": (handed, always, None),
        "resolved": (resolved, always, None),
        "bot_resolution": (known_bot, always, lambda past: not past.handed and not back(past)),
        "response": (reply, lambda past: took(past, past.first_reply), None),
        "response_working": (reply, lambda past: working(past, past.first_reply), None),
        "resolution": (resolved, lambda past: took(past, past.resolved), None),
        "resolution_working": (resolved, lambda past: working(past, past.resolved), None),
        "response_kept": (handed, response, response),
        "resolution_kept": (handed, resolution, resolution),
        "first_contact": (resolved, always, once),
        "reopened": (handed, always, lambda past: bool(past.when("ticket_reopened"))),
        "transferred": (handed, always, lambda past: past.transfers > 0),
        "satisfaction": (rated, rating, lambda past: rating(past) >= 4),
    }


GROUPS: dict[By, Callable[[Past, datetime], str]] = {
    By.TOTAL: lambda past, at: "",
    By.DAY: lambda past, at: at.astimezone(BERLIN).date().isoformat(),
    By.WEEK: lambda past, at: (at.astimezone(BERLIN).date() - timedelta(days=at.astimezone(BERLIN).weekday())).isoformat(),
    By.MONTH: lambda past, at: at.astimezone(BERLIN).date().replace(day=1).isoformat(),
    By.CHANNEL: lambda past, at: past.channel,
    By.TEAM: lambda past, at: past.team,
    By.AGENT: lambda past, at: past.agent,
    By.CATEGORY: lambda past, at: past.category,
    By.LANGUAGE: lambda past, at: past.language,
}  # fmt: skip
FIRST, LAST = date(2027, 2, 3), date(2027, 3, 1)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_what_a_naive_count_gives_and_opens_to_what_it_counts(
    company: Company, seed: int
) -> None:
    histories = Histories(company, seed)
    histories.make(45)
    now = NOON + timedelta(days=60)
    while follow(now, limit=37):
        pass
    period, wrong, compared = Period(FIRST, LAST, BERLIN), {}, 0
    expected = naive(histories, now)
    assert set(expected) == set(measures(now))
    for name, (moment, value, hit) in expected.items():
        for by, group in GROUPS.items():
            want: dict[str, list[Past]] = defaultdict(list)
            for past in histories.rows:
                at = moment(past)
                is_in = at is not None and FIRST <= at.astimezone(BERLIN).date() <= LAST
                if is_in and value(past) is not None:
                    want[group(past, at)].append(past)
            found = numbers(Figures.objects.all(), measures(now)[name], period, by)
            told = {one.key: one for one in found if one.count}
            if {key: len(rows) for key, rows in want.items()} != {
                key: one.count for key, one in told.items()
            }:
                wrong[name, by] = found
                continue
            for key, rows in want.items():
                one, values = told[key], sorted(map(value, rows))
                compared += 1
                if hit is not None:
                    assert one.hits == sum(bool(hit(past)) for past in rows), (name, by, key)
                if name.startswith(("response", "resolution")) and hit is None:
                    assert one.value == pytest.approx(quantile(values, 0.5)), (name, by, key)
                    assert one.mean == pytest.approx(sum(values) / len(values))
                if name == "satisfaction":
                    assert one.value == pytest.approx(sum(values) / len(values))
                opened = behind(Figures.objects.all(), measures(now)[name], period, by, key)
                assert {row.conversation_id for row in opened} == {past.id for past in rows}
                if hit is not None:
                    hits = behind(Figures.objects.all(), measures(now)[name], period, by, key, True)
                    assert {row.conversation_id for row in hits} == {
                        past.id for past in rows if hit(past)
                    }
    assert wrong == {}
    assert compared > 150


def test_counting_in_any_order_again_and_again_gives_the_same(company: Company) -> None:
    histories = Histories(company, 4)
    histories.make(12)
    now = NOON + timedelta(days=60)
    follow(now, limit=10_000)
    fields = [field.name for field in Figures._meta.concrete_fields]
    at_once = list(Figures.objects.order_by("conversation").values_list(*fields))
    start_again()
    while follow(now, limit=3):
        pass
    assert list(Figures.objects.order_by("conversation").values_list(*fields)) == at_once
    assert follow(now) == 0


def test_what_is_said_in_one_conversation_is_counted_once_for_all_of_it(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    Histories(company, 8).make(1)
    last = Event.objects.latest("id")
    Event.objects.bulk_create(
        Event(
            brand_id=last.brand_id,
            conversation_id=last.conversation_id,
            seq=last.seq + more,
            kind="told",
            at=last.at,
            actor="system",
        )
        for more in range(1, 2 * BATCH + 2)
    )
    rounds = _rounds(monkeypatch)
    assert follow(NOON) == Event.objects.count() > 2 * BATCH
    assert (rounds, follow(NOON)) == ([1], 0)


def test_no_more_conversations_are_counted_at_once_than_is_said(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    Histories(company, 4).make(12)
    monkeypatch.setattr(figures, "BATCH", 5)
    rounds = _rounds(monkeypatch)
    read = []
    while found := follow(NOON):
        read.append(found)
    assert sum(read) == Event.objects.count()
    assert max(rounds) == 5
    assert all(found >= 5 for found in read[:-1]), "who reads so many knows that there are more"
    assert Figures.objects.count() == Event.objects.values("conversation").distinct().count()


def _rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many conversations are counted in each round, from now on."""
    counted: list[int] = []
    count = figures.count

    def watched(conversations: Collection[UUID], now: datetime) -> None:
        counted.append(len(conversations))
        count(conversations, now)

    monkeypatch.setattr(figures, "count", watched)
    return counted


def test_a_report_counts_only_what_its_reader_may_see(company: Company) -> None:
    histories = Histories(company, 5)
    histories.make(40)
    follow(NOON, limit=10_000)
    everything = Figures.objects.count()
    for user, sees in ((company.lead, everything), (company.admin, everything), (company.agent, 0)):
        assert figures_of(user).count() == sees
    auditor = User(email="a@acme.example", name="A", role=User.Role.AUDITOR)
    assert figures_of(auditor).count() == everything


def test_the_day_is_that_of_the_reader(company: Company) -> None:
    Histories(company, 6).make(40)
    follow(NOON, limit=10_000)
    one = measures(NOON)["conversations"]
    days = {}
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        period = Period(FIRST, LAST, ZoneInfo(zone))
        days[zone] = [
            (item.key, item.count) for item in numbers(Figures.objects.all(), one, period, By.DAY)
        ]
    assert days["Pacific/Auckland"] != days["America/Los_Angeles"]


def test_a_period_is_one_and_not_for_ever() -> None:
    with pytest.raises(MalformedPayload):
        Period(LAST, FIRST, BERLIN)
    with pytest.raises(MalformedPayload):
        Period(date(2020, 1, 1), LAST, BERLIN)


def test_the_period_before_is_as_long_and_touches() -> None:
    period = Period(date(2027, 3, 1), date(2027, 3, 31), BERLIN)
    assert period.before.end == period.start
    assert period.before.first == date(2027, 1, 29)


def test_nothing_in_a_period_is_nothing_and_no_fault(company: Company) -> None:
    period = Period(FIRST, LAST, BERLIN)
    for measure in measures(NOON).values():
        for by in By:
            found = numbers(Figures.objects.all(), measure, period, by)
            assert [one.count for one in found] == ([0] if by is By.TOTAL else [])
        assert not rows_of(Figures.objects.all(), measure, period).exists()


FORMULAS = [
    lead + start + rest
    for lead in ("", " ", "\t", "\u00a0", "\ufeff", "\r\n")
    for start in ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠", "\t", "\r")
    for rest in ("1+1", 'cmd|"/C calc"!A0', "HYPERLINK(\"http://x\")", "SUM(A1)", "'x", "\"x\"")
]  # fmt: skip


def test_no_cell_is_a_formula() -> None:
    """As LibreOffice and Excel read: a cell is a formula by its first character, spaces in front or not."""
    assert len(FORMULAS) > 400
    for text in FORMULAS:
        assert safe_cell(text).startswith("'"), text
    assert safe_cell(-3.5) == "-3.5"
    assert safe_cell("Billing") == "Billing"
    assert safe_cell(None) == ""
