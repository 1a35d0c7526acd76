"""Tickets at teams' boards: which stand where, what is to be told there next, and what became of telling it.

What a card or a line says, and sending it, is `bot.boards`; who may do what there is `bot.at_board`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Q

from core.message import Sender
from store.bodies import open_json, sender_of
from store.database import database_now
from store.desk import subject_of
from store.events import Log, feed_end, kinds_after, places_after
from store.following import place_of, put
from store.models import (
    Address,
    AddressLink,
    BoardPost,
    Counter,
    Event,
    Inbox,
    InboxRow,
    Message,
    Team,
    Ticket,
)
from store.sayings import together
from store.statements import Columns, Given, Select, Whether, insert, is_inserted, new, update
from store.turns import lock
from store.vault import Erased, Vault

FAILED = "board_failed"
_CURSOR = "boards"
_PLACING = frozenset({"ticket_opened", "ticket_changed", "ticket_reopened", "ticket_came_back"})
"""After these a ticket may belong to another board than before."""
_MOVES = (
    "post",
    "seq",
    "shown",
    "sending",
    "slot_at",
    "look_at",
    "lease_until",
    "attempts",
    "last_error",
    "ended_at",
)
"""What becomes of a post between its making and its end."""
AT_ONCE = 500
ASKED_TOGETHER = 50
"""Conversations that PostgreSQL is asked for in one wait."""
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
    if cursor is None or not _anything_to_follow() or not places_after(place_of(cursor), 1):
        return 0
    with transaction.atomic():
        cursor = _PLACE_TO_MOVE.get()
        events = kinds_after(place_of(cursor), limit)
        if not events:
            return 0
        _mark(list({conversation for _, conversation, _, _ in events}), now)
        if placing := {talk: seq for _, talk, seq, kind in events if kind in _PLACING}:
            _place_each(placing, now)
        put(cursor, events[-1][0])
        return len(events)


def _anything_to_follow() -> bool:
    return _ANY_BOARD.holds() or _ANY_POST.holds()


def _mark(conversations: Sequence[UUID], now: datetime) -> None:
    """Looks are due at the posts of these that rest; whoever waits for a provider goes on waiting."""
    if not _ANY_AT_REST.holds():
        return
    found: list[UUID] = []
    for begin in range(0, len(conversations), ASKED_TOGETHER):
        some = conversations[begin : begin + ASKED_TOGETHER]
        for one in some:
            _AT_REST.expect(conversation=one)
        found += [post for one in some for (post,) in _AT_REST.rows(conversation=one)]
    if found:
        BoardPost.objects.filter(_FREE, id__in=found, ended_at=None).update(look_at=now)


_NOW = Given("now", models.DateTimeField())
_PLACE = Select(lambda: Counter.objects.filter(name=_CURSOR))
_PLACE_TO_MOVE = Select(lambda: Counter.objects.select_for_update().filter(name=_CURSOR))
_ANY_BOARD = Whether(lambda: Team.objects.filter(board_inbox__isnull=False))
_ANY_POST = Whether(lambda: BoardPost.objects.filter(ended_at=None))
# Who holds a post may just have seen that there is nothing to do, and be about to say so: that is waited for, and then
# it rests. Whoever waits for a provider holds nothing.
_FREE = Q(look_at=None) | Q(lease_until__isnull=False)
_ANY_AT_REST = Whether(lambda: BoardPost.objects.filter(_FREE, ended_at=None))
_AT_REST = Columns(
    lambda: BoardPost.objects.filter(
        _FREE, ticket__conversation=Given("conversation", models.UUIDField()), ended_at=None
    ).values_list("id")
)
_ANY_TO_SHOW = Whether(lambda: BoardPost.objects.filter(look_at__lte=_NOW).order_by("look_at"))
_TO_SHOW = Select(
    lambda: (
        BoardPost.objects.select_for_update(of=("self",), skip_locked=True)
        .filter(
            Q(lease_until=None) | Q(lease_until__lt=Given("moment", models.DateTimeField())),
            look_at__lte=_NOW,
        )
        .order_by("look_at", "id")
    )
)
_HELD = Select(
    lambda: (
        BoardPost.objects.select_for_update(of=("self",))
        .select_related(
            "ticket__conversation__address",
            "ticket__conversation__contact",
            "ticket__team__brand",
            "ticket__assignee",
            "inbox",
        )
        .filter(id=Given("id", models.UUIDField()), fence=Given("fence", models.BigIntegerField()))
    )
)
_HAPPENED = Columns(
    lambda: (
        Event.objects.filter(
            conversation=Given("conversation", models.UUIDField()),
            seq__gt=Given("after", models.BigIntegerField()),
        )
        .order_by("seq")
        .values_list("seq", "kind", "message__author")
    )
)
_LINK = Select(
    lambda: (
        AddressLink.objects.filter(address=Given("address", models.UUIDField()), undone_at=None)
        .select_related("customer")
        .order_by("pk")
    )
)
_INBOX = Given("inbox", models.UUIDField())
# Said as the indexes say it, which hold only such posts: however many there have been, few are looked at.
_POST = Select(
    lambda: (
        BoardPost.objects.select_related("ticket__team", "ticket__assignee")
        .filter(inbox=_INBOX, post=Given("post", models.CharField()))
        .exclude(post="")
    )
)
_APPEARING = Whether(
    lambda: (
        BoardPost.objects.filter(inbox=_INBOX, place=Given("place", models.CharField()), post="")
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
            post = new(
                BoardPost,
                ticket=ticket,
                team=team,
                inbox_id=team.board_inbox_id,
                place=team.board_place,
                seq=seqs[ticket.conversation_id],
                opened_at=now,
                look_at=now,
            )
            insert([post])


def lease_posts(worker: str, lease: timedelta, limit: int, now: datetime) -> list[Held]:
    """Posts with something to do that nobody holds, longest waiting first."""
    if not _ANY_TO_SHOW.holds(now=now):
        return []
    with transaction.atomic():
        moment = database_now()
        rows = _TO_SHOW.rows(moment=moment, now=now, limit=limit)
        for row in rows:
            row.fence, row.leased_by, row.lease_until = row.fence + 1, worker, moment + lease
            update(row, ("fence", "leased_by", "lease_until"))
        return [Held(row.id, row.fence) for row in rows]


def release_posts(worker: str) -> int:
    """Ends the leases of a worker that is known to be dead."""
    return BoardPost.objects.filter(leased_by=worker, lease_until__isnull=False).update(
        lease_until=None
    )


def held(mine: Held) -> BoardPost | None:
    """The post, locked, with all that `glance` reads of its ticket; None when somebody else holds it now."""
    return _HELD.first(id=mine.id, fence=mine.fence)


def happened_after(post: BoardPost, limit: int) -> list[tuple[int, str, str | None]]:
    """Number and kind of what happened that has not been told in the thread, and the author of what was said."""
    after = {"conversation": post.ticket.conversation_id, "after": post.seq}
    return [(seq, kind, author) for seq, kind, author in _HAPPENED.rows(limit=limit, **after)]


@dataclass(frozen=True, slots=True)
class Glance:
    """What a card says of a ticket's customer and matter. `sender` is None once the customer's data was erased;
    `contact`: where what people answer is sent too."""

    subject: str = field(repr=False)
    sender: Sender | None = field(repr=False)
    contact: Sender | None = field(repr=False)
    tier: str
    packet: dict[str, Any] = field(repr=False)


def glance(vault: Vault, ticket: Ticket) -> Glance:
    """Of a ticket's page (`store.desk_ticket`) what its card needs, of a row that `held` gave."""
    conversation = ticket.conversation
    address, link = conversation.address, _LINK.first(address=conversation.address_id)
    tier = link.customer.tier if link else "standard"
    contact = _opened(vault, conversation.contact)
    try:
        sender, subject = sender_of(vault, address), subject_of(vault, ticket)
        place, sealed = f"ticket.packet:{ticket.id}", bytes(ticket.packet_cipher)
        packet = open_json(vault, address, place, sealed)
    except Erased:
        return Glance("", None, contact, tier, {})
    return Glance(subject, sender, contact, tier, packet)


def _opened(vault: Vault, address: Address | None) -> Sender | None:
    try:
        return sender_of(vault, address) if address else None
    except Erased:
        return None


def begin(post: BoardPost, key: str) -> bool:
    """Notes what is about to be sent. True when an attempt at the same thing ended without a word before."""
    may_be_there = post.sending == key
    post.sending = key
    update(post, ("seq", "sending", "slot_at"))
    return may_be_there


def rest(post: BoardPost, until: datetime | None) -> None:
    """Nothing to do until then, or until something happens; gives the lease back."""
    post.look_at, post.lease_until = until, None
    update(post, _MOVES)


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


def may_stand_at(inbox: Inbox, post: str, place: str) -> bool:
    """Whether a post is known by this name, or may be soon."""
    with together():
        if post:
            _POST.expect(limit=1, inbox=inbox.id, post=post)
        return may_be_appearing(inbox, place) or post_at(inbox, post) is not None


def first_time(vault: Vault, inbox: Inbox, external_id: str, now: datetime) -> InboxRow | None:
    """The place of this step among arrivals, None when it has been taken before. Inside the step's transaction."""
    row = InboxRow(
        inbox=inbox,
        lookup=vault.lookup("arrival", external_id),
        content=vault.lookup("content", external_id),
        received_at=now,
    )
    return row if is_inserted(row) else None


def came_from(post: BoardPost, messages: Iterable[UUID]) -> set[UUID]:
    """Those of these messages that were written at the board itself."""
    rows = InboxRow.objects.filter(inbox=post.inbox_id, message__in=list(messages))
    wrote = rows.filter(message__author=Message.Author.AGENT)
    return set(wrote.values_list("message_id", flat=True))
