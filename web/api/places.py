"""Pages of lists: a cursor names the last thing that was seen, never a page number. What is listed in which order, the operations say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from pydantic import Field

from store.desk import Place, Row
from store.models import Ticket
from web.api import schemas, shapes

ViewCursor = Annotated[str, Field(pattern=r"^(n|[0-9]{1,16})\.[0-9]{1,18}$")]
MomentCursor = Annotated[str, Field(pattern=r"^[0-9]{1,16}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]  # fmt: skip
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
R = TypeVar("R", bound=Model)


def by_id(rows: QuerySet[R], cursor: UUID | None, limit: int) -> tuple[list[R], str | None]:
    """The next rows by their ids, and the cursor of those that follow."""
    if cursor is not None:
        rows = rows.filter(pk__gt=cursor)
    return _cut(list(rows.order_by("pk")[: limit + 1]), limit, lambda row: str(row.pk))


def by_moment(
    rows: QuerySet[R], field: str, cursor: str | None, limit: int
) -> tuple[list[R], str | None]:
    """The next rows by a moment of theirs, newest first, and the cursor of those that follow."""
    if cursor is not None:
        moment, _, last = cursor.partition(".")
        at = _moment(moment)
        rows = rows.filter(Q(**{f"{field}__lt": at}) | Q(**{field: at, "pk__gt": UUID(last)}))
    found = list(rows.order_by(f"-{field}", "pk")[: limit + 1])
    return _cut(found, limit, lambda row: f"{_number(getattr(row, field))}.{row.pk}")


def ticket_page(found: list[tuple[Ticket, Row, Place]], limit: int) -> schemas.TicketPage:
    """A page of tickets, of which one more was looked up than is shown."""
    page, last = _cut(found, limit, lambda one: _cursor(one[2]))
    items = [shapes.line(ticket, row) for ticket, row, _ in page]
    return schemas.TicketPage(items=items, next=last)


def place_of(cursor: str | None) -> Place | None:
    """Where a page of tickets ended."""
    if not cursor:
        return None
    due, _, number = cursor.partition(".")
    return Place(int(number), None if due == "n" else _moment(due))


def _cursor(place: Place) -> str:
    due = "n" if place.urgency is None else str(_number(place.urgency))
    return f"{due}.{place.number}"


def _cut(
    found: list[Any], limit: int, cursor: Callable[[Any], str]
) -> tuple[list[Any], str | None]:
    page = found[:limit]
    return page, cursor(page[-1]) if len(found) > limit else None


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(number: str) -> datetime:
    return _EPOCH + int(number) * _MICROSECOND
