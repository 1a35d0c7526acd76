"""What goes into and comes out of the API of roles, invitations, channels and sources."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from bot.permissions import May
from web.api.schemas import In, Out

Name = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[^\x00\s\x85]([^\x00]*[^\x00\s\x85])?$")
]
Mail = Annotated[str, Field(max_length=254, pattern=r"^[\w.+-]+@[\w-]+(\.[\w-]+)+$")]


BuiltIn = Literal["agent", "lead", "admin", "auditor", "author"]


class Role(Out):
    """`id` is null for a built-in role. `teams`, `brands`: the only ones whose tickets it shows; empty: all."""

    id: UUID | None
    name: str
    permissions: list[str]
    like: str = ""
    teams: list[UUID] = []
    brands: list[UUID] = []
    needs_second_step: bool = False
    people: int = 0


class Roles(Out):
    items: list[Role]


class RoleIn(In):
    name: Name
    permissions: list[May] = Field(min_length=1, max_length=20)
    like: BuiltIn = "agent"
    teams: list[UUID] = Field(default=[], max_length=200)
    brands: list[UUID] = Field(default=[], max_length=50)
    needs_second_step: bool = False


class InvitationIn(In):
    """`role`: a built-in one, or the id of one of the company's own; `team`: a slug."""

    email: Mail
    name: Name
    role: BuiltIn | UUID = "agent"
    team: Annotated[str, Field(max_length=50, pattern=r"^[-\w]*$")] = ""


class Invitation(Out):
    """`link` works once, within three days."""

    user: UUID
    link: str


class Inbox(Out):
    slug: str
    name: str
    channel: str
    is_active: bool


class Inboxes(Out):
    items: list[Inbox]


class Manifest(Out):
    """`manifest`: to be pasted as JSON where the provider makes apps."""

    manifest: dict[str, Any]


class InOrder(Out):
    what: str
    about: str


class Trial(Out):
    """`may_pass`: trying again later may help."""

    works: bool
    found: list[InOrder]
    problem: str
    may_pass: bool


class SourceIn(In):
    """A web address, or `sample`."""

    address: Annotated[
        str,
        Field(
            max_length=400,
            pattern=r"^(https?://)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(/[^\s\x00-\x20\x7f-\xa0]*)?$",
        ),
    ]


class Source(Out):
    id: UUID
    address: str
    state: str
    asked_at: datetime
    read_at: datetime | None
    articles: int
    problem: str


class Sources(Out):
    items: list[Source]
