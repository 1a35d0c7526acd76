"""`python -m tests.bench`: rounds of Threadline and of stock Rasa in turn, medians and ratios as one JSON object."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

from tests.bench.load import QUESTIONS, Chat, RestBot, Round, run_round, summary
from tests.bench.stock import rasa_init, rules_only
from tests.product import Running, free_port, product

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--rasa-python", type=Path, default=ROOT / ".venv-rasa/bin/python")
    parser.add_argument("--state", type=Path, default=ROOT / "var/bench")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options)
    print(json.dumps(report) if options.json else json.dumps(report, indent=2))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All three systems run at once but only one is loaded at a time; the order alternates."""
    # Absolute, but not resolved: a virtual environment is known by the link it is started through.
    python = Path(os.path.abspath(options.rasa_python))
    work = options.state.resolve()
    rounds: dict[tuple[str, int], list[Round]] = defaultdict(list)
    cpu: dict[int, list[dict[str, float]]] = defaultdict(list)
    init_port, rules_port = free_port(), free_port()
    with (
        product(work / "product") as running,
        rasa_init(python, work / "rasa-init", init_port) as hello,
        rules_only(python, work / "rasa-rules", rules_port, free_port()) as how,
    ):
        systems = {
            "threadline": (lambda: Chat(running.port), QUESTIONS),
            "rasa_init": (lambda: RestBot(init_port), (hello,)),
            "rasa_rules_only": (lambda: RestBot(rules_port), (how,)),
        }
        for number in range(options.rounds + 1):
            for concurrency in options.concurrency:
                names = list(systems) if number % 2 else list(systems)[::-1]
                for name in names:
                    make, texts = systems[name]
                    before = running.cpu_seconds()
                    done = asyncio.run(run_round(make, texts, concurrency, options.seconds))
                    print(f"{name} x{concurrency}: {done.per_second:.1f}/s", file=sys.stderr)
                    if number == 0:
                        continue  # warm-up
                    rounds[name, concurrency].append(done)
                    if name == "threadline":
                        cpu[concurrency].append(_per_message(before, running, done))
        return _report(options, rounds, cpu, running)


def _per_message(before: dict[str, float], running: Running, done: Round) -> dict[str, float]:
    after = running.cpu_seconds()
    return {name: (after[name] - before.get(name, 0.0)) / max(done.messages, 1) for name in after}


def _report(
    options: argparse.Namespace,
    rounds: dict[tuple[str, int], list[Round]],
    cpu: dict[int, list[dict[str, float]]],
    running: Running,
) -> dict[str, Any]:
    measured: dict[str, dict[str, Any]] = defaultdict(dict)
    for (name, concurrency), items in rounds.items():
        measured[name][f"at_{concurrency}"] = summary(items)
    for concurrency, items in cpu.items():
        names = items[0]
        measured["threadline"][f"at_{concurrency}"]["cpu_ms_per_message"] = {
            name: round(sorted(i[name] for i in items)[len(items) // 2] * 1000, 2) for name in names
        }
    best = {
        name: max(item["messages_per_second"] for item in loads.values())
        for name, loads in measured.items()
    }
    return {
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "platform": platform.platform(),
            "rasa": "3.6.21",
            "django": metadata.version("django"),
            "database": "sqlite",
        },
        "seconds_per_round": options.seconds,
        "start_seconds_warm": round(running.ready_seconds, 1),
        "memory_mb": running.memory_mb(),
        **measured,
        "ratio_to_rasa_init": round(best["threadline"] / best["rasa_init"], 2),
        "ratio_to_rasa_rules_only": round(best["threadline"] / best["rasa_rules_only"], 2),
    }


main()
