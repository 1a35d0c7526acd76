"""Reports for programs: the numbers of `store.reporting` and the conversations behind them, of what the token's person may see."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from bot.figures import zone_of
from bot.permissions import figures_of
from bot.tokens import Scope
from store import reporting
from store.models import User
from store.reporting import LONGEST, NAMES, By, Period, Unit, behind, measures
from web.api.door import caller_in
from web.api.operations import Limit, needs
from web.api.schemas import Out
from web.house import house

router = Router()
READ = needs(Scope.REPORTS_READ, tag="reports")
Page = Annotated[int, Field(ge=1, le=10_000)]
GroupKey = Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")]
Days = Annotated[int, Field(ge=1, le=LONGEST.days)]
KNOWN = (date(1990, 1, 1), date(2200, 1, 1))
"""Nothing is counted before or after; days that no clock of ours can show are among the rest."""
Name = StrEnum("Name", {name: name for name in sorted(NAMES)})  # type: ignore[misc]


class Group(Out):
    """`key`: a day, a slug or an id; `count`: conversations; `hits`: those that a share counts; `value`: the count,
    share, median of seconds or mean rating."""

    key: str
    count: int
    hits: int | None
    value: float | None
    p90: float | None
    mean: float | None


class Numbers(Out):
    """`first` and `last`: the period, whole days of `time_zone`, which is that of the token's person."""

    measure: str
    unit: Unit
    first: date
    last: date
    time_zone: str
    by: By
    items: list[Group]


class Counted(Out):
    """One conversation. Durations are seconds."""

    conversation: UUID
    ticket: int | None
    channel: str
    language: str
    category: str
    team: UUID | None
    agent: UUID | None
    opened_at: datetime
    handed_at: datetime | None
    first_response_at: datetime | None
    resolved_at: datetime | None
    response: float | None
    resolution: float | None
    response_kept: bool | None
    resolution_kept: bool | None
    reopens: int
    transfers: int
    rating: int | None


class CountedPage(Out):
    items: list[Counted]
    next: str | None


@router.get("/reports/{measure}", response=Numbers, **READ)
def get_report(
    request: HttpRequest, measure: Name, last: date, days: Days = 28, by: By = By.TOTAL
) -> Numbers:
    """A measure of the `days` up to the day `last`, parted by what you like. docs/reports.md says what each means."""
    user = caller_in(request).user
    period = _period(user, last, days)
    found = measures(house().clock())[measure.value]
    return Numbers(
        measure=found.name,
        unit=found.unit,
        first=period.first,
        last=period.last,
        time_zone=period.zone.key,
        by=by,
        items=[
            Group(key=n.key, count=n.count, hits=n.hits, value=n.value, p90=n.p90, mean=n.mean)
            for n in reporting.numbers(figures_of(user), found, period, by)
        ],
    )


@router.get("/reports/{measure}/conversations", response=CountedPage, **READ)
def list_counted(
    request: HttpRequest,
    measure: Name,
    last: date,
    days: Days = 28,
    by: By = By.TOTAL,
    key: GroupKey = "",
    hits: bool | None = None,
    cursor: Page = 1,
    limit: Limit = 50,
) -> CountedPage:
    """What a number is made of, newest first; `key` is a group's."""
    user = caller_in(request).user
    period = _period(user, last, days)
    found = measures(house().clock())[measure.value]
    rows = behind(figures_of(user), found, period, by, key, hits)
    page = list(rows[(cursor - 1) * limit : cursor * limit + 1])
    items = [
        Counted(
            conversation=row.conversation_id,
            ticket=row.number,
            team=row.team_id,
            agent=row.agent_id,
            **{name: getattr(row, name) for name in _SAME},
        )
        for row in page[:limit]
    ]
    return CountedPage(items=items, next=str(cursor + 1) if len(page) > limit else None)


def _period(user: User, last: date, days: int) -> Period:
    last = min(max(last, KNOWN[0]), KNOWN[1])
    return Period(last - timedelta(days=days - 1), last, zone_of(user))


_SAME = tuple(
    name for name in Counted.model_fields if name not in {"conversation", "ticket", "team", "agent"}
)
