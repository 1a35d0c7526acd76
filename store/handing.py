"""Giving a ticket from one person or queue to another, inside a change. Who may is decided in `bot.leading`."""

from __future__ import annotations

from core.errors import IllegalTransition
from store.models import Conversation, QueueEntry, Team, Ticket, User
from store.presence import got_work
from store.tickets import Change, requeue
from store.turns import change_speaker


def to_person(change: Change, person: User) -> None:
    """The person speaks and is the assignee from now on. Raises `IllegalTransition` when it is resolved."""
    ticket, row = change.ticket, change.finish.conversation
    _must_be_open(ticket)
    speaks = row.speaker == Conversation.Speaker.PERSON and row.speaker_user_id == person.id
    if speaks and ticket.assignee_id == person.id:
        return
    before = str(ticket.assignee_id or "")
    ticket.assignee, ticket.taken_at = person, change.finish.now
    QueueEntry.objects.filter(ticket=ticket).delete()
    got_work(person, change.finish.now)
    change_speaker(change.finish, Conversation.Speaker.PERSON, person, change.actor)
    data = {
        "ticket": ticket.number,
        "before": {"assignee": before},
        "after": {"assignee": str(person.id)},
        "to": person.name,
    }
    change.finish.log.add("ticket_changed", change.actor, data=data)


def to_team(change: Change, team: Team) -> None:
    """Into the team's queue. Raises `IllegalTransition` when it is resolved."""
    ticket = change.ticket
    _must_be_open(ticket)
    if ticket.team_id == team.id and ticket.assignee_id is None:
        return
    before = {"assignee": str(ticket.assignee_id or ""), "team": ticket.team.slug}
    ticket.team, ticket.assignee = team, None
    requeue(ticket, change.finish.now)
    if change.finish.conversation.speaker == Conversation.Speaker.PERSON:
        change_speaker(change.finish, Conversation.Speaker.QUEUE, None, change.actor)
    after = {"assignee": "", "team": team.slug}
    data = {"ticket": ticket.number, "before": before, "after": after, "to": team.name}
    change.finish.log.add("ticket_changed", change.actor, data=data)


def _must_be_open(ticket: Ticket) -> None:
    if ticket.status in {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}:
        raise IllegalTransition("This ticket is resolved; reopen it first.")
