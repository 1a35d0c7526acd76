"""The watcher's round over the escalation matrix, and what a row of the matrix must satisfy to be kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from bot.house import House
from core.errors import Conflict, ThreadlineError
from core.escalation import Action
from store.escalation import escalate, look_at_all, look_later, step_of, to_look_at
from store.models import Agent, EscalationStep, SlaPolicy, Team

log = structlog.get_logger()

RETRY = timedelta(minutes=5)
"""How long a ticket whose policy or matrix cannot be read is left alone."""


def escalate_due(house: House, now: datetime) -> int:
    """Carries out every step that is due; returns how many fired."""
    fired = 0
    for number in to_look_at(now):
        try:
            done = escalate(house.vault, number, now)
        except (ThreadlineError, ValueError) as problem:
            # One unusable row must not hold up all other tickets, nor be tried every few seconds.
            log.error("escalation_unreadable", ticket=number, problem=str(problem))
            look_later(number, now + RETRY)
            continue
        for step in done:
            log.info("ticket_escalated", ticket=number, action=step.action, outcome=step.outcome)
        fired += len(done)
    return fired


def check_step(row: EscalationStep) -> None:
    """Raises `Conflict` in words for a row that could never be carried out."""
    try:
        step_of(row)
    except (ValueError, TypeError) as problem:
        raise Conflict(f"This step cannot be carried out: {problem}") from problem
    brand = row.policy.brand_id
    if row.action == Action.MOVE_TEAM:
        slug = row.arguments.get("team", "")
        if not Team.objects.filter(brand=brand, slug=slug).exists():
            raise Conflict("Name the team that the ticket moves to.")
    if row.action == Action.REASSIGN and not _is_agent(str(row.arguments.get("agent", "")), brand):
        raise Conflict("Name the agent who gets the ticket.")


def matrix_changed(policy: SlaPolicy, now: datetime) -> None:
    """Open tickets under the policy are looked at in the watcher's next rounds."""
    look_at_all(policy, now)


def _is_agent(user: str, brand: UUID) -> bool:
    try:
        wanted = UUID(user)
    except ValueError:
        return False
    return Agent.objects.filter(user=wanted, brand=brand, user__is_active=True).exists()
