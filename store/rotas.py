"""Rotas as `core.rota` counts them, from their rows; read-only."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from core.rota import Cover, on_call
from core.rota import Rota as Counted
from store.models import Rota, User


def rota_of(row: Rota) -> Counted:
    """The rota of a row, people by their ids; those who left take no turns. Raises `ValueError` for one that is none."""
    members = row.members.filter(user__is_active=True).order_by("position", "user__name")
    covers = row.covers.filter(user__is_active=True).order_by("start")
    return Counted(
        row.time_zone,
        tuple(str(key) for key in members.values_list("user", flat=True)),
        row.starts_on,
        time.fromisoformat(row.handover),
        row.days,
        tuple(Cover(str(one.user_id), one.start, one.end) for one in covers),
    )


def person_on_call(rota: UUID, now: datetime) -> tuple[Rota | None, User | None]:
    """The rota, if it is there, and whoever is on call. Raises `ValueError` for a rota that cannot be counted."""
    row = Rota.objects.select_related("inbox").filter(pk=rota).first()
    if row is None:
        return None, None
    found = on_call(rota_of(row), now)
    return row, User.objects.filter(pk=UUID(found), is_active=True).first() if found else None
