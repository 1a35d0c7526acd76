"""Generated calendars and instants for the property tests, and the oracle of working time. No test is here.

The oracle shares no arithmetic with the code: it asks the zone database for the wall clock of every
second, or of every minute where all that matters falls on whole minutes, and counts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from core.calendar import Span, WorkCalendar

MINUTE = timedelta(minutes=1)
ZERO = timedelta(0)
ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "America/Asuncion",
    "America/Bogota",
    "America/Caracas",
    "America/Chicago",
    "America/Havana",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Nuuk",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Tijuana",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Jerusalem",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Pyongyang",
    "Asia/Shanghai",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Adelaide",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/Istanbul",
    "Europe/London",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)


def cases(quick: int) -> Callable[[Any], Any]:
    """`quick` examples, always the same; as many as the profile says when one was asked for."""
    if settings.get_current_profile_name() == "full":
        return settings()
    return settings(max_examples=quick, deadline=None, derandomize=True, database=None)


@cache
def changes(zone: str, year: int) -> tuple[datetime, ...]:
    """The days on which the zone's offset changed, so that generated cases fall upon them."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(367)]
    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]
    return tuple(days[i - 1] for i in range(1, 367) if offsets[i] != offsets[i - 1])


@st.composite
def zones_and_starts(draw: st.DrawFn) -> tuple[str, datetime]:
    """A zone and a whole minute of 2005-2035, half of the time close to a change of its offset."""
    zone = draw(st.sampled_from(ZONES))
    year = draw(st.integers(2005, 2035))
    days = changes(zone, year)
    is_near: bool = draw(st.booleans())
    if days and is_near:
        base = draw(st.sampled_from(days)) + timedelta(days=draw(st.integers(-2, 0)))
    else:
        base = datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 364)))
    return zone, base + draw(st.integers(0, 1439)) * MINUTE


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    found = []
    for weekday in draw(st.sets(st.integers(0, 6), min_size=1)):
        edges = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        found += [Span(weekday, start, end) for start, end in pairs]
    return tuple(found)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[WorkCalendar, datetime]:
    """A calendar, and an instant around which its holidays and its zone's changes lie."""
    zone, start = draw(zones_and_starts())
    days = draw(st.sets(st.integers(-2, 6), max_size=3))
    holidays = frozenset((start + timedelta(days=day)).date() for day in days)
    return WorkCalendar(zone, draw(spans()), holidays), start


def is_working(calendar: WorkCalendar, instant: datetime) -> bool:
    """The definition: what the wall clock shows then. Whole days before `holidays` are excluded by date."""
    wall = instant.astimezone(ZoneInfo(calendar.zone))
    minute = wall.hour * 60 + wall.minute
    return wall.date() not in calendar.holidays and any(
        span.weekday == wall.weekday() and span.start <= minute < span.end
        for span in calendar.spans
    )


def walked(calendar: WorkCalendar, start: datetime, end: datetime, step: timedelta) -> timedelta:
    count = round((end - start) / step)
    return sum(is_working(calendar, start + i * step) for i in range(count)) * step
