"""What goes in and comes out of the API, typed. How values of `store` become these is `web.api.shapes`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator

TEXT = Annotated[
    str, Field(max_length=50_000, pattern=r"^[^\x00]*[^\s\x00-\x1f\x7f-\x9f][^\x00]*$")
]
"""Words: something to read, and no NUL, which PostgreSQL cannot keep."""


class Out(BaseModel):
    """Something that comes out."""

    model_config = ConfigDict(frozen=True)


class In(BaseModel):
    """Something that goes in; a field that is not known is refused, and so is a value of another kind than described:
    JSON has numbers and yes or no of its own, which are not read out of words or each other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _of_its_kind(cls, value: Any, field: ValidationInfo) -> Any:
        kinds = _kinds(cls.model_fields[field.field_name or ""].annotation)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, bool) and bool not in kinds and kinds & {int, float}:
                raise ValueError("a number belongs here")
            if isinstance(one, int | float | str) and bool in kinds and type(one) not in kinds:
                raise ValueError("yes or no belongs here")
            if isinstance(one, int | float) and kinds & {datetime, AwareDatetime}:
                raise ValueError("a moment belongs here, as words")
            if isinstance(one, str) and str not in kinds and kinds & {int, float}:
                raise ValueError("a number belongs here")
        return value


def _kinds(annotation: Any) -> frozenset[Any]:
    """The plain types that an annotation names, also within unions and lists."""
    inner = [_kinds(one) for one in get_args(annotation)]
    return (
        frozenset({annotation}).union(*inner)
        if isinstance(annotation, type)
        else frozenset().union(*inner)
    )


class Colleague(Out):
    id: UUID
    name: str


class Clock(Out):
    """`share`: how much of the target is used, above 1 once late."""

    clock: str
    state: str
    due: datetime | None
    share: float
    met_at: datetime | None


class ViewCount(Out):
    """`count` is None where counting would read every ticket there ever was. `is_more`: there are more than `count`, at
    which counting ended."""

    view: str
    count: int | None
    is_more: bool = False


class Views(Out):
    items: list[ViewCount]


class TicketLine(Out):
    """A ticket in a list. `waits_for_us`: the last word was the customer's."""

    number: int
    conversation: UUID
    subject: str
    customer: str
    preview: str
    channel: str
    status: str
    priority: int
    category: str
    team: str
    assignee: Colleague | None
    clock: Clock | None
    opened_at: datetime
    last_message_at: datetime
    waits_for_us: bool
    version: int


class TicketPage(Out):
    """`next`: the cursor of the following page, None at the end."""

    items: list[TicketLine]
    next: str | None


class TicketState(Out):
    """Where a ticket stands after a write; nobody's words. `snoozed_until`: put aside until then, if it is to come."""

    number: int
    conversation: UUID
    status: str
    priority: int
    category: str
    team: str
    assignee: Colleague | None
    speaker: str
    snoozed_until: datetime | None
    version: int


class Rating(Out):
    """The answer to the satisfaction question: 1 (bad) to 5 (good)."""

    ticket: int
    asked_at: datetime
    answered_at: datetime | None
    rating: int | None
    comment: str


class Ticket(TicketState):
    """Everything of a ticket that is not its thread, packet or decision. `subject` is empty after erasure; `policy`:
    what its clocks count by, one of GET /policies."""

    subject: str
    channel: str
    reason: str
    policy: UUID
    clocks: list[Clock]
    opened_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    satisfaction: Rating | None


class Quoted(Out):
    """Words and the message they come from."""

    seq: int
    text: str


class Tried(Quoted):
    titles: list[str]


class Shown(Out):
    """A passage that came near, though not near enough to answer with."""

    title: str
    section: str
    url: str
    text: str
    score: float


class Slot(Out):
    name: str
    value: str
    seq: int


class Who(Out):
    name: str
    kind: str
    verified: str
    contact: str
    tier: str


class Packet(Out):
    """What the assistant knew when it handed over; empty after erasure."""

    who: Who | None
    wants: Quoted | None
    tried: list[Tried]
    shown: list[Shown]
    slots: list[Slot]
    open_question: Quoted | None
    reason: str
    language: str


class Scored(Out):
    name: str
    confidence: float


class OtherTicket(Out):
    number: int
    subject: str
    status: str
    opened_at: datetime


class Customer(Out):
    """The customer as far as the desk shows them; addresses are masked for who only reads."""

    name: str
    kind: str
    address: str
    contact: str
    verified: str
    tier: str
    is_erased: bool
    other_tickets: list[OtherTicket]


class Conversation(Out):
    id: UUID
    ticket: int
    channel: str
    inbox: str
    status: str
    speaker: str
    speaker_user: Colleague | None
    language: str
    opened_at: datetime
    last_message_at: datetime
    last_seq: int


class File(Out):
    """`url` is empty when the content was not kept; `problem` says why."""

    id: UUID
    name: str
    media_type: str
    size: int
    url: str
    problem: str


class Citation(Out):
    article: str
    title: str
    url: str
    quote: str


class Undelivered(Out):
    """A part that the customer may not have; `id` is what sending again asks for. `state`: `waiting` (it failed and is
    tried again), `dead`, `unknown`, or `resting`: it waits for quiet hours to end, `next_try` on the recipient's clock."""

    id: int
    state: str
    reason: str
    next_try: datetime | None


class Message(Out):
    """`original_url`: the cleaned HTML that the text was taken from, where there is one. `html`: the text with its form,
    where a person gave it one: paragraphs, lists, quotations, code, bold, italic and links, everything else escaped."""

    id: UUID
    seq: int
    at: datetime
    author: str
    author_name: str
    channel: str
    text: str
    html: str
    subject: str
    is_note: bool
    is_automatic: bool
    is_public: bool
    is_erased: bool
    citations: list[Citation]
    files: list[File]
    original_url: str
    undelivered: list[Undelivered]


class MessagePage(Out):
    items: list[Message]
    next: str | None


class Event(Out):
    """`data` is nobody's words: numbers, names of states, before and after."""

    seq: int
    type: str
    at: datetime
    actor: str
    actor_name: str
    message: UUID | None
    data: dict[str, Any]


class EventPage(Out):
    items: list[Event]
    next: str | None


class Happening(Out):
    """An event of the whole house, with its place in the order of all events."""

    position: str
    conversation: UUID
    seq: int
    type: str
    actor: str
    at: datetime
    data: dict[str, Any]


class HappeningPage(Out):
    """`next`: where to go on, always there; ask again with it when `is_end`."""

    items: list[Happening]
    next: str
    is_end: bool


class Rated(Out):
    items: list[Rating]
    next: str | None


class Said(Out):
    """What was written, and where the ticket stands then."""

    message: UUID
    ticket: TicketState


class Made(Out):
    """What was made or changed: read it where it stands."""

    id: UUID


class Problem(Out):
    """RFC 9457. `errors` says for 422 which part of the request does not fit, `code` which of our errors it is."""

    type: str
    title: str
    status: int
    detail: str
    code: str = ""
    errors: list[dict[str, Any]] = []
