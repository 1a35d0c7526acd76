"""Who may make and revoke API tokens, for whom, and what a token may do. Rows and digests are `store.tokens`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet

from bot.company import default_brand
from bot.house import House
from bot.permissions import May, may, require
from bot.roles import must_have_role
from core.errors import MalformedPayload, NotAllowed, NotFound
from store import tokens
from store.audit import record
from store.models import Agent, ApiToken, Team, TeamMember, User

MOST_DAYS = 3650


class Scope(StrEnum):
    """What a token was made for. Its user's role must permit the same."""

    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    KNOWLEDGE_READ = "knowledge:read"
    COMPANY_READ = "company:read"
    COMPANY_WRITE = "company:write"
    REPORTS_READ = "reports:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"
    LESSONS_WRITE = "lessons:write"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a token, and the person or service in whose name."""

    token: ApiToken = field(repr=False)
    user: User
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Made:
    """A new token; `text` is shown once and stored nowhere."""

    row: ApiToken
    text: str = field(repr=False)


def caller_of(house: House, text: str) -> Caller:
    """Whose token this is. Raises `BadSignature`."""
    row = tokens.find(text, house.clock())
    return Caller(row, row.user, frozenset(row.scopes))


def require_scope(caller: Caller, scope: Scope) -> None:
    """Raises `NotAllowed` when the token was not made for this."""
    if scope not in caller.scopes:
        raise NotAllowed(
            "This token was not made for %(scope)s; make one that has the scope.", scope=scope.value
        )


def make_personal(
    house: House,
    user: User,
    name: str,
    scopes: Iterable[str],
    days: int | None,
    *,
    by: User | None = None,
) -> Made:
    """A token that acts as `user`, who makes it; `by` is None where the command line does.

    Raises `MalformedPayload`; `NotAllowed` when somebody else's is asked for.
    """
    if by is not None and by.pk != user.pk:
        raise NotAllowed("A personal token is made by the person it belongs to.")
    return _make(house, user, ApiToken.Kind.PERSONAL, name, scopes, days, by)


def make_service(
    house: House,
    by: User | None,
    name: str,
    role: str,
    teams: Sequence[str],
    scopes: Iterable[str],
    days: int | None,
) -> Made:
    """A token with a user of its own that nobody can sign in as. `by` is None from the command line.

    Raises `NotAllowed`, `NotFound` for a team, `MalformedPayload`.
    """
    if by is not None:
        require(by, May.CONFIGURE)
    if role not in set(User.Role):
        raise MalformedPayload("A role is one of %(roles)s.", roles=", ".join(User.Role))
    if by is not None:
        must_have_role(by, role)
    brand = default_brand()
    found = list(Team.objects.filter(brand=brand, slug__in=teams))
    if missing := set(teams) - {team.slug for team in found}:
        raise NotFound("There is no team '%(team)s'.", team=sorted(missing)[0])
    with transaction.atomic():
        user = User(email=_address(name), name=name.strip(), role=role, joined_at=house.clock())
        user.set_unusable_password()
        made_for = _checked(name, scopes)
        user.save(force_insert=True)
        if found:
            agent = Agent.objects.create(user=user, brand=brand)
            TeamMember.objects.bulk_create(TeamMember(team=team, agent=agent) for team in found)
        return _make(house, user, ApiToken.Kind.SERVICE, name, made_for, days, by)


def revoke(house: House, by: User | None, token: UUID) -> ApiToken:
    """Ends a token: one's own, or anybody's for an admin and the command line; a service ends with its token.

    Raises `NotFound`.
    """
    with transaction.atomic():
        row = tokens.revoke(token, tokens_of(by), house.clock())
        if row.kind == ApiToken.Kind.SERVICE:
            User.objects.filter(id=row.user_id).update(is_active=False)
        _note(house, by, "token.revoke", row)
    return row


def tokens_of(user: User | None) -> QuerySet[ApiToken]:
    """The tokens that this person may see and revoke; all for admins and, as None, the command line."""
    rows = ApiToken.objects.select_related("user").order_by("-created_at")
    if user is None or may(user, May.CONFIGURE):
        return rows
    return rows.filter(user=user)


def _make(
    house: House,
    user: User,
    kind: str,
    name: str,
    scopes: Iterable[str],
    days: int | None,
    by: User | None,
) -> Made:
    made_for = _checked(name, scopes)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise MalformedPayload("A token lives 1 to %(most)s days, or without end.", most=MOST_DAYS)
    now = house.clock()
    ends = now + timedelta(days=days) if days is not None else None
    with transaction.atomic():
        row, text = tokens.make(user, kind, name.strip(), made_for, now=now, expires_at=ends, by=by)
        _note(house, by, "token.create", row, kind=kind, scopes=made_for, days=days)
    return Made(row, text)


def _checked(name: str, scopes: Iterable[str]) -> list[str]:
    wanted = sorted(set(scopes))
    if not name.strip() or len(name) > 120:
        raise MalformedPayload("A token needs a name of 1 to 120 characters.")
    unknown = set(wanted) - set(Scope)
    if unknown or not wanted:
        raise MalformedPayload("Choose one or more scopes of %(scopes)s.", scopes=", ".join(Scope))
    return wanted


def _address(name: str) -> str:
    """An address that can never receive mail (RFC 2606), which the table of users asks for."""
    word = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "service"
    return f"{word[:40]}.{uuid4().hex[:8]}@service.invalid"


def _note(house: House, by: User | None, action: str, row: ApiToken, **details: Any) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{by.id}" if by else "command",
        action=action,
        subject=f"token:{row.id}",
        details={"user": str(row.user_id), **details},
    )
