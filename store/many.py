"""Counting that ends somewhere. What is counted belongs to whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

MOST = 1_000
"""A list is counted up to so many: a figure must not cost more the more there is to do."""


class Many(int):
    """A count that was not counted to its end: there are more than so many."""


def upto(found: QuerySet[Any], most: int | None = None) -> int:
    """How many these are, looked at one by one up to `most` (`MOST`), each as an index has it."""
    most = MOST if most is None else most
    counted = found.order_by().values("pk")[: most + 1].count()
    return Many(most) if counted > most else counted


def together(found: QuerySet[Any], parts: Sequence[Q], most: int | None = None) -> int:
    """How many these parts of it are, of which no two have a row in common, up to `most` as `upto` counts."""
    most = MOST if most is None else most
    counted = 0
    for part in parts:
        some = upto(found.filter(part), most)
        counted += some
        if isinstance(some, Many) or counted > most:
            return Many(most)
    return counted
