"""The link under an answer by mail that asks whether it helped: signed, and changing nothing until its reader presses a button."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from bot.house import House
from bot.texts import text
from core.errors import NotFound
from core.message import AddressKind, Outbound
from store.learning import rate_sent_answer
from store.outbox import Leased
from store.vault import Vault

OPEN_FOR = timedelta(days=90)
_LENGTH = 32
"""Hex digits of the signature: 128 bits."""


def rating_address(vault: Vault, public_url: str, key: UUID) -> str:
    """Where whoever got the message with this key says whether it helped."""
    return f"{public_url}/rate/{key.hex}{_signature(vault, key)}"


def key_in(vault: Vault, token: str) -> UUID:
    """The key of the message that this link was made for. Raises `NotFound` for any other."""
    try:
        key = UUID(token[:32])
    except ValueError as problem:
        raise NotFound("There is no such page.") from problem
    if not hmac.compare_digest(token[32:].encode(), _signature(vault, key).encode()):
        raise NotFound("There is no such page.")
    return key


def rate(house: House, token: str, helpful: bool) -> None:
    """The customer's word; the last one counts. Raises `NotFound`, also for what is older than `OPEN_FOR`."""
    key, now = key_in(house.vault, token), house.clock()
    rate_sent_answer(key, helpful, "mail", now, since=now - OPEN_FOR)


def with_link(house: House, row: Leased, address: AddressKind, said: Outbound) -> Outbound:
    """An answer by mail asks under it whether it helped; everything else stays as it is."""
    if row.kind != "answer" or address is not AddressKind.EMAIL:
        return said
    link = rating_address(house.vault, house.settings.public_url, row.key)
    return replace(said, text=f"{said.text}\n\n{text('rate', row.language)} {link}")


def _signature(vault: Vault, key: UUID) -> str:
    return vault.sign("answer rating", key.bytes).hex()[:_LENGTH]
