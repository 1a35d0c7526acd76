"""Claiming a conversation and finishing its turn, each in one transaction. What to say is decided elsewhere.

`claim` grows each time somebody takes the conversation to think about it; `speaker_fence` grows each time
the speaker changes. A turn computed under old numbers is refused with `ClaimLost`, and nothing of it happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction
from django.db.models import F, Q

from core.errors import ClaimLost, IndexStale
from core.message import AddressKind, Reply, Sender
from store.addresses import address_of, remember_keys
from store.bodies import Body, seal_body, seal_json
from store.claims import AT_ONCE, Claimed, about_to_see, seen_of
from store.database import database_now
from store.events import Log
from store.fairness import in_turn, is_crowded
from store.models import (
    Address,
    Article,
    Conversation,
    Inbox,
    Message,
    OutboxRow,
)
from store.shared_commits import may_be_forgotten, once_kept, shares_its_commit
from store.statements import Columns, Given, Select, insert, new, update
from store.tallies import expired_leases
from store.vault import Vault

_MOMENT = Given("moment", models.DateTimeField(), "statement_timestamp()")
_FREE = Select(
    lambda: (
        Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
        .select_related("address", "inbox", "brand")
        .filter(
            Q(lease_until=None) | Q(lease_until__lt=_MOMENT),
            wants_turn_at__lte=Given("now", models.DateTimeField()),
            address__key_wrapped__isnull=False,
        )
        .order_by("wants_turn_at")
    )
)
_UNHELD = Select(
    lambda: Conversation.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=Given("moment", models.DateTimeField())),
        wants_turn_at__lte=Given("now", models.DateTimeField()),
        address__key_wrapped__isnull=False,
        # In an order that an index has: planned once for any moment, PostgreSQL takes a third of all conversations to
        # wait and reads them from the beginning, to the end where none does.
    ).order_by("wants_turn_at")
)
_LOCKED = Select(
    lambda: (
        Conversation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("address", "inbox")
        .filter(id=Given("id", models.UUIDField()))
    )
)
_WAITING = Columns(
    lambda: Message.objects.filter(
        conversation=Given("conversation", models.UUIDField()),
        author=Message.Author.CUSTOMER,
        turn=None,
    ).values_list("seq")
)
_LIVE = Columns(
    lambda: Article.objects.filter(
        slug=Given("slug", models.SlugField()), removed_at=None, visibility="public"
    ).values_list("live_revision__digest")
)


def anything_waits(now: datetime) -> bool:
    """A cheap look before taking a write lock."""
    return _UNHELD.first(moment=database_now(), now=now) is not None


@may_be_forgotten
@shares_its_commit
def claim(vault: Vault, worker: str, lease: timedelta, limit: int, now: datetime) -> list[Claimed]:
    """Up to `limit` conversations that wait for a turn and that nobody holds: longest waiting first, or in a crowd
    each inbox and each customer in turn."""
    with transaction.atomic():
        _FREE.expect(now=now, limit=limit)
        moment = database_now()
        rows = _FREE.rows(moment=moment, now=now, limit=limit)
        if is_crowded(rows, limit, now):
            rows = in_turn(moment, now, limit)
        expired = sum(row.lease_until is not None for row in rows)
        once_kept(lambda: expired_leases.update(turn=expired))
        for row in rows:
            row.claim += 1
            row.claimed_by = worker
            row.lease_until = moment + lease
            row.turn_attempts += 1
            update(row, ("claim", "claimed_by", "lease_until", "turn_attempts"))
        for row in rows:
            about_to_see(row)
        return [seen_of(vault, row) for row in rows]


def claim_unanswered(
    vault: Vault, conversation: UUID, turns: int, worker: str, lease: timedelta
) -> Claimed | None:
    """A conversation in which nothing was said since the bot's turn number `turns`; None if something was,
    or if somebody holds it."""
    with transaction.atomic():
        moment = database_now()
        row = (
            Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
            .select_related("address", "inbox", "brand")
            .filter(
                Q(lease_until=None) | Q(lease_until__lt=moment),
                id=conversation,
                turns=turns,
                wants_turn_at=None,
                speaker=Conversation.Speaker.BOT,
                address__key_wrapped__isnull=False,
            )
            .first()
        )
        if row is None:
            return None
        row.claim += 1
        row.claimed_by = worker
        row.lease_until = moment + lease
        update(row, ("claim", "claimed_by", "lease_until"))
        return seen_of(vault, row)


def postpone(
    conversation: UUID, claim_number: int, until: datetime, *, counts: bool = True
) -> None:
    """Gives a claimed conversation back, to be tried again after `until`; nothing if it was finished or lost.
    `counts`: as a failed attempt."""
    changes: dict[str, Any] = {"lease_until": None, "wants_turn_at": until}
    if not counts:
        changes["turn_attempts"] = F("turn_attempts") - 1
    Conversation.objects.filter(
        id=conversation, claim=claim_number, wants_turn_at__isnull=False
    ).update(**changes)


def release_claims(worker: str) -> int:
    """Ends the leases of a worker that is known to be dead; returns how many there were."""
    return Conversation.objects.filter(claimed_by=worker, lease_until__isnull=False).update(
        lease_until=None
    )


UNREAD_AFTER = timedelta(minutes=2)
"""A colleague's words in a chat go by mail too, if they are not read in it for so long."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where something is said instead of in the conversation's own channel. `streams`: customers read that one
    from our event stream, so it stands there too."""

    address: Address
    inbox: Inbox
    streams: bool = False


@dataclass(slots=True)
class Finish:
    """One open transaction that writes the outcome of a turn; made by `finishing`. `way`: where to say it, if
    not where the conversation began. `is_all`: nothing has happened in it since its waiting messages were read."""

    vault: Vault
    conversation: Conversation
    now: datetime
    log: Log
    outbox: list[OutboxRow] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    way: Way | None = None
    is_all: bool = False

    @property
    def inbox(self) -> Inbox:
        """Through which this goes out."""
        return self.way.inbox if self.way else self.conversation.inbox


def lock(conversation: UUID) -> Conversation:
    """The conversation, its row locked until the end of the transaction."""
    return _LOCKED.get(id=conversation)


def begin_finish(vault: Vault, claimed: Claimed, now: datetime) -> Finish:
    """Inside `transaction.atomic()`: locks the conversation and checks both fences, and that the claim was not
    finished or given back already: a claim is finished once. Nor is it another one, of our own even, that was given the
    same number because a server that died had not yet written down this one."""
    try:
        row = lock(claimed.conversation)
    except ObjectDoesNotExist as problem:
        # It began with a message that such a server has forgotten, too.
        raise ClaimLost from problem
    held = (claimed.claim, claimed.until, claimed.speaker_fence)
    if row.lease_until is None or (row.claim, row.lease_until, row.speaker_fence) != held:
        raise ClaimLost
    # Whatever a customer says has a number of its own, given under the lock that we hold.
    is_all = row.last_seq == claimed.seen_to and len(claimed.waiting) < AT_ONCE
    return Finish(vault, row, now, Log(row, now), is_all=is_all)


def about_to_check(replies: Sequence[Reply]) -> None:
    """`check_citations` will be called."""
    for slug in {item.article for reply in replies for item in reply.citations}:
        _LIVE.expect(slug=slug)


def check_citations(replies: Sequence[Reply]) -> None:
    """Raises `IndexStale` unless every cited revision is the live, public one of a present article."""
    cited = {(item.article, item.revision) for reply in replies for item in reply.citations}
    for slug, revision in cited:
        if (revision,) not in _LIVE.rows(slug=slug):
            raise IndexStale


def say(
    finish: Finish,
    reply: Reply,
    *,
    author: str = Message.Author.BOT,
    user: Any = None,
    parts: int,
    not_before: datetime | None = None,
) -> Message:
    """One public message with its event and an outbox row for each part it must be sent in.

    `parts` = 0: the customer reads the event stream itself; the commit is the delivery.
    It goes `finish.way`, or where the conversation began and, if a person says it, to the contact too.
    `not_before`: until then only the response to the customer's own call may carry it (`bot.inline`).
    """
    row = finish.conversation
    message = new(
        Message,
        conversation=row,
        address=row.address,
        inbox=finish.inbox,
        author=author,
        user=user,
        kind=reply.kind,
        is_automatic=user is None,
        seq=finish.log.next_seq(),
        turn=row.turns,
        sent_at=finish.now,
        accepted_at=finish.now,
    )
    message.body_cipher = seal_body(finish.vault, row.address, message, Body.of_reply(reply))
    insert([message])
    actor = f"user:{user.id}" if user is not None else str(author)
    # Digests alone, which outlive erasure and say nothing of the subject: `store.generations` asks them.
    cites = sorted({item.revision for item in reply.citations})
    said = {"cites": cites} if cites else {}
    event = finish.log.add("message", actor, is_public=True, message=message, data=said)
    finish.outbox.extend(_to_send(finish, message, part, not_before) for part in range(parts))
    if not parts or (finish.way and finish.way.streams):
        finish.outbox.append(_streamed(finish, message, event.public_seq))
    may_be_missed = user is not None or reply.kind == Message.Kind.SURVEY
    if may_be_missed and (mailbox := _where_unread(finish, parts)):
        also = _outbox_row(finish, message)
        also.address, also.inbox = mailbox
        # Withheld if it has been read by then: `store.withheld`.
        also.not_before = None if parts else finish.now + UNREAD_AFTER
        finish.outbox.append(also)
    row.last_message_at = finish.now
    finish.changed.add("last_message_at")
    return message


def _where_unread(finish: Finish, parts: int) -> tuple[Address, Inbox] | None:
    """Where a colleague's words and the question how it was go too, for who leaves with the page on which they would be read."""
    row = finish.conversation
    if finish.way is None:
        known = row.contact is not None and row.contact_inbox is not None
        return (row.contact, row.contact_inbox) if known else None  # type: ignore[return-value]
    began_by_mail = row.address.kind == AddressKind.EMAIL and not finish.way.streams
    return (row.address, row.inbox) if began_by_mail and not parts else None


def _to_send(finish: Finish, message: Message, part: int, not_before: datetime | None) -> OutboxRow:
    row = _outbox_row(finish, message)
    row.part, row.not_before = part, not_before
    if finish.way is not None:
        row.address, row.inbox = finish.way.address, finish.way.inbox
    return row


def _streamed(finish: Finish, message: Message, public_seq: int | None) -> OutboxRow:
    row = _outbox_row(finish, message)
    if finish.way is not None and not finish.way.streams:
        row.address, row.inbox = finish.way.address, finish.way.inbox
    row.state, row.settled_at = OutboxRow.State.SENT, finish.now
    row.provider_id = str(public_seq)
    return row


def _outbox_row(finish: Finish, message: Message) -> OutboxRow:
    talk = finish.conversation
    return new(
        OutboxRow,
        key=uuid4(),
        conversation=talk,
        address=talk.address,
        inbox=talk.inbox,
        message=message,
        created_at=finish.now,
    )


def set_contact(finish: Finish, inbox: Inbox, contact: Sender) -> None:
    """From now on what people answer is sent there too, and a signed reply from there comes back here.

    Nobody has proven that the address is theirs, so it is not linked to the customer.
    """
    row = finish.conversation
    row.contact = address_of(finish.vault, inbox, contact, finish.now)
    row.contact_inbox = inbox
    finish.changed |= {"contact", "contact_inbox"}
    remember_keys(finish.vault, row, (f"conversation:{row.id}",), inbox)


def change_speaker(finish: Finish, speaker: str, user: Any = None, actor: str = "system") -> None:
    """Hands the word to somebody else; every reply computed before is void from here on."""
    row = finish.conversation
    row.speaker, row.speaker_user = speaker, user
    row.speaker_fence += 1
    finish.changed |= {"speaker", "speaker_user", "speaker_fence"}
    data = {"speaker": speaker}
    if user is not None:
        data["name"] = user.first_name
    finish.log.add("speaker_changed", actor, is_public=True, data=data)


def keep_state(finish: Finish, state: dict[str, Any]) -> None:
    """Stores the dialogue state that goes with this turn's replies."""
    row = finish.conversation
    row.state_cipher = seal_json(finish.vault, row.address, f"conversation.state:{row.id}", state)
    finish.changed.add("state_cipher")


def answered(finish: Finish, messages: Sequence[UUID]) -> None:
    """Marks waiting messages as handled by this turn and frees the conversation, or leaves it
    waiting where others came meanwhile. Those are answered next: by people, if the word is theirs by then."""
    row = finish.conversation
    row.turns += 1
    for message in messages:
        update(new(Message, id=message, turn=row.turns), ("turn",))
    more = not finish.is_all and _WAITING.rows(conversation=row.id, limit=1)
    row.wants_turn_at = finish.now if more else None
    row.lease_until = None
    row.turn_attempts = 0
    finish.changed |= {"turns", "wants_turn_at", "lease_until", "turn_attempts"}


def answered_by(outbox: int) -> UUID | None:
    """The newest message of a customer that these words answer; None where they answer none."""
    said = Message.objects.filter(outboxrow=outbox).values("conversation", "turn")
    return (
        Message.objects.filter(
            author=Message.Author.CUSTOMER,
            conversation=said.values("conversation")[:1],
            turn=said.values("turn")[:1],
        )
        .order_by("-seq")
        .values_list("id", flat=True)
        .first()
    )


def write(finish: Finish) -> None:
    """Inserts events and outbox rows and saves what changed of the conversation. The last step of a transaction."""
    finish.log.write()
    insert(finish.outbox)
    update(finish.conversation, ("last_seq", "last_public_seq", *sorted(finish.changed)))
