"""Working time by example: the days that clocks get wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from core.calendar import Span, WorkCalendar, add_working_time, around_the_clock, working_time
from core.errors import UnusableCalendar

HOUR = timedelta(hours=1)
OFFICE = tuple(Span(weekday, 9 * 60, 17 * 60) for weekday in range(5))


def at(zone: str, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold)  # type: ignore[arg-type, misc]


def test_a_working_day_ends_in_the_evening_not_on_the_next_morning() -> None:
    calendar = WorkCalendar("Europe/Berlin", OFFICE)
    due = add_working_time(calendar, at("Europe/Berlin", 2026, 11, 23, 9, 0), 8 * HOUR)
    assert due == at("Europe/Berlin", 2026, 11, 23, 17, 0)
    assert due.tzinfo is UTC


def test_lunch_weekend_and_holiday_do_not_count() -> None:
    spans = tuple(Span(d, *hours) for d in range(5) for hours in ((540, 720), (780, 1020)))
    calendar = WorkCalendar("America/Mexico_City", spans, frozenset({date(2026, 11, 16)}))
    friday = at("America/Mexico_City", 2026, 11, 13, 11, 30)
    assert add_working_time(calendar, friday, 6 * HOUR) == at(
        "America/Mexico_City", 2026, 11, 17, 10, 30
    )
    assert (
        working_time(calendar, friday, at("America/Mexico_City", 2026, 11, 17, 10, 30)) == 6 * HOUR
    )


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Dublin", date(2026, 3, 29), 23.0),
        ("Europe/Dublin", date(2026, 10, 25), 25.0),
        ("America/New_York", date(2026, 3, 8), 23.0),
        ("America/Mexico_City", date(2026, 4, 5), 24.0),
        ("America/Mexico_City", date(2022, 4, 3), 23.0),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Africa/Casablanca", date(2026, 2, 15), 25.0),
        ("Africa/Casablanca", date(2026, 3, 22), 23.0),
        ("Pacific/Apia", date(2011, 12, 30), 0.0),
    ],
)
def test_a_day_has_the_hours_its_zone_gave_it(zone: str, day: date, hours: float) -> None:
    week = [Span(weekday, 0, 1440) for weekday in range(7) if weekday == day.weekday()]
    calendar = WorkCalendar(zone, tuple(week))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    counted = working_time(calendar, noon - 3 * 24 * HOUR, noon + 3 * 24 * HOUR)
    assert counted == hours * HOUR


def test_half_past_two_happens_twice_or_never() -> None:
    calendar = WorkCalendar("Europe/Berlin", (Span(6, 120, 180),))
    autumn = at("Europe/Berlin", 2026, 10, 25, 0, 0)
    assert working_time(calendar, autumn, autumn + 24 * HOUR) == 2 * HOUR
    spring = at("Europe/Berlin", 2026, 3, 29, 0, 0)
    assert working_time(calendar, spring, spring + 24 * HOUR) == timedelta(0)
    assert add_working_time(calendar, spring, HOUR) == at("Europe/Berlin", 2026, 4, 5, 3, 0)


def test_around_the_clock_is_the_wall_clock() -> None:
    start = datetime(2019, 5, 1, 3, 4, 5, 678, tzinfo=UTC)
    calendar = around_the_clock("Australia/Lord_Howe")
    assert working_time(calendar, start, start + timedelta(days=4000)) == timedelta(days=4000)
    assert add_working_time(calendar, start, timedelta(days=4000)) == start + timedelta(days=4000)


@pytest.mark.parametrize(
    ("spans", "zone"),
    [
        ((), "UTC"),
        ((Span(0, 600, 600),), "UTC"),
        ((Span(0, 600, 540),), "UTC"),
        ((Span(7, 0, 60),), "UTC"),
        ((Span(0, 0, 1441),), "UTC"),
        ((Span(0, 540, 720), Span(0, 719, 900)), "UTC"),
        (OFFICE, "Mars/Olympus_Mons"),
        (OFFICE, "../../etc/passwd"),
        (OFFICE, ""),
    ],
)
def test_a_calendar_nobody_can_count_in_is_refused(spans: tuple[Span, ...], zone: str) -> None:
    with pytest.raises(UnusableCalendar):
        WorkCalendar(zone, spans)


def test_more_time_than_there_will_ever_be_is_an_error_and_no_loop() -> None:
    century = frozenset(date(2026, 1, 1) + timedelta(days=i) for i in range(36_525))
    calendar = WorkCalendar("UTC", (Span(0, 0, 1),), century)
    start = datetime(2026, 1, 5, tzinfo=UTC)
    assert add_working_time(calendar, start, timedelta(seconds=30)).year == 2126
    with pytest.raises(UnusableCalendar):
        add_working_time(calendar, start, timedelta(days=400))


def test_time_without_a_zone_or_backwards_is_refused() -> None:
    calendar = around_the_clock()
    with pytest.raises(ValueError, match="zone"):
        working_time(calendar, datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        add_working_time(calendar, datetime(2026, 1, 1), HOUR)  # noqa: DTZ001
    with pytest.raises(ValueError, match="backwards"):
        add_working_time(calendar, datetime(2026, 1, 1, tzinfo=UTC), -HOUR)


def test_five_working_days_are_one_week_of_work() -> None:
    short_friday = (*OFFICE[:4], Span(4, 9 * 60, 13 * 60))
    assert WorkCalendar("UTC", OFFICE).workday == 8 * HOUR
    assert 5 * WorkCalendar("UTC", short_friday).workday == 36 * HOUR


def test_no_zone_changes_its_offset_twice_within_six_days() -> None:
    """What `_offsets` relies on. Looks at offsets every 6 hours over the years of this decade."""
    start = datetime(2020, 1, 1, tzinfo=UTC)
    probes = [start + timedelta(hours=6 * i) for i in range(4 * 366 * 2)]
    for name in sorted(available_timezones())[::9]:
        zone = ZoneInfo(name)
        offsets = [probe.astimezone(zone).utcoffset() for probe in probes]
        changes = [i for i in range(1, len(offsets)) if offsets[i] != offsets[i - 1]]
        gaps = [b - a for a, b in pairwise(changes)]
        assert min(gaps, default=999) >= 24, name
