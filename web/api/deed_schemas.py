"""What goes into the deeds on a ticket, typed, and what only they answer. Where a ticket stands is `schemas`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from bot.copies import MOST
from bot.replying import MOST_FILES
from bot.rich import PLAIN, RICH
from web.api.schemas import TEXT, Colleague, In, Out, TicketState

FileName = Annotated[str, Field(min_length=1, max_length=4_000, pattern=r"^[A-Za-z0-9_-]+$")]


class Merge(In):
    """`into`: the number of the ticket that goes on."""

    into: Annotated[int, Field(ge=1, le=2**63 - 1)]


class Then(StrEnum):
    """What follows a reply."""

    STAY = "stay"
    WAIT = "wait"
    RESOLVE = "resolve"


class Format(StrEnum):
    """How a text was typed. What `markdown` means here is on the page of the desk: a strict, small part of it."""

    PLAIN = PLAIN
    MARKDOWN = RICH


MailAddress = Annotated[str, Field(max_length=320, pattern=r"^[^\s@<>,;:\x00-\x1f\x7f-\xa0]{1,64}@[^\s@<>,;:\x00-\x1f\x7f-\xa0]{1,253}$")]  # fmt: skip


class NewReply(In):
    """`format`: of `text`; each channel shows what it can of it. `way`: the name of one of the identity's ways; empty for where the customer wrote last. `files`: as uploading
    them named them. `macro`: the one it was made with, whose actions are carried out. `send_at`: not before then,
    within three months. `seen`: the last number of the thread that was read: 409 if more was said since. `copies`: mail addresses that got
    the customer's own mail and get this one too."""

    text: TEXT
    format: Format = Format.PLAIN
    then: Then = Then.STAY
    way: Annotated[str, Field(pattern=r"^([0-9a-f-]{36}\.[0-9a-f-]{36})?$")] = ""
    files: Annotated[list[FileName], Field(max_length=MOST_FILES)] = []
    macro: UUID | None = None
    send_at: AwareDatetime | None = None
    seen: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    copies: Annotated[list[MailAddress], Field(max_length=MOST)] = []


class Waits(Out):
    """A reply that waits for its time, and where the ticket stands."""

    held: UUID
    send_at: datetime
    ticket: TicketState


class WaitingReply(Out):
    """`files`: their names. `scheduled`: at a chosen time, not only for the seconds in which a person can undo it.
    `problem`: why it did not go out when its time came."""

    id: UUID
    by: Colleague
    text: str
    format: Format
    files: list[str]
    then: Then
    send_at: datetime
    scheduled: bool
    problem: str


class WaitingReplies(Out):
    items: list[WaitingReply]


class Uploaded(Out):
    """`file`: names it in a reply of the same person on the same ticket, once, within a day."""

    file: str
    name: str
    media_type: str
    size: int


class Given(In):
    """One of the two: a person's id, or a team's slug."""

    person: UUID | None = None
    team: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,48}$")] | None = None


class NewNote(In):
    text: TEXT
    format: Format = Format.PLAIN


class Correction(In):
    """What the router guessed, corrected; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"minProperties": 1})

    category: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$")] | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    team: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Correction:
        if not self.model_fields_set:
            raise ValueError("name a category, a priority or a team")
        return self


class Promised(In):
    """`policy`: the id of one of GET /policies."""

    policy: UUID


class SentAgain(Out):
    """How many messages were put back in line: none when it was sent meanwhile."""

    count: int
