"""What is known of a ticket beside its words: channel, tier, the customer's history, the time, what the bot tried. Learning is `router.learn`.

Each is a field with one of few values. A field that a ticket does not have says nothing about it: it adds to no label
and takes from none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.decision import Case

Array = np.ndarray[Any, np.dtype[Any]]
Known = Mapping[str, str]
"""Field to value, of the fields that are known."""

COLUMNS = ("channel", "tier", "earlier", "tried", "created")
"""Of training rows: channel, customer tier, number of the customer's earlier tickets, answers that the bot tried, and when it came."""
FEWEST = 5
"""Training rows that must have a value for it to count."""
_PARTS = (("night", 6), ("morning", 12), ("afternoon", 18), ("evening", 24))
_MANY = (("none", 0), ("one", 1), ("a few", 4))


def known_of(row: Mapping[str, str]) -> Known:
    """Of a training row; columns that it lacks, or that cannot be read, are not known."""
    counts = {name: _count(row.get(name, "")) for name in ("earlier", "tried")}
    return _known(row.get("channel", ""), row.get("tier", ""), counts, row.get("created", ""))


def known_of_case(case: Case) -> Known:
    """The same of a case: its earlier tickets and its moment are facts of it (`earlier_tickets`, `at`)."""
    earlier = case.facts.get("earlier_tickets")
    counts = {"earlier": earlier if isinstance(earlier, int) else None, "tried": case.tried_answers}
    return _known(case.channel, case.customer_tier, counts, str(case.facts.get("at") or ""))


def _known(channel: str, tier: str, counts: Mapping[str, int | None], created: str) -> Known:
    said = {"channel": channel.strip().casefold(), "tier": tier.strip().casefold()}
    said |= {name: _size(count) for name, count in counts.items() if count is not None}
    at = _moment(created)
    if at is not None:
        said["time"] = next(name for name, end in _PARTS if at.hour < end)
        said["day"] = at.strftime("%A").casefold()
    return {name: value for name, value in said.items() if value}


def _count(said: str) -> int | None:
    return int(said) if said.strip().isdecimal() else None


def _size(count: int) -> str:
    return next((name for name, most in _MANY if count <= most), "many")


def _moment(said: str) -> datetime | None:
    """In UTC, in training as in serving, so that an hour is the same hour."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else at


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The fields and values that a model knows, one a column."""

    values: tuple[tuple[str, str], ...] = ()

    def row(self, known: Known) -> Array:
        """float32, shape (columns,): 1 where the ticket has the value."""
        return np.array([known.get(name) == value for name, value in self.values], np.float32)

    def centred(self, weights: Array, rows: Array) -> Array:
        """Weights whose mean over the training rows that have a field is 0, so that not having it changes nothing.

        `weights`: shape (columns, labels); `rows`: as `row`, stacked.
        """
        found = weights.copy()
        for name in {name for name, _ in self.values}:
            of_field = [at for at, (one, _) in enumerate(self.values) if one == name]
            shares = rows[:, of_field].sum(axis=0)
            found[of_field] -= (shares @ weights[of_field]) / max(float(shares.sum()), 1.0)
        return found


def learn_circumstances(known: Sequence[Known]) -> Circumstances:
    """The values that enough rows have, of the fields that tell rows apart: with two such values or more."""
    counts = Counter(item for row in known for item in row.items())
    values = sorted(item for item, count in counts.items() if count >= FEWEST)
    fields = Counter(name for name, _ in values)
    return Circumstances(tuple(item for item in values if fields[item[0]] > 1))
