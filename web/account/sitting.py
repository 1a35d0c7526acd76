"""How long a session lasts: so long after the last request or stream, and twelve hours at most. Listing and ending is `sessions`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from bot.clock import system_clock
from web.house import house

BEGUN = "begun"
"""Where a session keeps when it began and on what device."""
LONGEST = timedelta(hours=12)
STEP = timedelta(minutes=1)
"""A stay is written down at most this often."""


class SessionStore(db.SessionStore):
    """Sessions in the database, each with the moment at which it ends."""

    _until: datetime | None = None

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        """Never later than twelve hours after the beginning, however often it is saved."""
        now = kwargs.get("modification") or system_clock()
        until = now + timedelta(minutes=house().settings.web.idle_minutes)
        begun = (self.get(BEGUN) or {}).get("at")
        return min(until, datetime.fromisoformat(begun) + LONGEST) if begun else until

    def stay(self) -> None:
        """Somebody is there. Touches the one date and nothing of the contents: those may change meanwhile."""
        if self.get(SESSION_KEY) is None or self._until is None:
            return
        until = self.get_expiry_date()
        if until - self._until >= STEP:
            here = Session.objects.filter(session_key=self.session_key)
            here.filter(expire_date__gt=system_clock()).update(expire_date=until)
            self._until = until

    def _get_session_from_db(self) -> Session | None:
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        self._until = row.expire_date if row is not None else None
        return row


def stay(session_key: str) -> None:
    """For an open stream. Runs in a database thread."""
    SessionStore(session_key).stay()


class Sitting:
    """Middleware after the session's: a request of somebody who is signed in keeps the session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._next(request)
        if request.session.accessed and isinstance(request.session, SessionStore):
            request.session.stay()
        return response
