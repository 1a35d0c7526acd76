"""The order of the few tickets that belong to one customer. Lists of everybody's are ordered by the number itself (`store.desk`)."""

from __future__ import annotations

from django.db.models import F
from django.db.models.expressions import CombinedExpression


def newest() -> CombinedExpression:
    """Newest first, in words that no index is in the order of. By the number alone, PostgreSQL expects to meet enough of
    the customer's tickets soon, and for somebody new walks backwards through everybody's."""
    return F("number") * -1
