"""Signatures as Standard Webhooks defines them: id, time and body under one MAC. What a body says is `webhook_schema`."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from core.errors import BadSignature

WINDOW_SECONDS = 300
ID, TIME, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
_LONGEST = 4096


def signatures(keys: Iterable[bytes], name: str, seconds: int, body: bytes) -> str:
    """The signature by each key, separated by spaces."""
    signed = b".".join((name.encode(), str(seconds).encode(), body))
    macs = (hmac.new(key, signed, sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)


def check(headers: Mapping[str, str], body: bytes, keys: Iterable[bytes], now: datetime) -> None:
    """Returns if one of the signatures is by one of our keys, of at most five minutes ago; else raises
    `BadSignature`. An id with a dot is refused: it could be read as another id and time."""
    name, time, told = (headers.get(header, "") for header in (ID, TIME, SIGNATURE))
    if not re.fullmatch(r"[!-\-/-~]{1,200}", name) or not re.fullmatch(r"[0-9]{1,12}", time):
        raise BadSignature
    if abs(now.timestamp() - int(time)) > WINDOW_SECONDS or len(told) > _LONGEST:
        raise BadSignature
    if str(int(time)) != time:
        raise BadSignature
    good = False
    for ours in signatures(keys, name, int(time), body).split():
        for theirs in told.split(" "):
            good |= hmac.compare_digest(ours.encode(), theirs.encode())
    if not good:
        raise BadSignature
