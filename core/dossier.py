"""What colleagues hang on a ticket: tags, links to other tickets, followers, fields of the company's own, and tasks.

A deed is a value, and so is what takes it back. Keeping them is `store.dossier`, who may is `bot.annotate`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from uuid import UUID

from core.errors import MalformedPayload

LONGEST_TAG = 40
LONGEST_VALUE = 200
LONGEST_TASK = 300
_NO_TAG = re.compile(r"[^\w.+-]+", re.UNICODE)


class Deed(StrEnum):
    """What can be done. Each names in `Step.what` and `Step.value` what it needs."""

    TAG = "tag"
    UNTAG = "untag"
    LINK = "link"
    """`what`: a `Relation` of this ticket; `value`: the other one's number."""
    UNLINK = "unlink"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    FILL = "fill"
    """`what`: the field's slug; `value`: empty takes the value away."""
    ADD_TASK = "add_task"
    """`value`: its words."""
    ADD_CHECKLIST = "add_checklist"
    """`what`: the template's id."""
    TICK = "tick"
    UNTICK = "untick"
    DROP_TASKS = "drop_tasks"
    """`what`: ids of tasks joined by commas, here and in the three beside it."""
    BRING_TASKS = "bring_tasks"


@dataclass(frozen=True, slots=True)
class Step:
    """One deed on one ticket."""

    deed: Deed
    what: str = ""
    value: str = field(default="", repr=False)


class Relation(StrEnum):
    """What one ticket is to another, said from either end."""

    DUPLICATE_OF = "duplicate_of"
    HAS_DUPLICATE = "has_duplicate"
    CAUSED_BY = "caused_by"
    CAUSES = "causes"
    RELATED = "related"

    @property
    def inverse(self) -> Relation:
        """The same link as the other ticket says it."""
        return _INVERSE[self]

    @property
    def is_stored(self) -> bool:
        """Each link is kept once, from this end; `RELATED` has two equal ones."""
        return self in {Relation.DUPLICATE_OF, Relation.CAUSED_BY, Relation.RELATED}


_INVERSE = {
    Relation.DUPLICATE_OF: Relation.HAS_DUPLICATE,
    Relation.HAS_DUPLICATE: Relation.DUPLICATE_OF,
    Relation.CAUSED_BY: Relation.CAUSES,
    Relation.CAUSES: Relation.CAUSED_BY,
    Relation.RELATED: Relation.RELATED,
}


class FieldKind(StrEnum):
    """What a field of the company's own holds."""

    TEXT = "text"
    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    DATE = "date"

    @property
    def is_private(self) -> bool:
        """Free words may be a customer's: they are sealed, and found by search instead of by filter."""
        return self is FieldKind.TEXT


def tag_in(text: str) -> str:
    """A tag as it is kept: small letters, words joined by hyphens. Raises `MalformedPayload`."""
    tag = _NO_TAG.sub("-", text.strip().lstrip("#").casefold()).strip("-.")
    if not tag or len(tag) > LONGEST_TAG:
        raise MalformedPayload(
            "A tag is a word or a few, at most %(most)s characters.", most=LONGEST_TAG
        )
    return tag


def value_in(kind: FieldKind, options: Sequence[str], text: str) -> str:
    """A field's value as it is kept, the same for all ways of writing it; empty stays empty.
    Raises `MalformedPayload` for what the kind does not hold."""
    plain = " ".join(text.split())
    if not plain:
        return ""
    if len(plain) > LONGEST_VALUE:
        raise MalformedPayload("A value has at most %(most)s characters.", most=LONGEST_VALUE)
    match kind:
        case FieldKind.TEXT:
            return plain
        case FieldKind.NUMBER:
            return _number(plain)
        case FieldKind.DATE:
            return _date(plain)
        case FieldKind.YES_NO:
            if plain not in {"yes", "no"}:
                raise MalformedPayload("This is yes or no.")
            return plain
        case FieldKind.CHOICE:
            if plain not in options:
                raise MalformedPayload("Choose one of: %(options)s.", options=", ".join(options))
            return plain


def _number(text: str) -> str:
    try:
        found = Decimal(text.replace(",", "."))
    except InvalidOperation as error:
        raise MalformedPayload("This is a number.") from error
    if not found.is_finite() or abs(found.adjusted()) > 30:
        raise MalformedPayload("This is a number of at most 30 digits.")
    plain = f"{found:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in {"", "-0"} else plain


def _date(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise MalformedPayload("This is a date, as 2027-03-31.") from error


@dataclass(frozen=True, slots=True)
class Linked:
    """Another ticket that the reader may see, and what this one is to it."""

    relation: Relation
    number: int
    status: str
    subject: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Filled:
    """A field with its value on a ticket. `is_wanted`: no ticket is resolved without it."""

    slug: str
    label: str
    kind: FieldKind
    options: tuple[str, ...]
    is_wanted: bool
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Doing:
    """A task of a ticket. `place`: its number there, from 1, never given again."""

    id: UUID
    place: int
    words: str = field(repr=False)
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it. `checklists`: templates that may be added, by id."""

    tags: tuple[str, ...] = ()
    links: tuple[Linked, ...] = ()
    followers: tuple[tuple[UUID, str], ...] = ()
    fields: tuple[Filled, ...] = ()
    tasks: tuple[Doing, ...] = ()
    checklists: tuple[tuple[UUID, str], ...] = ()

    @property
    def open_tasks(self) -> int:
        """How many are not done."""
        return sum(task.done_at is None for task in self.tasks)
