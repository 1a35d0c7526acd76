"""Who a customer is and how to reach them, as it goes in and out of the API. How it is found is `web.desk.customer`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from web.api.operations import LARGEST
from web.api.schemas import Colleague, In, Out

WAY = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[0-9a-f-]{36}$")]


class KnownAddress(Out):
    """An address of this customer, masked for who only reads. `is_own`: the ticket's own."""

    kind: str
    value: str
    is_own: bool


class Evidence(Out):
    """Why two addresses are one person. `weight`: percent; `joins`: False while it is not enough by itself."""

    id: UUID
    text: str
    about: str
    by: str
    at: datetime
    weight: int
    joins: bool


class Way(Out):
    """A way of replying; `name` is what a reply's `way` takes. `is_last`: where they wrote last."""

    name: str
    label: str
    is_own: bool
    is_last: bool
    is_refused: bool


class Identity(Out):
    """The customer as a set of addresses, what says so, and how they can be reached. `agent`: the customer's own."""

    addresses: list[KnownAddress]
    evidence: list[Evidence]
    ways: list[Way]
    agent: Colleague | None


class NewLink(In):
    """`ticket`: another ticket of the same person."""

    ticket: Annotated[int, Field(ge=1, le=LARGEST)]


class OwnAgent(In):
    """`agent`: mail address of somebody who takes conversations; null: none."""

    agent: Annotated[str, Field(min_length=3, max_length=254)] | None


class Wish(In):
    """Whether the customer wants to be written to this way."""

    way: WAY
    wants: bool
