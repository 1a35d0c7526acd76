"""Keeps reports counted while the house works, and mails them to who asked for it. Sums are `store.reporting`."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.db import transaction

from bot.duty import Duty, in_rounds
from bot.house import House
from bot.permissions import May, figures_of, may, require
from core.errors import MalformedPayload, NotFound, PermanentFailure
from core.message import AddressKind, Attached, Outbound, Sender, Verified
from store.audit import record
from store.duties import Held
from store.figures import BATCH, follow
from store.jobs import enqueue
from store.models import Inbox, Job, ReportMail, User
from store.reporting import By, Number, Period, Unit, csv_rows, measures, numbers

log = structlog.get_logger()

JOB = "report_mail"
LEASE = timedelta(seconds=30)
EVERY = 10.0
TITLES = {
    "conversations": "Conversations",
    "tickets": "Tickets",
    "resolved": "Resolved",
    "bot_resolution": "Resolved by the assistant",
    "response": "First response",
    "response_working": "First response, working time",
    "resolution": "Resolution",
    "resolution_working": "Resolution, working time",
    "response_kept": "Response promises kept",
    "resolution_kept": "Resolution promises kept",
    "first_contact": "Resolved at first contact",
    "reopened": "Opened again",
    "transferred": "Transferred",
    "satisfaction": "Satisfaction",
}


async def keep_counting(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `figures` duty whenever nobody else does, and counts what happened, until `stopping`."""

    async def step(_: Held) -> bool:
        return await house.database.run(follow, house.clock()) >= BATCH

    await in_rounds(Duty(house, "figures", worker, LEASE), step, stopping, EVERY)


def zone_of(user: User) -> ZoneInfo:
    """The person's own time zone; UTC where it is none."""
    try:
        return ZoneInfo(user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


# ---- by mail ------------------------------------------------------------------------------------


def mail_report(house: House, user: User, every: str, hour: int, by: str) -> ReportMail:
    """The report of the last day, week or month, mailed from now on at this hour of the person's zone.

    Raises `NotAllowed`, `MalformedPayload`.
    """
    require(user, May.SEE_REPORTS)
    if every not in set(ReportMail.Every) or not 0 <= hour <= 23:
        raise MalformedPayload(
            "A report is mailed every day, week or month, at an hour of 0 to 23."
        )
    if by not in {By.CHANNEL, By.TEAM, By.AGENT, By.CATEGORY, By.LANGUAGE}:
        raise MalformedPayload("A report is parted by channel, team, agent, category or language.")
    at = next_time(every, hour, zone_of(user), house.clock())
    values = {"hour": hour, "by": by, "next_at": at, "problem": ""}
    with transaction.atomic():
        row, _ = ReportMail.objects.update_or_create(user=user, every=every, defaults=values)
        Job.objects.filter(kind=JOB, key__startswith=str(row.id), state=Job.State.WAITING).delete()
        _plan(row)
        _note(house, user, "report.mail", row, every=every, by=by)
    return row


def stop_mail(house: House, user: User, mail: UUID) -> None:
    """No longer. Raises `NotFound` for one that is not theirs."""
    with transaction.atomic():
        row = ReportMail.objects.filter(user=user, id=mail).first()
        if row is None:
            raise NotFound("There is no such mail.")
        _note(house, user, "report.stop", row)
        row.delete()


def next_time(every: str, hour: int, zone: ZoneInfo, now: datetime) -> datetime:
    """The first moment after `now`: the next day, Monday or first of a month at this hour over there."""
    here = now.astimezone(zone)
    day = here.date()
    while True:
        at = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
        is_day = every == ReportMail.Every.DAY
        is_week = every == ReportMail.Every.WEEK and day.weekday() == 0
        is_month = every == ReportMail.Every.MONTH and day.day == 1
        if at > here and (is_day or is_week or is_month):
            return at
        day += timedelta(days=1)


def period_before(every: str, at: datetime, zone: ZoneInfo) -> Period:
    """The whole day, week or month that was over at `at`."""
    today = at.astimezone(zone).date()
    if every == ReportMail.Every.DAY:
        first, last = today - timedelta(days=1), today - timedelta(days=1)
    elif every == ReportMail.Every.WEEK:
        last = today - timedelta(days=today.weekday() + 1)
        first = last - timedelta(days=6)
    else:
        last = today.replace(day=1) - timedelta(days=1)
        first = last.replace(day=1)
    return Period(first, last, zone)


async def send_report(house: House, payload: dict[str, Any]) -> None:
    """One mail, and the plan for the next. Whoever may no longer see reports gets none any more."""
    found = await house.database.run(_written, house, payload)
    if found is None:
        return
    channel = house.channel_of(found.inbox)
    await channel.send(found.mail)
    await house.database.run(_mailed, house, found.row)


@dataclass(frozen=True, slots=True)
class _Written:
    row: UUID
    inbox: Inbox
    mail: Outbound


def _written(house: House, payload: dict[str, Any]) -> _Written | None:
    """The mail of this moment, None once it was sent. The next one is planned before: a mail that never goes out
    must not be the last."""
    row = ReportMail.objects.select_related("user").filter(id=payload["mail"]).first()
    at = datetime.fromisoformat(payload["at"])
    if row is None or at > row.next_at or (row.sent_at is not None and row.sent_at >= at):
        return None
    if not may(row.user, May.SEE_REPORTS):
        row.delete()
        return None
    if at == row.next_at:
        row.next_at = next_time(row.every, row.hour, zone_of(row.user), max(at, house.clock()))
        with transaction.atomic():
            row.save(update_fields=["next_at"])
            _plan(row)
    inbox = Inbox.objects.filter(channel="email", is_active=True).order_by("slug").first()
    if inbox is None:
        ReportMail.objects.filter(id=row.id).update(problem="there is no mailbox to send it from")
        raise PermanentFailure("there is no mailbox to send reports from")
    period = period_before(row.every, at, zone_of(row.user))
    file = as_csv(house, row.user, period, By(row.by)).encode()
    mail = Outbound(
        key=str(uuid5(row.id, payload["at"])),
        to=Sender(AddressKind.EMAIL, row.user.email, Verified.NO, row.user.name),
        text=as_text(house, row.user, period),
        subject=f"Threadline, {period.first} to {period.last}",
        attachments=(Attached("report.csv", "text/csv", file),),
        at=house.clock(),
    )
    return _Written(row.id, inbox, mail)


def _mailed(house: House, mail: UUID) -> None:
    ReportMail.objects.filter(id=mail).update(sent_at=house.clock(), problem="")


def _plan(row: ReportMail) -> None:
    at = row.next_at.isoformat()
    enqueue(JOB, {"mail": str(row.id), "at": at}, row.next_at, key=f"{row.id}:{at}")


def as_text(house: House, user: User, period: Period) -> str:
    """Every measure of a period and of the one before, as lines of a mail."""
    visible, now = figures_of(user), house.clock()
    lines = [
        f"{period.first} to {period.last} ({period.zone.key}); in brackets the period before.",
        "",
    ]
    for name, measure in measures(now).items():
        [number] = numbers(visible, measure, period)
        [earlier] = numbers(visible, measure, period.before)
        told, before = in_words(measure.unit, number), in_words(measure.unit, earlier)
        lines.append(f"{TITLES[name]}: {told} ({before})")
    query = f"from={period.first}&to={period.last}"
    lines += ["", f"{house.settings.public_url}/desk/reports/?{query}"]
    return "\n".join(lines)


def as_csv(house: House, user: User, period: Period, by: By) -> str:
    """Every measure of a period for each group, one line a number; safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["measure", by.value, "count", "hits", "value", "p90", "mean", "unit"])
    writer.writerows(csv_rows(as_rows(house, user, period, by)))
    return out.getvalue()


def as_rows(house: House, user: User, period: Period, by: By) -> Iterator[tuple[object, ...]]:
    """Every measure of a period for each group: name, the cells of `line`, unit."""
    visible = figures_of(user)
    for name, measure in measures(house.clock()).items():
        for one in numbers(visible, measure, period, by):
            yield (name, *line(one), measure.unit.value)


def line(number: Number) -> tuple[object, ...]:
    """A number as cells: group, conversations, hits, value, nine of ten, mean."""
    return (number.key, number.count, number.hits, number.value, number.p90, number.mean)


def in_words(unit: Unit, number: Number) -> str:
    """A number as people read it: `87 %`, `1 h 12 min`, `4.6`."""
    value = number.value
    if value is None:
        return "-"
    match unit:
        case Unit.COUNT:
            return str(round(value))
        case Unit.SHARE:
            return f"{value:.0%}".replace("%", " %")
        case Unit.RATING:
            return f"{value:.2f}"
        case _:
            return duration(value)


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, hours, days = whole // 60, whole // 3600, whole // 86_400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} d {hours % 24} h"


def _note(house: House, user: User, action: str, row: ReportMail, **details: Any) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{user.id}",
        action=action,
        subject=f"report_mail:{row.id}",
        details=details,
    )
