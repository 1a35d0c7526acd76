"""`python -m tests.bench.sizes`: what the desk, claiming, opening, the clock scan and assignment cost with 1 k to 1 M tickets.

One in five tickets is open. Times are milliseconds as one caller sees them, beside the mean of the processor's and, where
there is one, the aim of p95; plans that walk through a whole large table are named. Nothing is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
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
from core.assignment import Available, TeamRule, Waiting, Worker, WorkKind, offers
from core.errors import Conflict
from store.assignment import scene, team_rules
from store.desk import rows
from store.desk_counts import Counted, all_counts
from store.desk_views import View
from store.duties import take
from store.escalation import to_look_at
from store.models import QueueEntry, Reservation, Ticket, User
from store.reservations import make_offers
from store.turns import claim
from store.watching import due_tickets
from tests import databases
from tests.bench import crowd, hot_path, kept
from tests.company import Company, ScriptedChannel, StandingClock, Writer, make_company
from web.desk.lists import views_for

AIM = 50.0
AIMS = dict.fromkeys(
    (
        "queue_page",
        "unassigned_page",
        "view_counts",
        "lead_all_page",
        "lead_unassigned_page",
        "lead_counts",
        "claim",
        "open_ticket",
        "clock_scan",
    ),
    AIM,
)
"""Milliseconds that the slowest call but one in twenty may take, with 1,000,000 tickets."""
LARGE = ("store_ticket", "store_conversation", "store_message", "store_queueentry", "store_event")


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--database", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--open", type=int, default=None)
    parser.add_argument("--keep", type=Path, help="a folder: filled once, measured each time")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    sizes = sorted(options.tickets)
    if options.keep and len(sizes) > 1:
        parser.error("--keep keeps one size")
    found = measure(options.database, sizes, options.repeats, options.open, options.keep)
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measure(
    kind: str,
    sizes: list[int],
    repeats: int,
    still_open: int | None = None,
    keep: Path | None = None,
) -> dict[str, Any]:
    """The same database, growing from size to size. `still_open`: so many tickets are open at each size, as in a
    company whose history grows and whose work does not, each size in a database of its own; None: one in five. `keep`: where the filled database stays."""
    apart = [sizes] if still_open is None else [[size] for size in sizes]
    load = [os.getloadavg()]
    curve = [one for some in apart for one in _curve(kind, some, repeats, still_open, keep)]
    load.append(os.getloadavg())
    return {
        "database": kind,
        "open": still_open,
        "load": [round(one[0], 1) for one in load],
        "curve": curve,
        "growth": _growth(curve[0], curve[-1]),
        "matching_1000_to_200_seconds": matching(),
    }


def _curve(
    kind: str, sizes: list[int], repeats: int, still_open: int | None, keep: Path | None
) -> list[dict[str, Any]]:
    with kept.opened(kind, keep) as place:
        clock = StandingClock()
        house = replace(
            build_house(place.settings), clock=clock, channel_of=lambda inbox: ScriptedChannel()
        )
        if place.tickets:
            company, made = kept.people_of(house)
        else:
            company = make_company(house)
            made = crowd.people(company, clock())
        curve, there = [], place.tickets
        for size in sizes:
            began = time.perf_counter()
            if size > there:
                crowd.tickets(house, company, made, size - there, seed=size, open_count=still_open)
                crowd.events()
                place.is_filled_with(size)
            crowd.analyse()
            there = max(size, there)
            passed = time.perf_counter() - began
            print(f"{kind}: {there} tickets after {passed:.0f} s", file=sys.stderr)
            curve.append({"tickets": there, **_figures(house, company, made, repeats)})
        house.database.close()
        house.doorbell.close()
        return curve


def _figures(house: House, company: Company, made: crowd.Crowd, repeats: int) -> dict[str, Any]:
    agent, chance = made.agents[0], random.Random(7)
    now = house.clock()
    waiting = list(
        QueueEntry.objects.filter(team=made.teams[0]).values_list("ticket__number", flat=True)[:400]
    )
    often = {"offer_round": 5, "claim": max(1, min(repeats, len(waiting) - 1))}
    mine = iter(chance.sample(waiting, min(len(waiting), often["claim"] + 1)))
    visible, lead = tickets_of(agent), company.lead
    everything = tickets_of(lead)

    def badges(user: User, seen: QuerySet[Ticket]) -> Counted:
        return all_counts(seen, user, now, {}, views_for(user), partial(few_teams_of, user))

    reach, whole = badges(agent, visible).reach, badges(lead, everything).reach

    def page(view: View) -> None:
        rows(house.vault, visible, view, agent, now, reach)

    def lead_page(view: View) -> None:
        rows(house.vault, everything, view, lead, now, whole)

    def claim_one() -> None:
        with contextlib.suppress(Conflict, StopIteration):
            desk.take(house, agent, next(mine))

    def clock_scan() -> None:
        due_tickets(now)
        to_look_at(now)

    deeds: dict[str, Callable[[], object]] = {
        "queue_page": lambda: page(View.TEAM),
        "unassigned_page": lambda: page(View.UNASSIGNED),
        "view_counts": lambda: badges(agent, visible),
        "lead_all_page": lambda: lead_page(View.ALL),
        "lead_unassigned_page": lambda: lead_page(View.UNASSIGNED),
        "lead_counts": lambda: badges(lead, everything),
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
        found[name] = _timed(deed, often.get(name, repeats))
        if name in AIMS:
            found[name]["aim_ms"] = AIMS[name]
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


def _timed(deed: Callable[[], object], repeats: int) -> dict[str, float]:
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
