"""Waiting tickets follow the targets that a rule gave them: team, skills, priority and the one agent asked, as time goes by. Which target counts is `core.targets`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from core.decision import Priority, Target
from core.sla import Happened
from core.targets import AGAIN, LAST, PREFERRED, is_open, settled, target_of
from store.assignment import last_agents
from store.clocks import calendar_of, first_due, happened
from store.events import Log
from store.models import Agent, Conversation, QueueEntry, Team, Ticket
from store.preferred import preferred_agent
from store.presence import online
from store.reservations import rescind
from store.turns import lock


def follow_plan(ticket: Ticket, targets: Sequence[Target], now: datetime) -> None:
    """Inside the transaction that opens a ticket: its queue entry gets the plan and the target that counts at once."""
    if not targets:
        return
    entry = QueueEntry.objects.select_related("ticket", "team").get(ticket=ticket)
    entry.plan = [_planned(target) for target in targets]
    _settle(entry, ticket, now)
    ticket.team = entry.team
    ticket.save()


def _planned(target: Target) -> dict[str, Any]:
    """As it is kept. What no target said before stands there only where one says it: an earlier version may read it."""
    return {name: value for name, value in asdict(target).items() if value or name != "priority"}


def end_plan(ticket: Ticket) -> None:
    """Somebody else said whose it is: its plan, and the skills that the plan asked for, count no more (but see `plan_again`)."""
    planned = QueueEntry.objects.filter(ticket=ticket).exclude(plan=[])
    planned.update(skills=[], only=None, look_at=None)


def plan_again(number: int, now: datetime) -> None:
    """What somebody said was taken back: the plan counts as if nothing had been."""
    planned = QueueEntry.objects.filter(ticket__number=number).exclude(plan=[])
    planned.update(look_at=now)


def plans_due(now: datetime, limit: int = 200) -> list[int]:
    """Numbers of waiting tickets whose plan has to be looked at."""
    rows = QueueEntry.objects.filter(look_at__lte=now).order_by("look_at")
    return list(rows.values_list("ticket__number", flat=True)[:limit])


def advance_plan(number: int, now: datetime) -> bool:
    """Brings a waiting ticket to the target that counts now; True when it went to another team."""
    with transaction.atomic():
        found = Ticket.objects.filter(number=number).values_list("conversation_id", flat=True)[0]
        row = lock(found)
        entry = (
            QueueEntry.objects.select_for_update(of=("self",))
            .select_related("ticket__team", "team")
            .filter(ticket__number=number)
            .first()
        )
        if entry is None:
            return False
        ticket = entry.ticket
        if not entry.plan or ticket.assignee_id or ticket.status != Ticket.Status.OPEN:
            # What waits for the customer goes on with its plan when they have written.
            rests = ticket.status == Ticket.Status.PENDING and entry.plan and not ticket.assignee_id
            look_at = now + AGAIN if rests else None
            QueueEntry.objects.filter(pk=entry.pk).update(look_at=look_at)
            return False
        before = {"team": ticket.team.slug, "priority": ticket.priority}
        _settle(entry, ticket, now)
        is_moved = entry.team_id != ticket.team_id
        ticket.team = entry.team
        after = {"team": ticket.team.slug, "priority": ticket.priority}
        if after != before:
            changed = [name for name in after if after[name] != before[name]]
            shown = [{name: values[name] for name in changed} for values in (before, after)]
            _tell(row, ticket, *shown, is_moved=is_moved, now=now)
        return is_moved


def _settle(entry: QueueEntry, ticket: Ticket, now: datetime) -> None:
    """The target that counts now; its priority, where that is more urgent, moves the ticket's clocks by the stated rule."""
    plan = [target_of(one) for one in entry.plan]
    here = _Here(entry, now)
    found = settled(plan, entry.entered_at, now, Priority(ticket.priority), here)
    entry.team = here.team(found.target.team) or entry.team
    entry.skills = list(found.target.skills)
    entry.only_id = found.only
    entry.look_at = found.again
    if found.priority != ticket.priority:
        ticket.priority = int(found.priority)
        happened(ticket, Happened.PRIORITY_CHANGED, now, priority=ticket.priority)
        entry.priority, entry.due_at = ticket.priority, first_due(ticket, now)
    entry.save(update_fields=["team", "skills", "only", "look_at", "plan", "priority", "due_at"])


@dataclass(frozen=True, slots=True)
class _Here:
    """The moment at which a waiting ticket is looked at."""

    entry: QueueEntry
    now: datetime

    def has(self, team: str) -> bool:
        return self.team(team) is not None

    def team(self, slug: str) -> Team | None:
        teams = Team.objects.filter(brand=self.entry.ticket.brand_id).select_related("calendar")
        return teams.filter(slug=slug).first()

    def asked(self, agent: str) -> UUID | None:
        if agent == LAST:
            address = _address(self.entry)
            return last_agents([address]).get(address)
        if agent == PREFERRED:
            own = preferred_agent(_address(self.entry))
            return own.id if own else None
        colleague = Agent.objects.filter(user__email__iexact=agent)
        return colleague.values_list("id", flat=True).first()

    def is_online(self, team: str, who: UUID | None) -> bool:
        there = online(self.now).filter(agent__teams=self.team(team))
        return (there if who is None else there.filter(agent=who)).exists()

    def is_open(self, team: str) -> bool:
        found = self.team(team)
        return found is not None and is_open(calendar_of(found.calendar), self.now)


def _address(entry: QueueEntry) -> UUID:
    return Conversation.objects.values_list("address", flat=True).get(ticket=entry.ticket_id)


def _tell(
    row: Conversation,
    ticket: Ticket,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    is_moved: bool,
    now: datetime,
) -> None:
    log = Log(row, now)
    ticket.version += 1
    ticket.save()
    if is_moved:
        rescind(ticket, log, now)
    data = {"ticket": ticket.number, "before": before, "after": after}
    log.add("ticket_changed", "system", data=data)
    log.write()
    row.save(update_fields=["last_seq"])
