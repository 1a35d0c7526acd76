"""`python -m tests.bench.sizes`: what the desk, claiming, opening, the clock scan and assignment cost with 1 k to 1 M tickets.

One in five tickets is open. Times are milliseconds as one caller sees them, beside the mean of the processor's; plans that
walk through a whole large table are named. Nothing is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.test.utils import CaptureQueriesContext

import tests.installation  # noqa: F401 - sets Django up
from bot import desk
from bot.bootstrap import build_house
from bot.handoff import packet_of, to_triage
from bot.house import House
from bot.permissions import tickets_of
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from channels.registry import work_kinds
from core.assignment import Available, TeamRule, Waiting, Worker, WorkKind, offers
from core.errors import Conflict
from store.assignment import scene, team_rules
from store.desk import View, counts, rows
from store.duties import take
from store.escalation import to_look_at
from store.models import QueueEntry, Reservation
from store.reservations import make_offers
from store.turns import claim
from store.watching import due_tickets
from tests import databases
from tests.bench import crowd, hot_path
from tests.company import Company, ScriptedChannel, StandingClock, Writer, make_company
from tests.fakes.postgresql import running_postgresql

LARGE = ("store_ticket", "store_conversation", "store_message", "store_queueentry", "store_event")


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--database", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--open", type=int, default=None)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    found = measure(options.database, sorted(options.tickets), options.repeats, options.open)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measure(
    kind: str, sizes: list[int], repeats: int, still_open: int | None = None
) -> dict[str, Any]:
    """The same database, growing from size to size. `still_open`: so many tickets are open at each size, as in a
    company whose history grows and whose work does not, each size in a database of its own; None: one in five."""
    apart = [sizes] if still_open is None else [[size] for size in sizes]
    curve = [one for some in apart for one in _curve(kind, some, repeats, still_open)]
    return {
        "database": kind,
        "open": still_open,
        "curve": curve,
        "growth": _growth(curve[0], curve[-1]),
        "matching_1000_to_200_seconds": matching(),
    }


def _curve(
    kind: str, sizes: list[int], repeats: int, still_open: int | None
) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        state.mkdir(mode=0o700)
        if kind == "sqlite":
            databases.fill_sqlite(state)
            with databases.using(databases.settings_for(kind, state, None)):
                return _grown(kind, state, None, sizes, repeats, still_open)
        with running_postgresql() as server:
            databases.fill_postgresql(server)
            with databases.using(databases.settings_for(kind, state, server)):
                return _grown(kind, state, server, sizes, repeats, still_open)


def _grown(
    kind: str,
    state: Path,
    server: Any,
    sizes: list[int],
    repeats: int,
    still_open: int | None,
) -> list[dict[str, Any]]:
    clock = StandingClock()
    house = build_house(databases.settings_for(kind, state, server))
    house = replace(house, clock=clock, channel_of=lambda inbox: ScriptedChannel())
    company = make_company(house)
    made = crowd.people(company, clock())
    curve, there = [], 0
    for size in sizes:
        began = time.perf_counter()
        crowd.tickets(house, company, made, size - there, seed=size, open_count=still_open)
        crowd.events()
        crowd.analyse()
        there = size
        print(f"{kind}: {size} tickets after {time.perf_counter() - began:.0f} s", file=sys.stderr)
        curve.append({"tickets": size, **_figures(house, company, made, repeats)})
    house.database.close()
    house.doorbell.close()
    return curve


def _figures(house: House, company: Company, made: crowd.Crowd, repeats: int) -> dict[str, Any]:
    agent, chance = made.agents[0], random.Random(7)
    now = house.clock()
    waiting = list(
        QueueEntry.objects.filter(team=made.teams[0]).values_list("ticket__number", flat=True)[:400]
    )
    mine = iter(chance.sample(waiting, min(len(waiting), repeats + 2)))
    visible = tickets_of(agent)

    def team_page() -> None:
        rows(house.vault, visible, View.TEAM, agent, now)

    def unassigned_page() -> None:
        rows(house.vault, visible, View.UNASSIGNED, agent, now)

    def badges() -> None:
        counts(visible, agent, now)

    def claim_one() -> None:
        try:
            desk.take(house, agent, next(mine))
        except (StopIteration, Conflict):
            return

    def clock_scan() -> None:
        due_tickets(now)
        to_look_at(now)

    deeds: dict[str, Callable[[], None]] = {
        "queue_page": team_page,
        "unassigned_page": unassigned_page,
        "view_counts": badges,
        "claim": claim_one,
        "open_ticket": lambda: _opened(house, company),
        "clock_scan": clock_scan,
        "offer_round": lambda: _round(house),
        **hot_path.deeds(house, company),
    }
    found: dict[str, Any] = {}
    plans: dict[str, list[str]] = {}
    for name, deed in deeds.items():
        with CaptureQueriesContext(connection) as asked:
            deed()
        plans[name] = sorted({plan for query in asked for plan in _walks(query["sql"])})
        found[name] = _timed(deed, 5 if name == "offer_round" else repeats)
    return {**found, "whole_tables_walked": {name: one for name, one in plans.items() if one}}


def _growth(first: dict[str, Any], last: dict[str, Any]) -> dict[str, float]:
    """How many times what it cost at the first size each deed costs at the last: its processor time, and p95."""
    found = {}
    for name, one in first.items():
        if isinstance(one, dict) and "p95_ms" in one:
            for what in ("cpu_ms", "p95_ms"):
                if one[what]:
                    found[f"{name}_{what}"] = round(last[name][what] / one[what], 2)
    return found


def _opened(house: House, company: Company) -> None:
    """A mail becomes a ticket: received, claimed by a worker, decided, stored."""
    writer = Writer(f"w{random.random()}@customers.example")
    receive(house, company.mail, [writer.mail("My parcel is lost", at=house.clock())])
    for got in claim(house.vault, "w", timedelta(seconds=30), 5, house.clock()):
        packet = packet_of(got, None, None, {"reason": "bot_failed"})
        finish_turn(house, got, Outcome(routed=to_triage("a test"), packet=packet))


def _round(house: House) -> None:
    """Whom to ask about what, for everybody who is online, and the offers stored; then taken back."""
    held = take("offer", "bench", timedelta(seconds=0))
    assert held is not None
    now = house.clock()
    seen = scene(work_kinds(), now)
    make_offers(held, offers(seen.waiting, seen.workers, team_rules(now), now), now)
    Reservation.objects.all().delete()


def _timed(deed: Callable[[], None], repeats: int) -> dict[str, float]:
    times, before = [], _cpu()
    for _ in range(repeats):
        began = time.perf_counter()
        deed()
        times.append((time.perf_counter() - began) * 1000)
    ordered = sorted(times)
    return {
        "cpu_ms": round((_cpu() - before) * 1000 / repeats, 2),
        "p50_ms": round(statistics.median(ordered), 2),
        "p95_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))], 2),
    }


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


def matching() -> float:
    """Seconds for the pure rule: 1,000 waiting tickets of 8 teams to 200 agents who can carry them."""
    now = StandingClock()()
    teams = [UUID(int=n) for n in range(8)]
    workers = [
        Worker(
            UUID(int=1000 + n),
            f"Agent {n}",
            Available.ONLINE,
            frozenset({teams[n % 8]}),
            {"api": n % 5 + 1, "de": 3},
            limits={"any": 12},
        )
        for n in range(200)
    ]
    waiting = [
        Waiting(n, teams[n % 8], WorkKind.CHAT, 3, now, now + timedelta(minutes=n), ("api",))
        for n in range(1000)
    ]
    rules = {team: TeamRule(handling=600.0) for team in teams}
    began = time.perf_counter()
    made = offers(waiting, workers, rules, now, at_once=100)
    assert len(made) == 1000
    return round(time.perf_counter() - began, 3)


if __name__ == "__main__":
    main()
