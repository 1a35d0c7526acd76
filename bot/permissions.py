"""Who may do what. Every page and every API operation asks here before a verb is called."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from django.db.models import Q, QuerySet

from core.errors import NotAllowed
from store.kept import machine_mails, unread_arrivals
from store.models import (
    Figures,
    Inbox,
    InboxRow,
    Message,
    PublicPost,
    SenderRuling,
    Team,
    Ticket,
    User,
)

FEW = 8
"""Teams: so many lists are read one after the other."""


class May(StrEnum):
    """Named permissions: of the built-in roles, and what roles of the company's own are made of."""

    WORK_TICKETS = "work_tickets"
    SEE_ALL_TICKETS = "see_all_tickets"
    TAKE_OVER = "take_over"
    CONFIGURE = "configure"
    MANAGE_PEOPLE = "manage_people"
    WRITE_ARTICLES = "write_articles"
    READ_AUDIT = "read_audit"
    SEE_REPORTS = "see_reports"
    REVIEW_LESSONS = "review_lessons"


_GRANTED: dict[str, frozenset[May]] = {
    User.Role.AGENT: frozenset({May.WORK_TICKETS}),
    User.Role.LEAD: frozenset(
        {
            May.WORK_TICKETS,
            May.SEE_ALL_TICKETS,
            May.TAKE_OVER,
            May.SEE_REPORTS,
            May.REVIEW_LESSONS,
        }
    ),
    User.Role.ADMIN: frozenset(May),
    User.Role.AUDITOR: frozenset({May.SEE_ALL_TICKETS, May.READ_AUDIT, May.SEE_REPORTS}),
    User.Role.AUTHOR: frozenset({May.WRITE_ARTICLES}),
}


def permissions_of(user: User) -> frozenset[May]:
    """What the user's role grants, the company's own role before the built-in one; nothing to who has left."""
    if not user.is_active:
        return frozenset()
    if user.custom_role_id is None or user.custom_role is None:
        return _GRANTED.get(user.role, frozenset())
    return frozenset(May(one) for one in user.custom_role.permissions if one in set(May))


def permissions_of_role(role: str) -> frozenset[May]:
    """What a built-in role grants."""
    return _GRANTED.get(role, frozenset())


def may(user: User, permission: May) -> bool:
    """True when the user's role grants it and the user is active."""
    return permission in permissions_of(user)


def require(user: User, permission: May) -> None:
    """Raises `NotAllowed` unless the user may."""
    if not may(user, permission):
        name = role_name(user)
        raise NotAllowed(
            "Your role (%(name)s) does not permit this; an admin can change that.", name=name
        )


def role_name(user: User) -> str:
    """What the user's role is called."""
    return user.custom_role.name if user.custom_role_id and user.custom_role else user.role


def bounds_of(user: User) -> QuerySet[Team] | None:
    """The teams to whose tickets the user's own role is bound, by team and by brand; None: to none."""
    role = user.custom_role if user.custom_role_id else None
    if role is None or not (role.teams or role.brands):
        return None
    bound = Team.objects.filter(id__in=role.teams) if role.teams else Team.objects.all()
    return bound.filter(brand__in=role.brands) if role.brands else bound


def teams_of(user: User) -> QuerySet[Team]:
    """The teams whose queues the user sees: own ones and triage; all for those who may see everything. Never one
    beyond the bounds of their role."""
    bound = bounds_of(user)
    teams = Team.objects.all() if bound is None else bound
    if may(user, May.SEE_ALL_TICKETS):
        return teams
    if not may(user, May.WORK_TICKETS):
        return Team.objects.none()
    return teams.filter(Q(agent__user=user) | Q(is_triage=True)).distinct()


def few_teams_of(user: User) -> list[UUID] | None:
    """The ids of `teams_of`, so that lists can be asked for team by team; None where the user sees other tickets as well,
    or those of many teams."""
    if may(user, May.SEE_ALL_TICKETS) and bounds_of(user) is None:
        return None
    teams = list(teams_of(user).values_list("id", flat=True)[: FEW + 1])
    return teams if len(teams) <= FEW else None


def tickets_of(user: User) -> QuerySet[Ticket]:
    """The tickets the user may see, as a query: own ones and those of their teams, within the bounds of their role."""
    bound = bounds_of(user)
    within = Ticket.objects.all() if bound is None else Ticket.objects.filter(team__in=bound)
    if may(user, May.SEE_ALL_TICKETS):
        return within
    if not may(user, May.WORK_TICKETS):
        return Ticket.objects.none()
    return within.filter(Q(team__in=teams_of(user)) | Q(assignee=user))


def posts_of(user: User) -> QuerySet[PublicPost]:
    """The public posts that the user may see: of the brands of their teams; one that became a ticket only with that."""
    within = PublicPost.objects.filter(brand__in=teams_of(user).values("brand"))
    if may(user, May.SEE_ALL_TICKETS) and bounds_of(user) is None:
        return within
    return within.filter(Q(conversation=None) | Q(conversation__ticket__in=tickets_of(user)))


def kept_of(user: User) -> QuerySet[Message]:
    """The mails of machines that were kept without a ticket: for who sees all tickets, of the brands whose triage team is
    within the bounds of their role."""
    if not may(user, May.SEE_ALL_TICKETS):
        return Message.objects.none()
    rows = machine_mails()
    return rows if bounds_of(user) is None else rows.filter(conversation__brand__in=_triaging(user))


def mailboxes_of(user: User) -> QuerySet[Inbox]:
    """The inboxes whose kept mail the user sees, of whatever channel."""
    if not may(user, May.SEE_ALL_TICKETS):
        return Inbox.objects.none()
    rows = Inbox.objects.filter(is_active=True)
    return rows if bounds_of(user) is None else rows.filter(brand__in=_triaging(user))


def rulings_of(user: User) -> QuerySet[SenderRuling]:
    """What was decided about senders of mail, for the same people."""
    if not may(user, May.SEE_ALL_TICKETS):
        return SenderRuling.objects.none()
    rows = SenderRuling.objects.all()
    return rows if bounds_of(user) is None else rows.filter(inbox__brand__in=_triaging(user))


def unread_of(user: User) -> QuerySet[InboxRow]:
    """What could not be read and was set aside, for the same people."""
    if not may(user, May.SEE_ALL_TICKETS):
        return InboxRow.objects.none()
    rows = unread_arrivals()
    return rows if bounds_of(user) is None else rows.filter(inbox__brand__in=_triaging(user))


def _triaging(user: User) -> list[UUID]:
    teams = teams_of(user).filter(is_triage=True)
    return list(teams.values_list("brand_id", flat=True))


def figures_of(user: User) -> QuerySet[Figures]:
    """The conversations that reports of this user count: all, or those of their teams. Those that never became a
    ticket belong to no team."""
    if not may(user, May.SEE_REPORTS):
        return Figures.objects.none()
    if may(user, May.SEE_ALL_TICKETS) and bounds_of(user) is None:
        return Figures.objects.all()
    return Figures.objects.filter(team__in=teams_of(user))
