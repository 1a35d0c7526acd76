"""Whose consent comes back from a provider: begun by this person, in this session, at most ten minutes ago, and not used before. What it is good for is `bot.installing`'s."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from core.errors import Conflict
from store.models import Inbox
from store.signing_in import Budget, take
from web.desk.entry import person
from web.house import house

KEPT = "consents"
"""Where a session keeps what was begun in it."""
LASTS = timedelta(minutes=10)
MOST = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """A consent that somebody set out for."""

    inbox: UUID
    user: UUID
    until: datetime


def begin(request: HttpRequest, inbox: Inbox) -> str:
    """A state that only this session can bring back. It is kept as its digest."""
    state, until = secrets.token_urlsafe(32), house().clock() + LASTS
    begun = {"inbox": str(inbox.id), "user": str(person(request).id), "until": until.isoformat()}
    kept = dict(list(_kept(request).items())[-(MOST - 1) :])
    request.session[KEPT] = {**kept, _digest(state): begun}
    return state


def settle(request: HttpRequest, state: str) -> UUID:
    """The inbox for which this state was made, once. Raises `Conflict` for one that is not this session's, is too old or
    was used before; nothing of it is kept after that."""
    begun = taken_out(request, state)
    if begun is None or begun.user != person(request).id:
        raise Conflict("This consent was not begun here: begin it on this page.")
    if not is_in_time(begun, house().clock()):
        raise Conflict("This took too long: begin again.")
    if not is_first(state):
        raise Conflict("This consent was used already: begin again.")
    return begun.inbox


def taken_out(request: HttpRequest, state: str) -> Begun | None:
    """What this session keeps of it, and now no more."""
    kept = _kept(request)
    begun = kept.pop(_digest(state), None)
    if begun is None:
        return None
    request.session[KEPT] = kept
    until = datetime.fromisoformat(begun["until"])
    return Begun(UUID(begun["inbox"]), UUID(begun["user"]), until)


def is_in_time(begun: Begun, now: datetime) -> bool:
    """Providers' codes end after ten minutes too."""
    return now < begun.until


def is_first(state: str) -> bool:
    """True once over all processes: two requests may have read one session at the same time."""
    spent = Budget(house().vault.lookup("consent", state), 1)
    return take((spent,), 2 * LASTS, house().clock())


def _kept(request: HttpRequest) -> dict[str, Any]:
    return dict(request.session.get(KEPT) or {})


def _digest(state: str) -> str:
    return sha256(state.encode()).hexdigest()
