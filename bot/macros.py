"""Canned answers and macros: their variables are checked when they are written, and filled when they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from bot.house import House
from bot.permissions import May, may, require, teams_of
from bot.rich import PLAIN, RICH, literal, words_of
from core.errors import MalformedPayload, NotAllowed, NotFound
from store.models import Brand, Macro, Team, User

VARIABLES = (
    "customer.name",
    "customer.first_name",
    "ticket.number",
    "ticket.subject",
    "ticket.team",
    "agent.name",
    "agent.first_name",
)
THEN = ("", "wait", "resolve")
_VARIABLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")
_PLACE = re.compile(r"\{\{[^{}]*\}\}")
_LIMIT = 20_000
_FORM = "form"
"""Kept among the actions, where code that knows no form leaves it alone."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A macro's text with its values; `missing`: variables that have none here and still stand in the text."""

    text: str = field(repr=False)
    missing: tuple[str, ...]


def macros_for(user: User) -> QuerySet[Macro]:
    """Those of everybody, of the person's teams, and their own."""
    shared = Q(owner=None, team=None) | Q(team__in=teams_of(user)) | Q(owner=user)
    return Macro.objects.filter(shared, is_active=True).select_related("team").order_by("name")


def macro(user: User, number: UUID) -> Macro:
    """One of them. Raises `NotFound`."""
    found = macros_for(user).filter(id=number).first()
    if found is None:
        raise NotFound("There is no such macro.")
    return found


def filled(text: str, values: Mapping[str, str]) -> Filled:
    """The text as it would be sent."""
    missing: list[str] = []

    def value(match: re.Match[str]) -> str:
        known = values.get(match[1], "")
        if not known:
            missing.append(match[1])
        return known or "{{" + match[1] + "}}"

    return Filled(_VARIABLE.sub(value, text), tuple(dict.fromkeys(missing)))


def filled_in(row: Macro, values: Mapping[str, str], form: str) -> Filled:
    """The macro as it is typed in this format. What stands for a variable is never a sign, whoever chose that name."""
    if form_of(row) == RICH:
        found = filled(row.text, {name: literal(value) for name, value in values.items()})
        return found if form == RICH else replace(found, text=words_of(found.text, RICH).text)
    found = filled(row.text, values)
    if form != RICH:
        return found
    text = _PLACE.sub(lambda place: place[0].replace("\\_", "_"), literal(found.text))
    return replace(found, text=text)


def form_of(row: Macro) -> str:
    """The format that a macro was written in."""
    return str(row.actions.get(_FORM, PLAIN))


def must_be_filled(text: str) -> None:
    """Raises `MalformedPayload` while one of our variables stands in what is about to be sent."""
    for name in _VARIABLE.findall(text):
        if name in VARIABLES:
            raise MalformedPayload("Write something for {{%(name)s}} first.", name=name)


def save(house: House, user: User, values: Mapping[str, str], changes: UUID | None = None) -> Macro:
    """Makes a macro, or changes one: `name`, `text`, `for` (empty, `me`, a team), and its actions.

    Own ones are everybody's right; those of a team or of all are a lead's. Raises `MalformedPayload` where a
    variable or an action does not exist.
    """
    require(user, May.WORK_TICKETS)
    row = macro(user, changes) if changes else Macro(brand=_brand(user))
    if changes:
        _may_change(user, row)
    row.name = values.get("name", "").strip()[:80]
    row.text = values.get("text", "").strip()
    if not row.name or len(row.text) > _LIMIT:
        raise MalformedPayload("A macro needs a name, and at most 20,000 characters.")
    for name in _VARIABLE.findall(row.text):
        if name not in VARIABLES:
            raise MalformedPayload(
                "There is no {{%(name)s}}: %(names)s.", name=name, names=", ".join(VARIABLES)
            )
    row.actions = _actions(values)
    if not row.text and not row.actions:
        raise MalformedPayload("A macro says something, or does something.")
    if values.get(_FORM) == RICH and row.text:
        row.actions[_FORM] = RICH
    row.owner, row.team = _whose(user, values.get("for", ""))
    row.changed_at = house.clock()
    _may_change(user, row)
    row.save()
    return row


def remove(user: User, number: UUID) -> None:
    """Takes a macro out of use."""
    row = macro(user, number)
    _may_change(user, row)
    row.is_active = False
    row.name = f"{row.name[:40]} ({row.id})"[:80]
    row.save(update_fields=["is_active", "name"])


def _may_change(user: User, row: Macro) -> None:
    if row.owner_id != user.id and not may(user, May.TAKE_OVER):
        raise NotAllowed("Macros of a team, or of everybody, are written by its lead.")


def _whose(user: User, wanted: str) -> tuple[User | None, Team | None]:
    if wanted == "me":
        return user, None
    if not wanted:
        return None, None
    team = teams_of(user).filter(slug=wanted).first()
    if team is None:
        raise NotFound("There is no team '%(team)s'.", team=wanted)
    return None, team


def _actions(values: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if values.get("category"):
        found["category"] = values["category"][:48]
    if values.get("priority"):
        if values["priority"] not in {"1", "2", "3", "4"}:
            raise MalformedPayload("A priority is 1 (critical) to 4 (low).")
        found["priority"] = int(values["priority"])
    if values.get("team"):
        if not Team.objects.filter(slug=values["team"]).exists():
            raise NotFound("There is no team '%(team)s'.", team=values["team"])
        found["team"] = values["team"]
    if values.get("then"):
        if values["then"] not in THEN:
            raise MalformedPayload("After a macro a ticket stays open, waits or is resolved.")
        found["then"] = values["then"]
    return found


def _brand(user: User) -> Brand:
    agent = getattr(user, "agent", None)
    return agent.brand if agent else Brand.objects.order_by("slug")[0]
