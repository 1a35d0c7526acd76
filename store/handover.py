"""Handing a ticket on: to another team, to a colleague, back to the assistant and from there to people again."""

from __future__ import annotations

from core.errors import IllegalTransition
from core.sla import Happened
from store.clocks import happened
from store.models import Conversation, QueueEntry, Team, Ticket, User
from store.presence import got_work
from store.tickets import Change, reclassify, requeue, ticket_of
from store.turns import Finish, change_speaker

_DONE = {Ticket.Status.RESOLVED, Ticket.Status.CLOSED}


def to_team(change: Change, team: Team) -> None:
    """Into another team's queue; nobody speaks for now."""
    _must_be_alive(change)
    reclassify(change, team=team)
    change.ticket.assignee = None
    requeue(change.ticket, change.finish.now)
    if change.finish.conversation.speaker == Conversation.Speaker.PERSON:
        change_speaker(change.finish, Conversation.Speaker.QUEUE, None, change.actor)


def to_colleague(change: Change, colleague: User) -> None:
    """The colleague speaks from now on."""
    _must_be_alive(change)
    change.ticket.assignee, change.ticket.taken_at = colleague, change.finish.now
    got_work(colleague, change.finish.now)
    QueueEntry.objects.filter(ticket=change.ticket).delete()
    change_speaker(change.finish, Conversation.Speaker.PERSON, colleague, change.actor)
    data = {"ticket": change.ticket.number, "to": colleague.name, "assignee": str(colleague.id)}
    change.finish.log.add("ticket_given", change.actor, data=data)


def to_assistant(change: Change) -> None:
    """The assistant speaks again; the clocks rest until it hands over once more or is done."""
    _must_be_alive(change)
    ticket = change.ticket
    if ticket.status == Ticket.Status.OPEN:
        ticket.status = Ticket.Status.PENDING
        happened(ticket, Happened.PAUSED, change.finish.now)
    ticket.assignee = None
    QueueEntry.objects.filter(ticket=ticket).delete()
    change_speaker(change.finish, Conversation.Speaker.BOT, None, change.actor)
    data = {"ticket": ticket.number}
    change.finish.log.add("ticket_handed_back", change.actor, data=data)


def to_people_again(finish: Finish) -> Ticket | None:
    """Inside a finishing turn: the assistant could not help after all. None where it never had this ticket back."""
    ticket = ticket_of(finish.conversation)
    if ticket is None or ticket.status in _DONE:
        return None
    ticket.status = Ticket.Status.OPEN
    ticket.version += 1
    happened(ticket, Happened.CUSTOMER_MESSAGE, finish.now)
    ticket.save()
    requeue(ticket, finish.now)
    finish.log.add("ticket_came_back", "bot", data={"ticket": ticket.number})
    change_speaker(finish, Conversation.Speaker.QUEUE)
    return ticket


def settled_by_assistant(finish: Finish) -> None:
    """Inside a finishing turn that resolves the need: a ticket that was handed back is resolved with it."""
    ticket = ticket_of(finish.conversation)
    if ticket is None or ticket.status in _DONE:
        return
    ticket.status, ticket.resolved_at = Ticket.Status.RESOLVED, finish.now
    ticket.version += 1
    happened(ticket, Happened.RESOLVED, finish.now)
    ticket.save()
    QueueEntry.objects.filter(ticket=ticket).delete()


def _must_be_alive(change: Change) -> None:
    if change.ticket.status in _DONE:
        raise IllegalTransition("This ticket is resolved; open it again first.")
