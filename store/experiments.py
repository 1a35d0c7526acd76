"""Trials of another policy on a share of the tickets: begun, ended, and what became of their tickets. One at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core.errors import Conflict, IllegalTransition, NotFound
from core.holdout import Holdout
from store.audit import record
from store.models import Decision, Experiment, Figures, Ticket
from store.vault import Vault

MOST_HANDLING = 4 * 3600.0
"""Seconds from taking to solving beyond which nobody knows how long it was worked at."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A ticket of a trial as far as it has come. `at`: when it came to people; `waited`: seconds until a person first
    answered, or until now while nobody has, None where it was settled without; `kept`: whether that was in time, None
    while it is open; `handled`: seconds from taking to solving, None where that says
    nothing."""

    arm: str
    at: datetime
    priority: int
    waited: float | None
    kept: bool | None
    transfers: int
    agent: str
    handled: float | None


def begin(
    vault: Vault, experiment: Experiment, now: datetime, *, actor: str, text: dict[str, Any]
) -> None:
    """From now on the share is decided by the other policy; brains follow within a second. Raises `Conflict`."""
    try:
        with transaction.atomic():
            experiment.save(force_insert=True)
            _record(vault, experiment, now, actor, "begin", text)
    except IntegrityError as problem:
        raise Conflict("A trial is running already: stop it first.") from problem


def end(
    vault: Vault, experiment: UUID, state: Experiment.State, now: datetime, *, actor: str
) -> Experiment:
    """Inside a transaction or alone: all tickets are decided by what serves again. Raises `NotFound`,
    `IllegalTransition` for one that is over."""
    with transaction.atomic():
        row = Experiment.objects.select_for_update().filter(id=experiment).first()
        if row is None:
            raise NotFound("There is no such trial.")
        if row.state != Experiment.State.RUNNING:
            raise IllegalTransition("This trial is over.")
        row.state, row.ended_at = state, now
        row.save(update_fields=["state", "ended_at"])
        _record(vault, row, now, actor, str(state), {})
    return row


def overtaken(vault: Vault, version: str, now: datetime, *, actor: str) -> None:
    """Inside the transaction that puts this version of the policy into service: a trial against another one ends."""
    for row in Experiment.objects.filter(state=Experiment.State.RUNNING).exclude(present=version):
        end(vault, row.id, Experiment.State.OVERTAKEN, now, actor=actor)


def running() -> Experiment | None:
    """The trial that is under way."""
    return Experiment.objects.filter(state=Experiment.State.RUNNING).first()


def holdout_of(row: Experiment) -> Holdout:
    """What the router needs to know of it."""
    return Holdout(str(row.id), row.seed, row.share, row.present, row.other)


def outcomes(experiment: Experiment, now: datetime) -> Iterator[Ended]:
    """Its tickets in the order in which they were decided, from the figures that reports count."""
    decided = Decision.objects.filter(experiment=experiment).order_by("at", "id")
    rows = decided.values_list("conversation", "arm", "at").iterator(chunk_size=500)
    batch: list[tuple[UUID, str, datetime]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 500:
            yield from _ended(batch, now)
            batch = []
    yield from _ended(batch, now)


def measured(experiment: UUID, report: dict[str, Any], now: datetime) -> None:
    """Keeps a report in place of the one before."""
    Experiment.objects.filter(id=experiment).update(report=report, measured_at=now)


def _ended(batch: list[tuple[UUID, str, datetime]], now: datetime) -> Iterator[Ended]:
    wanted = [conversation for conversation, _, _ in batch]
    figures = Figures.objects.select_related("agent").in_bulk(wanted)
    tickets = {one.conversation_id: one for one in Ticket.objects.filter(conversation__in=wanted)}
    for conversation, arm, _ in batch:
        one, ticket = figures.get(conversation), tickets.get(conversation)
        if one is None or one.handed_at is None or ticket is None:
            continue
        waits = one.response is None and one.resolved_at is None
        due = ticket.response_due
        is_over = waits and due is not None and due <= now
        yield Ended(
            arm=arm,
            at=one.handed_at,
            priority=ticket.priority,
            waited=(now - one.handed_at).total_seconds() if waits else one.response,
            kept=False if is_over else one.response_kept,
            transfers=one.transfers,
            agent=one.agent.name if one.agent else "",
            handled=handled(ticket.taken_at, one.resolved_at),
        )


def handled(taken: datetime | None, resolved: datetime | None) -> float | None:
    """Seconds of work, as far as they can be told."""
    if taken is None or resolved is None:
        return None
    seconds = (resolved - taken).total_seconds()
    return seconds if 0 < seconds <= MOST_HANDLING else None


def _record(
    vault: Vault,
    row: Experiment,
    now: datetime,
    actor: str,
    deed: str,
    more: dict[str, Any],
) -> None:
    record(
        vault,
        at=now,
        actor=actor,
        action=f"experiment.{deed}",
        subject=f"experiment:{row.id}",
        details={"present": row.present, "other": row.other, "share": row.share, **more},
    )
