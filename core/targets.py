"""Whom a waiting ticket is for at a moment, from the targets that a rule gave it. Moving it there does not belong here.

The queue (`store.targets`) and a play (`router.simulator`) both ask `settled`, each about its own `Moment`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from core.calendar import WorkCalendar, working_time
from core.decision import Priority, Target

Who = TypeVar("Who")

_ADDRESS = re.compile(r"[^\s@,;\"]+@[^\s@,;\"]+")
LAST = "last"
"""A target's `agent`: who helped this customer last."""
PREFERRED = "preferred"
"""The same: the agent that this customer has as theirs. Any other is a colleague's mail address (`is_named`)."""
AGAIN = timedelta(minutes=1)
"""How often it is asked anew whether a target is skipped: people come and go."""


class Moment(Protocol[Who]):
    """What the targets of one ticket ask about a moment. Teams are slugs."""

    def has(self, team: str) -> bool:
        """Whether there is such a team."""
        ...

    def asked(self, agent: str) -> Who | None:
        """The one whom a target's `agent` means; None where nobody is that one."""
        ...

    def is_online(self, team: str, who: Who | None) -> bool:
        """Whether that one is at work and in the team; `who` None: whether anybody is."""
        ...

    def is_open(self, team: str) -> bool:
        """Whether it is within the team's business hours."""
        ...


@dataclass(frozen=True, slots=True)
class Settled(Generic[Who]):
    """What counts at a moment. `again`: when to look next, None where nothing changes by itself; `only`: nobody else is
    asked; `priority`: the ticket's from now on."""

    target: Target
    again: datetime | None
    only: Who | None
    priority: Priority


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


def settled(
    plan: Sequence[Target],
    entered_at: datetime,
    now: datetime,
    priority: Priority,
    moment: Moment[Who],
) -> Settled[Who]:
    """Whom a ticket of this priority, which joined the queue at `entered_at`, is for at `now`. `plan`: as for `present`."""
    target, again = present(plan, entered_at, now, lambda one: is_skipped(one, moment))
    said = Priority[target.priority.upper()] if target.priority else priority
    only = moment.asked(target.agent) if target.agent else None
    if only is not None:
        # The last target is never skipped: there the one who is not there keeps nobody else from it.
        only = only if moment.is_online(target.team, only) else None
        again = again or now + AGAIN
    return Settled(target, again, only, min(said, priority))


def is_last(plan: Sequence[Target], team: str, skills: Sequence[str]) -> bool:
    """Whether those who are asked now are the last whom the plan will ask."""
    return not plan or (plan[-1].team, plan[-1].skills) == (team, tuple(skills))


def is_skipped(target: Target, moment: Moment[Who]) -> bool:
    """Whether the next target comes at once: no such team, the one who is asked is not there, or `skip_if` holds."""
    if not moment.has(target.team):
        return True
    if target.agent:
        who = moment.asked(target.agent)
        if who is None or not moment.is_online(target.team, who):
            return True
    match target.skip_if:
        case "nobody_online":
            return not moment.is_online(target.team, None)
        case "closed":
            return not moment.is_open(target.team)
        case _:
            return False


def is_open(calendar: WorkCalendar, now: datetime) -> bool:
    """Whether a team of these hours works before its targets are looked at again."""
    return bool(working_time(calendar, now, now + AGAIN))


def _minutes(target: Target) -> timedelta:
    return timedelta(minutes=target.minutes)
