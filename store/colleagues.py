"""Who a colleague is at a provider: codes, and the addresses that were proven with them. Who may ask for one is `bot`'s."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from core.errors import NotFound
from core.message import AddressKind, Sender
from store.models import Brand, ColleagueAddress, LinkCode, User
from store.vault import Vault

LASTS = timedelta(minutes=10)
_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Without those that look alike."""
_LENGTH = 12


@dataclass(frozen=True, slots=True)
class Linked:
    """An address of a colleague, as its owner sees it."""

    id: UUID
    kind: str
    value: str
    linked_at: datetime


def new_code(user: User, now: datetime) -> str:
    """A code of 58 bits for ten minutes; an earlier one of the same person is void."""
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    LinkCode.objects.update_or_create(
        user=user, defaults={"digest": _digest(code), "until": now + LASTS}
    )
    return "-".join(code[at : at + 4] for at in range(0, _LENGTH, 4))


def link(vault: Vault, brand: Brand, sender: Sender, code: str, now: datetime) -> User:
    """Uses a code up: whoever entered it works as its owner from now on. Raises `NotFound`."""
    with transaction.atomic():
        row = LinkCode.objects.select_for_update().filter(digest=_digest(code)).first()
        if row is None or row.until <= now or not row.user.is_active:
            raise NotFound("This code is not valid, or not any more.")
        user = row.user
        row.delete()
        address, _ = ColleagueAddress.objects.update_or_create(
            brand=brand,
            kind=sender.kind,
            lookup=_lookup(vault, sender),
            defaults={"user": user, "linked_at": now},
        )
        place = f"colleague.value:{address.id}"
        address.value_cipher = vault.seal_own(place, sender.value.encode())
        address.save(update_fields=["value_cipher"])
        return user


def colleague_at(vault: Vault, brand: UUID, sender: Sender) -> User | None:
    """The active colleague who has proven to be this sender."""
    row = (
        ColleagueAddress.objects.select_related("user")
        .filter(brand=brand, kind=sender.kind, lookup=_lookup(vault, sender), user__is_active=True)
        .first()
    )
    return row.user if row else None


def addresses_of(vault: Vault, user: User) -> list[Linked]:
    """Where this person is known, oldest first."""
    rows = ColleagueAddress.objects.filter(user=user).order_by("linked_at", "id")
    return [Linked(row.id, row.kind, _value(vault, row), row.linked_at) for row in rows]


def colleagues_in(vault: Vault, brand: UUID, kind: AddressKind) -> list[tuple[str, str]]:
    """(address, name) of active colleagues who are known there, by name."""
    rows = ColleagueAddress.objects.filter(brand=brand, kind=kind, user__is_active=True)
    found = rows.select_related("user").order_by("user__name", "id")
    return [(_value(vault, row), row.user.name) for row in found]


def forget(user: User, address: UUID) -> None:
    """They are not known there any more. Raises `NotFound` for another one's address."""
    count, _ = ColleagueAddress.objects.filter(user=user, id=address).delete()
    if not count:
        raise NotFound("There is no such address of yours.")


def _digest(code: str) -> bytes:
    plain = "".join(sign for sign in code.upper() if sign in _SIGNS)
    return hashlib.sha256(b"link code " + plain.encode()).digest()


def _lookup(vault: Vault, sender: Sender) -> bytes:
    return vault.lookup("colleague", AddressKind(sender.kind), sender.value)


def _value(vault: Vault, row: ColleagueAddress) -> str:
    return vault.open_own(f"colleague.value:{row.id}", bytes(row.value_cipher)).decode()
