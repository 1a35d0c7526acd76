"""The bearer token of one chat conversation: packed, signed, and taken in one spelling only. Who someone is, is `webchat_identity`."""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

from pydantic import SecretStr

from channels.contract import Arrival
from core.errors import BadSignature

_ANONYMOUS, _KNOWN = 1, 2
_PAYLOAD = struct.Struct(">B16s16s16sQ")
_MAC_BYTES = 32
REMEMBERED = 4_096


@dataclass(frozen=True, slots=True)
class Claims:
    """What a chat token says. `visitor` outlives one conversation; `expires` is aware UTC; `is_known`: it was
    given to somebody who had proven who they are."""

    inbox: UUID
    conversation: UUID
    visitor: UUID
    expires: datetime
    is_known: bool = False


def packed(claims: Claims, secret: SecretStr) -> str:
    """The token of these claims; 119 characters, whole seconds."""
    payload = _PAYLOAD.pack(
        _KNOWN if claims.is_known else _ANONYMOUS,
        claims.inbox.bytes,
        claims.conversation.bytes,
        claims.visitor.bytes,
        int(claims.expires.timestamp()),
    )
    return _spelled(payload + _mac(secret, payload))


@lru_cache(REMEMBERED)
def read_claims(token: str) -> Claims:
    """What a token claims, **unchecked**: it only tells which inbox must check it. It is asked of the same token several
    times a message, and remembered.

    Raises `BadSignature` if it is no chat token of ours.
    """
    payload, _ = _split(token)
    version, inbox, conversation, visitor, expires = _PAYLOAD.unpack(payload)
    if version not in {_ANONYMOUS, _KNOWN}:
        raise BadSignature
    try:
        moment = datetime.fromtimestamp(expires, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise BadSignature from error
    ids = (UUID(bytes=inbox), UUID(bytes=conversation), UUID(bytes=visitor))
    return Claims(*ids, moment, version == _KNOWN)


def is_signed(token: str, secrets: tuple[SecretStr | None, ...]) -> bool:
    """Was it signed with one of these? Constant time in the signature."""
    payload, mac = _split(token)
    good = False
    for secret in secrets:
        if secret is not None:
            good |= hmac.compare_digest(_mac(secret, payload), mac)
    return good


def bearer(arrival: Arrival) -> str:
    """The token of `Authorization: Bearer <token>`, or an empty string."""
    scheme, _, token = arrival.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@lru_cache(REMEMBERED)
def _split(token: str) -> tuple[bytes, bytes]:
    try:
        packed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (ValueError, UnicodeEncodeError) as error:
        raise BadSignature from error
    # Base64 has several spellings of the same bytes; only ours is a token.
    if len(packed) != _PAYLOAD.size + _MAC_BYTES or _spelled(packed) != token:
        raise BadSignature
    return packed[: _PAYLOAD.size], packed[_PAYLOAD.size :]


def _spelled(packed: bytes) -> str:
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def _mac(secret: SecretStr, payload: bytes) -> bytes:
    """Bound to its purpose, so that no other signature made with this secret passes as a token."""
    key = secret.get_secret_value().encode()
    return hmac.digest(key, b"threadline chat token\x00" + payload, sha256)
