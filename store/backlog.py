"""Who waits for the bot, how fast the waiting are served, and the one message that tells somebody so. Claiming is `store.turns`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from core.message import Reply
from store.database import database_now
from store.events import Log
from store.models import Conversation, Event, Inbox, Message
from store.turns import Finish, lock, say, write
from store.vault import Vault

PACE = timedelta(minutes=1)
"""The pace is that of the last minute."""
AGAIN = timedelta(minutes=15)
"""So long after it was told, a backlog is the same one."""
PAGE = 250
LOOKED_AT = 5_000
"""Events and waiting conversations that one look takes in; those behind are told when they have come nearer."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A conversation that nobody thinks about yet. `place`: 1 is next, by time alone."""

    conversation: UUID
    inbox: UUID
    language: str
    place: int
    since: datetime


def waiters(now: datetime) -> list[Waiter]:
    """Who waits for the bot, the longest waiting first."""
    rows = Conversation.objects.filter(
        Q(lease_until=None) | Q(lease_until__lt=database_now()),
        wants_turn_at__lte=now,
        speaker=Conversation.Speaker.BOT,
        address__key_wrapped__isnull=False,
    ).order_by("wants_turn_at", "id")
    found = rows.values_list("id", "inbox_id", "language", "wants_turn_at")[:LOOKED_AT]
    return [
        Waiter(one, inbox, language, place, since or now)
        for place, (one, inbox, language, since) in enumerate(found, 1)
    ]


def pace(now: datetime) -> int:
    """Conversations in which the bot spoke within `PACE`."""
    newest = Event.objects.order_by("-id").values_list("kind", "actor", "at", "conversation_id")
    served: set[UUID] = set()
    for start in range(0, LOOKED_AT, PAGE):
        page = newest[start : start + PAGE]
        is_past = True
        for kind, actor, at, conversation in page:
            is_past = at <= now - PACE
            if (kind, actor) == ("message", "bot") and not is_past:
                served.add(conversation)
        if is_past:  # those before it are older still, or there are none
            break
    return len(served)


def tell_wait(vault: Vault, waiter: Waiter, reply: Reply, parts: int, now: datetime) -> bool:
    """Says once that it will take longer; False where it was said already, or somebody thinks about it by now."""
    with transaction.atomic():
        row = lock(waiter.conversation)
        is_held = row.lease_until is not None and row.lease_until > database_now()
        if is_held or row.wants_turn_at is None or row.speaker != Conversation.Speaker.BOT:
            return False
        if was_told(row, now):
            return False
        finish = Finish(vault, row, now, Log(row, now))
        say(finish, reply, author=Message.Author.SYSTEM, parts=parts)
        write(finish)
        return True


def was_told(row: Conversation, now: datetime) -> bool:
    """Whether this backlog was told in the conversation, or for as long as it has waited."""
    since = min(row.wants_turn_at or now, now - AGAIN)
    return Message.objects.filter(
        conversation=row,
        author=Message.Author.SYSTEM,
        kind=Message.Kind.NOTICE,
        accepted_at__gte=since,
    ).exists()


def is_answered_since(message: Message) -> bool:
    """True for a message about waiting that the answer has overtaken: it must not be sent any more."""
    if (message.author, message.kind) != (Message.Author.SYSTEM, Message.Kind.NOTICE):
        return False
    return Message.objects.filter(
        conversation=message.conversation_id,
        seq__gt=message.seq,
        author__in=(Message.Author.BOT, Message.Author.AGENT),
    ).exists()


def inbox_of(waiter: Waiter) -> Inbox:
    """Where it waits."""
    return Inbox.objects.select_related("brand").get(id=waiter.inbox)
