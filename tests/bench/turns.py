"""`python -m tests.bench.turns`: what the hundredth turn of a conversation costs, beside the first, by processor time of each process."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import load
from tests.bench.load import QUESTIONS, Chat
from tests.prepared import prepared_state
from tests.product import Running, product

BLOCK = 5
"""So many turns of each conversation are one measurement: a turn alone is less than the clock's tick."""
WARM = 4
"""Conversations that are held before anything is counted."""


def main() -> None:
    """Runs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conversations", type=int, default=12)
    parser.add_argument("--turns", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    load.PATIENCE = 300.0  # how long it takes is not asked here
    with tempfile.TemporaryDirectory() as folder:
        state = prepared_state(Path(folder) / "state")
        # A demo allows one address as much as a bench says.
        with product(state, demo=False, THREADLINE_DEMO="1") as running:
            found = asyncio.run(measure(running, options.conversations, options.turns))
    print(json.dumps(found) if options.json else json.dumps(found, indent=2))


async def measure(running: Running, conversations: int, turns: int) -> dict[str, Any]:
    """All conversations at once, turn after turn; milliseconds of each process in the first and in later turns."""
    await _held(running, WARM, BLOCK)
    chats = [Chat(running.port) for _ in range(conversations)]
    await asyncio.gather(*(chat.open() for chat in chats))
    curve = []
    for first in range(0, turns, BLOCK):
        before = running.cpu_seconds()
        for number in range(first, first + BLOCK):
            text = QUESTIONS[number % len(QUESTIONS)]
            await asyncio.gather(*(chat.ask(text) for chat in chats))
        after = running.cpu_seconds()
        used = {name: after[name] - before.get(name, 0.0) for name in after}
        each = {name: round(1000 * s / BLOCK / conversations, 2) for name, s in used.items()}
        curve.append({"to_turn": first + BLOCK, "cpu_ms": round(sum(each.values()), 2), **each})
        print(curve[-1], file=sys.stderr, flush=True)
    await asyncio.gather(*(chat.close() for chat in chats))
    return {
        "conversations": conversations,
        "curve": curve,
        "last_to_first": round(curve[-1]["cpu_ms"] / curve[0]["cpu_ms"], 2),
    }


async def _held(running: Running, conversations: int, turns: int) -> None:
    chats = [Chat(running.port) for _ in range(conversations)]
    await asyncio.gather(*(chat.open() for chat in chats))
    for number in range(turns):
        await asyncio.gather(*(chat.ask(QUESTIONS[number]) for chat in chats))
    await asyncio.gather(*(chat.close() for chat in chats))


if __name__ == "__main__":
    main()
