"""Counting that ends somewhere. What is counted belongs to whoever asks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

MOST = 1_000
"""A list is counted up to so many: a figure must not cost more the more there is to do."""


class Many(int):
    """A count that was not counted to its end: there are more than so many."""


def upto(found: QuerySet[Any], most: int | None = None) -> int:
    """How many these are, looked at one by one up to `most` (`MOST`), each as an index has it."""
    most = MOST if most is None else most
    counted = found.order_by().values("pk")[: most + 1].count()
    return Many(most) if counted > most else counted
