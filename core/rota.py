"""Who is on call: people take turns of whole days, handed over at a local time, and others may cover for them.

A turn begins at the handover time on its day in the rota's zone, whatever the offset is then; so the turns of a week
around a change of the clocks last an hour more or less. A handover time that the zone skips that day is as much
later, one that it repeats is the first of the two. Paging whoever it is does not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Cover:
    """Somebody stands in from `start` until `end`; of two covers at once the later one in the list counts."""

    person: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody is on call in `[start, end)`, in UTC. `is_cover`: instead of whose turn it was."""

    person: str
    start: datetime
    end: datetime
    is_cover: bool = False


@dataclass(frozen=True, slots=True)
class Rota:
    """`people`, in their order, take turns of `days` from the first one on `starts_on`; before it nobody is on call.

    Raises `ValueError` for an unknown zone or turns of no length.
    """

    zone: str
    people: tuple[str, ...]
    starts_on: date
    handover: time = time(9)
    days: int = 7
    covers: tuple[Cover, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 366:
            raise ValueError("A turn lasts 1 to 366 days.")
        if any(cover.end <= cover.start for cover in self.covers):
            raise ValueError("A cover ends after it begins.")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError) as problem:
            raise ValueError(f"There is no time zone named {self.zone!r}.") from problem

    def begins(self, number: int) -> datetime:
        """When turn `number` (from 0) begins, in UTC."""
        day = self.starts_on + timedelta(days=number * self.days)
        return datetime.combine(day, self.handover, ZoneInfo(self.zone)).astimezone(UTC)


def on_call(rota: Rota, now: datetime) -> str | None:
    """Whose turn it is at an aware moment; None where it is nobody's."""
    for cover in reversed(rota.covers):
        if cover.start <= now < cover.end:
            return cover.person
    number = _number(rota, now)
    return rota.people[number % len(rota.people)] if rota.people and number >= 0 else None


def turns(rota: Rota, since: datetime, until: datetime) -> Iterator[Turn]:
    """All turns in `[since, until)`, in order and without a gap from the first one on; covers cut them."""
    moments = {since, until}
    for cover in rota.covers:
        moments |= {at for at in (cover.start, cover.end) if since < at < until}
    number = max(_number(rota, since) + 1, 0)
    while rota.people and (at := rota.begins(number)) < until:
        if at > since:
            moments.add(at)
        number += 1
    ordered = sorted(moments)
    last: Turn | None = None
    for start, end in pairwise(ordered):
        person = on_call(rota, start)
        is_cover = any(one.start <= start < one.end for one in rota.covers)
        same = last is not None and (last.person, last.is_cover, last.end) == (
            person,
            is_cover,
            start,
        )
        if last is not None and same:
            last = Turn(last.person, last.start, end, is_cover)
            continue
        if last is not None:
            yield last
        last = (
            Turn(person, start.astimezone(UTC), end.astimezone(UTC), is_cover) if person else None
        )
    if last is not None:
        yield last


def _number(rota: Rota, now: datetime) -> int:
    """The turn that runs at a moment; below 0 before the first one."""
    local = now.astimezone(ZoneInfo(rota.zone)).date()
    number = (local - rota.starts_on).days // rota.days
    while rota.begins(number) > now:
        number -= 1
    while rota.begins(number + 1) <= now:
        number += 1
    return number
