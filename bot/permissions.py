"""Who may do what. Every page and every API operation asks here before a verb is called."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Q, QuerySet

from core.errors import NotAllowed
from store.models import Figures, Team, Ticket, User


class May(StrEnum):
    """Named permissions."""

    WORK_TICKETS = "work_tickets"
    SEE_ALL_TICKETS = "see_all_tickets"
    TAKE_OVER = "take_over"
    CONFIGURE = "configure"
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
    User.Role.ADMIN: frozenset(set(May) - {May.READ_AUDIT}) | {May.READ_AUDIT},
    User.Role.AUDITOR: frozenset({May.SEE_ALL_TICKETS, May.READ_AUDIT, May.SEE_REPORTS}),
    User.Role.AUTHOR: frozenset({May.WRITE_ARTICLES}),
}


def may(user: User, permission: May) -> bool:
    """True when the user's role grants it and the user is active."""
    return user.is_active and permission in _GRANTED.get(user.role, frozenset())


def require(user: User, permission: May) -> None:
    """Raises `NotAllowed` unless the user may."""
    if not may(user, permission):
        raise NotAllowed(f"Your role ({user.role}) does not permit this; an admin can change that.")


def teams_of(user: User) -> QuerySet[Team]:
    """The teams whose queues the user sees: own ones and triage; all for those who may see everything."""
    if may(user, May.SEE_ALL_TICKETS):
        return Team.objects.all()
    if not may(user, May.WORK_TICKETS):
        return Team.objects.none()
    return Team.objects.filter(Q(agent__user=user) | Q(is_triage=True)).distinct()


def tickets_of(user: User) -> QuerySet[Ticket]:
    """The tickets the user may see, as a query: own ones and those of their teams."""
    if may(user, May.SEE_ALL_TICKETS):
        return Ticket.objects.all()
    if not may(user, May.WORK_TICKETS):
        return Ticket.objects.none()
    return Ticket.objects.filter(Q(team__in=teams_of(user)) | Q(assignee=user))


def figures_of(user: User) -> QuerySet[Figures]:
    """The conversations that reports of this user count: all, or those of their teams. Those that never became a
    ticket belong to no team."""
    if not may(user, May.SEE_REPORTS):
        return Figures.objects.none()
    if may(user, May.SEE_ALL_TICKETS):
        return Figures.objects.all()
    return Figures.objects.filter(team__in=teams_of(user))
