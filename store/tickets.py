"""Tickets: opening one with its packet, and every change people make, each one transaction under a version.

Who may do what is decided in `bot.permissions` before these are called; the queries here only see to it
that a stale screen never overwrites what somebody else did.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F

from core.decision import Case, Priority, Routed
from core.errors import Conflict, IllegalTransition, NotFound, StaleVersion
from core.message import Reply
from core.sla import Happened
from core.waiting import Wait
from store.addresses import remember_keys
from store.assignment import pace_in, wait_in
from store.bodies import Body, seal_body, seal_json
from store.clocks import CLOCK_FIELDS, first_due, happened
from store.consent import is_refused
from store.decisions import keep_decision
from store.events import Log
from store.models import (
    Conversation,
    Counter,
    Message,
    QueueEntry,
    SlaPolicy,
    Team,
    Ticket,
    User,
)
from store.presence import finished_work, got_work
from store.reservations import rescind
from store.statements import Given, Select, update
from store.surveys import is_to_be_asked
from store.targets import end_plan, follow_plan
from store.turns import Finish, change_speaker, lock, say, write
from store.vault import Vault

FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True)
class Opened:
    """What the customer may be told of a new ticket. `wait`: how long it takes now, where somebody is online and
    the pace of the queue says something."""

    number: int
    team: str
    response_due: datetime | None
    wait: Wait | None = None


def open_ticket(
    finish: Finish,
    routed: Routed,
    packet: dict[str, Any],
    reason: str,
    case: Case | None = None,
) -> Opened:
    """Inside a finishing transaction: decision, ticket with running clocks, queue entry; the queue speaks now.
    `case`: what the router saw, kept with its verdict."""
    row, now = finish.conversation, finish.now
    team = _team(row, routed.team)
    decision = keep_decision(finish, routed, case)
    ticket = Ticket(
        number=_next_number(),
        brand_id=row.brand_id,
        conversation=row,
        decision=decision,
        policy=SlaPolicy.objects.select_related("calendar").get(
            brand_id=row.brand_id, is_default=True
        ),
        category=routed.category,
        priority=int(routed.priority),
        team=team,
        reason=reason,
        channel=row.inbox.channel,
        opened_at=now,
        upset=[now.isoformat()] if case is not None and case.is_urgent else [],
    )
    happened(ticket, Happened.OPENED, now, priority=int(routed.priority))
    ticket.packet_cipher = seal_json(
        finish.vault, row.address, f"ticket.packet:{ticket.id}", packet
    )
    pace = pace_in(team, ticket.next_due, now)
    ticket.pace = pace.total_seconds()
    ticket.save(force_insert=True)
    # A participant may also write the number in a subject; strangers' numbers lead nowhere.
    remember_keys(finish.vault, row, (f"ticket:{ticket.number}",))
    wait = wait_in(team, ticket.priority, pace, now)
    requeue(ticket, now, list(routed.skills))
    follow_plan(ticket, routed.targets, now)
    shown = {
        "number": ticket.number,
        "team": team.name,
        "priority": Priority(ticket.priority).label,
        "response_due": ticket.response_due.isoformat() if ticket.response_due else None,
    }
    finish.log.add("ticket_opened", "system", is_public=True, data={"ticket": shown})
    change_speaker(finish, Conversation.Speaker.QUEUE)
    return Opened(ticket.number, team.name, ticket.response_due, wait)


def reopen_ticket(finish: Finish) -> int | None:
    """Inside a finishing transaction: a resolved ticket is wanted again. Its number, or None if there is none."""
    ticket = ticket_of(finish.conversation)
    if ticket is None:
        return None
    ticket.status, ticket.resolved_at = Ticket.Status.OPEN, None
    ticket.version += 1
    happened(ticket, Happened.REOPENED, finish.now)
    happened(ticket, Happened.CUSTOMER_MESSAGE, finish.now)
    ticket.save()
    row = finish.conversation
    row.status, row.resolved_at = Conversation.Status.OPEN, None
    finish.changed |= {"status", "resolved_at"}
    finish.log.add("ticket_reopened", "customer", is_public=True, data={"number": ticket.number})
    assignee = ticket.assignee if ticket.assignee and ticket.assignee.is_active else None
    if assignee is None:
        requeue(ticket, finish.now)
        change_speaker(finish, Conversation.Speaker.QUEUE)
    else:
        change_speaker(finish, Conversation.Speaker.PERSON, assignee)
    return ticket.number


def _team(row: Conversation, slug: str) -> Team:
    teams = Team.objects.filter(brand_id=row.brand_id)
    team = teams.filter(slug=slug).first() or teams.filter(is_triage=True).first()
    if team is None:
        raise NotFound("No team is there to take a ticket: make one in the admin.")
    return team


def _next_number() -> int:
    Counter.objects.get_or_create(name="ticket", defaults={"value": FIRST_NUMBER - 1})
    Counter.objects.filter(name="ticket").update(value=F("value") + 1)
    return Counter.objects.values_list("value", flat=True).get(name="ticket")


def ticket_of(row: Conversation) -> Ticket | None:
    """The ticket of a locked conversation, locked too."""
    return _LOCKED.first(conversation=row.id)


def wake_ticket(conversation: Conversation, log: Log, now: datetime) -> None:
    """A customer who writes while we wait for them ends the waiting, and so the pause of the clocks."""
    ticket = ticket_of(conversation)
    if ticket is None or ticket.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}:
        return
    was_pending, ticket.status = ticket.status == Ticket.Status.PENDING, Ticket.Status.OPEN
    ticket.version += 1
    happened(ticket, Happened.CUSTOMER_MESSAGE, now)
    update(ticket, ("status", "version", *CLOCK_FIELDS))
    if ticket.assignee_id is None:
        QueueEntry.objects.filter(ticket=ticket).update(due_at=first_due(ticket, now))
    if was_pending:
        log.add("ticket_changed", "customer", data={"ticket": ticket.number, "status": "open"})


_LOCKED = Select(
    lambda: (
        Ticket.objects.select_for_update(no_key=True, of=("self",))
        .select_related("policy__calendar", "assignee", "team", "merged_into")
        .filter(conversation=Given("conversation", models.UUIDField()))
    )
)


def requeue(ticket: Ticket, now: datetime, skills: list[str] | None = None) -> None:
    """The ticket waits for a person; the caller saves it."""
    values: dict[str, Any] = {
        "team": ticket.team,
        "priority": ticket.priority,
        "due_at": first_due(ticket, now),
        "entered_at": now,
    }
    if skills is not None:
        values["skills"] = skills
    QueueEntry.objects.update_or_create(ticket=ticket, defaults=values)


@dataclass(slots=True)
class Change:
    """A ticket and its conversation, both locked, while a person changes something."""

    ticket: Ticket
    finish: Finish
    user: User
    actor: str = field(init=False)

    def __post_init__(self) -> None:
        self.actor = f"user:{self.user.id}"


@contextmanager
def changing(
    vault: Vault, number: int, user: User, now: datetime, version: int | None = None
) -> Iterator[Change]:
    """One transaction over a ticket. Raises `NotFound`, or `StaleVersion` when `version` is no longer the present one."""
    with transaction.atomic():
        found = (
            Ticket.objects.filter(number=number).values_list("conversation_id", flat=True).first()
        )
        if found is None:
            raise NotFound("There is no ticket %(number)s.", number=number)
        row = lock(found)
        ticket = ticket_of(row)
        assert ticket is not None
        if version is not None and ticket.version != version:
            raise StaleVersion(
                "Ticket %(number)s was changed by somebody else meanwhile.", number=number
            )
        change = Change(ticket, Finish(vault, row, now, Log(row, now)), user)
        team = ticket.team_id
        yield change
        ticket.version += 1
        ticket.save()
        if ticket.assignee_id or ticket.status != Ticket.Status.OPEN or ticket.team_id != team:
            rescind(ticket, change.finish.log, now, but=ticket.assignee)
        if ticket.team_id != team:
            end_plan(ticket)
        due_at = first_due(ticket, now)
        waits = QueueEntry.objects.filter(ticket=ticket)
        waits.update(team=ticket.team, priority=ticket.priority, due_at=due_at)
        write(change.finish)


def take(change: Change) -> None:
    """The user becomes the speaker. Raises `Conflict` when another person already is."""
    row, ticket = change.finish.conversation, change.ticket
    if row.speaker == Conversation.Speaker.PERSON and row.speaker_user_id != change.user.id:
        raise Conflict("%(name)s has taken this ticket.", name=row.speaker_user)
    if ticket.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}:
        raise IllegalTransition("This ticket is resolved; reopen it first.")
    if row.speaker_user_id == change.user.id and row.speaker == Conversation.Speaker.PERSON:
        return
    ticket.assignee, ticket.taken_at = change.user, change.finish.now
    QueueEntry.objects.filter(ticket=ticket).delete()
    got_work(change.user, change.finish.now)
    change_speaker(change.finish, Conversation.Speaker.PERSON, change.user, change.actor)
    change.finish.log.add("ticket_taken", change.actor, data={"ticket": ticket.number})


def release(change: Change, skills: list[str] | None = None) -> None:
    """Back to the team's queue; `skills`: what it needs there, where that is known."""
    ticket = change.ticket
    must_speak(change)
    ticket.assignee = None
    requeue(ticket, change.finish.now, skills)
    change_speaker(change.finish, Conversation.Speaker.QUEUE, None, change.actor)
    change.finish.log.add("ticket_released", change.actor, data={"ticket": ticket.number})


def reply(change: Change, said: Reply, *, parts: int) -> Message:
    """The agent says something to the customer; only the speaker may."""
    must_speak(change)
    message = say(
        change.finish,
        said,
        author=Message.Author.AGENT,
        user=change.user,
        parts=parts,
    )
    ticket = change.ticket
    if ticket.first_response_at is None:
        ticket.first_response_at = change.finish.now
    happened(ticket, Happened.AGENT_REPLY, change.finish.now)
    return message


def note(change: Change, said: Reply) -> Message:
    """Something for colleagues only: never in the public sequence, never sent."""
    finish = change.finish
    row = finish.conversation
    message = Message(
        conversation=row,
        address=row.address,
        inbox=row.inbox,
        author=Message.Author.AGENT,
        user=change.user,
        kind=Message.Kind.NOTE,
        seq=finish.log.next_seq(),
        turn=row.turns,
        sent_at=finish.now,
        accepted_at=finish.now,
    )
    message.body_cipher = seal_body(finish.vault, row.address, message, Body.of_reply(said))
    message.save(force_insert=True)
    finish.log.add("note", change.actor, message=message)
    return message


def reclassify(
    change: Change,
    *,
    category: str | None = None,
    priority: int | None = None,
    team: Team | None = None,
) -> None:
    """What the router guessed, corrected by a person; a new priority moves the clocks by the stated rule."""
    ticket = change.ticket
    before = {"category": ticket.category, "priority": ticket.priority, "team": ticket.team.slug}
    if category and category != ticket.category:
        ticket.category = category
        ticket.escalate_at = change.finish.now
    if priority is not None and priority != ticket.priority:
        ticket.priority = int(Priority(priority))
        happened(ticket, Happened.PRIORITY_CHANGED, change.finish.now, priority=ticket.priority)
    if team is not None:
        ticket.team = team
    after = {"category": ticket.category, "priority": ticket.priority, "team": ticket.team.slug}
    if after != before:
        data = {"ticket": ticket.number, "before": before, "after": after}
        change.finish.log.add("ticket_changed", change.actor, data=data)


def wait_for_customer(change: Change) -> None:
    """The clocks rest until the customer writes."""
    ticket = change.ticket
    if ticket.status != Ticket.Status.OPEN:
        raise IllegalTransition("Only an open ticket can wait for the customer.")
    ticket.status = Ticket.Status.PENDING
    happened(ticket, Happened.PAUSED, change.finish.now)
    data = {"ticket": ticket.number, "status": "pending"}
    change.finish.log.add("ticket_changed", change.actor, data=data)


def resolve(change: Change, survey: Reply | None, *, parts: int) -> None:
    """Done. Asks the satisfaction question once per conversation, if `survey` is given, in `parts` as for `say`."""
    ticket, finish = change.ticket, change.finish
    if ticket.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}:
        raise IllegalTransition("This ticket is resolved already.")
    ticket.status = Ticket.Status.RESOLVED
    ticket.resolved_at = finish.now
    happened(ticket, Happened.RESOLVED, finish.now)
    QueueEntry.objects.filter(ticket=ticket).delete()
    if ticket.assignee is not None:
        finished_work(ticket.assignee, ticket.team, finish.now)
    close_need(finish, change.actor, survey, parts=parts, data={"number": ticket.number})


def reopen(change: Change) -> None:
    """A person opens a resolved ticket again and speaks from now on."""
    ticket, finish = change.ticket, change.finish
    if ticket.status != Ticket.Status.RESOLVED:
        raise IllegalTransition("Only a resolved ticket can be opened again.")
    ticket.status, ticket.resolved_at = Ticket.Status.OPEN, None
    ticket.assignee = change.user
    happened(ticket, Happened.REOPENED, finish.now)
    row = finish.conversation
    row.status, row.resolved_at = Conversation.Status.OPEN, None
    finish.changed |= {"status", "resolved_at"}
    finish.log.add("ticket_reopened", change.actor, is_public=True, data={"number": ticket.number})
    change_speaker(finish, Conversation.Speaker.PERSON, change.user, change.actor)


def close_need(
    finish: Finish,
    actor: str,
    survey: Reply | None,
    *,
    parts: int,
    data: dict[str, Any] | None = None,
) -> None:
    """Inside a transaction: the conversation is resolved, nobody speaks, the question is asked once."""
    row = finish.conversation
    row.status, row.resolved_at = Conversation.Status.RESOLVED, finish.now
    finish.changed |= {"status", "resolved_at"}
    finish.log.add("resolved", actor, is_public=True, data=data)
    change_speaker(finish, Conversation.Speaker.NOBODY, None, actor)
    address = finish.way.address if finish.way else row.address
    if survey is None or is_refused(address, finish.inbox.id):
        return
    if not is_to_be_asked(row, finish.now):
        return
    say(finish, survey, author=Message.Author.SYSTEM, parts=parts)


def must_speak(change: Change) -> None:
    """Raises `IllegalTransition` unless the word is this user's."""
    row = change.finish.conversation
    if row.speaker != Conversation.Speaker.PERSON or row.speaker_user_id != change.user.id:
        raise IllegalTransition("Take the ticket first: somebody else is speaking.")
