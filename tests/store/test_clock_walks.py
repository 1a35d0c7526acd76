"""Tickets under random deeds, kills and clocks that jump: what is cached is what the events say (R38), and every warning
and breach is told exactly once (R37). `THREADLINE_WALKS=5000` walks as long as the bar asks."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

import store.escalation
import store.watching
from bot import desk, leading
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.watch import watch_once
from core.errors import ThreadlineError
from core.sla import ClockState, Ledger
from store.clocks import read_clocks, story_of, urgency
from store.models import EscalationStep, Event, QueueEntry, Reservation, SlaPolicy, Ticket
from store.turns import claim
from tests.company import Company, StandingClock, Writer
from tests.concurrency import together
from tests.store.test_promises import working_days

WALKS = int(os.environ.get("THREADLINE_WALKS", "12"))
STEPS = 14
Deed = Callable[[], Any]


def opened(company: Company, writer: Writer) -> int:
    receive(company.house, company.mail, [writer.mail("My parcel is lost", subject="Parcel")])
    claimed = claim(company.house.vault, "w", timedelta(seconds=30), 50, company.house.clock())
    got = next(one for one in claimed if one.contact.value == writer.address)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert number is not None
    return number


def says_again(company: Company, writer: Writer, *, automatic: bool) -> None:
    """The customer writes once more; a bot's turn that it may lead to is not taken here."""
    mail = writer.mail("Any news?", is_automatic=automatic, at=company.house.clock())
    receive(company.house, company.mail, [mail])


def step_of(company: Company, writer: Writer, number: int, chance: random.Random) -> Deed:
    house, user = company.house, chance.choice([company.agent, company.lead])
    priority = chance.choice([1, 2, 3, 4])
    policy = chance.choice(SlaPolicy.objects.order_by("name").values_list("id", flat=True))
    deeds: list[Deed] = [
        lambda: desk.take(house, user, number),
        lambda: desk.release(house, user, number),
        lambda: desk.reply(house, user, number, "Soon.", waits=chance.random() < 0.3),
        lambda: desk.wait(house, user, number),
        lambda: desk.resolve(house, user, number),
        lambda: desk.reopen(house, user, number),
        lambda: desk.reclassify(house, user, number, priority=priority),
        lambda: leading.promise(house, company.lead, number, policy),
        lambda: says_again(company, writer, automatic=False),
        lambda: says_again(company, writer, automatic=True),
        lambda: watch_once(house),
    ]
    return chance.choice(deeds)


def check(number: int, now: datetime) -> None:
    """The columns say what the events say, told one by one or all at once."""
    row = Ticket.objects.select_related("policy__calendar").get(number=number)
    at = max(now, datetime.fromisoformat(row.clock[-1]["at"]))
    calendar, policy, events = story_of(row)
    ledger = Ledger(calendar, policy)
    for event in events:
        ledger = ledger.then(event)
    whole = read_clocks(row, now)
    assert ledger.read(at) == whole
    assert row.response_due == (whole.response.due if whole.response else None)
    assert row.urgent_at == urgency(row)
    assert row.resolution_due == (whole.resolution.due if whole.resolution else None)
    is_waiting = row.status == Ticket.Status.OPEN and row.assignee_id is None
    entries = list(QueueEntry.objects.filter(ticket=row))
    assert bool(entries) == is_waiting or row.status == Ticket.Status.PENDING
    assert all((one.team_id, one.priority) == (row.team_id, row.priority) for one in entries)
    if not is_waiting:
        assert not Reservation.objects.filter(ticket=row, state="offered").exists()


def test_after_any_walk_the_columns_are_what_the_events_say(
    company: Company, clock: StandingClock
) -> None:
    start, done = clock(), Counter[str]()
    working_days(company)
    for walk in range(WALKS):
        chance, writer = random.Random(walk), Writer(f"walker{walk}@customers.example")
        clock.now = start + timedelta(days=walk)
        number = opened(company, writer)
        for _ in range(STEPS):
            jump = chance.choice([-7200, -60, 0, 1, 600, 3600, 40000])
            clock.advance(seconds=jump)
            try:
                step_of(company, writer, number, chance)()
                done["done"] += 1
            except ThreadlineError:
                done["refused"] += 1
            check(number, clock())
    assert done["done"] > done["refused"] / 3


def test_a_clock_that_was_set_back_stops_nobody(company: Company, clock: StandingClock) -> None:
    number = opened(company, Writer())
    clock.advance(hours=3)
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "Looking.")
    clock.advance(hours=-2)
    desk.reply(company.house, company.agent, number, "Found it.", waits=True)
    desk.resolve(company.house, company.agent, number)
    row = Ticket.objects.select_related("policy__calendar").get()
    moments = [event.at for event in story_of(row)[2]]
    assert moments == sorted(moments)
    assert row.status == Ticket.Status.RESOLVED
    clocks = read_clocks(row, clock())
    assert clocks.response is not None
    assert clocks.response.state is ClockState.MET


class Killed(BaseException):
    """The process dies here: nothing catches it, and the transaction is gone."""


def _deadly(monkeypatch: pytest.MonkeyPatch, chance: random.Random) -> None:
    """One of four rounds of the watcher dies at its last step, after everything else was written."""
    for module, name in ((store.watching, "renew"), (store.escalation, "write")):
        alive = getattr(module, name)

        def perhaps(*args: Any, alive: Any = alive) -> Any:
            alive(*args)
            if chance.random() < 0.25:
                raise Killed

        monkeypatch.setattr(module, name, perhaps)


def test_warnings_and_breaches_come_once_under_kills_and_jumps(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(5)
    policy = SlaPolicy.objects.get()
    EscalationStep.objects.create(policy=policy, clock="response", at_share=0.8, action="notify")
    EscalationStep.objects.create(policy=policy, clock="resolution", at_share=0.8, action="notify")
    tickets = [
        opened(company, Writer(f"c{n}@customers.example")) for n in range(max(8, WALKS // 4))
    ]
    resting, solved = tickets[0], tickets[1]
    desk.wait(company.house, company.agent, resting)
    desk.take(company.house, company.agent, solved)
    desk.resolve(company.house, company.agent, solved)
    _deadly(monkeypatch, chance)
    end, furthest = clock() + timedelta(days=6), clock()
    while clock() < end:
        jump = chance.choice([7200, -7200, 3 * 3600, 3 * 3600, 6 * 3600])
        clock.advance(seconds=jump)
        furthest = max(furthest, clock())
        for result in together([lambda: watch_once(company.house)] * 2):
            assert result is None or isinstance(result, Killed), result
    monkeypatch.undo()
    watch_once(company.house)
    told = Counter(
        (kind, data["ticket"], data.get("clock") or data["trigger"])
        for kind, data in Event.objects.filter(
            kind__in=["sla_breached", "ticket_escalated"]
        ).values_list("kind", "data")
    )
    waiting = [number for number in tickets if number not in {resting, solved}]
    assert told == Counter(
        (kind, number, name)
        for kind in ("sla_breached", "ticket_escalated")
        for number in waiting
        for name in ("response", "resolution")
    ), "each once; none for who rests or is done"
