"""Working time: which instants count, and arithmetic over them. Targets and breaches do not belong here.

An instant is working time when the wall clock of the calendar's zone then shows a date that is no
holiday and a time inside one of that weekday's spans. So an hour that the zone skips counts nothing,
and an hour that it repeats counts twice.

Nothing walks through time. Between two changes of the zone's offset, working time up to a wall-clock
moment has a closed form (whole weeks, the part of this week, less the holidays passed), so a sum over
ten years and a due time both cost a few binary searches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from core.errors import UnusableCalendar

_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal() - 1
"""Days from Monday 0001-01-01, the zero of all wall-clock arithmetic here."""
_LAST_YEAR = 2399


@dataclass(frozen=True, slots=True)
class Span:
    """Working time of one weekday. `weekday`: 0 = Monday. `start`, `end`: minutes after midnight, end exclusive.

    Night work is two spans: one up to 1440, one from 0 on the next weekday.
    """

    weekday: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """When a team works. `zone`: a name of the IANA database. `holidays`: whole days that do not count.

    Raises `UnusableCalendar` when built without working time, with overlapping or impossible spans,
    or in an unknown zone: a calendar that exists can always be counted in.
    """

    zone: str
    spans: tuple[Span, ...]
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.spans:
            raise UnusableCalendar("The calendar has no working time: add at least one span.")
        for span in self.spans:
            if not (0 <= span.weekday <= 6 and 0 <= span.start < span.end <= 1440):
                raise UnusableCalendar("This is no span of a weekday: %(span)s.", span=span)
        ordered = sorted(self.spans, key=lambda s: (s.weekday, s.start))
        for one, other in pairwise(ordered):
            if one.weekday == other.weekday and other.start < one.end:
                raise UnusableCalendar(
                    "These spans overlap: %(one)s and %(other)s.", one=one, other=other
                )
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as problem:
            raise UnusableCalendar(
                "There is no time zone named '%(zone)s'.", zone=self.zone
            ) from problem

    @property
    def workday(self) -> timedelta:
        """One working day as a quantity: the week's working time divided by its working weekdays.

        So "5 working days" is one week's work where five weekdays have spans, however they differ.
        """
        week = sum(span.end - span.start for span in self.spans)
        return timedelta(minutes=week) / len({span.weekday for span in self.spans})


def around_the_clock(zone: str = "UTC") -> WorkCalendar:
    """A calendar in which every instant counts."""
    return WorkCalendar(zone, tuple(Span(weekday, 0, 1440) for weekday in range(7)))


def working_time(calendar: WorkCalendar, start: datetime, end: datetime) -> timedelta:
    """Working time in `[start, end)`; zero when `end` is not after `start`. Both aware, from 1970 on."""
    _check(start, end)
    # Two instants of one zone are compared by their wall clocks, and an hour that comes twice is told apart by neither.
    begin, stop = _microseconds(start), _microseconds(end)
    if stop <= begin:
        return timedelta(0)
    table = _table(calendar)
    total = 0
    for since, until, wall in _stretches(calendar.zone, begin):
        total += table.before(min(until, stop) + wall) - table.before(since + wall)
        if until >= stop:
            break
    return total * _MICROSECOND


def add_working_time(calendar: WorkCalendar, start: datetime, amount: timedelta) -> datetime:
    """The first instant at which `amount` of working time has passed since `start`, in UTC.

    So eight hours from Monday 09:00 in a 9-to-5 week end on Monday 17:00, not on Tuesday 09:00; and
    nothing added is `start` itself. Raises `ValueError` for a negative amount, and `UnusableCalendar`
    when the calendar has not that much time before the year 2400.
    """
    _check(start)
    if amount < timedelta(0):
        raise ValueError("working time cannot be added backwards")
    left = amount // _MICROSECOND
    if not left:
        return start.astimezone(UTC)
    table = _table(calendar)
    for since, until, wall in _stretches(calendar.zone, _microseconds(start)):
        passed = table.before(since + wall)
        here = table.before(until + wall) - passed
        if here >= left:
            return _EPOCH + (table.reached(passed + left, since + wall) - wall) * _MICROSECOND
        left -= here
    raise UnusableCalendar(
        "The calendar has less than %(amount)s of working time after %(start)s.",
        amount=amount,
        start=start,
    )


def spans_between(
    calendar: WorkCalendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of working time in `[start, end)`, in order, in UTC; each without a break, none empty."""
    _check(start, end)
    table = _table(calendar)
    stop = _microseconds(end)
    for since, until, wall in _stretches(calendar.zone, _microseconds(start)):
        if since >= stop:
            return
        for first, last in table.spans(since + wall, min(until, stop) + wall):
            yield _EPOCH + (first - wall) * _MICROSECOND, _EPOCH + (last - wall) * _MICROSECOND


def _check(*instants: datetime) -> None:
    for instant in instants:
        if instant.tzinfo is None:
            raise ValueError(f"an instant needs its time zone: {instant!r}")


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _stretches(zone: str, start: int) -> Iterator[tuple[int, int, int]]:
    """`(since, until, wall)` from `start` on: stretches of one offset, in microseconds since 1970 UTC.

    `since + wall` is the wall clock in microseconds since Monday 0001-01-01.
    """
    year = (_EPOCH + start * _MICROSECOND).year
    while year <= _LAST_YEAR:
        pieces = _offsets(zone, year)
        ends = [since for since, _ in pieces[1:]] + [_year_start(year + 1)]
        for (since, wall), until in zip(pieces, ends, strict=True):
            if until > start:
                yield max(since, start), until, wall
        year += 1


def _year_start(year: int) -> int:
    return _microseconds(datetime(year, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=4096)
def _offsets(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """`(since, wall)` of each stretch of one offset that begins in, or reaches into, this UTC year.

    Looks once a day: since 1970 no zone has changed its offset twice within six days (tested).
    """
    info = ZoneInfo(zone)

    def wall(second: int) -> int:
        offset = (_EPOCH + timedelta(seconds=second)).astimezone(info).utcoffset()
        assert offset is not None
        return offset // _MICROSECOND + _EPOCH_DAY * _DAY

    first, last = _year_start(year) // 1_000_000, _year_start(year + 1) // 1_000_000
    pieces = [(first * 1_000_000, wall(first))]
    for day in range(first, last, 86_400):
        low, high = day, min(day + 86_400, last - 1)
        if wall(high) == pieces[-1][1]:
            continue
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if wall(middle) == pieces[-1][1] else (low, middle)
        pieces.append((high * 1_000_000, wall(high)))
    return tuple(pieces)


class _Table:
    """Working time of a calendar as a function of the wall clock, and its inverse; all in microseconds."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._spans: list[list[tuple[int, int]]] = [[] for _ in range(7)]
        for span in sorted(calendar.spans, key=lambda s: s.start):
            self._spans[span.weekday].append((span.start * _MINUTE, span.end * _MINUTE))
        self._days = [sum(end - start for start, end in spans) for spans in self._spans]
        self._before_weekday = [0, *accumulate(self._days)]
        self._holidays = sorted(day.toordinal() - 1 for day in calendar.holidays)
        self._lost = [0, *accumulate(self._days[day % 7] for day in self._holidays)]

    def before(self, wall: int) -> int:
        """Working time from Monday 0001-01-01 to this wall-clock moment."""
        day, time = divmod(wall, _DAY)
        total = self._before_day(day)
        if time and not self._is_holiday(day):
            total += sum(
                min(end, time) - start for start, end in self._spans[day % 7] if start < time
            )
        return total

    def spans(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Working stretches between two wall-clock moments."""
        for day in range(since // _DAY, -(-until // _DAY)):
            if self._is_holiday(day):
                continue
            for start, end in self._spans[day % 7]:
                first, last = max(day * _DAY + start, since), min(day * _DAY + end, until)
                if first < last:
                    yield first, last

    def reached(self, amount: int, since: int) -> int:
        """The first wall-clock moment after `since` with `before(moment) >= amount`; there must be one."""
        low, high = since // _DAY, since // _DAY + 1
        while self._before_day(high) < amount:
            low, high = high, high + 2 * (high - low)
        day = low + bisect_left(range(low, high), amount, key=lambda d: self._before_day(d + 1))
        left = amount - self._before_day(day)
        for start, end in self._spans[day % 7]:
            if left <= end - start:
                return day * _DAY + start + left
            left -= end - start
        raise AssertionError("the day holds the amount by construction")

    def _before_day(self, day: int) -> int:
        weeks, weekday = divmod(day, 7)
        passed = weeks * self._before_weekday[7] + self._before_weekday[weekday]
        return passed - self._lost[bisect_left(self._holidays, day)]

    def _is_holiday(self, day: int) -> bool:
        at = bisect_right(self._holidays, day)
        return at > 0 and self._holidays[at - 1] == day


@lru_cache(maxsize=256)
def _table(calendar: WorkCalendar) -> _Table:
    return _Table(calendar)
