"""Signed links for people without sign-in: a token names one thing and proves that we wrote it. What it opens is its purpose's business."""

from __future__ import annotations

import base64
import binascii
import hmac
from uuid import UUID

from core.errors import NotFound
from store.vault import Vault

_MAC = 16
"""Bytes of the signature: guessing one takes 2^128 attempts."""
_HEX = 2 * (16 + _MAC)
"""Digits of a token as the first links under answers were written; mails keep those for ever."""


def token_of(vault: Vault, purpose: str, named: UUID) -> str:
    """43 characters that fit into an address; a token of one purpose opens nothing of another."""
    return base64.urlsafe_b64encode(_signed(vault, purpose, named)).rstrip(b"=").decode()


def named_in(vault: Vault, purpose: str, token: str) -> UUID:
    """What this token was made for. Raises `NotFound` for one that is not ours, of that purpose and unaltered."""
    try:
        told = bytes.fromhex(token) if len(token) == _HEX else _plain(token)
        named = UUID(bytes=told[:16])
    except (ValueError, binascii.Error) as error:
        raise NotFound("There is no such page.") from error
    signed = _signed(vault, purpose, named)
    ours = signed.hex() if len(token) == _HEX else token_of(vault, purpose, named)
    if not hmac.compare_digest(ours.encode(), token.encode()):
        raise NotFound("There is no such page.")
    return named


def _plain(token: str) -> bytes:
    return base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))


def _signed(vault: Vault, purpose: str, named: UUID) -> bytes:
    return named.bytes + vault.sign(purpose, named.bytes)[:_MAC]
