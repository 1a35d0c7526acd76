"""Properties of working time over 40 zones, against walks by seconds and by minutes.

`pytest tests/core --hypothesis-profile=full` runs 20,000 cases a property.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st

from core.calendar import (
    WorkCalendar,
    add_working_time,
    around_the_clock,
    spans_between,
    working_time,
)
from tests.core.worlds import (
    MINUTE,
    ZERO,
    ZONES,
    calendars,
    cases,
    is_working,
    walked,
    zones_and_starts,
)

MINUTES = st.integers(0, 3 * 1440)


@cases(60)
@given(calendars(), MINUTES)
def test_working_time_is_what_a_walk_by_minutes_counts(
    case: tuple[WorkCalendar, datetime], minutes: int
) -> None:
    calendar, start = case
    end = start + minutes * MINUTE
    assert working_time(calendar, start, end) == walked(calendar, start, end, MINUTE)


@cases(30)
@given(calendars(), st.integers(0, 3599), st.integers(0, 7200))
def test_working_time_is_what_a_walk_by_seconds_counts(
    case: tuple[WorkCalendar, datetime], first: int, seconds: int
) -> None:
    calendar, start = case[0], case[1] + timedelta(seconds=first)
    end = start + timedelta(seconds=seconds)
    step = timedelta(seconds=1)
    assert working_time(calendar, start, end) == walked(calendar, start, end, step)


@cases(60)
@given(calendars(), st.integers(1, 900))
def test_due_is_the_first_instant_at_which_a_walk_has_counted_enough(
    case: tuple[WorkCalendar, datetime], minutes: int
) -> None:
    calendar, start = case
    due = add_working_time(calendar, start, minutes * MINUTE)
    assume(due - start < timedelta(days=6))
    assert walked(calendar, start, due, MINUTE) == minutes * MINUTE
    assert is_working(calendar, due - MINUTE)


AMOUNTS = st.timedeltas(ZERO, timedelta(days=3))
"""So little that even a calendar of one minute a week holds two of them before the year 2400."""


@cases(60)
@given(calendars(), AMOUNTS, AMOUNTS, AMOUNTS)
def test_due_never_goes_back_when_target_or_start_grows(
    case: tuple[WorkCalendar, datetime], target: timedelta, more: timedelta, later: timedelta
) -> None:
    calendar, start = case
    due = add_working_time(calendar, start, target)
    assert due <= add_working_time(calendar, start, target + more)
    assert due <= add_working_time(calendar, start + later, target)
    assert working_time(calendar, start, due) == target


@cases(60)
@given(calendars(), st.sampled_from(ZONES), AMOUNTS)
def test_the_zone_in_which_an_instant_is_written_changes_nothing(
    case: tuple[WorkCalendar, datetime], zone: str, target: timedelta
) -> None:
    calendar, start = case
    due = add_working_time(calendar, start, target)
    elsewhere = start.astimezone(ZoneInfo(zone))
    assert add_working_time(calendar, elsewhere, target) == due
    assert working_time(calendar, elsewhere, due.astimezone(ZoneInfo(zone))) == target


def test_an_hour_that_comes_twice_is_counted_between_instants_of_its_own_zone() -> None:
    """Found by 20,000 cases: from 00:01 the first time to 00:00 the second time are 59 minutes, not less than none."""
    start = datetime(2012, 11, 4, 4, 1, tzinfo=UTC)
    end = start + timedelta(minutes=59)
    havana = ZoneInfo("America/Havana")
    assert end.astimezone(havana) < start.astimezone(havana), "as wall clocks"
    calendar = around_the_clock("America/Chicago")
    assert working_time(calendar, start.astimezone(havana), end.astimezone(havana)) == end - start


@cases(60)
@given(zones_and_starts(), st.timedeltas(ZERO, timedelta(days=4000)))
def test_working_around_the_clock_is_the_wall_clock(
    case: tuple[str, datetime], length: timedelta
) -> None:
    zone, start = case
    assert working_time(around_the_clock(zone), start, start + length) == length
    assert add_working_time(around_the_clock(zone), start, length) == start + length


@cases(60)
@given(calendars(), st.timedeltas(ZERO, timedelta(days=9)), st.integers(-1, 9))
def test_a_holiday_takes_exactly_its_own_hours(
    case: tuple[WorkCalendar, datetime], length: timedelta, offset: int
) -> None:
    calendar, start = case
    end = start + length
    day = (start + timedelta(days=offset)).date()
    without = replace(calendar, holidays=calendar.holidays - {day})
    with_it = replace(calendar, holidays=calendar.holidays | {day})
    on_that_day = [
        start + i * MINUTE
        for i in range(-(-length // MINUTE))
        if (start + i * MINUTE).astimezone(ZoneInfo(calendar.zone)).date() == day
    ]
    lost = sum(
        (min(end - minute, MINUTE) for minute in on_that_day if is_working(without, minute)), ZERO
    )
    assert working_time(without, start, end) - working_time(with_it, start, end) == lost


@cases(60)
@given(calendars(), st.timedeltas(ZERO, timedelta(days=9)))
def test_the_spans_of_a_stretch_hold_its_working_time_and_nothing_else(
    case: tuple[WorkCalendar, datetime], length: timedelta
) -> None:
    calendar, start = case
    spans = list(spans_between(calendar, start, start + length))
    assert sum((end - first for first, end in spans), ZERO) == working_time(
        calendar, start, start + length
    )
    last = start
    for first, end in spans:
        assert last <= first < end <= start + length
        assert working_time(calendar, first, end) == end - first
        last = end
