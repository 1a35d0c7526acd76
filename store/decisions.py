"""What the router decided, read back: the case, the guess and the verdict of each stored Decision. Read-only; deciding is `router`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.errors import NotFound
from store.bodies import open_json
from store.models import Decision, Ticket
from store.vault import Erased, Vault


@dataclass(frozen=True, slots=True)
class Decided:
    """One ticket's Decision. `verdict`: as `Routed` in JSON, with the `case` that the router saw under its name."""

    number: int
    at: datetime
    verdict: dict[str, Any] = field(repr=False)


def decided_since(vault: Vault, since: datetime, limit: int = 2000) -> Iterator[Decided]:
    """The newest first; those whose customer was erased are left out."""
    rows = Ticket.objects.filter(decision__at__gte=since).order_by("-decision__at")
    chosen = rows.select_related("decision", "conversation__address")[:limit]
    for ticket in chosen.iterator(chunk_size=500):
        try:
            yield _decided(vault, ticket)
        except Erased:
            continue


def decision_of(vault: Vault, number: int) -> Decided:
    """Of one ticket. Raises `NotFound`, also where a person opened it; `Erased`."""
    rows = Ticket.objects.filter(number=number, decision__isnull=False)
    ticket = rows.select_related("decision", "conversation__address").first()
    if ticket is None:
        raise NotFound(f"No decision is stored for a ticket {number}.")
    return _decided(vault, ticket)


def _decided(vault: Vault, ticket: Ticket) -> Decided:
    row = ticket.decision
    assert isinstance(row, Decision)
    sealed = bytes(row.verdict_cipher)
    place = f"decision.verdict:{row.id}"
    verdict = open_json(vault, ticket.conversation.address, place, sealed)
    return Decided(ticket.number, row.at, dict(verdict))
