"""Sums over the figures of conversations: each measure over a period, by what one likes, and the conversations behind a number.

Who may see which rows is the caller's query; what the figures mean is docs/reports.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count, F, FloatField, Q, QuerySet, Value
from django.db.models.functions import TruncDay, TruncMonth, TruncWeek

from core.errors import MalformedPayload, NotFound
from core.figures import COMES_BACK_WITHIN
from store.models import Figures

LONGEST = timedelta(days=732)
NAMES = (
    "conversations", "tickets", "resolved", "bot_resolution", "response", "response_working", "resolution",
    "resolution_working", "response_kept", "resolution_kept", "first_contact", "reopened", "transferred",
    "satisfaction",
)  # fmt: skip
"""Of all measures, in the order in which they are shown."""


class Unit(StrEnum):
    """What a number is."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"
    RATING = "rating"


class By(StrEnum):
    """What a number can be parted by."""

    TOTAL = "total"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CHANNEL = "channel"
    TEAM = "team"
    AGENT = "agent"
    CATEGORY = "category"
    LANGUAGE = "language"


TIMES = {By.DAY: TruncDay, By.WEEK: TruncWeek, By.MONTH: TruncMonth}


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that is counted: conversations whose moment `at` lies in the period and that are `among` those.

    A share is how many of them `hits`; seconds and ratings are those of the field `value`.
    """

    name: str
    unit: Unit
    at: str
    among: Q = field(default_factory=Q)
    hits: Q | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of somebody's zone, from the first to the last."""

    first: date
    last: date
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise MalformedPayload("A period ends on or after the day on which it begins.")
        if self.last - self.first > LONGEST:
            raise MalformedPayload("A period is two years at most.")

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def before(self) -> Period:
        """As many days just before it, to compare with."""
        days = self.last - self.first + timedelta(days=1)
        return Period(self.first - days, self.last - days, self.zone)


@dataclass(frozen=True, slots=True)
class Number:
    """A measure for one group. `value`: the count, the share (0 to 1), the median or the mean rating; None of nothing.
    `count`: conversations it is made of; `hits`: of these, those that a share counts. `key`: the group's."""

    key: str
    count: int
    value: float | None
    hits: int | None = None
    p90: float | None = None
    mean: float | None = None


def measures(now: datetime) -> dict[str, Measure]:
    """All measures by name. Whether somebody came back can be told only after a while."""
    told_by_now = Q(last_at__lte=now - COMES_BACK_WITHIN)
    by_bot = Q(handed_at=None, came_back=False)
    seconds, share = Unit.SECONDS, Unit.SHARE
    handed = Q(handed_at__isnull=False)
    found = (
        Measure("conversations", Unit.COUNT, "opened_at"),
        Measure("tickets", Unit.COUNT, "handed_at"),
        Measure("resolved", Unit.COUNT, "resolved_at", handed),
        Measure("bot_resolution", share, "opened_at", Q(bot_said__gt=0) & told_by_now, by_bot),
        Measure("response", seconds, "first_response_at", value="response"),
        Measure("response_working", seconds, "first_response_at", value="response_working"),
        Measure("resolution", seconds, "resolved_at", handed, value="resolution"),
        Measure("resolution_working", seconds, "resolved_at", handed, value="resolution_working"),
        Measure("response_kept", share, "handed_at", _said("response_kept"), Q(response_kept=True)),
        Measure(
            "resolution_kept", share, "handed_at", _said("resolution_kept"), Q(resolution_kept=True)
        ),
        Measure(
            "first_contact", share, "resolved_at", _said("first_contact"), Q(first_contact=True)
        ),
        Measure("reopened", share, "handed_at", hits=Q(reopens__gt=0)),
        Measure("transferred", share, "handed_at", hits=Q(transfers__gt=0)),
        Measure("satisfaction", Unit.RATING, "rated_at", value="rating", hits=Q(rating__gte=4)),
    )
    return {one.name: one for one in found}


def _said(column: str) -> Q:
    return Q(**{f"{column}__isnull": False})


def rows_of(visible: QuerySet[Figures], measure: Measure, period: Period) -> QuerySet[Figures]:
    """The conversations that a measure is made of in a period."""
    found = visible.filter(
        measure.among, **{f"{measure.at}__gte": period.start, f"{measure.at}__lt": period.end}
    )
    return found.filter(_said(measure.value)) if measure.value else found


def numbers(
    visible: QuerySet[Figures], measure: Measure, period: Period, by: By = By.TOTAL
) -> list[Number]:
    """A measure for each group, in the order of time or, for other groups, the largest first."""
    rows = rows_of(visible, measure, period).annotate(group=_group(measure, period, by))
    found = _spread(rows, measure) if measure.unit is Unit.SECONDS else _summed(rows, measure)
    if by is By.TOTAL:
        return found or [Number("", 0, 0 if measure.unit is Unit.COUNT else None)]
    if by in TIMES:
        return sorted(found, key=lambda number: number.key)
    return sorted(found, key=lambda number: (-number.count, number.key))


def keys_of(period: Period, by: By) -> list[str]:
    """Every group of time in a period, also where nothing happened."""
    days = [period.first + timedelta(days=n) for n in range((period.last - period.first).days + 1)]
    if by is By.WEEK:
        days = [day - timedelta(days=day.weekday()) for day in days]
    elif by is By.MONTH:
        days = [day.replace(day=1) for day in days]
    return list(dict.fromkeys(day.isoformat() for day in days))


def behind(
    visible: QuerySet[Figures],
    measure: Measure,
    period: Period,
    by: By = By.TOTAL,
    key: str = "",
    hits: bool | None = None,
) -> QuerySet[Figures]:
    """The conversations behind one number, newest first; `hits`: only those that a share counts, or does not."""
    rows = rows_of(visible, measure, _within(period, by, key))
    if by not in TIMES and by is not By.TOTAL:
        rows = rows.filter(**{_column(by): _value(by, key)})
    if hits is not None and measure.hits is not None:
        rows = rows.filter(measure.hits) if hits else rows.exclude(measure.hits)
    return rows.order_by(f"-{measure.at}", "conversation")


def _within(period: Period, by: By, key: str) -> Period:
    """The part of a period that one group of time covers."""
    if by not in TIMES:
        return period
    try:
        first = date.fromisoformat(key)
    except (ValueError, OverflowError) as problem:
        raise NotFound("A group of time is named by its first day.") from problem
    if by is By.DAY:
        last = first
    elif by is By.WEEK:
        last = first + timedelta(days=6)
    else:
        last = (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    if last < period.first or first > period.last:
        raise NotFound("This day is not in the period.")
    return Period(max(first, period.first), min(last, period.last), period.zone)


def _column(by: By) -> str:
    return {By.TEAM: "team_id", By.AGENT: "agent_id"}.get(by, by.value)


def _value(by: By, key: str) -> UUID | str | None:
    if by not in {By.TEAM, By.AGENT}:
        return key
    try:
        return UUID(key) if key else None
    except ValueError as problem:
        raise NotFound("A team or an agent is named by its id.") from problem


def _group(measure: Measure, period: Period, by: By) -> Any:
    if by is By.TOTAL:
        return Value("")
    if by in TIMES:
        return TIMES[by](measure.at, tzinfo=period.zone)
    return F(_column(by))


def _summed(rows: Any, measure: Measure) -> list[Number]:
    hits = Count("pk", filter=measure.hits) if measure.hits is not None else Count("pk")
    average = Avg(measure.value) if measure.unit is Unit.RATING else Value(None, FloatField())
    found = rows.order_by().values("group").annotate(n=Count("pk"), hit=hits, average=average)
    return [_number(measure.unit, **row) for row in found]


def _number(unit: Unit, group: Any, n: int, hit: int, average: float | None) -> Number:
    match unit:
        case Unit.COUNT:
            value: float | None = n
        case Unit.SHARE:
            value = hit / n if n else None
        case _:
            value = average
    return Number(_key(group), n, value, hit, mean=average)


def _spread(rows: Any, measure: Measure) -> list[Number]:
    """Median, nine of ten, and mean of each group."""
    found: Any = rows.order_by().values_list("group", measure.value)
    pairs = sorted((_key(group), value) for group, value in found)
    return [
        _of_values(key, [value for _, value in group])
        for key, group in groupby(pairs, key=lambda pair: pair[0])
    ]


def _of_values(key: str, values: Sequence[float]) -> Number:
    return Number(
        key,
        len(values),
        quantile(values, 0.5),
        p90=quantile(values, 0.9),
        mean=sum(values) / len(values),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of the ordered values lies, between the two nearest in proportion."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _key(value: Any) -> str:
    if value is None:
        return ""
    return value.date().isoformat() if isinstance(value, datetime) else str(value)


def safe_cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay what they are."""
    text = "" if value is None else str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return text
    is_formula = text.lstrip(" \u00a0\u3000\ufeff\u200b")[:1] in set("=+-@\t\r\n|%＝＋－＠")
    return f"'{text}" if text and is_formula else text


def csv_rows(rows: Iterable[Sequence[object]]) -> list[list[str]]:
    """Rows for a CSV file, each cell made safe."""
    return [[safe_cell(cell) for cell in row] for row in rows]
