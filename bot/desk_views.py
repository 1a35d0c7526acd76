"""What people arrange for themselves at the desk: lists of their own and of their team."""

from __future__ import annotations

from uuid import UUID

from bot.house import House
from bot.permissions import May, may, teams_of
from core.errors import MalformedPayload, NotAllowed, NotFound
from store import saved_views
from store.desk_filter import Criteria
from store.models import SavedView, User

NAME_LIMIT = 60


def save(house: House, user: User, name: str, criteria: Criteria, team: str = "") -> SavedView:
    """A list under a name, for oneself or, by a lead, for a team."""
    name = name.strip()
    if not name or len(name) > NAME_LIMIT:
        raise MalformedPayload(
            "A view needs a name of at most %(most)s characters.", most=NAME_LIMIT
        )
    if not criteria:
        raise MalformedPayload("Choose what the view shows first.")
    shared = None
    if team:
        if not may(user, May.TAKE_OVER):
            raise NotAllowed("Views for a whole team are made by its lead.")
        shared = teams_of(user).filter(slug=team).first()
        if shared is None:
            raise NotFound("There is no team '%(team)s'.", team=team)
    return saved_views.save_view(user, name, criteria.as_json(), shared, house.clock())


def remove(user: User, view: UUID) -> None:
    """Takes a list away: one's own, or by a lead one of the team's."""
    found = saved_views.saved_view(user, view)
    if found.owner_id != user.id and not may(user, May.TAKE_OVER):
        raise NotAllowed("This view was made by somebody else for the team.")
    found.delete()
