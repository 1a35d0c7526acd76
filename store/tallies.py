"""Counts of what only the tables' side can see, kept in this process since it started. Who is told of them is `bot.metrics`."""

from __future__ import annotations

from collections import Counter

expired_leases: Counter[str] = Counter()
"""By kind: something was taken up whose holder had let the lease run out: it died, hung, or was too slow."""
