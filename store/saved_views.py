"""Lists that people made for themselves or for a team: kept, found, removed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core.errors import Conflict, NotFound
from store.models import SavedView, Team, User

MOST = 20
"""What one person can overlook; also what one page counts."""


def saved_for(user: User) -> list[SavedView]:
    """Own ones and those of the person's teams, by name."""
    return list(_of(user).select_related("team").order_by("name")[:MOST])


def saved_view(user: User, view: UUID) -> SavedView:
    """One of them. Raises `NotFound`."""
    found = _of(user).select_related("team").filter(id=view).first()
    if found is None:
        raise NotFound("There is no such view.")
    return found


def save_view(
    user: User, name: str, criteria: dict[str, str], team: Team | None, now: datetime
) -> SavedView:
    """A new list; one of the same name is replaced. Raises `Conflict` when there are too many."""
    with transaction.atomic():
        same = SavedView.objects.filter(owner=user, team=team, name=name).first()
        if same is not None:
            same.criteria = criteria
            same.save(update_fields=["criteria"])
            return same
        if _of(user).count() >= MOST:
            raise Conflict(
                "Nobody overlooks more than %(most)s views: remove one first.", most=MOST
            )
        return SavedView.objects.create(
            owner=user, team=team, name=name, criteria=criteria, made_at=now
        )


def _of(user: User) -> QuerySet[SavedView]:
    return SavedView.objects.filter(
        Q(owner=user, team=None) | Q(team__in=Team.objects.filter(agent__user=user)) | Q(owner=user)
    ).distinct()
