"""Another SLA policy for a ticket that is there already. How its clocks are counted then is `core.sla`; who may is `bot`'s."""

from __future__ import annotations

from django.db.models import QuerySet

from core.sla import Happened
from store.clocks import happened, promise_left
from store.models import SlaPolicy, Ticket
from store.tickets import Change


def policies_for(ticket: Ticket) -> QuerySet[SlaPolicy]:
    """The policies that the ticket can be under: its brand's."""
    rows = SlaPolicy.objects.select_related("calendar").filter(brand=ticket.brand_id)
    return rows.order_by("name")


def promise(change: Change, policy: SlaPolicy) -> None:
    """The ticket is under this policy from now on; its clocks, and its place in the queue, follow by the stated rule."""
    ticket, finish = change.ticket, change.finish
    if policy.id == ticket.policy_id:
        return
    before, left = ticket.policy.name, promise_left(ticket.policy, ticket.opened_at)
    ticket.policy = policy
    happened(ticket, Happened.POLICY_CHANGED, finish.now, left=left)
    data = {
        "ticket": ticket.number,
        "before": {"policy": before},
        "after": {"policy": policy.name},
    }
    finish.log.add("ticket_changed", change.actor, data=data)
