"""Idempotency keys: a request and its answer stand in one transaction, so that it acts once. HTTP is `web.api`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from core.errors import KeyReused
from store.models import ApiAnswer, ApiToken

KEPT = timedelta(hours=24)
"""For how long a key gives the same answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a write is answered; `body` holds nobody's words. `is_replay`: it was done at an earlier request."""

    status: int
    body: dict[str, Any] = field(repr=False)
    etag: str = ""
    is_replay: bool = False


def once(
    token: ApiToken, key: str, request: bytes, now: datetime, act: Callable[[], Answered]
) -> Answered:
    """Runs `act` and keeps its answer, or gives the answer of the first time. Raises `KeyReused`.

    Two at once: the second waits for the first. What `act` refuses leaves nothing behind, the key included.
    """
    lookup = hashlib.sha256(key.encode()).digest()
    with transaction.atomic():
        ApiAnswer.objects.filter(token=token, at__lt=now - KEPT).delete()
        row, is_first = ApiAnswer.objects.get_or_create(
            token=token, lookup=lookup, defaults={"request": request, "at": now}
        )
        if bytes(row.request) != request:
            raise KeyReused
        if not is_first:
            return Answered(row.status, row.body, row.etag, is_replay=True)
        answered = act()
        row.status, row.body, row.etag = answered.status, answered.body, answered.etag
        row.save(update_fields=["status", "body", "etag"])
        return answered
