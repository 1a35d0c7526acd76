"""What leads see at one glance: queues by age and risk, promises now, channels, and what the assistant did today. Only numbers.

Who may see which teams is the caller's query. Agents and their load are `store.assignment`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Max, Min, Q, QuerySet

from core.waiting import SAMPLE, too_late
from store.duties import FETCH, beats
from store.models import (
    Conversation,
    Figures,
    Hook,
    Inbox,
    InboxRow,
    Job,
    OutboxRow,
    QueueEntry,
    Team,
    Ticket,
)

SOON = timedelta(hours=2)
SHOWN = 8
PRESSING, REPLIES, REMEMBERS = 500, 3_000, timedelta(days=28)
"""So many waiting tickets are judged, from at most so many first replies that are not older."""
OPEN = (Ticket.Status.OPEN, Ticket.Status.PENDING)


@dataclass(frozen=True, slots=True)
class Waits:
    """One ticket on the wall: the number and no words."""

    number: int
    version: int
    priority: int
    team: UUID
    assignee: UUID | None
    due: datetime | None
    since: datetime
    risk: float | None = None
    """How probable it is that the next promise is broken; None where nobody can say."""


@dataclass(frozen=True, slots=True)
class Queue:
    """One team's queue. `late`: a promise is broken; `soon`: one is due within two hours; `expected`: how many of the first
    replies that are owed will probably come late, as far as that can be said."""

    team: Team
    count: int
    late: int
    soon: int
    oldest: datetime | None
    first: tuple[Waits, ...]
    expected: float = 0.0


@dataclass(frozen=True, slots=True)
class Promises:
    """Open tickets by what becomes of their next promise. `resting`: nothing is owed now."""

    late: int
    soon: int
    fine: int
    resting: int


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """How one inbox does. `waiting`: not sent yet; `stuck`: of these, tried and not taken; `dead`: given up today.
    `beat_at`: when whoever holds its mailbox or socket was last alive, None where nobody has to."""

    inbox: Inbox
    waiting: int
    stuck: int
    dead: int
    last_in: datetime | None
    beat_at: datetime | None


@dataclass(frozen=True, slots=True)
class BotToday:
    """Conversations begun since `start` of the reader's day: `asked` those in which the assistant spoke, `handed`
    those of them that people got. `going`: where it asks for what it needs to hand over, and will without it in a while:
    in none of the two. `reasons`: why, most frequent first."""

    begun: int
    asked: int
    handed: int
    going: int
    reasons: tuple[tuple[str, int], ...]


def queues(teams: QuerySet[Team], now: datetime) -> list[Queue]:
    """Every team's queue with its most pressing tickets, the most broken promises first."""
    counted = {
        row["team"]: row
        for row in QueueEntry.objects.filter(team__in=teams, ticket__assignee=None)
        .order_by()
        .values("team")
        .annotate(
            n=Count("pk"),
            late=Count("pk", filter=Q(due_at__lte=now)),
            soon=Count("pk", filter=Q(due_at__gt=now, due_at__lte=now + SOON)),
            oldest=Min("entered_at"),
        )
    }
    risks, found = _risks(teams, now), []
    for team in teams.order_by("name"):
        row, own = counted.get(team.id), risks.get(team.id, {})
        if row is None:
            found.append(Queue(team, 0, 0, 0, None, ()))
            continue
        first = tuple(replace(one, risk=own.get(one.number)) for one in _first(team))
        oldest, expected = row["oldest"], sum(own.values())
        found.append(Queue(team, row["n"], row["late"], row["soon"], oldest, first, expected))
    return sorted(
        found, key=lambda queue: (-queue.late, -queue.soon, -queue.count, queue.team.name)
    )


def _risks(teams: QuerySet[Team], now: datetime) -> dict[UUID, dict[int, float]]:
    """By team: of each ticket whose first reply is owed and not late, how probable it is that it comes late. Of the most
    pressing ones, from the latest first replies of all."""
    owed = QueueEntry.objects.filter(team__in=teams, ticket__assignee=None, due_at__gt=now)
    rows = owed.filter(ticket__first_response_at=None).order_by("due_at")[:PRESSING]
    waiting = list(rows.values_list("team", "ticket__number", "ticket__opened_at", "due_at"))
    if not waiting:
        return {}
    latest = Figures.objects.filter(first_response_at__gte=now - REMEMBERS, response__gte=0)
    waits: dict[UUID | None, list[timedelta]] = {}
    for team, seconds in latest.order_by("-first_response_at").values_list("team", "response")[
        :REPLIES
    ]:
        waits.setdefault(team, []).append(timedelta(seconds=seconds or 0))
    found: dict[UUID, dict[int, float]] = {}
    for team, number, since, due in waiting:
        allowed = due - since if due else timedelta.max
        risk = too_late(waits.get(team, [])[:SAMPLE], now - since, allowed)
        if risk is not None:
            found.setdefault(team, {})[number] = risk
    return found


def _first(team: Team) -> tuple[Waits, ...]:
    rows = QueueEntry.objects.filter(team=team, ticket__assignee=None).select_related("ticket")
    return tuple(
        _waits(row.ticket, row.entered_at)
        for row in rows.order_by(F("due_at").asc(nulls_last=True), "entered_at")[:SHOWN]
    )


def _waits(ticket: Ticket, since: datetime) -> Waits:
    return Waits(
        ticket.number,
        ticket.version,
        ticket.priority,
        ticket.team_id,
        ticket.assignee_id,
        ticket.next_due,
        since,
    )


def carried(visible: QuerySet[Ticket], limit: int = 400) -> dict[UUID, list[Waits]]:
    """Open tickets by the person who has them, the most pressing first; those that the reader may see."""
    rows = visible.filter(status=Ticket.Status.OPEN, assignee__isnull=False)
    found: dict[UUID, list[Waits]] = {}
    for ticket in rows.order_by(F("next_due").asc(nulls_last=True), "number")[:limit]:
        assert ticket.assignee_id is not None
        found.setdefault(ticket.assignee_id, []).append(_waits(ticket, ticket.opened_at))
    return found


def promises(visible: QuerySet[Ticket], now: datetime) -> Promises:
    """Open tickets by their next promise. A broken one that is still owed has no due time ahead."""
    row = visible.filter(status__in=OPEN).aggregate(
        late=Count("pk", filter=_late(now)),
        soon=Count("pk", filter=~_late(now) & Q(next_due__gt=now, next_due__lte=now + SOON)),
        fine=Count("pk", filter=~_late(now) & Q(next_due__gt=now + SOON)),
        all=Count("pk"),
    )
    resting = row["all"] - row["late"] - row["soon"] - row["fine"]
    return Promises(row["late"], row["soon"], row["fine"], resting)


def _late(now: datetime) -> Q:
    unanswered = Q(first_response_at=None, response_due__lte=now)
    return unanswered | Q(resolution_due__lte=now) | Q(next_due__lte=now)


def channels(now: datetime, start: datetime) -> list[ChannelSeen]:
    """Every active inbox. `start`: the beginning of the reader's day."""
    waiting = _by_inbox(OutboxRow.objects.filter(state=OutboxRow.State.WAITING))
    stuck = stuck_by_inbox()
    dead = _by_inbox(OutboxRow.objects.filter(state=OutboxRow.State.DEAD, settled_at__gte=start))
    seen = beats()
    found = []
    for inbox in Inbox.objects.filter(is_active=True).order_by("name"):
        last = InboxRow.objects.filter(inbox=inbox, received_at__gte=now - timedelta(days=1))
        found.append(
            ChannelSeen(
                inbox,
                waiting[inbox.id],
                stuck[inbox.id],
                dead[inbox.id],
                last.aggregate(last=Max("received_at"))["last"],
                seen.get(f"{FETCH}{inbox.slug}"),
            )
        )
    return found


def stuck_by_inbox() -> Counter[UUID]:
    """How many messages of each inbox were tried and not taken, so far."""
    return _by_inbox(OutboxRow.objects.filter(state=OutboxRow.State.WAITING, attempts__gt=0))


def _by_inbox(rows: QuerySet[OutboxRow]) -> Counter[UUID]:
    return Counter(dict(rows.order_by().values_list("inbox").annotate(n=Count("pk"))))


def failing_hooks() -> int:
    """Webhooks whose calls are not taken now, or that were switched off for it."""
    return Hook.objects.exclude(failing_since=None).count()


def bot_today(visible: QuerySet[Figures], start: datetime) -> BotToday:
    """What the assistant did since `start`, in the conversations that the reader may see."""
    rows = visible.filter(opened_at__gte=start)
    spoke, is_going = Q(bot_said__gt=0), Q(handed_at=None, pk__in=_on_their_way())
    row = rows.aggregate(
        begun=Count("pk"),
        asked=Count("pk", filter=spoke & ~is_going),
        handed=Count("pk", filter=spoke & Q(handed_at__isnull=False)),
        going=Count("pk", filter=spoke & is_going),
    )
    reasons = (
        Ticket.objects.filter(conversation__in=rows.filter(handed_at__isnull=False).values("pk"))
        .exclude(reason="")
        .order_by()
        .values_list("reason")
        .annotate(n=Count("pk"))
        .order_by("-n", "reason")[:6]
    )
    return BotToday(row["begun"], row["asked"], row["handed"], row["going"], tuple(reasons))


def _on_their_way() -> list[UUID]:
    """Conversations in which nothing was said since the assistant asked for something on the way to a person."""
    waiting = Job.objects.filter(kind="unfinished_handoff", state=Job.State.WAITING)
    asked = {
        (UUID(one["conversation"]), int(one["turns"]))
        for one in waiting.values_list("payload", flat=True)
    }
    found = Conversation.objects.filter(
        id__in={conversation for conversation, _ in asked}, speaker=Conversation.Speaker.BOT
    )
    return [one for one, turns in found.values_list("id", "turns") if (one, turns) in asked]
