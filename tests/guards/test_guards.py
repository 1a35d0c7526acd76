"""A guard without a test that needs it is decoration: each is taken out once, and its tests must go red."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.architecture.source import ROOT
from tests.guards.every import EVERY
from tests.guards.guards import Guard

pytestmark = [
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("guards"),
]


@pytest.fixture(scope="module")
def without() -> dict[str, Any]:
    """What happened without each guard."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.guards.run"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_each_guard_has_a_name_of_its_own() -> None:
    names = [guard.name for guard in EVERY]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("guard", EVERY, ids=lambda guard: guard.name.replace(" ", "-"))
def test_without_the_guard_its_tests_go_red(guard: Guard, without: dict[str, Any]) -> None:
    result = without[guard.name]
    if set(guard.tests) & set(result["skipped"]):
        pytest.skip(f"skipped: {guard.database} is absent")
    green = set(guard.tests) - set(result["failed"])
    assert green == set(), result["output"]
