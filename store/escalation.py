"""The escalation matrix carried out: which tickets are to be looked at, and their due steps, each once.

That a step fired is written into the ticket in the transaction of its effect, under the ticket's lock: whatever
dies, both are there or neither. When a step is due is `core.escalation`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.decision import Priority
from core.escalation import Action, Firing, Step, Trigger, plan
from core.sla import Happened
from store import escalation_out
from store.audit import record
from store.clocks import first_due, happened, story_of
from store.events import Log
from store.models import (
    AddressLink,
    Conversation,
    EscalationStep,
    QueueEntry,
    SlaPolicy,
    Team,
    Ticket,
    User,
)
from store.reservations import rescind
from store.targets import end_plan
from store.turns import Finish, change_speaker, lock, write
from store.vault import Vault


@dataclass(frozen=True, slots=True)
class Fired:
    """A step that fired: `at` by the clock, `outcome` as it is told on the ticket."""

    step: UUID
    at: datetime
    action: str
    outcome: str


def to_look_at(now: datetime, limit: int = 200) -> list[int]:
    """Numbers of tickets that may have a step due; touches only those."""
    rows = Ticket.objects.filter(escalate_at__lte=now)
    return list(rows.order_by("escalate_at").values_list("number", flat=True)[:limit])


def look_later(number: int, at: datetime) -> None:
    """Lets others go first: this ticket cannot be read now."""
    Ticket.objects.filter(number=number).update(escalate_at=at)


def look_at_all(policy: SlaPolicy, now: datetime) -> int:
    """The policy or its matrix was changed: every open ticket under it is looked at once. Returns how many."""
    rows = Ticket.objects.filter(status=Ticket.Status.OPEN, policy=policy)
    return rows.update(escalate_at=now)


def step_of(row: EscalationStep) -> Step:
    """A row of the matrix. Raises `ValueError` for one that cannot be carried out."""
    Action(row.action)
    more = row.arguments
    return Step(
        key=str(row.id),
        trigger=Trigger(row.clock),
        share=row.at_share,
        minutes=int(more.get("minutes", 60)),
        times=int(more.get("times", 1)),
        category=row.category,
        priority=Priority(row.priority) if row.priority else None,
        tiers=tuple(more.get("tiers", ())),
    )


def escalate(vault: Vault, number: int, now: datetime) -> list[Fired]:
    """Carries out what is due on a ticket and notes when to look again.

    Raises `ValueError` and `UnusableCalendar` for a policy, a step or a past that cannot be read.
    """
    with transaction.atomic():
        found = Ticket.objects.filter(number=number).values_list("conversation_id", flat=True)[0]
        row = lock(found)
        ticket = (
            Ticket.objects.select_for_update(no_key=True, of=("self",))
            .select_related("policy__calendar", "team", "assignee")
            .get(number=number)
        )
        if ticket.status != Ticket.Status.OPEN:
            # Whatever opens it again moves a clock, and so has it looked at.
            Ticket.objects.filter(pk=ticket.pk).update(escalate_at=None)
            return []
        finish = Finish(vault, row, now, Log(row, now))
        steps = {str(item.id): item for item in EscalationStep.objects.filter(policy=ticket.policy)}
        team = ticket.team_id
        due = [firing for firing in _planned(ticket, steps) if firing.at <= now]
        fired = [_fire(finish, ticket, firing, steps[firing.step.key]) for firing in due]
        ahead = _planned(ticket, steps)
        ticket.escalate_at = min((firing.at for firing in ahead), default=None)
        ticket.save()
        if fired:
            if ticket.assignee_id or ticket.team_id != team:
                rescind(ticket, finish.log, now, but=ticket.assignee)
            due_at = first_due(ticket, now)
            waits = QueueEntry.objects.filter(ticket=ticket)
            waits.update(team=ticket.team, priority=ticket.priority, due_at=due_at)
            write(finish)
        return fired


def _planned(ticket: Ticket, steps: dict[str, EscalationStep]) -> list[Firing]:
    """What has not fired yet, past and ahead."""
    if not steps:
        return []
    tier = _tier(ticket) if any(row.arguments.get("tiers") for row in steps.values()) else ""
    wanted = [step for step in map(step_of, steps.values()) if step.fits(ticket.category, tier)]
    upset = [datetime.fromisoformat(at) for at in ticket.upset]
    firings = plan(*story_of(ticket), wanted, upset)
    return [
        firing
        for firing in firings
        if not (has_fired(ticket, firing) or _is_older(firing, steps[firing.step.key]))
    ]


def _is_older(firing: Firing, row: EscalationStep) -> bool:
    """Whether the matter was due and settled before the step was made: a new line is not told of the past."""
    since = row.arguments.get("since")
    return bool(since) and firing.is_over and firing.at < datetime.fromisoformat(since)


def has_fired(ticket: Ticket, firing: Firing) -> bool:
    """Whether the step was carried out in this period before."""
    return firing.name in ticket.warned


def _tier(ticket: Ticket) -> str:
    link = AddressLink.objects.filter(
        address=ticket.conversation.address_id, undone_at=None
    ).select_related("customer")
    found = link.first()
    return found.customer.tier if found else "standard"


def _fire(finish: Finish, ticket: Ticket, firing: Firing, row: EscalationStep) -> Fired:
    """One step: its effect, its event, its audit entry, and the note that it fired."""
    told = {"trigger": row.clock, "action": row.action, "because": firing.step.why}
    outcome = "settled" if firing.is_over else _done(finish, ticket, row, told)
    if outcome in {"raised", "moved", "reassigned", "requeued", "widened"}:
        ticket.version += 1
    ticket.warned = [*ticket.warned, firing.name]
    data = {
        "ticket": ticket.number,
        **told,
        "due_at": firing.at.isoformat(),
        "outcome": outcome,
        **_seen(ticket, row),
    }
    finish.log.add("ticket_escalated", "system", data=data)
    record(
        finish.vault,
        at=finish.now,
        actor="system",
        action="ticket.escalate",
        subject=f"ticket:{ticket.number}",
        details={**data, "step": str(row.id)},
    )
    return Fired(row.id, firing.at, row.action, outcome)


def _done(finish: Finish, ticket: Ticket, row: EscalationStep, told: dict[str, Any]) -> str:
    """The step's deed, and what came of it in one word."""
    action = Action(row.action)
    if action in _OUTSIDE:
        return _OUTSIDE[action](finish, ticket, row, told)
    return _DEEDS[action](finish, ticket, row)


def _seen(ticket: Ticket, row: EscalationStep) -> dict[str, Any]:
    """Where the ticket is now, for the line that people read."""
    name = ticket.assignee.name if ticket.assignee else ""
    share = {"share": row.at_share} if row.clock not in {"silence", "reopened", "upset"} else {}
    amount = {key: row.arguments[key] for key in ("minutes", "times") if key in row.arguments}
    now = {"team": ticket.team.name, "priority": ticket.priority, "assignee": name}
    return {**share, **amount, **now}


def _notify(finish: Finish, ticket: Ticket, row: EscalationStep) -> str:
    return "told"


def _raise(finish: Finish, ticket: Ticket, row: EscalationStep) -> str:
    if ticket.priority == Priority.CRITICAL:
        return "already_critical"
    ticket.priority -= 1
    happened(ticket, Happened.PRIORITY_CHANGED, finish.now, priority=ticket.priority)
    return "raised"


def _move(finish: Finish, ticket: Ticket, row: EscalationStep) -> str:
    team = Team.objects.filter(brand=ticket.brand_id, slug=row.arguments.get("team", "")).first()
    if team is None:
        return "no_such_team"
    if team.id == ticket.team_id:
        return "already_there"
    ticket.team = team
    _to_queue(finish, ticket)
    end_plan(ticket)
    return "moved"


def _reassign(finish: Finish, ticket: Ticket, row: EscalationStep) -> str:
    user = _agent(str(row.arguments.get("agent", "")))
    if user is None:
        return "no_such_person"
    if ticket.assignee_id == user.id:
        return "already_there"
    ticket.assignee, ticket.taken_at = user, finish.now
    QueueEntry.objects.filter(ticket=ticket).delete()
    change_speaker(finish, Conversation.Speaker.PERSON, user)
    return "reassigned"


def _agent(user: str) -> User | None:
    try:
        wanted = UUID(user)
    except ValueError:
        return None
    return User.objects.filter(pk=wanted, is_active=True, agent__isnull=False).first()


def _requeue(finish: Finish, ticket: Ticket, row: EscalationStep) -> str:
    if ticket.assignee_id is None:
        return "already_there"
    _to_queue(finish, ticket)
    return "requeued"


def _to_queue(finish: Finish, ticket: Ticket) -> None:
    ticket.assignee = None
    values = {
        "team": ticket.team,
        "priority": ticket.priority,
        "due_at": first_due(ticket, finish.now),
    }
    QueueEntry.objects.update_or_create(
        ticket=ticket, defaults=values, create_defaults={**values, "entered_at": finish.now}
    )
    if finish.conversation.speaker != Conversation.Speaker.QUEUE:
        change_speaker(finish, Conversation.Speaker.QUEUE)


def _add_ring(finish: Finish, ticket: Ticket, row: EscalationStep) -> str:
    """Whoever knows these may be asked from now on, whatever was needed before."""
    entries = QueueEntry.objects.filter(ticket=ticket)
    wanted = [str(one) for one in row.arguments.get("skills", ())]
    if not entries.exists():
        return "not_waiting"
    if not entries.exclude(skills=wanted, plan=[], only=None).exists():
        return "already_there"
    entries.update(skills=wanted, plan=[], only=None, look_at=None)
    return "widened"


_OUTSIDE = {
    Action.MAIL: escalation_out.mail,
    Action.SLACK: escalation_out.slack,
    Action.PAGE: escalation_out.page,
}
_DEEDS = {
    Action.NOTIFY: _notify,
    Action.RAISE_PRIORITY: _raise,
    Action.MOVE_TEAM: _move,
    Action.REASSIGN: _reassign,
    Action.REQUEUE: _requeue,
    Action.ADD_RING: _add_ring,
}
