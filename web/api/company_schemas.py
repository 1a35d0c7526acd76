"""What comes out of the API of the company's own set-up."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from web.api.schemas import Colleague, Out


class Me(Out):
    user: Colleague
    role: str
    scopes: list[str]
    token: str
    expires_at: datetime | None


class Team(Out):
    slug: str
    name: str
    is_triage: bool


class Teams(Out):
    items: list[Team]


class Skill(Out):
    slug: str
    level: int


class Agent(Out):
    user: Colleague
    teams: list[str]
    skills: list[Skill]
    presence: str


class AgentPage(Out):
    items: list[Agent]
    next: str | None


class Holiday(Out):
    on: date
    name: str


class Calendar(Out):
    """`spans`: weekday 0 (Monday) to 6, each a list of ["HH:MM", "HH:MM"]."""

    id: UUID
    name: str
    time_zone: str
    spans: dict[str, Any]
    holidays: list[Holiday]


class Calendars(Out):
    items: list[Calendar]


class Policy(Out):
    """`targets`: clock to priority to {"seconds": n} or {"days": n}."""

    id: UUID
    name: str
    counts: str
    calendar: UUID | None
    targets: dict[str, Any]
    is_default: bool


class Policies(Out):
    items: list[Policy]


class OnCall(Out):
    """A turn, or what is left of it. `is_cover`: instead of whose turn it was."""

    person: Colleague
    start: datetime
    end: datetime
    is_cover: bool


class Rota(Out):
    """`on_call`: null where nobody is now. `turns`: from now on, four weeks."""

    id: UUID
    name: str
    time_zone: str
    on_call: Colleague | None
    turns: list[OnCall]


class Rotas(Out):
    items: list[Rota]
