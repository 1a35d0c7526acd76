"""Simulations that somebody asked for: asked, under way, over or called off. Playing them is `bot.compared`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.errors import Conflict, IllegalTransition, NotFound
from store.jobs import call_off, enqueue
from store.models import Simulation

MOST_WAITING = 3
"""Simulations that may wait or run at once."""
_State = Simulation.State
_LIVE = (_State.WAITING, _State.RUNNING)


def ask(row: Simulation, job: str, now: datetime) -> None:
    """Stores the question and its job. Raises `Conflict` where many wait already."""
    with transaction.atomic():
        if Simulation.objects.filter(state__in=_LIVE).count() >= MOST_WAITING:
            raise Conflict("Several simulations are waiting: let them end first, or cancel one.")
        row.save(force_insert=True)
        enqueue(job, {"verb": "simulate", "of": str(row.id)}, now, key=_key(row.id))


def begun(simulation: UUID) -> Simulation | None:
    """It is played from now on, again where an earlier process died over it; None where it was called off.
    Raises `NotFound`."""
    if not Simulation.objects.filter(id=simulation).exists():
        raise NotFound("There is no such simulation.")
    changed = Simulation.objects.filter(id=simulation, state__in=_LIVE).update(
        state=_State.RUNNING, said=""
    )
    return Simulation.objects.get(id=simulation) if changed else None


def tell(simulation: UUID, said: str) -> bool:
    """How far it is; False where it was called off meanwhile."""
    row = Simulation.objects.filter(id=simulation, state=_State.RUNNING)
    return bool(row.update(said=said[:300]))


def over(
    simulation: UUID, state: Simulation.State, now: datetime, report: dict[str, Any], said: str = ""
) -> None:
    """Done or failed; nothing changes where it was called off."""
    Simulation.objects.filter(id=simulation, state=_State.RUNNING).update(
        state=state, ended_at=now, report=report, said=said[:300]
    )


def cancel(simulation: UUID, job: str, now: datetime) -> None:
    """Called off: its process ends within moments. Raises `NotFound`, `IllegalTransition` for one that is over."""
    with transaction.atomic():
        row = Simulation.objects.select_for_update().filter(id=simulation).first()
        if row is None:
            raise NotFound("There is no such simulation.")
        if row.state not in _LIVE:
            raise IllegalTransition("This simulation is over.")
        row.state, row.ended_at = _State.CANCELLED, now
        row.save(update_fields=["state", "ended_at"])
        call_off(job, _key(row.id))


def _key(simulation: UUID) -> str:
    return f"simulate:{simulation}"
