"""Who is who: which addresses are one person, as a pure function of the evidence. Rows and transactions are `store.customers`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from core.errors import TwoAccounts


class Evidence(StrEnum):
    """Why two addresses may be one person."""

    FIRST_SEEN = "first_seen"
    """None: every address begins as a person of its own."""
    SIGNED = "token"
    """The website signed a token that names both: this visitor is this account."""
    LOGIN = "login"
    """The website vouches for the mail address of an account, because its people sign in with it."""
    PHONE = "phone"
    """A provider vouches for a number, and the website for the same number on an account."""
    NAMED = "named"
    """The website names a number on an account; numbers change hands, so alone it is not enough."""
    AGENT = "agent"
    """A colleague said so, having seen both."""
    PROFILE = "profile"
    """A provider tells that an author in public and a person in private are one."""
    MAIL = "mail"
    """Mail that passed DMARC answered what we had sent to the address named in a conversation."""


WEIGHTS: Mapping[Evidence, float] = {
    Evidence.FIRST_SEEN: 0.0,
    Evidence.SIGNED: 0.99,
    Evidence.LOGIN: 0.97,
    Evidence.PHONE: 0.95,
    Evidence.AGENT: 0.95,
    Evidence.PROFILE: 0.95,
    Evidence.NAMED: 0.5,
    # Whoever names somebody else's address in a chat gets an answer from them too: it proves little alone.
    Evidence.MAIL: 0.7,
}
"""How sure each makes us by itself. Two of one kind make no surer than one."""

BOUND = 0.9
"""People are one from here on; below it a colleague is asked."""


GOES_ON_FOR = timedelta(hours=24)
"""So long after the last word of a conversation its customer may go on with it on another channel."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Evidence that two addresses belong to one person."""

    one: UUID
    other: UUID
    kind: Evidence


def strength(kinds: Iterable[Evidence]) -> float:
    """How sure independent kinds of evidence make us together: 1 - the product of the doubts, 0..1."""
    doubt = 1.0
    for kind in set(kinds):
        doubt *= 1 - WEIGHTS[kind]
    return 1 - doubt


def people(addresses: Iterable[UUID], ties: Collection[Tie]) -> list[frozenset[UUID]]:
    """The addresses as people: two groups are one as soon as all evidence between them reaches `BOUND`.

    More evidence never parts anybody, so neither the order of the ties nor that of joining matters, and
    without a tie everything is as if it had never been.
    """
    home = {address: address for address in addresses}
    for tie in ties:
        home.setdefault(tie.one, tie.one)
        home.setdefault(tie.other, tie.other)
    while joined := _next_to_join(home, ties):
        kept, gone = joined
        home = {address: kept if group == gone else group for address, group in home.items()}
    groups: dict[UUID, set[UUID]] = {}
    for address, group in home.items():
        groups.setdefault(group, set()).add(address)
    return [frozenset(group) for group in groups.values()]


def _next_to_join(home: Mapping[UUID, UUID], ties: Collection[Tie]) -> tuple[UUID, UUID] | None:
    between: dict[tuple[UUID, UUID], set[Evidence]] = {}
    for tie in ties:
        here, there = sorted((home[tie.one], home[tie.other]))
        if here != there:
            between.setdefault((here, there), set()).add(tie.kind)
    return next((pair for pair, kinds in between.items() if strength(kinds) >= BOUND), None)


def admitted(
    new: Tie, ties: Collection[Tie], accounts: Mapping[UUID, str]
) -> list[frozenset[UUID]]:
    """The people there are once `new` stands beside `ties`. `accounts`: addresses that are an account, with
    the website whose account it is.

    Raises `TwoAccounts` where somebody would have two of one website: no evidence is worth that.
    """
    groups = people((new.one, new.other), [*ties, new])
    for group in groups:
        websites = [accounts[address] for address in group if address in accounts]
        if len(websites) > len(set(websites)):
            raise TwoAccounts
    return groups
