"""Reading the company's own set-up: who this token is, teams, colleagues, hours and promises. It is changed in the administration."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpRequest
from ninja import Router

from bot.permissions import May, may, require
from bot.tokens import Scope
from core.rota import turns
from store import models
from store.models import AgentSkill
from store.rotas import rota_of
from web.api import company_schemas, schemas, shapes
from web.api.door import caller_in
from web.api.operations import Limit, needs, require_desk
from web.api.places import by_id
from web.house import house

router = Router()
AHEAD = timedelta(days=28)
READ = needs(Scope.COMPANY_READ, tag="company")
ANYBODY: dict[str, Any] = {"tags": ["company"], "openapi_extra": {"security": [{"token": []}]}}
"""Any token may ask who it is."""


@router.get("/me", response=company_schemas.Me, **ANYBODY)
def get_me(request: HttpRequest) -> company_schemas.Me:
    """In whose name this token acts, and what it may do."""
    caller = caller_in(request)
    return company_schemas.Me(
        user=schemas.Colleague(id=caller.user.id, name=caller.user.name),
        role=caller.user.role,
        scopes=sorted(caller.scopes),
        token=caller.token.name,
        expires_at=caller.token.expires_at,
    )


@router.get("/teams", response=company_schemas.Teams, **READ)
def list_teams(request: HttpRequest) -> company_schemas.Teams:
    """The teams that a ticket can be given to."""
    require_desk(caller_in(request).user)
    return company_schemas.Teams(
        items=[
            company_schemas.Team(slug=team.slug, name=team.name, is_triage=team.is_triage)
            for team in models.Team.objects.order_by("name")
        ]
    )


@router.get("/agents", response=company_schemas.AgentPage, **READ)
def list_agents(
    request: HttpRequest, cursor: UUID | None = None, limit: Limit = 50
) -> company_schemas.AgentPage:
    """Who takes conversations, in which teams, with which skills, and whether they are at work."""
    require_desk(caller_in(request).user)
    skills = AgentSkill.objects.select_related("skill").order_by("skill__slug")
    rows = models.Agent.objects.filter(user__is_active=True).select_related("user", "presence")
    rows = rows.prefetch_related("teams", Prefetch("agentskill_set", queryset=skills))
    page, following = by_id(rows, cursor, limit)
    return company_schemas.AgentPage(items=[_agent(agent) for agent in page], next=following)


@router.get("/calendars", response=company_schemas.Calendars, **READ)
def list_calendars(request: HttpRequest) -> company_schemas.Calendars:
    """Working hours and days off; for those who may change the settings."""
    require(caller_in(request).user, May.CONFIGURE)
    rows = models.Calendar.objects.prefetch_related("holiday_set").order_by("name")
    return company_schemas.Calendars(
        items=[
            company_schemas.Calendar(
                id=row.id,
                name=row.name,
                time_zone=row.time_zone,
                spans=row.spans,
                holidays=[
                    company_schemas.Holiday(on=day.on, name=day.name)
                    for day in row.holiday_set.all()
                ],
            )
            for row in rows
        ]
    )


@router.get("/policies", response=company_schemas.Policies, **READ)
def list_policies(request: HttpRequest) -> company_schemas.Policies:
    """What is promised, by priority; for those who may change the settings, or a ticket's policy."""
    user = caller_in(request).user
    if not may(user, May.TAKE_OVER):
        require(user, May.CONFIGURE)
    return company_schemas.Policies(
        items=[
            company_schemas.Policy(
                id=row.id,
                name=row.name,
                counts=row.counts,
                calendar=row.calendar_id,
                targets=row.targets,
                is_default=row.is_default,
            )
            for row in models.SlaPolicy.objects.order_by("name")
        ]
    )


@router.get("/rotas", response=company_schemas.Rotas, **READ)
def list_rotas(request: HttpRequest) -> company_schemas.Rotas:
    """Who is on call, now and in the next four weeks."""
    require_desk(caller_in(request).user)
    now = house().clock()
    return company_schemas.Rotas(
        items=[_rota(row, now) for row in models.Rota.objects.order_by("name")]
    )


def _rota(row: models.Rota, now: datetime) -> company_schemas.Rota:
    counted = rota_of(row)
    ids = {UUID(person) for person in counted.people} | {UUID(c.person) for c in counted.covers}
    people = {str(one.id): one for one in models.User.objects.filter(id__in=ids)}
    found = [
        company_schemas.OnCall(
            person=schemas.Colleague(id=people[one.person].id, name=people[one.person].name),
            start=one.start,
            end=one.end,
            is_cover=one.is_cover,
        )
        for one in turns(counted, now, now + AHEAD)
    ]
    first = found[0] if found and found[0].start <= now else None
    return company_schemas.Rota(
        id=row.id,
        name=row.name,
        time_zone=row.time_zone,
        on_call=first.person if first else None,
        turns=found,
    )


def _agent(agent: models.Agent) -> company_schemas.Agent:
    presence = getattr(agent, "presence", None)
    colleague = shapes.colleague(agent.user)
    assert colleague is not None
    return company_schemas.Agent(
        user=colleague,
        teams=sorted(team.slug for team in agent.teams.all()),
        skills=[
            company_schemas.Skill(slug=row.skill.slug, level=row.level)
            for row in agent.agentskill_set.all()
        ],
        presence=presence.state if presence else models.Presence.State.OFFLINE,
    )
