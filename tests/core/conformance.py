"""Writes `docs/sla-conformance.json`: tickets' lives with what their clocks must say, for anybody's SLA code.

What is expected comes from the oracle of the property tests, which lives through each ticket minute by minute, not from
our arithmetic. `python -m tests.core.conformance` writes the file; a test holds our code to it.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from core.calendar import Span, WorkCalendar
from core.decision import Priority
from core.promise import Counting, Goals, Policy, Target
from core.sla import Happened, SlaEvent
from tests.architecture.source import ROOT
from tests.core.test_sla_properties import Walk
from tests.core.worlds import ZONES, changes

PAGE = ROOT / "docs" / "sla-conformance.json"
COUNT = 120
CLOCKS = ("response", "next_response", "resolution")
RULES = (
    "All targets count elapsed time or the calendar's working time ('counting'); a holiday is a whole local day.",
    "response: opened -> first agent_reply that is not automatic, or resolved.",
    "next_response: the customer's first message after a person's reply -> the next reply; one clock a turn.",
    "resolution: opened -> resolved; reopened continues it, closed time is not counted.",
    "paused stops every clock until resumed or a customer_message; automatic messages do nothing.",
    "priority_changed counts from the original start: the new target less the time used.",
    "A clock is breached at the instant its target is used up; a deed at that instant is late. A breach stays.",
    "merged ends every open clock without a verdict.",
)


def made(seed: int) -> dict[str, Any]:
    """One case, without what is expected."""
    chance = random.Random(seed)
    zone = ZONES[seed % len(ZONES)]
    year = chance.randint(2005, 2035)
    days = changes(zone, year)
    base = (
        chance.choice(days)
        if days and seed % 2
        else datetime(year, chance.randint(1, 12), 9, tzinfo=UTC)
    )
    at = base - timedelta(days=1) + timedelta(minutes=chance.randrange(1440))
    events: list[dict[str, Any]] = [{"at": at, "what": "opened", "priority": chance.choice(_NAMES)}]
    later = [
        what.value for what in Happened if what not in {Happened.OPENED, Happened.POLICY_CHANGED}
    ]
    for _ in range(chance.randint(1, 7)):
        at += timedelta(minutes=chance.randint(1, 600))
        event: dict[str, Any] = {
            "at": at,
            "what": chance.choice(later if chance.random() < 0.6 else later[:3]),
        }
        if event["what"] == "priority_changed":
            event["priority"] = chance.choice(_NAMES)
        if event["what"] in {"customer_message", "agent_reply"} and chance.random() < 0.2:
            event["automatic"] = True
        events.append(event)
    return {
        "name": f"{seed + 1}: {zone}",
        "calendar": {
            "zone": zone,
            "spans": {str(day): _spans(chance) for day in sorted(chance.sample(range(7), 5))},
            "holidays": [str((base + timedelta(days=chance.randint(-1, 2))).date())],
        },
        "targets": {name: _targets(chance) for name in _NAMES},
        "events": [{**event, "at": event["at"].isoformat()} for event in events],
        "now": (at + timedelta(minutes=chance.randint(1, 900))).isoformat(),
    }


_NAMES = tuple(priority.label for priority in Priority)


def _spans(chance: random.Random) -> list[list[str]]:
    edges = sorted(chance.sample(range(0, 1440, 15), chance.choice([2, 4])))
    shown = [f"{minute // 60:02}:{minute % 60:02}" for minute in edges]
    return [list(pair) for pair in zip(shown[::2], shown[1::2], strict=True)]


def _targets(chance: random.Random) -> dict[str, dict[str, Any]]:
    return {
        clock: {
            "seconds": 60 * chance.randint(5, 900),
            "counting": chance.choice([one.value for one in Counting]),
        }
        for clock in CLOCKS
    }


def parsed(case: dict[str, Any]) -> tuple[WorkCalendar, Policy, list[SlaEvent], datetime]:
    """A case as our code takes it."""

    def minute(text: str) -> int:
        return int(text[:2]) * 60 + int(text[3:])

    spans = tuple(
        Span(int(day), minute(start), minute(end))
        for day, pairs in case["calendar"]["spans"].items()
        for start, end in pairs
    )
    holidays = frozenset(datetime.fromisoformat(day).date() for day in case["calendar"]["holidays"])
    goals = [
        Goals(
            **{
                clock: Target(one["seconds"], counting=Counting(one["counting"]))
                for clock, one in case["targets"][name].items()
            }
        )
        for name in _NAMES
    ]
    events = [
        SlaEvent(
            datetime.fromisoformat(event["at"]),
            Happened(event["what"]),
            Priority[event["priority"].upper()] if "priority" in event else None,
            automatic=event.get("automatic", False),
        )
        for event in case["events"]
    ]
    calendar = WorkCalendar(case["calendar"]["zone"], spans, holidays)
    return calendar, Policy("case", *goals), events, datetime.fromisoformat(case["now"])


def lived(case: dict[str, Any]) -> list[dict[str, Any]]:
    """What the oracle finds, clock by clock."""
    calendar, policy, events, now = parsed(case)
    walk = Walk(calendar, policy)
    walk.to(events, now)
    return [
        {
            "clock": clock["name"],
            "started_at": clock["at"].isoformat(),
            "state": walk.state(clock).value,
            "used_seconds": int(walk.used(clock)[0].total_seconds()),
            "left_seconds": int(walk.used(clock)[1].total_seconds()),
            "breached_at": clock["breached"].isoformat() if clock["breached"] else None,
            "met_at": clock["met"].isoformat() if clock["met"] else None,
        }
        for clock in walk.all
    ]


if __name__ == "__main__":
    found = [{**case, "expected": lived(case)} for case in map(made, range(COUNT))]
    lines = ",\n".join(json.dumps(case) for case in found)
    PAGE.write_text(
        f'{{"format": 1,\n"rules": {json.dumps(RULES, indent=1)},\n"cases": [\n{lines}\n]}}\n'
    )
