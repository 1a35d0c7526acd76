"""What goes in and out of the API of outgoing webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from core.happenings import HAPPENINGS
from store.models import HookCall as Row
from web.api.schemas import In, Out

Kind = Annotated[str, Field(pattern=f"^({'|'.join(HAPPENINGS)})$")]
_SIGN = "[A-Za-z0-9+/]"
Secret = Annotated[
    str,
    Field(
        pattern=f"^whsec_({_SIGN}{{4}}){{8,20}}({_SIGN}{{4}}|{_SIGN}{{3}}=|{_SIGN}{{2}}==)$",
        description="whsec_ and 24 to 64 random bytes in base64, as Standard Webhooks says.",
    ),
]
_PORT = "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}))?"
Address = Annotated[
    str, Field(pattern=rf"^https?://[A-Za-z0-9.-]{{1,200}}{_PORT}(/[!-~]{{0,380}})?$")
]
Name = Annotated[
    str, Field(max_length=120, pattern=r"^[^\s\x00-\x1f\x85]([^\x00\r\n]*[^\s\x00\x85])?$")
]


class HookIn(In):
    """`kinds`: of `GET /event-kinds`; none is everything. `secret`: your own, else one is made up."""

    name: Name
    url: Address
    kinds: Annotated[list[Kind], Field(max_length=50)] = []
    secret: Secret | None = None


class HookChange(In):
    """What is left out stays."""

    name: Name | None = None
    url: Address | None = None
    kinds: Annotated[list[Kind], Field(max_length=50)] | None = None
    is_active: bool | None = None


class NewSecret(In):
    """`secret`: your own, else one is made up."""

    secret: Secret | None = None


class Hook(Out):
    """`failing_since`: nothing was taken since then. `ended`: why it was switched off by itself."""

    id: UUID
    name: str
    url: str
    kinds: list[str]
    is_active: bool
    failures: int
    failing_since: datetime | None
    ended: str
    created_at: datetime


class HookMade(Hook):
    """`secret` is shown this once."""

    secret: str


class Hooks(Out):
    items: list[Hook]


class HookCall(Out):
    """`status`: of the last answer; `problem`: why it was not taken. `next_at`: the next attempt."""

    id: int
    name: str
    kind: str
    state: Row.State
    attempts: int
    status: int | None
    problem: str
    took_ms: int | None
    created_at: datetime
    tried_at: datetime | None
    next_at: datetime | None
    body: dict[str, Any]


class HookCallPage(Out):
    items: list[HookCall]
    next: str | None


class EventKind(Out):
    kind: str
    about: str


class EventKinds(Out):
    items: list[EventKind]
