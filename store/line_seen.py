"""How somebody in line stands, read from the rows: their place, their wait, and when people are there again. What moves them is `store.line`."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.calendar import spans_between
from core.errors import UnusableCalendar
from core.ids import ThreadKey
from core.line import IN_LINE, Beside, InLine, Standing
from core.message import AddressKind
from core.waiting import remaining
from store.bodies import open_body, sender_of
from store.clocks import calendar_of
from store.models import Call, Conversation, Message, Team, Ticket
from store.vault import Erased, Vault

LOOKS_BACK, LATEST = timedelta(hours=4), 40
"""Waits of so long ago tell nothing about now."""
LOOKS_AHEAD = timedelta(days=21)


def opening(team: Team, now: datetime) -> datetime | None:
    """When the team works again, in its own zone; None while it works. A team without hours always does."""
    calendar = calendar_of(team.calendar)
    try:
        spans = spans_between(calendar, now, now + LOOKS_AHEAD)
        begins = next((start for start, _ in spans), None)
    except UnusableCalendar:
        return None
    begins = begins or now + LOOKS_AHEAD
    return begins.astimezone(ZoneInfo(calendar.zone)) if begins > now else None


def seen(
    vault: Vault, call: Call, conversation: Conversation, ticket: Ticket, now: datetime
) -> InLine:
    """How they stand, with what the channel needs to say it."""
    tickets = Ticket.objects.filter(team=ticket.team_id)
    before = tickets.filter(priority__lt=ticket.priority)
    beside = tickets.filter(priority=ticket.priority)
    ahead = Call.objects.filter(standing__in=IN_LINE).filter(
        Q(conversation__ticket__in=before)
        | Q(conversation__ticket__in=beside, entered_at__lt=call.entered_at)
    )
    waited = now - call.entered_at
    sender = sender_of(vault, call.address or conversation.address)
    is_phone = sender.kind == AddressKind.PHONE and call.may_be_called
    return InLine(
        thread=ThreadKey(f"conversation:{conversation.id}"),
        standing=Standing(call.standing),
        ring=call.ring,
        position=1 + ahead.exclude(id=call.id).count(),
        wait=remaining(_waits(ticket.team_id, now), waited),
        waited=waited,
        opens=opening(ticket.team, now) if call.standing == Standing.AWAY else None,
        consents=call.consents,
        number=sender.value if is_phone else "",
        stint=call.stint,
        ticket=ticket.number,
        priority=ticket.priority,
        language=call.agent.language if call.agent else "",
        beside=Beside(call.beside),
        aside=call.aside_ring,
        asker=call.agent.name if call.agent else "",
        second=call.aside_agent.name if call.aside_agent else "",
    )


def of_second(
    vault: Vault, call: Call, conversation: Conversation, ticket: Ticket, now: datetime
) -> InLine:
    """The same for the second colleague, with what they are asked."""
    here = seen(vault, call, conversation, ticket, now)
    language = call.aside_agent.language if call.aside_agent else ""
    return replace(here, language=language, is_second=True, why=_why(vault, call))


def _why(vault: Vault, call: Call) -> str:
    if call.aside_note_id is None:
        return ""
    note = Message.objects.select_related("address").filter(id=call.aside_note_id).first()
    try:
        return open_body(vault, note).text if note else ""
    except Erased:
        return ""


def _waits(team: UUID, now: datetime) -> list[timedelta]:
    """What the last callers who came to speak with somebody had waited."""
    rows = Call.objects.filter(conversation__ticket__team=team, connected_at__gte=now - LOOKS_BACK)
    pairs = rows.order_by("-connected_at").values_list("entered_at", "connected_at")[:LATEST]
    return [connected - entered for entered, connected in pairs if connected]
