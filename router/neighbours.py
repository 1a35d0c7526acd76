"""The examples a router learned from, kept small, and which of them a case is most like. Learning and deciding do not belong here.

An explanation by example: what is like the case in meaning, and where it belonged. Of whom the example is, the
reader's permissions decide when it is shown (`store.neighbours`); the words of a company's own tickets are not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from core.decision import Neighbour
from router.classify import Seen

Array = np.ndarray[Any, np.dtype[Any]]

MOST = 5000
"""Examples kept with a model: own tickets first, the others spread evenly over the rows."""
TOLD = 3
LEAST = 0.3
"""Likeness below which an example is none."""
_SHOWN = 200
"""Characters of a shipped example's text."""
SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class Examples:
    """`concepts`, `vectors`: float32 of unit length, one row an example (`vectors` with no columns where there was no
    encoder); `about`: the examples themselves."""

    concepts: Array
    vectors: Array
    about: tuple[Neighbour, ...]

    def nearest(self, seen: Seen) -> tuple[Neighbour, ...]:
        """At most `TOLD`, the most similar first: by the mean cosine of concepts and, where the case has one, embedding."""
        likeness = self.concepts @ _unit(seen.concepts)
        if seen.vector is not None and self.vectors.shape[1] == len(seen.vector):
            likeness = (likeness + self.vectors @ _unit(seen.vector)) / 2
        best = np.argsort(-likeness, kind="stable")[:TOLD].tolist()
        return tuple(
            _like(self.about[at], round(float(likeness[at]), 4))
            for at in best
            if likeness[at] >= LEAST
        )


def examples_of(
    rows: Sequence[Mapping[str, str]], concepts: Array, vectors: Array | None, are_shipped: bool
) -> Examples:
    """Of training rows. Their column `example`: `#12` for a ticket of ours, `zendesk 4711` for an imported one,
    `shipped` for one of the product; `are_shipped`: those that do not say."""
    chosen = _chosen(rows)
    about = tuple(_about(rows[at], SHIPPED if are_shipped else "") for at in chosen)
    whole = np.zeros((len(rows), 0), np.float32) if vectors is None else vectors
    return Examples(_units(concepts[chosen]), _units(whole[chosen]), about)


def _chosen(rows: Sequence[Mapping[str, str]]) -> list[int]:
    own = [at for at, row in enumerate(rows) if row.get("example", "").startswith("#")][-MOST:]
    rest = sorted(set(range(len(rows))) - set(own))
    room = MOST - len(own)
    if len(rest) > room:
        rest = [rest[at * len(rest) // room] for at in range(room)]
    return sorted(own + rest)


def _about(row: Mapping[str, str], unsaid: str) -> Neighbour:
    example = row.get("example", "") or unsaid
    number = example.removeprefix("#")
    is_own = example.startswith("#") and number.isdecimal()
    return Neighbour(
        row["category"],
        row["priority"],
        row["team"],
        0.0,
        int(number) if is_own else 0,
        "" if example.startswith("#") else example,
        row["text"][:_SHOWN] if example == SHIPPED else "",
    )


def stored(examples: Examples) -> tuple[dict[str, Array], str]:
    """Arrays of one byte a number, and JSON; `restored` reads them."""
    arrays = {"concepts": examples.concepts, "vectors": examples.vectors}
    small = {name: np.rint(rows * 127).astype(np.int8) for name, rows in arrays.items()}
    return small, json.dumps([asdict(one) for one in examples.about], ensure_ascii=False)


def restored(concepts: Array, vectors: Array, about: str) -> Examples:
    """Raises `ValueError`, `TypeError` for what `stored` did not write."""
    found = tuple(Neighbour(**one) for one in json.loads(about))
    if not len(found) == len(concepts) == len(vectors):
        raise ValueError("there are not as many examples as rows")
    return Examples(_units(concepts), _units(vectors), found)


def _like(one: Neighbour, likeness: float) -> Neighbour:
    return Neighbour(
        one.category, one.priority, one.team, likeness, one.ticket, one.source, one.text
    )


def _unit(row: Array) -> Array:
    return np.asarray(_units(row[None])[0])


def _units(rows: Array) -> Array:
    wide = np.asarray(rows, dtype=np.float32)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9))
