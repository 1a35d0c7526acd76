"""What the database and the mail server say happened, held against what was accepted. Reading only."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from bot.house import House
from store.bodies import open_body
from store.database import database_now
from store.models import Conversation, Message, OutboxRow, Ticket
from tests.fakes.mail import Sent

MARK = re.compile(r"\[(\d+)\.(\d+)\]")


def in_flight() -> dict[str, int]:
    """Conversations that a worker is thinking about now, and rows that are being sent."""
    now = database_now()
    return {
        "turns": Conversation.objects.filter(
            lease_until__gt=now, wants_turn_at__isnull=False
        ).count(),
        "sends": OutboxRow.objects.filter(
            state=OutboxRow.State.WAITING, in_flight=True, lease_until__gt=now
        ).count(),
    }


def left() -> dict[str, int]:
    """What is not done yet."""
    return {
        "turns": Conversation.objects.filter(wants_turn_at__isnull=False).count(),
        "sends": OutboxRow.objects.filter(state=OutboxRow.State.WAITING).count(),
        "messages": Message.objects.filter(author=Message.Author.CUSTOMER).count(),
    }


def reconcile(house: House, accepted: Sequence[str], sent: Sequence[Sent]) -> dict[str, Any]:
    """Counts of everything that must be zero, and of what happened."""
    messages = list(Message.objects.select_related("address", "inbox").order_by("seq"))
    texts = {message.id: open_body(house.vault, message).text for message in messages}
    customers = [m for m in messages if m.author == Message.Author.CUSTOMER]
    stored = Counter(mark for m in customers if (mark := _mark(texts[m.id])))
    wanted = Counter(mark for text in accepted if (mark := _mark(text)))
    return {
        "lost": len(wanted - stored),
        "doubled_messages": sum((stored - wanted).values()),
        "unhandled": sum(1 for m in customers if m.turn is None),
        "silent": _silent(messages),
        "out_of_order": _out_of_order(customers, texts),
        **_replies(messages, texts),
        **_mails(sent),
        "outbox": dict(Counter(OutboxRow.objects.values_list("state", flat=True))),
        "tickets": Ticket.objects.count(),
        "stored": len(customers),
    }


def _mark(text: str) -> tuple[int, int] | None:
    found = MARK.search(text)
    return (int(found[1]), int(found[2])) if found else None


def _silent(messages: Sequence[Message]) -> int:
    """Customer messages whose turn neither said anything nor left them to people with a ticket."""
    spoke = {(m.conversation_id, m.turn) for m in messages if m.author != Message.Author.CUSTOMER}
    ticketed = set(Ticket.objects.values_list("conversation_id", flat=True))
    return sum(
        1
        for m in messages
        if m.author == Message.Author.CUSTOMER
        and (m.conversation_id, m.turn) not in spoke
        and m.conversation_id not in ticketed
    )


def _out_of_order(customers: Sequence[Message], texts: dict[UUID, str]) -> int:
    """Neighbours within a conversation that stand in another order than they were written in."""
    said: dict[UUID, list[int]] = defaultdict(list)
    for message in customers:
        mark = _mark(texts[message.id])
        if mark:
            said[message.conversation_id].append(mark[1])
    return sum(a > b for order in said.values() for a, b in itertools.pairwise(order))


def _replies(messages: Sequence[Message], texts: dict[UUID, str]) -> dict[str, int]:
    """`doubled_replies`: the same words twice in one turn. `spurious_turns`: the bot spoke in a turn that
    answered nothing."""
    asked = {(m.conversation_id, m.turn) for m in messages if m.author == Message.Author.CUSTOMER}
    bot = [m for m in messages if m.author == Message.Author.BOT]
    said = Counter((m.conversation_id, m.turn, texts[m.id]) for m in bot)
    return {
        "replies": len(bot),
        "doubled_replies": sum(count - 1 for count in said.values()),
        "spurious_turns": len({(m.conversation_id, m.turn) for m in bot} - asked),
    }


def _mails(sent: Sequence[Sent]) -> dict[str, int]:
    """What the mail server took against what our outbox says was sent, and the order of it."""
    taken = [str(mail.message["Message-ID"]) for mail in sent]
    rows = OutboxRow.objects.filter(inbox__channel="email").order_by("id")
    place = {name: number for number, name in enumerate(taken)}
    orders: dict[UUID, list[int]] = defaultdict(list)
    missing = 0
    for row in rows.filter(state=OutboxRow.State.SENT):
        if row.provider_id in place:
            orders[row.conversation_id].append(place[row.provider_id])
        else:
            missing += 1
    return {
        "mails_taken": len(taken),
        "mails_sent_twice": len(taken) - len(set(taken)),
        "mails_sent_but_not_taken": missing,
        "mails_out_of_order": sum(
            a > b for order in orders.values() for a, b in itertools.pairwise(order)
        ),
    }
