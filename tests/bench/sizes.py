"""`python -m tests.bench.sizes`: what the desk, claiming, opening, the clock scan, assignment and each message cost with 1 k to 1 M tickets.

One in five tickets is open, or as many at each size as are asked for (`--open`): a company whose history grows and whose
work does not. Times are milliseconds as one caller sees them, beside the mean of the processor's and, where there is one, the
aim of p95; plans that walk through a whole large table are named. Nothing is asserted: machines differ.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import tests.installation  # noqa: F401 - sets Django up
from core.assignment import Available, TeamRule, Waiting, Worker, WorkKind, offers
from tests import databases
from tests.bench import kept
from tests.bench.one_size import DRAIN
from tests.company import StandingClock

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
FEW = {"claim": 20, "offer_round": 5}
"""Calls of a round, where as many as of the others would take too long, or there are not so many to claim."""
WARM = 10
"""Calls before the first round: statements are prepared, pages read. Before each further one: one."""


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
    options = parser.parse_args()
    with ExitStack() as stack:
        keep = options.keep or Path(stack.enter_context(kept.folder()))
        found = measure(options, keep.absolute())
    found["matching_1000_to_200_seconds"] = matching()
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


def measure(options: argparse.Namespace, keep: Path) -> dict[str, Any]:
    """Each size in a database of its own, which is filled before anything is measured. Then, deed by deed, rounds in which
    the sizes have their turns: what the machine does beside meets all of them within the same second."""
    load, began = [os.getloadavg()[0]], time.perf_counter()
    for size in sorted(options.tickets):
        subprocess.run([*_command(options, keep, size), "--fill"], check=True)
    load.append(os.getloadavg()[0])
    filled = time.perf_counter() - began
    with ExitStack() as stack:
        sides = [
            stack.enter_context(_Side(size, _command(options, keep, size)))
            for size in sorted(options.tickets)
        ]
        for name in sides[0].deeds:
            _in_turn(sides, name, options.rounds, FEW.get(name, options.repeats))
    load.append(os.getloadavg()[0])
    return {
        "database": options.database,
        "open": options.open,
        "rounds": options.rounds,
        "repeats": options.repeats,
        "load_first_filled_last": [round(one, 1) for one in load],
        "seconds_filling": round(filled),
        "seconds_measuring": round(time.perf_counter() - began - filled),
        "curve": [side.figures() for side in sides],
        "growth": _growth(sides[0], sides[-1]),
    }


def _in_turn(sides: list[_Side], name: str, rounds: int, repeats: int) -> None:
    for side in sides:
        side.ask(DRAIN)
        side.walks[name] = side.ask(name, 0)["walks"]
    for number in range(rounds):
        for side in sides if number % 2 else sides[::-1]:
            side.ask(name, min(repeats, 1 if number else WARM))
            side.keep(name, side.ask(name, repeats))


def _command(options: argparse.Namespace, keep: Path, size: int) -> list[str]:
    argv = [sys.executable, "-m", "tests.bench.one_size", "--database", options.database]
    argv += ["--tickets", str(size), "--keep", str(keep)]
    return argv + ([] if options.open is None else ["--open", str(options.open)])


@dataclass(slots=True)
class _Side:
    """One size: the process that does what is wished, and what each round took, by deed."""

    tickets: int
    argv: list[str]
    process: subprocess.Popen[str] = field(init=False)
    deeds: list[str] = field(init=False)
    rounds: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    walks: dict[str, list[str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.deeds = self._heard()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(60)

    def ask(self, name: str, times: int = 0) -> dict[str, Any]:
        """Has it done so many times."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, times]) + "\n")
        self.process.stdin.flush()
        found: dict[str, Any] = self._heard()
        return found

    def _heard(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.tickets} tickets: ended with {self.process.wait()}")
        return json.loads(line)

    def keep(self, name: str, told: dict[str, Any]) -> None:
        """Notes a round."""
        ordered = sorted(told["ms"])
        one = {
            "cpu_ms": told["cpu_ms"] / len(ordered),
            "p50_ms": statistics.median(ordered),
            "p95_ms": ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))],
        }
        self.rounds.setdefault(name, []).append(one)

    def middle(self, name: str) -> dict[str, float]:
        """Of each figure the median over the rounds."""
        rounds = self.rounds[name]
        return {what: statistics.median(one[what] for one in rounds) for what in rounds[0]}

    def figures(self) -> dict[str, Any]:
        """Of each deed, with its aim."""
        found: dict[str, Any] = {"tickets": self.tickets}
        for name in self.rounds:
            found[name] = {what: round(ms, 2) for what, ms in self.middle(name).items()}
            if name in AIMS:
                found[name]["aim_ms"] = AIMS[name]
        found["whole_tables_walked"] = {name: plan for name, plan in self.walks.items() if plan}
        return found


def _growth(first: _Side, last: _Side) -> dict[str, dict[str, float]]:
    """How many times what it cost at the first size each deed costs at the last."""
    found: dict[str, dict[str, float]] = {}
    for name in first.rounds:
        small, large = first.middle(name), last.middle(name)
        found[name] = {
            what.removesuffix("_ms"): round(large[what] / small[what], 2)
            for what in small
            if small[what]
        }
    return found


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
