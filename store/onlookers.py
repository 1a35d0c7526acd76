"""The open tickets of somebody who looks from outside. What agents see is `store.desk`."""

from __future__ import annotations

from core.message import Sender
from core.onlooker import OpenTicket
from store.bodies import open_json
from store.models import AddressLink, Inbox, Ticket
from store.newest import newest
from store.vault import Vault, VaultError

LIMIT = 20
_ABOUT = 150


def open_tickets_of(vault: Vault, inbox: Inbox, onlooker: Sender) -> list[OpenTicket]:
    """Tickets of the customer to whom this address belongs, newest first, at most `LIMIT`; nobody else's."""
    lookup = vault.lookup("address", onlooker.kind, onlooker.value)
    link = AddressLink.objects.filter(
        address__brand=inbox.brand_id,
        address__kind=onlooker.kind,
        address__lookup=lookup,
        undone_at=None,
    ).first()
    if link is None:
        return []
    rows = Ticket.objects.filter(
        conversation__address__addresslink__customer=link.customer_id,
        conversation__address__addresslink__undone_at=None,
        status__in=[Ticket.Status.OPEN, Ticket.Status.PENDING],
    )
    rows = rows.select_related("team", "conversation__address").order_by(newest())
    return [_shown(vault, row) for row in rows[:LIMIT]]


def _shown(vault: Vault, ticket: Ticket) -> OpenTicket:
    try:
        place, sealed = f"ticket.packet:{ticket.id}", bytes(ticket.packet_cipher)
        packet = open_json(vault, ticket.conversation.address, place, sealed)
    except VaultError:  # erased meanwhile
        packet = {}
    about = " ".join(str((packet.get("wants") or {}).get("text", "")).split())
    return OpenTicket(
        number=ticket.number,
        about=about if len(about) <= _ABOUT else about[: _ABOUT - 1] + "…",
        team=ticket.team.name,
        waits_for_customer=ticket.status == Ticket.Status.PENDING,
        opened_at=ticket.opened_at,
    )
