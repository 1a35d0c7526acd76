"""Tickets at teams' boards: which stand where, what is to be told there next, and what became of telling it.

What a card or a line says, and sending it, is `bot.boards`; who may do what there is `bot.at_board`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, DateTimeField, Q, UUIDField

from store.database import database_now
from store.events import Log, feed_after, feed_end
from store.following import place_of, put
from store.models import BoardPost, Counter, Inbox, InboxRow, Message, Team, Ticket
from store.statements import Given, Select, Whether, insert
from store.turns import lock
from store.vault import Vault

FAILED = "board_failed"
_CURSOR = "boards"
_PLACING = frozenset({"ticket_opened", "ticket_changed", "ticket_reopened", "ticket_came_back"})
"""After these a ticket may belong to another board than before."""
AT_ONCE = 500
_ALIVE = (Ticket.Status.OPEN, Ticket.Status.PENDING)


@dataclass(frozen=True, slots=True)
class Held:
    """A post in our hands, under `fence`."""

    id: UUID
    fence: int


def follow_from_now() -> None:
    """Called in the transaction that gives a team its board: the past is not told, where no board was before."""
    cursor, is_new = Counter.objects.get_or_create(name=_CURSOR)
    if is_new or not _anything_to_follow():
        put(cursor, feed_end())


def note_news(now: datetime, limit: int = AT_ONCE) -> int:
    """Marks the posts that the next events concern and makes those of new handoffs, in one transaction with the
    mark of how far it came. Returns how many events were read: `limit` where there may be more."""
    cursor = _PLACE.first()
    if cursor is None or not _anything_to_follow() or not feed_after(place_of(cursor), 1):
        return 0
    with transaction.atomic():
        cursor = Counter.objects.select_for_update().get(name=_CURSOR)
        events = feed_after(place_of(cursor), limit)
        if not events:
            return 0
        live = BoardPost.objects.filter(ended_at=None)
        if live.exists():
            live.filter(
                ticket__conversation__in={event.conversation for event in events},
                look_at=None,  # whoever waits for a provider goes on waiting
            ).update(look_at=now)
        if placing := {event.conversation: event.seq for event in events if event.kind in _PLACING}:
            _place_each(placing, now)
        put(cursor, events[-1].position)
        return len(events)


def _anything_to_follow() -> bool:
    return _ANY_BOARD.holds() or _ANY_POST.holds()


_PLACE = Select(lambda: Counter.objects.filter(name=_CURSOR))
_ANY_BOARD = Whether(lambda: Team.objects.filter(board_inbox__isnull=False))
_ANY_POST = Whether(lambda: BoardPost.objects.filter(ended_at=None))
_ANY_TO_SHOW = Whether(
    lambda: BoardPost.objects.filter(look_at__lte=Given("now", DateTimeField())).order_by("look_at")
)
_INBOX = Given("inbox", UUIDField())
# Said as the indexes say it, which hold only such posts: however many there have been, few are looked at.
_POST = Select(
    lambda: (
        BoardPost.objects.select_related("ticket__team", "ticket__assignee")
        .filter(inbox=_INBOX, post=Given("post", CharField()))
        .exclude(post="")
    )
)
_APPEARING = Whether(
    lambda: (
        BoardPost.objects.filter(inbox=_INBOX, place=Given("place", CharField()), post="")
        .exclude(sending="")
        .order_by("inbox", "place")
    )
)


def _place_each(seqs: dict[UUID, int], now: datetime) -> None:
    """Each of these tickets at the board of its team; what it was told elsewhere ends there."""
    tickets = Ticket.objects.filter(conversation__in=seqs).select_related("team")
    live = {
        post.ticket_id: post for post in BoardPost.objects.filter(ticket__in=tickets, ended_at=None)
    }
    for ticket in tickets:
        team, post = ticket.team, live.get(ticket.id)
        if post is not None and (post.inbox_id, post.place) == (
            team.board_inbox_id,
            team.board_place,
        ):
            continue
        if post is not None:
            post.ended_at = post.look_at = now
            post.save(update_fields=["ended_at", "look_at"])
        if team.board_inbox_id is not None and ticket.status in _ALIVE:
            BoardPost.objects.create(
                ticket=ticket,
                team=team,
                inbox_id=team.board_inbox_id,
                place=team.board_place,
                seq=seqs[ticket.conversation_id],
                opened_at=now,
                look_at=now,
            )


def lease_posts(worker: str, lease: timedelta, limit: int, now: datetime) -> list[Held]:
    """Posts with something to do that nobody holds, longest waiting first."""
    if not _ANY_TO_SHOW.holds(now=now):
        return []
    with transaction.atomic():
        moment = database_now()
        rows = list(
            BoardPost.objects.filter(look_at__lte=now)
            .select_for_update(of=("self",), skip_locked=True)
            .filter(Q(lease_until=None) | Q(lease_until__lt=moment))
            .order_by("look_at", "id")[:limit]
        )
        for row in rows:
            row.fence, row.leased_by, row.lease_until = row.fence + 1, worker, moment + lease
            row.save(update_fields=["fence", "leased_by", "lease_until"])
        return [Held(row.id, row.fence) for row in rows]


def release_posts(worker: str) -> int:
    """Ends the leases of a worker that is known to be dead."""
    return BoardPost.objects.filter(leased_by=worker, lease_until__isnull=False).update(
        lease_until=None
    )


def held(mine: Held) -> BoardPost | None:
    """The post, locked; None when somebody else holds it now."""
    return (
        BoardPost.objects.select_for_update(of=("self",))
        .select_related("ticket__conversation__address", "ticket__team", "inbox")
        .filter(id=mine.id, fence=mine.fence)
        .first()
    )


def begin(post: BoardPost, key: str) -> bool:
    """Notes what is about to be sent. True when an attempt at the same thing ended without a word before."""
    may_be_there = post.sending == key
    post.sending = key
    post.save(update_fields=["seq", "sending", "slot_at"])
    return may_be_there


def rest(post: BoardPost, until: datetime | None) -> None:
    """Nothing to do until then, or until something happens; gives the lease back."""
    post.look_at, post.lease_until = until, None
    post.save()


def settled(
    mine: Held,
    now: datetime,
    *,
    post: str | None = None,
    seq: int | None = None,
    shown: bytes | None = None,
) -> None:
    """It stands there; the next thing is looked for at once."""
    with transaction.atomic():
        row = held(mine)
        if row is None:
            return
        row.post = post if post is not None else row.post
        row.seq = seq if seq is not None else row.seq
        row.shown = shown if shown is not None else row.shown
        row.sending, row.slot_at, row.attempts, row.last_error = "", None, 0, ""
        rest(row, now)


def failed(
    mine: Held, error: str, again: datetime, *, is_certain: bool, counts: bool = True
) -> None:
    """Tried again later; after an attempt that nobody can tell the end of, it is looked for first. `counts`: it was
    an attempt."""
    with transaction.atomic():
        row = held(mine)
        if row is None:
            return
        row.attempts, row.slot_at, row.last_error = row.attempts + counts, None, error[:300]
        row.sending = "" if is_certain else row.sending
        rest(row, again)


def given_up(mine: Held, error: str, now: datetime, *, seq: int | None = None) -> None:
    """It cannot stand there: a line (`seq`) is left out, without a card the post ends. The desk is told."""
    with transaction.atomic():
        row = held(mine)
        if row is None:
            return
        row.sending, row.slot_at, row.attempts, row.last_error = "", None, 0, error[:300]
        if seq is not None:
            row.seq = seq
        else:
            row.ended_at = row.ended_at or now
        conversation = lock(row.ticket.conversation_id)
        log = Log(conversation, now)
        log.add(FAILED, "system", data={"problem": error[:200]})
        log.write()
        conversation.save(update_fields=["last_seq", "last_public_seq"])
        rest(row, now if seq is not None else None)


def post_at(inbox: Inbox, post: str) -> BoardPost | None:
    """The ticket's post that is known by this name."""
    return _POST.first(inbox=inbox.id, post=post) if post else None


def may_be_appearing(inbox: Inbox, place: str) -> bool:
    """True while a post there has been sent, perhaps, and nobody knows its name yet."""
    return _APPEARING.holds(inbox=inbox.id, place=place)


def first_time(vault: Vault, inbox: Inbox, external_id: str, now: datetime) -> InboxRow | None:
    """The place of this step among arrivals, None when it has been taken before. Inside the step's transaction."""
    row = InboxRow(
        inbox=inbox,
        lookup=vault.lookup("arrival", external_id),
        content=vault.lookup("content", external_id),
        received_at=now,
    )
    return row if insert([row], once=True) else None


def came_from(post: BoardPost, messages: Iterable[UUID]) -> set[UUID]:
    """Those of these messages that were written at the board itself."""
    rows = InboxRow.objects.filter(inbox=post.inbox_id, message__in=list(messages))
    wrote = rows.filter(message__author=Message.Author.AGENT)
    return set(wrote.values_list("message_id", flat=True))
