"""The watcher's round over the escalation matrix, what it would do to a ticket that nobody touches, and what a row of it must satisfy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q

from bot.house import House
from core.decision import Priority
from core.errors import Conflict, NotFound, ThreadlineError
from core.escalation import Action, untouched
from core.rota import Rota as Counted
from core.sla import Happened, SlaEvent
from store.clocks import calendar_for, policy_of
from store.escalation import escalate, look_at_all, look_later, step_of, to_look_at
from store.escalation_out import PAGES_BY
from store.models import Agent, EscalationStep, Inbox, Rota, Skill, SlaPolicy, Team

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


def rehearse(
    opened: datetime, priority: Priority, category: str, tier: str, sla: str, days: int
) -> dict[str, Any]:
    """As `foreseen`, in plain JSON. `sla`: the policy's name, empty: the one that new tickets get. Raises `NotFound`."""
    named = Q(name=sla) if sla else Q(is_default=True)
    row = SlaPolicy.objects.select_related("calendar").filter(named).order_by("id").first()
    if row is None:
        if sla:
            raise NotFound("There is no policy '%(name)s'.", name=sla)
        raise NotFound("No policy is the usual one.")
    found = foreseen(row, opened, priority, category, tier, days)
    return {
        "policy": row.name,
        "opened": opened.isoformat(),
        "steps": [
            {
                "at": one.at.isoformat(),
                "because": one.why,
                "action": one.row.action,
                "priority": one.priority.label,
            }
            for one in found
        ],
    }


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A step that would fire. `priority`: the ticket's from then on."""

    at: datetime
    row: EscalationStep
    why: str
    priority: Priority


def foreseen(
    policy: SlaPolicy, opened: datetime, priority: Priority, category: str, tier: str, days: int
) -> list[Foreseen]:
    """What a policy's matrix would do by itself to such a ticket, if nobody touched it for so many days, in order of time.

    Nothing is stored or sent.
    """
    rows = {str(one.id): one for one in EscalationStep.objects.filter(policy=policy)}
    steps = [step for step in map(step_of, rows.values()) if step.fits(category, tier)]
    raising = {key for key, one in rows.items() if one.action == Action.RAISE_PRIORITY}
    first = SlaEvent(opened, Happened.OPENED, priority)
    until = opened + timedelta(days=days)
    found = untouched(calendar_for(policy), policy_of(policy), first, steps, raising, until)
    return [
        Foreseen(firing.at, rows[firing.step.key], firing.step.why, then) for firing, then in found
    ]


def check_step(row: EscalationStep) -> None:
    """Raises `Conflict` in words for a row that could never be carried out."""
    try:
        step_of(row)
    except (ValueError, TypeError) as problem:
        raise Conflict("This step cannot be carried out: %(problem)s", problem=problem) from problem
    brand = row.policy.brand_id
    if row.action == Action.MOVE_TEAM:
        slug = row.arguments.get("team", "")
        if not Team.objects.filter(brand=brand, slug=slug).exists():
            raise Conflict("Name the team that the ticket moves to.")
    _check_outside(row)
    if row.action == Action.REASSIGN and not _is_agent(str(row.arguments.get("agent", "")), brand):
        raise Conflict("Name the agent who gets the ticket.")


def _check_outside(row: EscalationStep) -> None:
    """Whom a mail, a post, a page or a ring is for."""
    brand, more = row.policy.brand_id, row.arguments
    match row.action:
        case Action.MAIL:
            to = str(more.get("to", ""))
            if to not in {"assignee", "leads"} and not _is_agent(to, brand):
                raise Conflict("Say who gets the mail.")
        case Action.SLACK:
            inboxes = Inbox.objects.filter(brand=brand, channel="slack")
            if not inboxes.filter(slug=more.get("inbox", "")).exists():
                raise Conflict("Choose the Slack workspace in which it is posted.")
            if not re.fullmatch(r"[CGD][A-Z0-9]{1,20}", str(more.get("place", ""))):
                raise Conflict("Name the channel by its id, as Slack shows it: C0123ABCD.")
        case Action.PAGE if not _is_rota(str(more.get("rota", "")), brand):
            raise Conflict("Choose the rota whose person is paged.")
        case Action.ADD_RING:
            skills = set(more.get("skills", ()))
            known = Skill.objects.filter(brand=brand, slug__in=skills).values_list(
                "slug", flat=True
            )
            if skills - set(known):
                raise Conflict("There is no skill '%(skill)s'.", skill=min(skills - set(known)))


def check_rota(row: Rota) -> None:
    """Raises `Conflict` in words for a rota that nobody could keep or be paged by."""
    try:
        Counted(row.time_zone, (), row.starts_on, time.fromisoformat(row.handover), row.days)
    except ValueError as problem:
        raise Conflict("This rota cannot be counted: %(problem)s", problem=problem) from problem
    if row.inbox is not None and row.inbox.channel not in PAGES_BY:
        raise Conflict("People are paged by mail or by text message: choose such a channel.")


def _is_rota(rota: str, brand: UUID) -> bool:
    try:
        return Rota.objects.filter(pk=UUID(rota), brand=brand).exists()
    except ValueError:
        return False


def matrix_changed(policy: SlaPolicy, now: datetime) -> None:
    """Open tickets under the policy are looked at in the watcher's next rounds."""
    look_at_all(policy, now)


def _is_agent(user: str, brand: UUID) -> bool:
    try:
        wanted = UUID(user)
    except ValueError:
        return False
    return Agent.objects.filter(user=wanted, brand=brand, user__is_active=True).exists()
