"""Which tickets belong to which list of the desk, as conditions in words that let each database go to them by an index.

Their rows are `store.desk`, how many there are `store.desk_counts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db.models import Q

from store.models import Follower, Mention, Team, Ticket, User

SOON = timedelta(hours=2)
"""What is due within this belongs to the view of what is due soon."""
ALIVE = Q(status__in=[Ticket.Status.OPEN, Ticket.Status.PENDING])
DONE = ~ALIVE & Q(urgent_at=None)
"""Said by what it is not: most tickets are done, and SQLite would sort them all where an index on the state is in reach.
And by what it has no more: an index by number leads past all that is open."""
NOT_DONE = ~Q(status__in=[Ticket.Status.RESOLVED, Ticket.Status.CLOSED])
IS_OPEN = ~Q(status__in=[Ticket.Status.PENDING, Ticket.Status.RESOLVED, Ticket.Status.CLOSED])
"""Said by what they are not where the order counts: else SQLite sorts all open tickets for the first fifty of them."""
APART = 8
"""So many teams are asked for their own tickets one by one."""


class View(StrEnum):
    """A list of tickets that people work from."""

    MINE = "mine"
    MENTIONED = "mentioned"
    FOLLOWED = "followed"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    US = "us"
    DUE = "due"
    WAITING = "waiting"
    RESOLVED = "resolved"
    ALL = "all"


def in_view(view: View, user: User, now: datetime, *, in_order: bool = False) -> Q:
    """The tickets of a view; `in_order`: in words for the first ones of the list's order, not for counting them. What
    waits for the customer, or was put aside, is in no list that people work from until it is back."""
    alive = NOT_DONE if in_order else ALIVE
    is_open = IS_OPEN if in_order else Q(status=Ticket.Status.OPEN)
    is_asleep = _asleep(now)
    match view:
        case View.MINE:
            return is_open & ~is_asleep & Q(assignee=user)
        case View.MENTIONED:
            return alive & Q(id__in=Mention.objects.filter(user=user).values("ticket"))
        case View.FOLLOWED:
            return alive & Q(id__in=Follower.objects.filter(user=user).values("ticket"))
        case View.TEAM:
            return is_open & ~is_asleep & Q(team__in=Team.objects.filter(agent__user=user))
        case View.UNASSIGNED:
            return is_open & ~is_asleep & Q(assignee=None)
        case View.US:
            return is_open & Q(waits_since__isnull=False) & ~is_asleep
        case View.DUE:
            return is_open & Q(urgent_at__lte=now + SOON)
        case View.WAITING:
            return Q(status=Ticket.Status.PENDING) | is_asleep
        case View.RESOLVED:
            return DONE
        case View.ALL:
            return alive


@dataclass(frozen=True, slots=True)
class Reach:
    """How much a person sees. `is_wide`: so much that each list is read by its parts; `teams`: those to whose tickets,
    and the person's own, they are bound; None: to none, or to many."""

    is_wide: bool
    teams: Sequence[UUID] | None = None


NEAR = Reach(is_wide=False)


def first_of(view: View, user: User, now: datetime, reach: Reach) -> list[Q]:
    """The view as conditions that each find their first ones, in the order of lists, by one index."""
    return (
        parts(view, user, now, reach, in_order=True)
        if reach.is_wide
        else [in_view(view, user, now)]
    )


def parts(
    view: View, user: User, now: datetime, reach: Reach, *, in_order: bool = False
) -> list[Q]:
    """The view as conditions of which no two have a ticket in common, each for one index: whoever looks for a small
    team's tickets among everybody's looks at everybody's."""
    named = view in (View.MENTIONED, View.FOLLOWED)  # found by their ids, if by nothing else
    whole = [in_view(view, user, now, in_order=in_order or named)]
    if view in (View.MINE, View.MENTIONED, View.FOLLOWED, View.RESOLVED):
        return whole
    if view is View.TEAM:
        own = Team.objects.filter(agent__user=user).values_list("id", flat=True)[: APART + 1]
        awake = (IS_OPEN if in_order else Q(status=Ticket.Status.OPEN)) & ~_asleep(now)
        return [awake & Q(team=team) for team in own] if len(own) <= APART else whole
    if view is View.WAITING:
        asleep = IS_OPEN & _among(Q(snoozed_until__gt=now))
        return [*_pending(user, reach), asleep]
    if view is View.UNASSIGNED and reach.teams is not None:
        return [one & Q(team=team) for team in reach.teams for one in whole]
    return apart(whole, user, reach)


def newest_of(user: User, reach: Reach) -> list[Q]:
    """What a person sees as conditions that each find their newest ones by one index. What is their own may be in two."""
    if reach.teams is None:
        return [Q()]
    return [*(Q(team=team) for team in reach.teams), Q(assignee=user)]


def _pending(user: User, reach: Reach) -> list[Q]:
    pending = Q(status=Ticket.Status.PENDING)
    if reach.teams is None:
        return [pending]
    own = pending & Q(assignee=user) & ~Q(team__in=reach.teams)
    return [*(_among(pending & Q(team=team)) for team in reach.teams), own]


def _among(few: Q) -> Q:
    """These by their ids: in the order of lists, SQLite would look for the few through all that are open."""
    return Q(id__in=Ticket.objects.filter(few).values("id"))


def apart(whole: Sequence[Q], user: User, reach: Reach) -> list[Q]:
    """These conditions for each team, and for what is the user's own beside them."""
    if reach.teams is None:
        return list(whole)
    own = Q(assignee=user) & ~Q(team__in=reach.teams)
    return [
        one & where for where in [*(Q(team=team) for team in reach.teams), own] for one in whole
    ]


def _asleep(now: datetime) -> Q:
    return Q(status=Ticket.Status.OPEN, snoozed_until__gt=now)
