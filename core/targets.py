"""Whom a waiting ticket is for at a moment, from the targets that a rule gave it. Moving it there does not belong here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.decision import Target

_ADDRESS = re.compile(r"[^\s@,;\"]+@[^\s@,;\"]+")
LAST = "last"
"""A target's `agent`: who helped this customer last."""
PREFERRED = "preferred"
"""The same: the agent that this customer has as theirs. Any other is a colleague's mail address (`is_named`)."""
AGAIN = timedelta(minutes=1)
"""How often it is asked anew whether a target is skipped: people come and go."""


def target_of(data: Mapping[str, Any]) -> Target:
    """From plain JSON, as `QueueEntry.plan` keeps it."""
    return Target(**{**data, "skills": tuple(data.get("skills", ()))})


def is_named(agent: str) -> bool:
    """Whether a target's `agent` is a colleague's mail address. Whether that colleague is there does not belong here."""
    return _ADDRESS.fullmatch(agent) is not None


def present(
    plan: Sequence[Target],
    entered_at: datetime,
    now: datetime,
    is_skipped: Callable[[Target], bool],
) -> tuple[Target, datetime | None]:
    """The target that counts at `now`, and when to look again (None: nothing will change by itself).

    `plan`: not empty, by minutes. The last one is never skipped: somebody has to be asked.
    """
    reached = [at for at, one in enumerate(plan) if entered_at + _minutes(one) <= now]
    at = reached[-1] if reached else 0
    while at + 1 < len(plan) and is_skipped(plan[at]):
        at += 1
    due = [entered_at + _minutes(one) for one in plan[at + 1 :]]
    moments = [moment for moment in due if moment > now]
    if at + 1 < len(plan) or at != (reached[-1] if reached else 0):
        moments.append(now + AGAIN)
    return plan[at], min(moments, default=None)


def _minutes(target: Target) -> timedelta:
    return timedelta(minutes=target.minutes)
