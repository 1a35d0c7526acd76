"""What goes into the deeds on a ticket, typed, and what only they answer. Where a ticket stands is `schemas`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from web.api.schemas import TEXT, In, Out


class Merge(In):
    """`into`: the number of the ticket that goes on."""

    into: Annotated[int, Field(ge=1, le=2**63 - 1)]


class Then(StrEnum):
    """What follows a reply."""

    STAY = "stay"
    WAIT = "wait"
    RESOLVE = "resolve"


class NewReply(In):
    """`way`: the name of one of the identity's ways; empty for where the customer wrote last."""

    text: TEXT
    then: Then = Then.STAY
    way: Annotated[str, Field(pattern=r"^([0-9a-f-]{36}\.[0-9a-f-]{36})?$")] = ""


class Given(In):
    """One of the two: a person's id, or a team's slug."""

    person: UUID | None = None
    team: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,48}$")] | None = None


class NewNote(In):
    text: TEXT


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


class SentAgain(Out):
    """How many messages were put back in line: none when it was sent meanwhile."""

    count: int
