"""What the database and the providers say happened, held against what was accepted. Reading only."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from bot.house import House
from store.bodies import open_body
from store.database import database_now
from store.models import Conversation, Message, OutboxRow, Ticket
from tests.chaos.providers import Side

MARK = re.compile(r"\[(\d+)\.(\d+)\]")
Mark = tuple[int, int]
Window = tuple[datetime, datetime]
AT_ONCE = 1_000


def in_flight() -> tuple[Counter[str], Counter[str]]:
    """By worker: conversations that it is thinking about now, and rows that it is sending."""
    now = database_now()
    turns = Conversation.objects.filter(lease_until__gt=now, wants_turn_at__isnull=False)
    sends = OutboxRow.objects.filter(
        state=OutboxRow.State.WAITING, in_flight=True, lease_until__gt=now
    )
    return (
        Counter(turns.values_list("claimed_by", flat=True)),
        Counter(sends.values_list("leased_by", flat=True)),
    )


def left() -> dict[str, int]:
    """What is not done yet."""
    return {
        "turns": Conversation.objects.filter(wants_turn_at__isnull=False).count(),
        "sends": OutboxRow.objects.filter(state=OutboxRow.State.WAITING).count(),
        "messages": Message.objects.filter(author=Message.Author.CUSTOMER).count(),
    }


def waits() -> dict[str, int]:
    """What keeps things from being done yet, for whoever wonders why a drain takes so long."""
    now, moment = datetime.now(UTC), database_now()
    found: Counter[str] = Counter()
    turns = Conversation.objects.filter(wants_turn_at__isnull=False)
    for lease, due, attempts in turns.values_list("lease_until", "wants_turn_at", "turn_attempts"):
        if lease is not None and lease > moment:
            found[f"turn: thought about, attempt {attempts}"] += 1
        else:
            found["turn: not yet due" if due and due > now else "turn: due"] += 1
    sends = OutboxRow.objects.filter(state=OutboxRow.State.WAITING).select_related("inbox")
    for row in sends:
        where = f"send by {row.inbox.channel}"
        if row.lease_until is not None and row.lease_until > moment:
            found[f"{where}: in hand"] += 1
        elif row.not_before is not None and row.not_before > now:
            found[f"{where}: after attempt {row.attempts}: {row.last_error}"] += 1
        else:
            found[f"{where}: due"] += 1
    return dict(found)


class Stored:
    """The marks of what is stored, each message opened once: looking must not cost what is being drained its time."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._marks: dict[UUID, Mark | None] = {}

    def missing(self, accepted: Mapping[Mark, str]) -> int:
        """How many accepted messages are not stored (yet)."""
        rows = Message.objects.filter(author=Message.Author.CUSTOMER)
        new = sorted(set(rows.values_list("id", flat=True)) - set(self._marks))
        whole = rows.select_related("address", "inbox")
        for start in range(0, len(new), AT_ONCE):
            for message in whole.filter(id__in=new[start : start + AT_ONCE]):
                self._marks[message.id] = _mark(open_body(self._house.vault, message).text)
        stored = set(self._marks.values())
        return sum(mark not in stored for mark in accepted)


def reconcile(house: House, accepted: Mapping[Mark, str], sides: Sequence[Side]) -> dict[str, Any]:
    """Counts of everything that must be zero, and of what happened."""
    messages = list(Message.objects.select_related("address", "inbox").order_by("seq"))
    texts = {message.id: open_body(house.vault, message).text for message in messages}
    customers = [m for m in messages if m.author == Message.Author.CUSTOMER]
    stored = Counter(mark for m in customers if (mark := _mark(texts[m.id])))
    whose = {m.conversation_id: mark[0] for m in customers if (mark := _mark(texts[m.id]))}
    came_to = Counter(_outcomes(messages, texts, accepted))
    sent = _sent(sides, whose)
    twice = [f"{accepted.get(mark, '')} {mark}" for mark, count in stored.items() if count > 1]
    said_twice = _repeated(messages, texts)
    absent = sorted(mark for mark in accepted if mark not in stored)
    return {
        "accepted": len(accepted),
        "accepted_by_channel": dict(Counter(accepted.values())),
        "answered": came_to["answered"],
        "ticketed": came_to["ticketed"],
        "lost": len(absent) + came_to["silent"] + sent["replies_lost"],
        "duplicates": sum(count - 1 for count in stored.values())
        + len(said_twice)
        + sent["sent_twice"],
        "inversions": _out_of_order(customers, texts) + sent["out_of_order"],
        "unknown_outcomes": sum(sent["unknown_by_channel"].values()),
        "unknown_by_channel": sent["unknown_by_channel"],
        "stuck": _stuck(),
        "lost_in_detail": {
            "not_stored": [f"{accepted[mark]} {mark}" for mark in absent[:20]],
            "silent": came_to["silent"],
            "replies": sent["replies_lost"],
        },
        "duplicates_in_detail": {
            "stored": twice[:20],
            "said": said_twice[:20],
            "sent": sent["sent_twice_in_detail"],
        },
        "stored": len(customers),
        "replies": sum(m.author == Message.Author.BOT for m in messages),
        "sent_by_channel": sent["by_channel"],
        "outbox": dict(Counter(OutboxRow.objects.values_list("state", flat=True))),
        "not_sent_because": _reasons(),
        "tickets": Ticket.objects.count(),
        "left_in_a_form": len(_left_in_a_form()),
    }


def answered_after(windows: Sequence[Window]) -> dict[str, float]:
    """How many that were accepted in these windows were answered, by the bot or with a ticket, and after how many
    seconds. What somebody adds who is with people already has the turn that handed them over, and is not among them."""
    took = []
    for began, ended in windows:
        within = Message.objects.filter(accepted_at__gte=began, accepted_at__lt=ended)
        for message in within.filter(author=Message.Author.CUSTOMER, turn__isnull=False):
            after = Message.objects.filter(
                conversation=message.conversation_id,
                turn=message.turn,
                author=Message.Author.BOT,
                accepted_at__gte=message.accepted_at,
            )
            said = after.order_by("accepted_at").first()
            if said is not None:
                took.append((said.accepted_at - message.accepted_at).total_seconds())
    took.sort()
    if not took:
        return {"messages": 0}
    return {
        "messages": len(took),
        "median": round(took[len(took) // 2], 3),
        "longest": round(took[-1], 3),
    }


def _reasons() -> dict[str, int]:
    """State and reason of what is neither sent nor waiting."""
    kept = [OutboxRow.State.SENT, OutboxRow.State.WAITING]
    rows = OutboxRow.objects.exclude(state__in=kept).values_list("state", "last_error")
    return dict(Counter(f"{state}: {reason}" for state, reason in rows))


def _mark(text: str) -> Mark | None:
    found = MARK.search(text)
    return (int(found[1]), int(found[2])) if found else None


def _outcomes(
    messages: Sequence[Message], texts: Mapping[UUID, str], accepted: Mapping[Mark, str]
) -> Iterable[str]:
    """`answered`, `ticketed` or `silent` for each accepted message that is stored."""
    waits = (Message.Author.SYSTEM, Message.Kind.NOTICE)  # that it takes longer is no answer
    spoke = {
        (m.conversation_id, m.turn)
        for m in messages
        if m.author != Message.Author.CUSTOMER and (m.author, m.kind) != waits
    }
    ticketed = set(Ticket.objects.values_list("conversation_id", flat=True))
    for message in messages:
        is_asked = message.author == Message.Author.CUSTOMER
        if not is_asked or _mark(texts[message.id]) not in accepted:
            continue
        if message.turn is not None and (message.conversation_id, message.turn) in spoke:
            yield "answered"
        elif message.turn is not None and message.conversation_id in ticketed:
            yield "ticketed"
        else:
            yield "silent"


def _out_of_order(customers: Sequence[Message], texts: Mapping[UUID, str]) -> int:
    """Neighbours within a conversation that stand in another order than they were written in."""
    said: dict[UUID, list[int]] = defaultdict(list)
    for message in customers:
        mark = _mark(texts[message.id])
        if mark:
            said[message.conversation_id].append(mark[1])
    return sum(a > b for order in said.values() for a, b in itertools.pairwise(order))


def _repeated(messages: Sequence[Message], texts: Mapping[UUID, str]) -> list[str]:
    """The same words twice in one turn, and turns in which the bot answered nothing: but once, where it told
    somebody who left in the middle of a form that a person has it now."""
    asked = {(m.conversation_id, m.turn) for m in messages if m.author == Message.Author.CUSTOMER}
    bot = [m for m in messages if m.author == Message.Author.BOT]
    said = Counter((m.conversation_id, m.turn, texts[m.id]) for m in bot)
    again = [key for key, count in said.items() for _ in range(count - 1)]
    left = _left_in_a_form()
    spurious = sorted({(m.conversation_id, m.turn) for m in bot} - asked, key=str)
    for where, turn in list(spurious):
        if where in left:
            left.remove(where)
            spurious.remove((where, turn))
    channels = {m.conversation_id: m.inbox.channel for m in messages}
    return [f"{channels[where]} turn {turn}: {words}" for where, turn, words in again] + [
        f"{channels[where]} turn {turn} answers nothing" for where, turn in spurious
    ]


def _left_in_a_form() -> set[UUID]:
    """Conversations of those who did not answer what was asked on the way to a person."""
    tickets = Ticket.objects.filter(reason="left_form")
    return set(tickets.values_list("conversation_id", flat=True))


def _stuck() -> int:
    """Leases that nobody ends, and rows marked as in flight that nobody settles."""
    return (
        Conversation.objects.filter(lease_until__lt=database_now()).count()
        + OutboxRow.objects.filter(in_flight=True).count()
    )


def _sent(sides: Sequence[Side], whose: Mapping[UUID, int]) -> dict[str, Any]:
    """What the providers took against what our outbox says of it, and the order of it.

    A message at a provider that no row names as sent may be one of the rows of that conversation of which
    nobody knows; beyond those it was sent twice.
    """
    total: Counter[str] = Counter()
    taken, unknowns, doubled = {}, {}, {}
    for side in sides:
        rows = list(OutboxRow.objects.filter(inbox__channel=side.channel).order_by("id"))
        if side.channel == "webchat":
            continue
        has = side.has()
        taken[side.channel] = len(has)
        ours = {row.provider_id for row in rows if row.state == OutboxRow.State.SENT}
        place = {name: number for number, (_, name) in enumerate(has)}
        extra = Counter(customer for customer, name in has if name not in ours)
        unknown = Counter(
            whose[row.conversation_id] for row in rows if row.state == OutboxRow.State.UNKNOWN
        )
        unknowns[side.channel] = unknown.total()
        total["replies_lost"] += len(ours - set(place))
        twice = (extra - unknown).total() + len(has) - len(place)
        if twice:
            doubled[side.channel] = {
                "beyond_what_is_known": dict(extra - unknown),
                "of_one_id": len(has) - len(place),
                "rows": [
                    f"{whose[row.conversation_id]}: {row.state} {row.last_error}".strip()
                    for row in rows
                    if row.state != OutboxRow.State.SENT
                    and whose[row.conversation_id] in extra - unknown
                ],
            }
        total["sent_twice"] += twice
        total["out_of_order"] += _sent_out_of_order(rows, place)
    zero = {name: total[name] for name in ("replies_lost", "sent_twice", "out_of_order")}
    known = {name: count for name, count in unknowns.items() if count}
    return {
        **zero,
        "by_channel": taken,
        "unknown_by_channel": known,
        "sent_twice_in_detail": doubled,
    }


def _sent_out_of_order(rows: Sequence[OutboxRow], place: Mapping[str, int]) -> int:
    orders: dict[UUID, list[int]] = defaultdict(list)
    for row in rows:
        if row.provider_id in place:
            orders[row.conversation_id].append(place[row.provider_id])
    return sum(a > b for order in orders.values() for a, b in itertools.pairwise(order))
