"""What reports count of one conversation: a pure function of what happened in it. Storing, summing and showing do not belong here.

docs/reports.md says in words what each figure means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

COMES_BACK_WITHIN = timedelta(hours=72)
"""Who opens another conversation so soon after the last word of one had not been helped by it."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the log. `actor`: customer, bot, system or user:<id>."""

    kind: str
    actor: str
    at: datetime
    data: Mapping[str, Any]


@dataclass(slots=True)
class Counted:
    """The figures. `resolved_at`: the last time, None while it is open. `holder`: who took it last, as an actor."""

    handed_at: datetime | None = None
    first_response_at: datetime | None = None
    resolved_at: datetime | None = None
    last_at: datetime | None = None
    rated_at: datetime | None = None
    rating: int | None = None
    asked: int = 0
    bot_said: int = 0
    replies: int = 0
    reopens: int = 0
    transfers: int = 0
    holder: str = ""

    @property
    def is_first_contact(self) -> bool | None:
        """Resolved by a single message of a person and not opened again; None while it is open."""
        if self.resolved_at is None or self.handed_at is None:
            return None
        return self.replies == 1 and self.reopens == 0


def counted(history: Iterable[Told]) -> Counted:
    """The figures of a conversation from all its events, oldest first."""
    found = Counted()
    for told in history:
        match told.kind:
            case "message":
                _said(found, told)
            case "ticket_opened":
                found.handed_at = told.at
            case "resolved":
                found.resolved_at = told.at
            case "ticket_reopened":
                found.reopens += 1
                found.resolved_at = None
            case "ticket_taken":
                _held(found, told.actor)
            case "ticket_given":
                _held(found, f"user:{told.data.get('assignee', '')}")
            case "ticket_changed":
                _changed(found, told.data)
            case "ticket_escalated":
                found.transfers += told.data.get("outcome") in {"moved", "reassigned"}
            case "rated":
                found.rated_at, found.rating = told.at, int(told.data["rating"])
    return found


def _said(found: Counted, told: Told) -> None:
    """A survey and other words of the system are nobody's: they neither answer nor ask."""
    if told.actor == "customer":
        found.asked += 1
    elif told.actor == "bot":
        found.bot_said += 1
    elif told.actor.startswith("user:"):
        found.replies += 1
        if found.handed_at is not None and found.first_response_at is None:
            found.first_response_at = told.at
    else:
        return
    found.last_at = told.at


def _held(found: Counted, actor: str) -> None:
    if found.holder and found.holder != actor:
        found.transfers += 1
    found.holder = actor


def _changed(found: Counted, data: Mapping[str, Any]) -> None:
    before, after = data.get("before") or {}, data.get("after") or {}
    if before.get("team") != after.get("team"):
        found.transfers += 1
