"""A team's board: a place at a provider where colleagues see their tickets and work on them. What providers call it is the adapters'."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.ids import ExternalId
from core.message import Sender

_NOTE = re.compile(
    r"\s*(?:/note\b\s*:?|!note\b\s*:?|(?:internal )?(?:note|nota|notiz|ملاحظة)\s*:)\s*", re.I
)
"""What a note for colleagues begins with."""


class Deed(StrEnum):
    """What a colleague can do at a board."""

    TAKE = "take"
    RESOLVE = "resolve"
    WRITE = "write"
    """Words in the thread of a ticket."""
    REVISE = "revise"
    """Such words, changed or taken back by their author."""
    LINK = "link"
    """A code of the desk, which shows who this is."""


@dataclass(frozen=True, slots=True)
class BoardStep:
    """Something that was done at what may be a board.

    `place`, `post`: where it stands and under which post, in the adapter's own words. `talks_to_somebody`: it
    addresses a colleague by name. `has_files`: files came with it.
    """

    external_id: ExternalId
    deed: Deed
    by: Sender
    place: str
    post: str = ""
    text: str = field(default="", repr=False)
    talks_to_somebody: bool = False
    has_files: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A ticket as a board shows it. `facts`: pairs of a label and what is known. `buttons`: deeds with their words."""

    title: str = field(repr=False)
    state: str
    facts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    due_label: str = ""
    due: datetime | None = None
    buttons: tuple[tuple[Deed, str], ...] = ()
    link: tuple[str, str] = ("", "")
    """Address and words of the ticket's page at the desk."""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """One thing to put up. `key`: the same in each attempt. `post`: under which one; empty for a card of its own.
    `at`: earlier attempts are not older."""

    key: str
    place: str
    at: datetime
    post: str = ""
    author: str = ""
    text: str = field(default="", repr=False)
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody at a board is told, seen by them alone. `offers_link`: with the way to show who they are."""

    text: str
    offers_link: bool = False


def note_in(text: str) -> str | None:
    """The words of a note for colleagues, None where the customer is meant."""
    found = _NOTE.match(text)
    return text[found.end() :].strip() if found else None
