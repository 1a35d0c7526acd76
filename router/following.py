"""The tickets of a play follow the targets of rules, as the queue's do: both ask `core.targets`. Handing out is `router.simulator`.

Times are seconds since the start of the play.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.decision import Priority
from core.targets import AGAIN, LAST, PREFERRED, settled
from router.floor import Floor
from router.lines import Arrival, For, Waiting


class Following:
    """`promised`: seconds to the first response, for what a target makes more urgent."""

    def __init__(self, floor: Floor, promised: Mapping[Priority, float]) -> None:
        self._floor, self._promised = floor, promised

    def settle(self, ticket: Waiting, last: int | None, now: float) -> None:
        """The target that counts now, and when to look again. `last`: who helped this customer last."""
        floor, arrival = self._floor, ticket.arrival
        here = _Here(floor, arrival, last, now)
        entered = floor.when(arrival.at)
        found = settled(ticket.plan, entered, floor.when(now), ticket.priority, here)
        team = found.target.team if floor.has(found.target.team) else ticket.meant.team
        ticket.meant = For(team, found.target.skills, found.only)
        ticket.step = ticket.plan.index(found.target)
        if found.priority != ticket.priority:
            ticket.priority = found.priority
            ticket.promised = self._promised.get(found.priority, ticket.promised)
        ticket.look_at = None if found.again is None else self._next(ticket, found.again, now)

    def _next(self, ticket: Waiting, again: datetime, now: float) -> float | None:
        """When the answer may be another one. The queue looks each minute; of these looks the ones before anybody comes or
        goes are left out, for they would find the same. Who helped last can change at any time."""
        floor = self._floor
        if any(one.agent == LAST for one in ticket.plan):
            return floor.since(again)
        entered, moment = floor.when(ticket.arrival.at), floor.when(now)
        due = [entered + timedelta(minutes=one.minutes) for one in ticket.plan]
        looks = [floor.since(one) for one in due if one > moment]
        change = floor.next_change(now)
        if change < math.inf:
            minutes = max(1, math.ceil((change - now) / AGAIN.total_seconds()))
            looks.append(floor.since(moment + minutes * AGAIN))
        return min(looks, default=None)


@dataclass(frozen=True, slots=True)
class _Here:
    """A moment, as the targets of a ticket ask about it (`core.targets.Moment`)."""

    floor: Floor
    arrival: Arrival
    last: int | None
    now: float

    def has(self, team: str) -> bool:
        return self.floor.has(team)

    def asked(self, agent: str) -> int | None:
        if agent == LAST:
            return self.last
        return self.floor.called(self.arrival.preferred if agent == PREFERRED else agent)

    def is_online(self, team: str, who: int | None) -> bool:
        if who is None:
            return self.floor.somebody(team, self.now)
        return who in self.floor.teams.get(team, ()) and self.floor.is_there(who, self.now)

    def is_open(self, team: str) -> bool:
        return self.floor.is_open(team, self.now)
