"""What a customer is promised: targets, and policies of them by priority. Running clocks do not belong here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import assert_never

from core.calendar import WorkCalendar
from core.decision import Priority


class Counting(StrEnum):
    """Which time counts towards a target."""

    ELAPSED = "elapsed"
    """Around the clock; a day is 24 hours."""
    BUSINESS = "business"
    """Working time of the calendar; a day is one working day (`WorkCalendar.workday`)."""


@dataclass(frozen=True, slots=True)
class Target:
    """A promise: `seconds` plus `days`, in the time that `counting` names. Never less than a second."""

    seconds: int = 0
    days: int = 0
    counting: Counting = Counting.ELAPSED

    def __post_init__(self) -> None:
        if self.seconds < 0 or self.days < 0 or not (self.seconds or self.days):
            raise ValueError(f"a target is at least one second: {self}")

    def duration(self, calendar: WorkCalendar) -> timedelta:
        """How much counted time the promise allows."""
        day = calendar.workday if self.counting is Counting.BUSINESS else timedelta(days=1)
        return timedelta(seconds=self.seconds) + self.days * day


@dataclass(frozen=True, slots=True)
class Goals:
    """What one priority is promised. None: nothing is promised there, and no clock runs."""

    response: Target | None = None
    next_response: Target | None = None
    resolution: Target | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A named set of promises, one `Goals` a priority."""

    name: str
    critical: Goals
    high: Goals
    medium: Goals
    low: Goals

    def goals(self, priority: Priority) -> Goals:
        match priority:
            case Priority.CRITICAL:
                return self.critical
            case Priority.HIGH:
                return self.high
            case Priority.MEDIUM:
                return self.medium
            case Priority.LOW:
                return self.low
            case _:
                assert_never(priority)


_HOUR = 3600
DEFAULT_POLICY = Policy(
    "default",
    critical=Goals(Target(1 * _HOUR), Target(1 * _HOUR), Target(24 * _HOUR)),
    high=Goals(Target(4 * _HOUR), Target(4 * _HOUR), Target(48 * _HOUR)),
    medium=Goals(Target(24 * _HOUR), Target(24 * _HOUR), Target(days=5)),
    low=Goals(Target(48 * _HOUR), Target(48 * _HOUR), Target(days=10)),
)
"""The promised table, in elapsed time around the clock; each later reply is promised as fast as the first."""
