"""What steps of the matrix tell outside the desk: a mail, a post in Slack, a page to whoever is on call. Sending is `bot.notices`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from store.models import EscalationStep, Inbox, TeamMember, Ticket, User
from store.notices import mailbox, notify
from store.rotas import person_on_call
from store.turns import Finish

PAGES_BY = frozenset({"email", "sms"})
"""Kinds of inboxes that reach a colleague by what is known of them: their address, their telephone."""


def mail(finish: Finish, ticket: Ticket, row: EscalationStep, told: dict[str, Any]) -> str:
    """To whom the ticket belongs, the team's leads, or a named person."""
    inbox = mailbox(ticket.brand_id)
    if inbox is None:
        return "no_mailbox"
    people = _people(ticket, str(row.arguments.get("to", "")))
    for user in people:
        notify(ticket, inbox, "escalated", [told], finish.now, user=user)
    return "mailed" if people else "no_such_person"


def slack(finish: Finish, ticket: Ticket, row: EscalationStep, told: dict[str, Any]) -> str:
    """Into a channel of the workspace behind an inbox."""
    inbox = Inbox.objects.filter(
        brand=ticket.brand_id,
        slug=row.arguments.get("inbox", ""),
        channel="slack",
        is_active=True,
    ).first()
    place = str(row.arguments.get("place", ""))
    if inbox is None or not place:
        return "no_such_place"
    notify(ticket, inbox, "escalated", [told], finish.now, place=place)
    return "posted"


def page(finish: Finish, ticket: Ticket, row: EscalationStep, told: dict[str, Any]) -> str:
    """To whoever is on call now, through the rota's inbox. `told` then names them."""
    rota, user = person_on_call(UUID(str(row.arguments["rota"])), finish.now)
    if rota is None:
        return "no_such_rota"
    if user is None:
        return "nobody_on_call"
    inbox = rota.inbox if rota.inbox and rota.inbox.is_active else None
    has_phone = bool(getattr(getattr(user, "agent", None), "phone", ""))
    if inbox is None or (inbox.channel == "sms" and not has_phone):
        inbox = mailbox(ticket.brand_id)
    if inbox is None:
        return "no_mailbox"
    told |= {"on_call": user.name, "rota": rota.name}
    notify(ticket, inbox, "paged", [dict(told)], finish.now, user=user)
    return "paged"


def _people(ticket: Ticket, to: str) -> list[User]:
    match to:
        case "assignee":
            users = User.objects.filter(ticket=ticket)
        case "leads":
            leads = TeamMember.objects.filter(team=ticket.team_id, is_lead=True)
            users = User.objects.filter(agent__in=leads.values("agent"))
        case person:
            try:
                users = User.objects.filter(pk=UUID(person))
            except ValueError:
                return []
    return list(users.filter(is_active=True).order_by("name"))
