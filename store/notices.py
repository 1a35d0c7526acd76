"""What colleagues are told of tickets outside the desk, written in the transaction of what it is about, sent by a job.

Sending is `bot.notices`. Nobody's words are in a notice: it says what happened, and where to look.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.happenings import HAPPENINGS
from store.events import Position, feed_after
from store.jobs import enqueue
from store.models import Counter, Event, Follower, Inbox, Notice, Ticket, User
from store.moods import ask_for_moods

JOB = "notice"
GATHERS = timedelta(minutes=2)
"""How long what happens on a followed ticket is gathered into one notice."""
BATCH = 2_000
MOST_TOLD = 12
FOLLOWED = frozenset(
    {
        "message",
        "note",
        "resolved",
        "ticket_reopened",
        "ticket_taken",
        "ticket_given",
        "ticket_changed",
        "ticket_escalated",
        "ticket_merged",
        "sla_breached",
        "rated",
        "aside_answered",
    }
)
"""What followers are told of."""
_MARKS = ("news:xid", "news:id")
assert set(HAPPENINGS) >= FOLLOWED


def mailbox(brand: UUID) -> Inbox | None:
    """Through which colleagues are written to: the first mailbox in use."""
    rows = Inbox.objects.filter(brand=brand, channel="email", is_active=True)
    return rows.order_by("slug").first()


def notify(
    ticket: Ticket,
    inbox: Inbox,
    kind: str,
    told: list[dict[str, Any]],
    now: datetime,
    *,
    user: User | None = None,
    place: str = "",
) -> Notice:
    """Inside a transaction: the notice, and the job that sends it."""
    row = Notice.objects.create(
        ticket=ticket, inbox=inbox, kind=kind, told=told, made_at=now, user=user, place=place
    )
    enqueue(JOB, {"notice": str(row.id)}, now, key=str(row.id))
    return row


def read_news(now: datetime) -> int:
    """Reads what happened since the last time, gathers it for followers and asks how customers feel; returns how many
    events there were. Call it inside a transaction, by one process at a time."""
    position = _position()
    events = feed_after(position, BATCH)
    if not events:
        return 0
    ask_for_moods(events, now)
    wanted = [one for one in events if one.kind in FOLLOWED]
    rows = Follower.objects.filter(
        ticket__conversation__in={one.conversation for one in wanted}, user__is_active=True
    ).select_related("ticket", "user")
    by_conversation: dict[UUID, list[Follower]] = {}
    for row in rows:
        by_conversation.setdefault(row.ticket.conversation_id, []).append(row)
    for event in wanted:
        said = {"kind": event.kind, "actor": event.actor, "at": event.at.isoformat()}
        for row in by_conversation.get(event.conversation, ()):
            if event.actor != f"user:{row.user_id}" and event.at >= row.since:
                _gather(row, said, now)
    for name, value in zip(_MARKS, (events[-1].position.xid, events[-1].position.id), strict=True):
        Counter.objects.update_or_create(name=name, defaults={"value": value})
    return len(events)


def _gather(row: Follower, said: dict[str, Any], now: datetime) -> None:
    waiting = Notice.objects.filter(
        ticket=row.ticket, user=row.user, kind="followed", state=Notice.State.WAITING
    ).first()
    if waiting is not None:
        waiting.told = [*waiting.told, said][:MOST_TOLD]
        waiting.save(update_fields=["told"])
        return
    inbox = mailbox(row.ticket.brand_id)
    if inbox is None:
        return
    made = Notice.objects.create(
        ticket=row.ticket, inbox=inbox, kind="followed", told=[said], made_at=now, user=row.user
    )
    enqueue(JOB, {"notice": str(made.id)}, now + GATHERS, key=str(made.id))


def _position() -> Position:
    """Where reading goes on; the first time at what happens from now on."""
    found = dict(Counter.objects.filter(name__in=_MARKS).values_list("name", "value"))
    if found:
        return Position(*(found.get(name, 0) for name in _MARKS))
    last = Event.objects.order_by("-id").values_list("xid", "id").first()
    for name, value in zip(_MARKS, last or (0, 0), strict=True):
        Counter.objects.update_or_create(name=name, defaults={"value": value})
    return Position(*(last or (0, 0)))


def waiting_notice(notice: UUID) -> Notice | None:
    """The notice if it is still to be sent."""
    rows = Notice.objects.select_related("ticket__team", "ticket__conversation", "inbox", "user")
    return rows.filter(id=notice, state=Notice.State.WAITING).first()


def noticed(notice: UUID, now: datetime) -> None:
    """It went out."""
    Notice.objects.filter(id=notice).update(state=Notice.State.SENT, sent_at=now, problem="")


def not_noticed(notice: UUID, problem: str) -> None:
    """It never will; the reason stands in the records."""
    Notice.objects.filter(id=notice).update(state=Notice.State.FAILED, problem=problem[:200])
