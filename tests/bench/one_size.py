"""`python -m tests.bench.one_size`: one size of `sizes`, in a process of its own. `--fill` makes its database; without, it reads one
wish a line (deed, calls) and answers each with one line: milliseconds of each call, and the processor's of all."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

import tests.installation  # noqa: F401 - sets Django up
from bot import desk
from bot.bootstrap import build_house
from bot.handoff import packet_of, to_triage
from bot.house import House
from bot.permissions import few_teams_of, tickets_of
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.registry import work_kinds
from core.assignment import TeamRule, offers
from store.assignment import scene, team_rules
from store.desk import rows
from store.desk_counts import Counted, all_counts
from store.desk_views import View
from store.duties import take
from store.escalation import to_look_at
from store.models import Presence, QueueEntry, Reservation, Ticket, User
from store.reservations import make_offers
from store.turns import claim
from store.watching import due_tickets
from tests import databases
from tests.bench import crowd, hot_path, kept
from tests.company import Company, ScriptedChannel, StandingClock, Writer, make_company
from web.desk.lists import views_for
from web.serve import settle

LARGE = ("store_ticket", "store_conversation", "store_message", "store_queueentry", "store_event")
DRAIN = "drain"
"""Not a deed that is measured: what waits is done, and two minutes pass."""
Deeds = dict[str, Callable[[], object]]


def main() -> None:
    """Fills, or serves until nothing is wished for any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, required=True)
    parser.add_argument("--database", choices=databases.KINDS, required=True)
    parser.add_argument("--open", type=int, default=None)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--fill", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with kept.opened(options.database, options.keep, options.tickets) as place:
        clock = StandingClock()
        house = replace(
            build_house(place.settings), clock=clock, channel_of=lambda inbox: ScriptedChannel()
        )
        try:
            if not options.fill:
                _serve(house, clock, *kept.people_of(house))
            elif not place.is_filled:
                _fill(house, options)
                place.is_filled_now()
        finally:
            house.database.close()
            house.doorbell.close()


def _fill(house: House, options: argparse.Namespace) -> None:
    """The open tickets are the same ones at each size."""
    began = time.perf_counter()
    company = make_company(house)
    made = crowd.people(company, house.clock())
    crowd.tickets(house, company, made, options.tickets, open_count=options.open)
    crowd.events()
    crowd.settle()
    passed = time.perf_counter() - began
    print(f"{options.database}: {options.tickets} tickets after {passed:.0f} s", file=sys.stderr)


def _serve(house: House, clock: StandingClock, company: Company, made: crowd.Crowd) -> None:
    claims = _Claims(house, made)
    deeds = {**_of_the_desk(house, company, made, claims), **hot_path.deeds(house, company)}
    drained = hot_path.drain(house)
    gc.collect()
    settle()  # as `web` does before it serves
    print(json.dumps(list(deeds)), flush=True)
    for line in sys.stdin:
        name, times = json.loads(line)
        if name == DRAIN:
            drained()
            Presence.objects.update(seen_at=clock.advance(minutes=2))  # they go on working
            answer: dict[str, Any] = {}
        elif times:
            answer = _timed(deeds[name], times)
        else:
            answer = {"walks": _plan(deeds[name])}
        claims.put_back()
        print(json.dumps(answer), flush=True)


class _Claims:
    """What an agent takes, one after the other, and gives back while nothing is measured."""

    def __init__(self, house: House, made: crowd.Crowd) -> None:
        self._house, self._agent = house, made.agents[0]
        waiting = QueueEntry.objects.filter(team=made.teams[0]).order_by("ticket_id")
        self._waiting = list(waiting.values_list("ticket__number", flat=True)[:400])
        self._taken: list[int] = []

    def take(self) -> None:
        """The next one, if there is any; where there are too few, all are given back first."""
        if not self._waiting:
            return
        if len(self._taken) == len(self._waiting):
            self.put_back()
        number = self._waiting[len(self._taken)]
        desk.take(self._house, self._agent, number)
        self._taken.append(number)

    def put_back(self) -> None:
        """All of them."""
        for number in self._taken:
            desk.release(self._house, self._agent, number)
        self._taken.clear()


def _plan(deed: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        deed()
    return sorted({plan for query in asked for plan in _walks(query["sql"])})


def _of_the_desk(house: House, company: Company, made: crowd.Crowd, claims: _Claims) -> Deeds:
    agent, now = made.agents[0], house.clock()
    rules = team_rules(now)  # they are read now and then
    visible, lead = tickets_of(agent), company.lead
    everything = tickets_of(lead)

    def badges(user: User, seen: QuerySet[Ticket]) -> Counted:
        return all_counts(seen, user, now, {}, views_for(user), partial(few_teams_of, user))

    reach, whole = badges(agent, visible).reach, badges(lead, everything).reach

    def page(view: View) -> None:
        rows(house.vault, visible, view, agent, now, reach)

    def lead_page(view: View) -> None:
        rows(house.vault, everything, view, lead, now, whole)

    def clock_scan() -> None:
        due_tickets(now)
        to_look_at(now)

    return {
        "queue_page": lambda: page(View.TEAM),
        "unassigned_page": lambda: page(View.UNASSIGNED),
        "view_counts": lambda: badges(agent, visible),
        "lead_all_page": lambda: lead_page(View.ALL),
        "lead_unassigned_page": lambda: lead_page(View.UNASSIGNED),
        "lead_counts": lambda: badges(lead, everything),
        "claim": claims.take,
        "open_ticket": lambda: _opened(house, company),
        "clock_scan": clock_scan,
        "offer_round": lambda: _round(house, rules),
    }


def _opened(house: House, company: Company) -> None:
    """A mail becomes a ticket: received, claimed by a worker, decided, stored."""
    writer = Writer(f"w{random.random()}@customers.example")
    receive(house, company.mail, [writer.mail("My parcel is lost", at=house.clock())])
    for got in claim(house.vault, "w", timedelta(seconds=30), 5, house.clock()):
        packet = packet_of(got, None, None, {"reason": "bot_failed"})
        finish_turn(house, got, Outcome(routed=to_triage("a test"), packet=packet))


def _round(house: House, rules: Mapping[UUID, TeamRule]) -> None:
    """Whom to ask about what, for everybody who is online, and the offers stored; then taken back."""
    held = take("offer", "bench", timedelta(seconds=0))
    assert held is not None
    now = house.clock()
    seen = scene(work_kinds(), now)
    make_offers(held, offers(seen.waiting, seen.workers, rules, now), now)
    Reservation.objects.all().delete()


def _timed(deed: Callable[[], object], repeats: int) -> dict[str, Any]:
    times, before = [], _cpu()
    for _ in range(repeats):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    return {"ms": [round(one, 3) for one in times], "cpu_ms": (_cpu() - before) * 1000}


def _cpu() -> float:
    """Seconds of this process and of the database's process that serves it."""
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        spent = Path(f"/proc/{cursor.fetchone()[0]}/stat").read_text().rpartition(")")[2].split()
    return own + (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def _walks(sql: str) -> list[str]:
    """Where the database means to read a large table from end to end."""
    if not sql.lstrip("( ").upper().startswith(("SELECT", "UPDATE", "DELETE")):
        return []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"EXPLAIN {sql}")
            lines = [row[0].strip() for row in cursor.fetchall()]
            return [
                line for line in lines if "Seq Scan on" in line and any(t in line for t in LARGE)
            ]
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}".replace("%", "%%"))
        lines = [str(row[3]) for row in cursor.fetchall()]
    return [
        line
        for line in lines
        if line.startswith("SCAN") and "INDEX" not in line and any(t in line for t in LARGE)
    ]


if __name__ == "__main__":
    main()
