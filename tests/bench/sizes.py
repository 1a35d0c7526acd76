"""`python -m tests.bench.sizes`: what the desk, claiming, opening, the clock scan and assignment cost with 1 k to 1 M tickets.

One in five tickets is open, or as many at each size as are asked for (`--open`): a company whose history grows and whose work does not. Times are milliseconds as one caller sees them, beside the mean of the processor's and, where
there is one, the aim of p95; plans that walk through a whole large table are named. Nothing is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
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
MEASURES = ("cpu_ms", "p50_ms", "p95_ms")
WARM = 10
"""Calls before the counted ones: statements are prepared, pages read."""
FILL = -1
LARGE = ("store_ticket", "store_conversation", "store_message", "store_queueentry", "store_event")


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--database", choices=databases.KINDS, default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--open", type=int, default=None)
    parser.add_argument("--keep", type=Path, help="a folder: filled once, measured each time")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", type=int, default=None, help="this round of one size")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    if options.only is not None:
        (size,) = options.tickets
        found = _one_round(options, size)
    else:
        found = measure(options)
        found["matching_1000_to_200_seconds"] = matching()
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Each size in a database of its own, which is filled before anything is measured; then rounds, in each of which every
    size has its turn, in a process of its own. Medians over rounds: what the machine does beside meets all sizes."""
    with ExitStack() as stack:
        keep = options.keep or Path(stack.enter_context(kept.folder()))
        sizes = sorted(options.tickets)
        load = [os.getloadavg()[0]]
        for size in sizes:
            _child(options, keep, size, FILL)
        load.append(os.getloadavg()[0])
        rounds: dict[int, list[dict[str, Any]]] = {size: [] for size in sizes}
        for number in range(options.rounds):
            for size in sizes if number % 2 else sizes[::-1]:
                rounds[size].append(_child(options, keep, size, number))
        load.append(os.getloadavg()[0])
    return {
        "database": options.database,
        "open": options.open,
        "rounds": options.rounds,
        "repeats": options.repeats,
        "load_first_filled_last": [round(one, 1) for one in load],
        "curve": [_median(rounds[size]) for size in sizes],
        "growth": _growth([rounds[size] for size in sizes]),
    }


def _child(options: argparse.Namespace, keep: Path, size: int, number: int) -> dict[str, Any]:
    argv = [sys.executable, "-m", "tests.bench.sizes", "--json", "--database", options.database]
    argv += ["--tickets", str(size), "--keep", str(keep.absolute()), "--only", str(number)]
    argv += ["--repeats", str(options.repeats)]
    argv += [] if options.open is None else ["--open", str(options.open)]
    done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _one_round(options: argparse.Namespace, size: int) -> dict[str, Any]:
    """Fills the database, or measures in it: deed to milliseconds."""
    with kept.opened(options.database, options.keep, size) as place:
        clock = StandingClock()
        clock.advance(hours=max(options.only, 0))
        house = replace(
            build_house(place.settings), clock=clock, channel_of=lambda inbox: ScriptedChannel()
        )
        try:
            if options.only != FILL:
                company, made = kept.people_of(house)
                return {"tickets": size, **_figures(house, clock, company, made, options)}
            if not place.is_filled:
                began = time.perf_counter()
                company = make_company(house)
                made = crowd.people(company, clock())
                crowd.tickets(house, company, made, size, open_count=options.open)
                crowd.events()
                crowd.settle()
                place.is_filled_now()
                passed = time.perf_counter() - began
                print(f"{options.database}: {size} tickets after {passed:.0f} s", file=sys.stderr)
            return {"tickets": size}
        finally:
            house.database.close()
            house.doorbell.close()


def _figures(
    house: House,
    clock: StandingClock,
    company: Company,
    made: crowd.Crowd,
    options: argparse.Namespace,
) -> dict[str, Any]:
    """Each round in the eyes of another agent, of another team: what is claimed is not there again."""
    which = options.only % len(made.teams)
    team, agent = made.teams[which], made.agents[which]
    chance, now = random.Random(7), house.clock()
    waiting = list(
        QueueEntry.objects.filter(team=team).values_list("ticket__number", flat=True)[:400]
    )
    often = {"offer_round": 5, "claim": max(1, min(options.repeats, len(waiting) - WARM - 1))}
    mine = iter(chance.sample(waiting, min(len(waiting), often["claim"] + WARM + 1)))
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
    _as_served()
    drained = hot_path.drain(house)
    found: dict[str, Any] = {}
    plans: dict[str, list[str]] = {}
    for name, deed in deeds.items():
        drained()
        clock.advance(minutes=2)
        with CaptureQueriesContext(connection) as asked:
            deed()
        plans[name] = sorted({plan for query in asked for plan in _walks(query["sql"])})
        repeats = often.get(name, options.repeats)
        for _ in range(min(repeats, WARM)):
            deed()
        found[name] = _timed(deed, repeats)
    return {**found, "whole_tables_walked": {name: one for name, one in plans.items() if one}}


def _as_served() -> None:
    """The collector looks through what is new as rarely as in the product (`bot.__main__`, `web.serve`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def _median(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Of each figure the median over the rounds of one size."""
    found: dict[str, Any] = {"tickets": rounds[0]["tickets"]}
    for name in _deeds(rounds):
        found[name] = {
            what: round(statistics.median(one[name][what] for one in rounds), 2)
            for what in MEASURES
        }
        if name in AIMS:
            found[name]["aim_ms"] = AIMS[name]
    walked = [one["whole_tables_walked"] for one in rounds]
    found["whole_tables_walked"] = {name: plan for one in walked for name, plan in one.items()}
    return found


def _growth(sizes: list[list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """How many times what it cost at the first size each deed costs at the last, and between which two that ratio lies in
    the single rounds."""
    first, last = sizes[0], sizes[-1]
    found: dict[str, dict[str, Any]] = {}
    for name in _deeds(first):
        found[name] = {}
        for what in MEASURES:
            small, large = ([one[name][what] for one in size] for size in (first, last))
            times = [
                round(after / before, 2)
                for before, after in zip(small, large, strict=True)
                if before
            ]
            middle = statistics.median(small)
            found[name][what.removesuffix("_ms")] = {
                "times": round(statistics.median(large) / middle, 2) if middle else None,
                "least": min(times, default=None),
                "most": max(times, default=None),
            }
    return found


def _deeds(rounds: list[dict[str, Any]]) -> list[str]:
    return [name for name, one in rounds[0].items() if isinstance(one, dict) and "p95_ms" in one]


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
