"""Canned answers and macros for programs: those that the token's person may use, and writing them. Filling one on a ticket is `writing`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import ConfigDict, Field, model_validator

from bot import macros
from bot.permissions import May, require
from bot.tokens import Scope
from store.answered import Answered
from store.models import Macro
from web.api.deed_schemas import Format
from web.api.door import caller_in
from web.api.operations import Key, Limit, done_once, needs
from web.api.places import by_id
from web.api.schemas import TEXT, In, Made, Out
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="writing")
WRITE = needs(Scope.TICKETS_WRITE, tag="writing")
EVERYBODY = "everybody"
Name = Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f\x85]+[^\x00-\x1f\x7f]*$")]  # fmt: skip


class Following(StrEnum):
    WAIT = "wait"
    RESOLVE = "resolve"


class MacroActions(Out):
    """What it does beside its words; null where it leaves things as they are."""

    category: str | None = None
    priority: int | None = None
    team: str | None = None
    then: Following | None = None


class MacroOut(Out):
    """`whose`: `me`, `everybody`, or the slug of the team that it belongs to. `format`: of its text."""

    id: UUID
    name: str
    text: str
    format: Format
    does: MacroActions
    whose: str
    changed_at: datetime


class MacroPage(Out):
    items: list[MacroOut]
    next: str | None


def _says_something(schema: dict[str, Any]) -> None:
    """What is left out has no value that could be sent."""
    schema["minProperties"] = 1
    for field in schema["properties"].values():
        field.pop("default", None)


class NewActions(In):
    """`then`: what follows the reply."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_says_something)

    category: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$")] = ""
    priority: Annotated[int, Field(ge=1, le=4)] = 0
    team: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")] = ""
    then: Following = Following.WAIT

    @model_validator(mode="after")
    def _does_something(self) -> NewActions:
        if not self.model_fields_set:
            raise ValueError("name a category, a priority, a team or what follows")
        return self


def _says_or_does(schema: dict[str, Any]) -> None:
    for name in ("text", "does"):
        schema["properties"][name].pop("default", None)
    schema["anyOf"] = [{"required": ["text"]}, {"required": ["does"]}]


class MacroIn(In):
    """A text, actions, or both. `text` may name variables: `{{customer.first_name}}`. `whose`: `me`, `everybody`, or a
    team's slug; the latter two are for those who lead."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_says_or_does)

    name: Name
    text: Annotated[TEXT, Field(max_length=20_000)] = ""
    format: Format = Format.PLAIN
    does: NewActions = NewActions.model_construct()
    whose: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")] = "me"

    @model_validator(mode="after")
    def _says_or_does(self) -> MacroIn:
        if not self.model_fields_set & {"text", "does"}:
            raise ValueError("a macro says something, or does something")
        return self

    def values(self) -> dict[str, str]:
        """As the desk's form says it."""
        does = {name: str(getattr(self.does, name)) for name in self.does.model_fields_set}
        whose = "" if self.whose == EVERYBODY else self.whose
        said = {"name": self.name, "text": self.text, "form": self.format.value}
        return {**does, **said, "for": whose}


@router.get("/macros", response=MacroPage, **READ)
def list_macros(request: HttpRequest, cursor: UUID | None = None, limit: Limit = 50) -> MacroPage:
    """Those of everybody, of the person's teams, and their own; for those who work tickets."""
    user = caller_in(request).user
    require(user, May.WORK_TICKETS)
    page, following = by_id(macros.macros_for(user), cursor, limit)
    return MacroPage(items=[macro_out(one) for one in page], next=following)


@router.post("/macros", response={201: Made}, **WRITE)
def create_macro(request: HttpRequest, body: MacroIn, key: Key = None) -> HttpResponse:
    """A new one: one's own, or by a lead a team's or everybody's."""
    return _kept(request, body, key, None)


@router.put("/macros/{macro}", response=Made, **WRITE)
def change_macro(request: HttpRequest, macro: UUID, body: MacroIn, key: Key = None) -> HttpResponse:
    """What it says and does from now on."""
    return _kept(request, body, key, macro)


@router.delete("/macros/{macro}", response={204: None}, **WRITE)
def delete_macro(request: HttpRequest, macro: UUID) -> HttpResponse:
    """Takes it out of use; what was made with it stays."""
    macros.remove(caller_in(request).user, macro)
    return HttpResponse(status=204)


def _kept(request: HttpRequest, body: MacroIn, key: str | None, macro: UUID | None) -> HttpResponse:
    def act() -> Answered:
        row = macros.save(house(), caller_in(request).user, body.values(), macro)
        return Answered(201 if macro is None else 200, Made(id=row.id).model_dump(mode="json"))

    return done_once(request, key, act)


def macro_out(row: Macro) -> MacroOut:
    """A macro as it was written."""
    team = row.team.slug if row.team else EVERYBODY
    return MacroOut(
        id=row.id,
        name=row.name,
        text=row.text,
        format=Format(macros.form_of(row)),
        does=actions_of(row),
        whose="me" if row.owner_id else team,
        changed_at=row.changed_at,
    )


def actions_of(row: Macro) -> MacroActions:
    """What a macro does beside its words."""
    return MacroActions.model_validate(row.actions)
