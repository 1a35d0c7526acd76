"""How many tickets each list of the desk holds: exact where a person could work through them, "more than" beyond. The lists are `store.desk_views`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from store.desk_views import ALIVE, NEAR, Reach, View, apart, in_view, parts
from store.many import together
from store.models import Ticket, User

EXACT = 3_000
"""Whoever sees no more than so many tickets that are not done has everything counted, in one query."""
_COUNTED = tuple(view for view in View if view is not View.RESOLVED)


class Counted(dict[str, int]):
    """Counts by name, `Many` where there are more, and how much their reader sees."""

    reach = NEAR


def counts(
    visible: QuerySet[Ticket],
    user: User,
    now: datetime,
    views: Sequence[View] = _COUNTED,
    teams: Callable[[], Sequence[UUID] | None] = lambda: None,
) -> dict[View, int]:
    """How many tickets each of these views holds; the done ones are not counted."""
    found = all_counts(visible, user, now, {}, views, teams)
    return {view: found[view.value] for view in views if view is not View.RESOLVED}


def all_counts(
    visible: QuerySet[Ticket],
    user: User,
    now: datetime,
    more: Mapping[str, Q],
    views: Sequence[View] = _COUNTED,
    teams: Callable[[], Sequence[UUID] | None] = lambda: None,
) -> Counted:
    """The same by name, with `more` lists of what is not done. `teams` (`Reach.teams`) is asked for where much is seen."""
    counted = [view for view in views if view is not View.RESOLVED]
    wanted = {view.value: in_view(view, user, now) for view in counted} | dict(more)
    found = Counted(
        visible.filter(ALIVE)[: EXACT + 1].aggregate(
            _seen=Count("id"), **{name: Count("id", filter=wish) for name, wish in wanted.items()}
        )
    )
    if found.pop("_seen") <= EXACT:
        return found
    found.reach = Reach(is_wide=True, teams=teams())
    for view in counted:
        found[view.value] = together(visible, parts(view, user, now, found.reach))
    for name, wish in more.items():
        found[name] = together(visible, apart([ALIVE & wish], user, found.reach))
    return found
