"""Offers of waiting tickets to agents: made under the duty's fence, answered, passed, taken back. Whom to ask is `core.assignment`.

Whatever changes a ticket locks its conversation first, and so does everything here: an offer is made only of a ticket
that nobody has at that moment, and taken by at most one person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core.assignment import Available, Offer
from core.errors import ClaimLost, Conflict, NotFound
from store.duties import Held
from store.events import Log
from store.models import Agent, Conversation, Duty, QueueEntry, Reservation, Ticket, User
from store.presence import sent_away, state_of

_LIVE = Reservation.State.OFFERED


@dataclass(frozen=True, slots=True)
class Open:
    """An offer that its agent has still to answer."""

    id: UUID
    number: int
    deadline: datetime
    offered_at: datetime


def make_offers(held: Held, offers: Sequence[Offer], now: datetime) -> list[int]:
    """Offers what can still be offered and returns those tickets' numbers; what changed meanwhile waits for the next
    round. Raises `ClaimLost` when another process has taken the duty over."""
    by_number = {offer.number: offer for offer in offers}
    with transaction.atomic():
        _must_hold(held)
        rows = {row.id: row for row in _locked(by_number)}
        free = QueueEntry.objects.filter(
            ticket__conversation__in=rows,
            ticket__status=Ticket.Status.OPEN,
            ticket__assignee=None,
        ).exclude(ticket__reservation__state=_LIVE)
        known = {agent.id: agent for agent in Agent.objects.select_related("user")}
        made, logs = [], []
        for entry in free.select_related("ticket"):
            offer = by_number[entry.ticket.number]
            agent, row = known.get(offer.agent), rows[entry.ticket.conversation_id]
            if agent is None or not agent.user.is_active:
                continue
            made.append(_reservation(entry.ticket, agent, offer, now))
            log = Log(row, now)
            log.add("ticket_offered", "system", data=_told(entry.ticket, agent.user))
            logs.append((log, row))
        Reservation.objects.bulk_create(made)
        for log, _ in logs:
            log.write()
        Conversation.objects.bulk_update([row for _, row in logs], ["last_seq"], batch_size=200)
        return [one.ticket.number for one in made]


def end_offers(now: datetime) -> int:
    """Ends what nobody answered in time, and sends who did not answer away; takes back what was offered to somebody
    who is not online any more. Returns how many ended."""
    ended = 0
    live = Reservation.objects.filter(state=_LIVE).select_related("agent__presence")
    for offer in live.order_by("deadline"):
        row = getattr(offer.agent, "presence", None)
        there = row is not None and state_of(row, now) is Available.ONLINE
        if offer.deadline > now and there:
            continue
        state = Reservation.State.EXPIRED if offer.deadline <= now else Reservation.State.RESCINDED
        ended += _end(offer.id, state, now)
    return ended


def open_offers(user: User, now: datetime) -> list[Open]:
    """What this person is being offered, the oldest first."""
    rows = Reservation.objects.filter(state=_LIVE, agent__user=user, deadline__gt=now)
    found = rows.order_by("offered_at", "id")
    return [
        Open(*values)
        for values in found.values_list("id", "ticket__number", "deadline", "offered_at")
    ]


def offered_ticket(user: User, offer: UUID) -> int:
    """The number of the ticket that an offer to this person is about. Raises `NotFound`."""
    rows = Reservation.objects.filter(id=offer, agent__user=user)
    number = rows.values_list("ticket__number", flat=True).first()
    if number is None:
        raise NotFound("There is no such offer to you.")
    return number


def accept(ticket: Ticket, user: User, offer: UUID, now: datetime) -> None:
    """Inside a change of the ticket, before it is taken. Raises `Conflict` when the offer is over."""
    row = Reservation.objects.select_for_update().get(id=offer, agent__user=user, ticket=ticket)
    if row.state != _LIVE or row.deadline <= now:
        raise Conflict("This offer is over; the ticket may be somebody else's by now.")
    row.state, row.answered_at = Reservation.State.ACCEPTED, now
    row.save(update_fields=["state", "answered_at"])


def decline(user: User, offer: UUID, now: datetime) -> None:
    """They would rather not; it is not offered to them again. Raises `Conflict` when the offer is over."""
    offered_ticket(user, offer)
    if not _end(offer, Reservation.State.DECLINED, now):
        raise Conflict("This offer is over already.")


def rescind(ticket: Ticket, log: Log, now: datetime, *, but: User | None = None) -> None:
    """Inside a change that locked the conversation: nobody is asked about this ticket any more. Who took it by
    themselves while being asked has accepted."""
    for row in _live_of(ticket).select_related("agent__user"):
        mine = but is not None and row.agent.user_id == but.id
        row.state = Reservation.State.ACCEPTED if mine else Reservation.State.RESCINDED
        row.answered_at = now
        row.save(update_fields=["state", "answered_at"])
        if not mine:
            log.add("offer_rescinded", "system", data=_told(ticket, row.agent.user))


def history(ticket: Ticket) -> list[Reservation]:
    """Every offer of a ticket, the oldest first."""
    rows = Reservation.objects.filter(ticket=ticket).select_related("agent__user")
    return list(rows.order_by("offered_at", "id"))


def _live_of(ticket: Ticket) -> QuerySet[Reservation]:
    return Reservation.objects.select_for_update(of=("self",)).filter(ticket=ticket, state=_LIVE)


def _end(offer: UUID, state: str, now: datetime) -> int:
    with transaction.atomic():
        place = Reservation.objects.filter(id=offer)
        row = Conversation.objects.select_for_update(no_key=True, of=("self",)).get(
            id=place.values_list("ticket__conversation", flat=True)[0]
        )
        # Who accepts in the last moment comes before; a decline after the deadline is no answer either.
        in_time = Q(deadline__gt=now) if state == Reservation.State.DECLINED else Q()
        live = place.filter(in_time, state=_LIVE).select_related("ticket", "agent__user")
        found = live.first()
        if found is None:
            return 0
        found.state, found.answered_at = state, now
        found.save(update_fields=["state", "answered_at"])
        log = Log(row, now)
        log.add(f"offer_{state}", "system", data=_told(found.ticket, found.agent.user))
        log.write()
        row.save(update_fields=["last_seq"])
        if state == Reservation.State.EXPIRED:
            sent_away(found.agent)
        return 1


def _must_hold(held: Held) -> None:
    row = Duty.objects.select_for_update().filter(name=held.name).first()
    if row is None or row.fence != held.fence:
        raise ClaimLost


def _locked(numbers: Any) -> QuerySet[Conversation]:
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
    return rows.filter(ticket__number__in=list(numbers)).order_by("id")


def _reservation(ticket: Ticket, agent: Agent, offer: Offer, now: datetime) -> Reservation:
    why = {
        "method": offer.method.value,
        "score": offer.score,
        "danger": offer.danger,
        "considered": [asdict(one) for one in offer.considered],
    }
    deadline = now + timedelta(seconds=offer.seconds)
    return Reservation(ticket=ticket, agent=agent, offered_at=now, deadline=deadline, why=why)


def _told(ticket: Ticket, user: User) -> dict[str, Any]:
    return {"ticket": ticket.number, "name": user.name, "agent": str(user.id)}
