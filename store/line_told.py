"""What happens to a caller in line, as others hear of it: the conversation's log, and the clocks of their ticket. Who stands where is `store.line`."""

from __future__ import annotations

from datetime import datetime

from core.line import CONNECTED, TOGETHER
from core.sla import Happened
from store.clocks import CLOCK_FIELDS, happened
from store.events import Log
from store.models import Call, Conversation, Ticket

EVENT = "call"


def answered(conversation: Conversation, now: datetime) -> None:
    """To speak with the caller is a reply: what was promised is kept from then on."""
    open_one = Ticket.objects.exclude(status__in=[Ticket.Status.RESOLVED, Ticket.Status.CLOSED])
    ticket = open_one.filter(conversation=conversation).first()
    if ticket is None:
        return
    ticket.first_response_at = ticket.first_response_at or now
    happened(ticket, Happened.AGENT_REPLY, now)
    ticket.save(update_fields=["first_response_at", *CLOCK_FIELDS])


def tell(conversation: Conversation, call: Call, now: datetime, failed: bool = False) -> None:
    """Writes how the caller stands into the log of the conversation, whose row is locked."""
    log = Log(conversation, now)
    data: dict[str, object] = {"standing": str(call.standing)}
    if failed:
        data["failed"] = True
    if call.standing in CONNECTED and call.agent:
        data["agent"] = call.agent.name
        data["recorded"] = bool(call.consents) and call.standing in TOGETHER
    if call.beside and call.aside_agent:
        data["beside"] = str(call.beside)
        data["second"] = call.aside_agent.name
    log.add(EVENT, "system", data=data)
    log.write()
    conversation.save(update_fields=["last_seq", "last_public_seq"])
