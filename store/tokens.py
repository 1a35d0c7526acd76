"""API tokens: making, finding, using and revoking. Who may do that is decided in `bot.tokens`."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from core.errors import BadSignature, NotFound
from store.models import ApiAnswer, ApiToken, User

_SHAPE = re.compile(r"^tl_[A-Za-z0-9_-]{43}$")
_HINT = 4
NOTED_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is: reading must not cost a write each time."""


def make(
    user: User,
    kind: str,
    name: str,
    scopes: Sequence[str],
    *,
    now: datetime,
    expires_at: datetime | None,
    by: User | None = None,
) -> tuple[ApiToken, str]:
    """The row and the token in the clear, which nobody can read again. 256 random bits, so a plain
    SHA-256 of it cannot be guessed back."""
    text = f"tl_{secrets.token_urlsafe(32)}"
    row = ApiToken(
        user=user,
        kind=kind,
        name=name,
        digest=_digest(text),
        hint=text[-_HINT:],
        scopes=sorted(scopes),
        by=by,
        created_at=now,
        expires_at=expires_at,
    )
    row.save(force_insert=True)
    return row, text


def find(text: str, now: datetime) -> ApiToken:
    """The token that this is, with its user. Raises `BadSignature` when it is unknown, expired or revoked,
    or its person left."""
    if not _SHAPE.match(text):
        raise BadSignature
    row = (
        ApiToken.objects.select_related("user")
        .filter(_is_live(now), digest=_digest(text), user__is_active=True)
        .first()
    )
    if row is None:
        raise BadSignature
    return row


def note_use(token: ApiToken, now: datetime) -> None:
    """Remembers when it was used last, to the minute."""
    if token.last_used_at is not None and now - token.last_used_at < NOTED_EVERY:
        return
    ApiToken.objects.filter(id=token.id).update(last_used_at=now)


def revoke(token: UUID, among: QuerySet[ApiToken], now: datetime) -> ApiToken:
    """Ends it at once and for good; again, it stays as it was. Raises `NotFound` when it is not `among` these."""
    row = among.filter(id=token).first()
    if row is None:
        raise NotFound("There is no such token.")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        ApiAnswer.objects.filter(token=row).delete()
    return row


def end_personal(user: User, now: datetime) -> None:
    """Ends all that the person made for their own programs."""
    rows = ApiToken.objects.filter(user=user, kind=ApiToken.Kind.PERSONAL, revoked_at=None)
    rows.update(revoked_at=now)


def live(now: datetime) -> QuerySet[ApiToken]:
    """Those that open something now, newest first."""
    return ApiToken.objects.filter(_is_live(now)).select_related("user").order_by("-created_at")


def _is_live(now: datetime) -> Q:
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=now))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
