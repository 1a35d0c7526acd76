"""What the router decided, kept and read back: the case, the guess and the verdict of each Decision. Deciding is `router`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core.decision import Case, Routed
from core.errors import NotFound
from store.assignment import last_agents
from store.bodies import open_json, seal_json
from store.experiments import handled
from store.models import AddressLink, Agent, Decision, Ticket
from store.turns import Finish
from store.vault import Erased, Vault


@dataclass(frozen=True, slots=True)
class Decided:
    """One ticket's Decision. `verdict`: as `Routed` in JSON, with the `case` that the router saw under its name."""

    number: int
    at: datetime
    verdict: dict[str, Any] = field(repr=False)


def keep_decision(finish: Finish, routed: Routed, case: Case | None) -> Decision:
    """Inside a finishing transaction. `case`: what the router saw, kept with its verdict."""
    row, versions = finish.conversation, dict(routed.versions)
    decision = Decision(
        conversation=row,
        at=finish.now,
        category=routed.category,
        priority=int(routed.priority),
        team=routed.team,
        confidence=routed.confidence,
        abstained=routed.abstained,
        versions=versions,
        experiment_id=versions.get("experiment"),
        arm=versions.get("arm", ""),
    )
    seen = {"case": asdict(case)} if case is not None else {}
    decision.verdict_cipher = seal_json(
        finish.vault, row.address, f"decision.verdict:{decision.id}", {**asdict(routed), **seen}
    )
    decision.save(force_insert=True)
    return decision


def decided_since(vault: Vault, since: datetime, limit: int = 2000) -> Iterator[Decided]:
    """The newest first; those whose customer was erased are left out."""
    rows = Ticket.objects.filter(decision__at__gte=since).order_by("-decision__at")
    chosen = rows.select_related("decision", "conversation__address")[:limit]
    for ticket in chosen.iterator(chunk_size=500):
        try:
            yield _decided(vault, ticket)
        except Erased:
            continue


def decisions_since(since: datetime) -> int:
    """How many there are, erased customers' too."""
    return Ticket.objects.filter(decision__at__gte=since).count()


@dataclass(frozen=True, slots=True)
class Settled:
    """A ticket as it stands now. `handled`: seconds, None where they cannot be told; `verdict`: as in `Decided`, None
    where a person opened it; `customer`: whose it is, by an id; `last`: mail address of who had their latest ticket before
    all of these, empty without one."""

    at: datetime
    category: str
    priority: int
    team: str
    handled: float | None
    verdict: dict[str, Any] | None = field(repr=False)
    customer: str = ""
    last: str = ""


def settled_since(vault: Vault, since: datetime, limit: int) -> Iterator[Settled]:
    """The newest tickets, oldest first; those whose customer was erased, and merged ones, are left out."""
    rows = Ticket.objects.filter(opened_at__gte=since, merged_into=None).order_by("-opened_at")
    chosen = list(rows.select_related("decision", "team", "conversation__address")[:limit])
    addresses = {ticket.conversation.address_id for ticket in chosen}
    first = min((ticket.opened_at for ticket in chosen), default=since)
    customers, helpers = _customers(addresses), _helpers(addresses, first)
    for ticket in reversed(chosen):
        address = ticket.conversation.address_id
        try:
            verdict = _decided(vault, ticket).verdict if ticket.decision else None
        except Erased:
            continue
        yield Settled(
            ticket.opened_at,
            ticket.category,
            ticket.priority,
            ticket.team.slug,
            handled(ticket.taken_at, ticket.resolved_at),
            verdict,
            str(customers.get(address, address)),
            helpers.get(address, ""),
        )


def _customers(addresses: Iterable[UUID]) -> dict[UUID, UUID]:
    """Of each address that belongs to one, the customer."""
    live = AddressLink.objects.filter(undone_at=None)
    found: dict[UUID, UUID] = {}
    for some in _in_hundreds(addresses):
        found |= dict(live.filter(address__in=some).values_list("address", "customer"))
    return found


def _helpers(addresses: Iterable[UUID], before: datetime) -> dict[UUID, str]:
    """Of each address, the mail address of who had the customer's latest ticket before this moment."""
    emails = dict(Agent.objects.values_list("id", "user__email"))
    found: dict[UUID, str] = {}
    for some in _in_hundreds(addresses):
        found |= {one: emails[agent] for one, agent in last_agents(some, before).items()}
    return found


def _in_hundreds(addresses: Iterable[UUID]) -> Iterator[list[UUID]]:
    """A statement holds not every number of values."""
    left = list(addresses)
    for at in range(0, len(left), 500):
        yield left[at : at + 500]


def decision_of(vault: Vault, number: int) -> Decided:
    """Of one ticket. Raises `NotFound`, also where a person opened it; `Erased`."""
    rows = Ticket.objects.filter(number=number, decision__isnull=False)
    ticket = rows.select_related("decision", "conversation__address").first()
    if ticket is None:
        raise NotFound("No decision is stored for a ticket %(number)s.", number=number)
    return _decided(vault, ticket)


def _decided(vault: Vault, ticket: Ticket) -> Decided:
    row = ticket.decision
    assert isinstance(row, Decision)
    sealed = bytes(row.verdict_cipher)
    place = f"decision.verdict:{row.id}"
    verdict = open_json(vault, ticket.conversation.address, place, sealed)
    return Decided(ticket.number, row.at, dict(verdict))
