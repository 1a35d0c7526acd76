"""`python -m tests.bench`: rounds of Threadline and of stock Rasa in turn, medians and ratios as one JSON object."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.floors import floors
from tests.bench.load import QUESTIONS, Chat, RestBot, Round, run_round, summary
from tests.bench.stock import rasa_init, rules_only
from tests.fakes.postgresql import NotHere, running_postgresql
from tests.product import Running, free_port, product

ROOT = Path(__file__).resolve().parents[2]
System = tuple[Callable[[], Chat | RestBot], tuple[str, ...]]
"""Makes a customer of it, and what they say."""


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 8, 16, 32, 128])
    parser.add_argument("--rasa-python", type=Path, default=ROOT / ".venv-rasa/bin/python")
    parser.add_argument("--state", type=Path, default=ROOT / "var/bench")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options)
    print(json.dumps(report) if options.json else json.dumps(report, indent=2))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All systems run at once but only one is loaded at a time; the order alternates. The floors come after."""
    # Absolute, but not resolved: a virtual environment is known by the link it is started through.
    python = Path(os.path.abspath(options.rasa_python))
    work = options.state.resolve()
    init_port, rules_port = free_port(), free_port()
    is_first = not (work / "product").exists()
    with (
        _postgresql() as url,
        product(work / "product") as on_sqlite,
        _product_on(work / "on-postgresql", url) as on_postgresql,
        rasa_init(python, work / "rasa-init", init_port) as hello,
        rules_only(python, work / "rasa-rules", rules_port, free_port()) as how,
    ):
        ours = {"threadline": on_sqlite}
        if on_postgresql is not None:
            ours["threadline_postgresql"] = on_postgresql
        systems: dict[str, System] = {
            **{name: (partial(Chat, run.port), QUESTIONS) for name, run in ours.items()},
            "rasa_init": (partial(RestBot, init_port), (hello,)),
            "rasa_rules_only": (partial(RestBot, rules_port), (how,)),
        }
        measured = _rounds(options, systems, ours)
        start = "start_seconds_first" if is_first else "start_seconds_warm"
        figures = {start: round(on_sqlite.ready_seconds, 1)}
        memory = {name: run.memory_mb() for name, run in ours.items()}
    found = floors(work / "product", python)
    return _report(options, measured, {**figures, "memory_mb": memory, "floors": found})


@contextmanager
def _postgresql() -> Iterator[str]:
    """A database of a server whose commits survive a power cut; empty text where there is no PostgreSQL."""
    try:
        with running_postgresql(is_durable=True) as server:
            server.run("createdb", "threadline")
            yield server.url("threadline")
    except NotHere as reason:
        print(f"without PostgreSQL: {reason}", file=sys.stderr)
        yield ""


@contextmanager
def _product_on(state: Path, url: str) -> Iterator[Running | None]:
    if not url:
        yield None
        return
    with product(state, url) as running:
        yield running


def _rounds(
    options: argparse.Namespace, systems: dict[str, System], ours: dict[str, Running]
) -> dict[str, dict[str, Any]]:
    """System to load to figures: medians over rounds, the first of which is a warm-up."""
    rounds: dict[tuple[str, int], list[Round]] = defaultdict(list)
    cpu: dict[tuple[str, int], list[dict[str, float]]] = defaultdict(list)
    for number in range(options.rounds + 1):
        for concurrency in options.concurrency:
            for name in list(systems) if number % 2 else list(systems)[::-1]:
                make, texts = systems[name]
                before = ours[name].cpu_seconds() if name in ours else {}
                done = asyncio.run(run_round(make, texts, concurrency, options.seconds))
                print(f"{name} x{concurrency}: {done.per_second:.1f}/s", file=sys.stderr)
                if number == 0:
                    continue
                rounds[name, concurrency].append(done)
                if name in ours:
                    cpu[name, concurrency].append(_per_message(before, ours[name], done))
    measured: dict[str, dict[str, Any]] = defaultdict(dict)
    for (name, concurrency), items in rounds.items():
        measured[name][f"at_{concurrency}"] = summary(items)
    for (name, concurrency), used in cpu.items():
        measured[name][f"at_{concurrency}"]["cpu_ms_per_message"] = {
            part: round(median(item[part] for item in used) * 1000, 2) for part in used[0]
        }
    return dict(measured)


def _per_message(before: dict[str, float], running: Running, done: Round) -> dict[str, float]:
    after = running.cpu_seconds()
    return {name: (after[name] - before.get(name, 0.0)) / max(done.messages, 1) for name in after}


def _report(
    options: argparse.Namespace, measured: dict[str, dict[str, Any]], more: dict[str, Any]
) -> dict[str, Any]:
    best = {
        name: max(item["messages_per_second"] for item in loads.values())
        for name, loads in measured.items()
    }
    ratios = {
        f"{name}_to_{other}": round(best[name] / best[other], 2)
        for name in best
        for other in ("rasa_init", "rasa_rules_only")
        if name.startswith("threadline")
    }
    floor = sum(item["cpu_ms"] for item in more["floors"].values())
    spent = {
        load: sum(item["cpu_ms_per_message"].values())
        for load, item in measured["threadline"].items()
    }
    return {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "rasa": "3.6.21",
            "django": metadata.version("django"),
        },
        "seconds_per_round": options.seconds,
        **more,
        **measured,
        "throughput_ratios": ratios,
        "cpu_to_floors": {load: round(ms / floor, 2) for load, ms in spent.items()},
    }


main()
