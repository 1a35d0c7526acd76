"""Our clocks say what the published cases expect, and the published cases are what the oracle lives through."""

from __future__ import annotations

import json

from tests.core.conformance import COUNT, PAGE, lived, made, parsed
from tests.core.test_sla_properties import folded, readings


def test_every_published_case_comes_out_as_written() -> None:
    cases = json.loads(PAGE.read_text())["cases"]
    assert len(cases) == COUNT
    for case in cases:
        calendar, policy, events, now = parsed(case)
        found = [
            {
                "clock": reading.clock.value,
                "started_at": reading.started_at.isoformat(),
                "state": reading.state.value,
                "used_seconds": int(reading.elapsed.total_seconds()),
                "left_seconds": int(reading.remaining.total_seconds()),
                "breached_at": reading.breached_at.isoformat() if reading.breached_at else None,
                "met_at": reading.met_at.isoformat() if reading.met_at else None,
            }
            for reading in readings(folded(calendar, policy, events), now)
        ]

        def order(one: dict[str, object]) -> tuple[str, str]:
            return str(one["clock"]), str(one["started_at"])

        assert sorted(found, key=order) == sorted(case["expected"], key=order), case["name"]


def test_the_published_cases_are_those_of_the_oracle() -> None:
    published = json.loads(PAGE.read_text())["cases"]
    for seed in range(0, COUNT, 15):
        case = made(seed)
        assert published[seed] == {**case, "expected": lived(case)}
