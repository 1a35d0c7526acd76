"""What two policies achieved side by side on real tickets: the report of a play, from what happened. Reading it is `store`'s."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.decision import Priority
from core.holdout import Arm
from router.comparison import Ending, achieved, gaps, jain

LEAST_DAYS = 7
"""Days of tickets below which no interval is given: days are what is resampled."""


@dataclass(frozen=True, slots=True)
class Observed:
    """A ticket as far as it has come; `waited`, `is_late` and `moves` as in `Ending`. `handled`: seconds of `agent`, None
    where it is not solved."""

    arm: Arm
    at: datetime
    priority: Priority
    waited: float | None
    is_late: bool | None
    moves: int
    agent: str = ""
    handled: float | None = None


def observed(tickets: Sequence[Observed], names: tuple[str, str]) -> dict[str, Any]:
    """As a simulation's report, of the two arms; `names`: of the present policy and the other.

    Both arms are worked by the same people, so `utilisation` is nobody's own: in its place stands `handled_mean`, seconds
    of work a ticket. `fairness`: Jain's index of the people's seconds. No interval before `LEAST_DAYS` days.
    """
    arms = {arm: [one for one in tickets if one.arm is arm] for arm in Arm}
    start = min((one.at for one in tickets), default=None)
    endings = {arm: [_ending(one, start) for one in some] for arm, some in arms.items()}
    days = 0
    if start is not None:
        days = len({(one.at - start).days for one in tickets})
    is_enough = days >= LEAST_DAYS and all(arms.values())
    differences = gaps(endings[Arm.PRESENT], endings[Arm.OTHER]) if is_enough else {}
    return {
        "tickets": len(tickets),
        "days": days,
        "plans": [
            {"plan": name, **achieved(endings[arm]), **_work(arms[arm])}
            for arm, name in zip(Arm, names, strict=True)
        ],
        "differences": [{"of": names[1], "from": names[0], **differences}] if is_enough else [],
        "too_early": not is_enough,
    }


def _ending(one: Observed, start: datetime | None) -> Ending:
    assert start is not None
    at = (one.at - start).total_seconds()
    return Ending(at, one.priority, one.waited, one.is_late, one.moves)


def _work(tickets: Sequence[Observed]) -> dict[str, float | None]:
    known = [one for one in tickets if one.handled is not None]
    by_person: Counter[str] = Counter()
    for one in known:
        by_person[one.agent] += int(one.handled or 0)
    total = sum(one.handled or 0.0 for one in known)
    return {
        "handled_mean": round(total / len(known), 1) if known else None,
        "fairness": jain(list(by_person.values())) if by_person else None,
    }
