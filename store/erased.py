"""Whose data was erased, as a list that outlives the database: what a backup brings back is erased again by it. No name is in it."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from uuid import UUID

from core.customer import Evidence
from store.models import Address, AddressLink, Customer
from store.vault import Vault, VaultError

_AT_ONCE = 500


def erased_list(vault: Vault) -> str:
    """One line each: the number of the address, and our signature, so that nobody else's line erases anything."""
    gone = Address.objects.filter(key_wrapped=None).order_by("id").values_list("id", flat=True)
    return "".join(f"{one} {_signature(vault, one)}\n" for one in gone)


def erase_again(vault: Vault, text: str) -> int:
    """Destroys the keys of all that are in the list; how many had come back. Raises `VaultError` for a line that is
    not ours; then nobody is erased."""
    wanted = list(_read(vault, text))
    changed = 0
    for start in range(0, len(wanted), _AT_ONCE):
        rows = Address.objects.filter(id__in=wanted[start : start + _AT_ONCE])
        homes = AddressLink.objects.filter(evidence=Evidence.FIRST_SEEN, address__in=rows)
        Customer.objects.filter(id__in=homes.values("customer")).update(preferred=None)
        changed += rows.exclude(key_wrapped=None).update(key_wrapped=None)
    return changed


def _read(vault: Vault, text: str) -> Iterator[UUID]:
    for line in text.splitlines():
        name, _, signature = line.partition(" ")
        try:
            one = UUID(name)
        except ValueError as problem:
            raise VaultError("a line of the list of erased customers is damaged") from problem
        if not hmac.compare_digest(signature, _signature(vault, one)):
            raise VaultError("a line of the list of erased customers is not signed by us")
        yield one


def _signature(vault: Vault, address: UUID) -> str:
    return vault.sign("erased", address.bytes).hex()
