"""Customers as the evidence makes them: tying addresses together and undoing it, one transaction each. The rules are `core.customer`.

A live `AddressLink` says whose an address is now; it follows from the live ties alone, so undoing a tie brings
everything back to where it would be without it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from core import customer as rules
from core.customer import WEIGHTS, Evidence, admitted, people
from core.errors import Conflict, NotFound
from core.message import AddressKind, Sender, Verified
from store.bodies import sender_of
from store.models import Address, AddressLink, Counter, Customer, Tie, User
from store.statements import Given, Select, Whether
from store.vault import Erased, Vault

_LOCK = "people"


def customer_of(address: UUID) -> Customer | None:
    """Whose address this is now."""
    link = AddressLink.objects.select_related("customer").filter(address=address, undone_at=None)
    found = link.first()
    return found.customer if found else None


def addresses_of(address: UUID) -> list[Address]:
    """All addresses of the customer to whom this one belongs, in the order in which they came to be theirs."""
    return [link.address for link in _LINKS.rows(address=address)]


_LINKS = Select(lambda: _links_beside(Given("address", models.UUIDField())))


def _links_beside(address: Any) -> QuerySet[AddressLink]:
    theirs = AddressLink.objects.filter(address=address, undone_at=None).values("customer")
    links = AddressLink.objects.filter(customer__in=theirs, undone_at=None)
    return links.select_related("address", "customer").order_by("linked_at", "id")


def tied_to(address: Address, kind: Evidence) -> QuerySet[Address]:
    """The addresses that evidence of this kind ties to this one directly."""
    return _tied_to(address, kind)


def _tied_to(address: Any, kind: Evidence) -> QuerySet[Address]:
    ends = Q(ties_from__other=address, ties_from__kind=kind, ties_from__undone_at=None)
    ends |= Q(ties_to__one=address, ties_to__kind=kind, ties_to__undone_at=None)
    return Address.objects.filter(ends).distinct()


def are_one(one: UUID, other: UUID) -> bool:
    """True when both addresses belong to the same customer."""
    theirs = AddressLink.objects.filter(address=other, undone_at=None).values("customer")
    return AddressLink.objects.filter(address=one, undone_at=None, customer__in=theirs).exists()


def tie(
    vault: Vault,
    one: Address,
    other: Address,
    kind: Evidence,
    now: datetime,
    by: User | None = None,
) -> bool:
    """Adds evidence that both are one person; True when it was new. Customers follow at once.

    Raises `TwoAccounts` where somebody would have two accounts of one website, and `Conflict` when a
    colleague has said before that this evidence is wrong: only a colleague may say it again.
    """
    first, second = sorted((one, other), key=lambda address: address.id)
    same = Tie.objects.filter(one=first, other=second, kind=kind)
    if first.id == second.id or same.filter(undone_at=None).exists():
        return False
    with transaction.atomic():
        _alone()
        if same.filter(undone_at=None).exists():
            return False
        if by is None and _was_denied(first.id, second.id):
            raise Conflict("A colleague has said that these are two people.")
        ties = _around({first.id, second.id})
        new = rules.Tie(first.id, second.id, kind)
        addresses = {end for row in ties for end in (row.one_id, row.other_id)}
        accounts = _websites(vault, addresses | {first.id, second.id})
        groups = admitted(new, [_rule(row) for row in ties], accounts)
        row = Tie(one=first, other=second, kind=kind, weight=WEIGHTS[kind], by=by, made_at=now)
        row.save(force_insert=True)
        _follow(groups, [*ties, row], now, by)
    return True


def untie(tie_id: UUID, now: datetime, by: User) -> None:
    """Takes a piece of evidence back; customers part where nothing else holds them together.

    Raises `NotFound` when it is not live.
    """
    with transaction.atomic():
        _alone()
        row = Tie.objects.filter(id=tie_id, undone_at=None).first()
        if row is None:
            raise NotFound("There is no such evidence, or it was taken back already.")
        row.undone_at, row.undone_by = now, by
        row.save(update_fields=["undone_at", "undone_by"])
        ends = {row.one_id, row.other_id}
        if row.kind == Evidence.SIGNED:
            visitors = Address.objects.filter(id__in=ends, kind=AddressKind.VISITOR)
            visitors.update(verified=Verified.NO)
        ties = _around(ends)
        _follow(people(ends, [_rule(one) for one in ties]), ties, now, by)


def try_tie(vault: Vault, one: Address, other: Address, kind: Evidence, now: datetime) -> bool:
    """`tie` for evidence that comes by the way: what contradicts something better is left alone."""
    try:
        return tie(vault, one, other, kind, now)
    except Conflict:
        return False


_NAMED_BY = Select(
    lambda: _tied_to(Given("number", models.UUIDField()), Evidence.NAMED).filter(
        kind=str(AddressKind.ACCOUNT)
    )
)


_PHONE = Address.objects.filter(
    brand=Given("brand", models.UUIDField()),
    kind=str(AddressKind.PHONE),
    lookup=Given("lookup", models.BinaryField()),
).values("id")[:1]
_NAMED_NUMBER = Whether(
    lambda: _tied_to(_PHONE, Evidence.NAMED).filter(kind=str(AddressKind.ACCOUNT))
)


def is_named(vault: Vault, brand: UUID, number: str) -> bool:
    """Whether a website has named this telephone number on an account; hardly any is."""
    return _NAMED_NUMBER.holds(
        brand=brand, lookup=vault.lookup("address", AddressKind.PHONE, number)
    )


def learn_of_number(vault: Vault, phone: Address, now: datetime) -> None:
    """A provider vouches for a number that a website has named on an account: they are one person. A number
    that several accounts have is nobody's alone, and proves nothing."""
    accounts = _NAMED_BY.rows(number=phone.id, limit=2)
    if len(accounts) == 1:
        try_tie(vault, accounts[0], phone, Evidence.PHONE, now)


def _alone() -> None:
    """One change of who is who at a time: two pieces of evidence may each be right and wrong together."""
    Counter.objects.get_or_create(name=_LOCK)
    Counter.objects.select_for_update().get(name=_LOCK)


def _was_denied(one: UUID, other: UUID) -> bool:
    denied = Tie.objects.filter(one=one, other=other, undone_by__isnull=False)
    last = denied.order_by("-undone_at").first()
    return (
        last is not None
        and not Tie.objects.filter(
            one=one, other=other, kind=Evidence.AGENT, made_at__gt=last.undone_at
        ).exists()
    )


def _around(addresses: Collection[UUID]) -> list[Tie]:
    """Every live tie that can be reached from these addresses."""
    known, found = set(addresses), dict[UUID, Tie]()
    edge = known
    while edge:
        rows = Tie.objects.filter(Q(one__in=edge) | Q(other__in=edge), undone_at=None)
        found |= {row.id: row for row in rows}
        ends = {end for row in found.values() for end in (row.one_id, row.other_id)}
        edge, known = ends - known, known | ends
    return list(found.values())


def _rule(row: Tie) -> rules.Tie:
    return rules.Tie(row.one_id, row.other_id, Evidence(row.kind))


def _websites(vault: Vault, addresses: Collection[UUID]) -> dict[UUID, str]:
    """The accounts among these addresses, each with its website."""
    rows = Address.objects.filter(id__in=addresses, kind=AddressKind.ACCOUNT)
    return {row.id: website_of(vault, row) for row in rows}


def website_of(vault: Vault, account: Address) -> str:
    """The website whose account this is; an erased one's can clash with nobody's."""
    try:
        return sender_of(vault, account).value.partition("/")[0]
    except Erased:
        return str(account.id)


def _follow(
    groups: Iterable[frozenset[UUID]], ties: Collection[Tie], now: datetime, by: User | None
) -> None:
    """Makes the live links say what these groups say, and touches no other."""
    for group in groups:
        homes = _homes(group)
        customer = _first(homes.values())
        for link in AddressLink.objects.filter(address__in=group, undone_at=None):
            is_home = homes.get(link.address_id) == customer
            kind = Evidence.FIRST_SEEN if is_home else _reason(link.address_id, group, ties)
            if (link.customer_id, link.evidence) == (customer.id, kind):
                continue
            link.undone_at = now
            link.save(update_fields=["undone_at"])
            AddressLink.objects.create(
                customer=customer,
                address_id=link.address_id,
                evidence=kind,
                weight=WEIGHTS[kind] or 1.0,
                by=by,
                linked_at=now,
            )


def _homes(group: Collection[UUID]) -> dict[UUID, Customer]:
    """For each address the customer that it began with, who never changes."""
    links = AddressLink.objects.filter(address__in=group, evidence=Evidence.FIRST_SEEN)
    homes: dict[UUID, Customer] = {}
    for link in links.select_related("customer").order_by("linked_at", "id"):
        homes.setdefault(link.address_id, link.customer)
    return homes


def _first(customers: Iterable[Customer]) -> Customer:
    """Who stands for all of them: one with a tier of their own, then whom we have known longest."""
    return min(customers, key=lambda row: (row.tier == "standard", row.created_at, row.id))


def _reason(address: UUID, group: Collection[UUID], ties: Collection[Tie]) -> Evidence:
    """The best evidence that holds this address in its group."""
    kinds = [
        Evidence(row.kind)
        for row in ties
        if address in {row.one_id, row.other_id} and {row.one_id, row.other_id} <= set(group)
    ]
    return max(kinds, key=lambda kind: WEIGHTS[kind])


@dataclass(frozen=True, slots=True)
class Known:
    """One address of a person. `to` is None once its data was erased."""

    id: UUID
    to: Sender | None = field(repr=False)
    is_own: bool
    """The address of the conversation that is looked at."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A piece of evidence as people see it. `joins`: False while all that speaks for it is below the bound."""

    id: UUID
    kind: Evidence
    weight: float
    one: Known
    other: Known
    by: str
    made_at: datetime
    joins: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Who is behind an address: all that are theirs, and what says so, with what is not enough yet. `has_agent`: one was
    chosen as theirs (`store.preferred` tells whom)."""

    customer: UUID | None
    tier: str
    addresses: tuple[Known, ...]
    evidence: tuple[Seen, ...]
    rows: tuple[Address, ...] = field(repr=False)
    has_agent: bool = False


def person_of(vault: Vault, address: Address) -> Person:
    """Everything known about who this is."""
    began = AddressLink.objects.filter(address=OuterRef("address"), evidence=Evidence.FIRST_SEEN)
    has_agent = Exists(began.filter(customer__preferred__isnull=False))
    links = list(_links_beside(address.id).annotate(has_agent=has_agent))
    customer = links[0].customer if links else None
    rows = {address.id: address} | {link.address_id: link.address for link in links}
    mine = set(rows)
    near = Tie.objects.filter(Q(one__in=mine) | Q(other__in=mine), undone_at=None)
    ties = list(near.select_related("one", "other", "by").order_by("made_at", "id"))
    ends = {end.id: end for row in ties for end in (row.one, row.other)}
    known = {row.id: _known(vault, row, address) for row in (rows | ends).values()}
    return Person(
        customer=customer.id if customer else None,
        tier=customer.tier if customer else "standard",
        addresses=tuple(sorted((known[one] for one in mine), key=_own_first)),
        evidence=tuple(
            Seen(
                row.id,
                Evidence(row.kind),
                row.weight,
                known[row.one_id],
                known[row.other_id],
                row.by.name if row.by else "",
                row.made_at,
                joins={row.one_id, row.other_id} <= mine,
            )
            for row in ties
        ),
        rows=tuple(rows.values()),
        has_agent=any(link.has_agent for link in links),
    )


def _own_first(known: Known) -> tuple[bool, str, str]:
    return not known.is_own, str(known.to.kind) if known.to else "", str(known.id)


def _known(vault: Vault, row: Address, own: Address) -> Known:
    try:
        return Known(row.id, sender_of(vault, row), row.id == own.id)
    except Erased:
        return Known(row.id, None, row.id == own.id)
