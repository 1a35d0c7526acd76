"""No step of the pipeline without a point at which a test can end the process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.faults.points import named, nameless, points, transactions, unguarded

PIPELINE = (
    "bot/calls.py",
    "bot/converse.py",
    "bot/deliver.py",
    "bot/fetch.py",
    "bot/inline.py",
    "bot/jobs.py",
    "bot/line.py",
    "bot/provider_files.py",
    "bot/watch.py",
    "bot/work.py",
    "web/arrivals.py",
    "web/messages.py",
)


def test_every_transaction_has_a_name() -> None:
    assert nameless() == []


@pytest.mark.parametrize("name", PIPELINE)
def test_whatever_reaches_outside_says_a_point(name: str) -> None:
    assert unguarded((ROOT / name).read_text()) == []


def test_a_new_step_without_a_point_would_be_noticed() -> None:
    silent = "async def f():\n    await channel.send(x)\n"
    before = "async def f():\n    reached('a')\n    await self.dialogue.route(x)\n"
    after = "async def f():\n    await channel.send(x)\n    reached('a')\n"
    assert unguarded(silent) == ["f: channel.send"]
    assert unguarded(before) == ["f: self.dialogue.route"]
    assert unguarded(after) == []


def test_there_are_at_least_forty_points() -> None:
    assert {"receive", "claim", "finish_turn", "lease", "mark_sent", "accept"} <= transactions()
    assert {"sending", "sent", "understood", "turned", "routed"} <= set(named())
    assert len(points()) >= 40


def _run(environment: dict[str, str]) -> int:
    code = "from store.faults import reached; reached('here'); print('alive')"
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, cwd=ROOT, check=False
    ).returncode


def test_a_process_dies_only_at_an_armed_point_and_once(tmp_path: Path) -> None:
    asked = {"THREADLINE_FAULTS": str(tmp_path)}
    assert _run(asked) == 0
    (tmp_path / "here").touch()
    assert _run({"THREADLINE_FAULTS": ""}) == 0, "nobody asked for it"
    assert _run(asked) == -9
    assert _run(asked) == 0
    (left,) = tmp_path.iterdir()
    assert left.name.startswith("here.")
    assert left.suffix == ".died"
