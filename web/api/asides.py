"""Side conversations for programs: what colleagues ask others beside a ticket. No customer's token opens any of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from bot import asides, uploads
from bot.asides import Question
from bot.replying import MOST_FILES
from bot.tokens import Scope
from store.answered import Answered
from store.models import User
from web.api.deed_schemas import FileName
from web.api.door import caller_in
from web.api.operations import Key, Number, done_once, needs
from web.api.schemas import TEXT, In, Out
from web.desk.asides import sent_beside
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="asides")
WRITE = needs(Scope.TICKETS_WRITE, tag="asides")
Place = Annotated[int, Field(ge=0, le=1000)]
FILES = Annotated[list[FileName], Field(max_length=MOST_FILES)]
LINE = r"^[^\x00-\x1f\x7f]*$"


class AsideState(StrEnum):
    OPEN = "open"
    DONE = "done"


class MessageState(StrEnum):
    CAME = "came"
    WAITING = "waiting"
    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"


class FileBeside(Out):
    """`problem`: why it was not kept; empty where it can be fetched at the desk."""

    place: int
    name: str
    media_type: str
    size: int
    problem: str


class SaidBeside(Out):
    """`ours`: a colleague wrote it. `who`: their name, or the name and address that it came from."""

    id: UUID
    number: int
    ours: bool
    who: str
    text: str
    quoted: str
    files: list[FileBeside]
    automatic: bool
    state: MessageState
    problem: str
    at: datetime
    erased: bool


class AsideOut(Out):
    """A side conversation with its messages, as far as they are among the ticket's newest 400. `unread`: something came that nobody has looked at."""

    id: UUID
    ticket: int
    channel: str
    inbox: str
    subject: str
    to: list[str]
    state: AsideState
    unread: bool
    opened_by: str
    opened_at: datetime
    last_at: datetime
    said: list[SaidBeside]


class AsideNow(Out):
    """Where a side conversation stands after a write; nobody's words."""

    id: UUID
    ticket: int
    state: AsideState
    unread: bool


class Asides(Out):
    items: list[AsideOut]


class NewAside(In):
    """`to`: mail addresses, or the id of one channel or person. `quote`: numbers of messages of the thread; nothing
    is quoted that is not named here. `files`: as uploading them named them."""

    inbox: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,50}$")]
    to: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=320, pattern=LINE)]],
        Field(min_length=1, max_length=10),
    ]
    subject: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
    text: TEXT
    quote: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(max_length=20)] = []
    files: FILES = []


class NewWords(In):
    """`files`: as uploading them named them."""

    text: TEXT
    files: FILES = []


class NewState(In):
    state: AsideState


@router.get("/tickets/{number}/asides", response=Asides, **READ)
def list_asides(request: HttpRequest, number: Number) -> Asides:
    """All side conversations of a ticket, the latest first; at most 30."""
    found = asides.shown_to(house(), caller_in(request).user, number)
    return Asides(items=[AsideOut.model_validate(_named(asdict(one))) for one in found])


@router.post("/tickets/{number}/asides", response={201: AsideNow}, **WRITE)
def open_aside(
    request: HttpRequest, number: Number, body: NewAside, key: Key = None
) -> HttpResponse:
    """Asks somebody beside a ticket. The customer sees none of it, and cannot be the one who is asked: 403."""

    def act(user: User) -> UUID:
        files = uploads.uploaded(house(), user, number, body.files)
        to = "\n".join(body.to)
        question = Question(body.inbox, to, body.subject, body.text, body.quote, files)
        return asides.ask(house(), user, number, question)

    return _done(request, number, key, act, 201)


@router.post("/tickets/{number}/asides/{aside}/messages", response={201: AsideNow}, **WRITE)
def say_beside(
    request: HttpRequest, number: Number, aside: UUID, body: NewWords, key: Key = None
) -> HttpResponse:
    """One more message to those who were asked."""

    def act(user: User) -> UUID:
        files = uploads.uploaded(house(), user, number, body.files)
        asides.say(house(), user, number, aside, body.text, files)
        return aside

    return _done(request, number, key, act, 201)


@router.put("/tickets/{number}/asides/{aside}/state", response=AsideNow, **WRITE)
def settle_aside(
    request: HttpRequest, number: Number, aside: UUID, body: NewState, key: Key = None
) -> HttpResponse:
    """Done, or open again. An answer opens it too."""

    def act(user: User) -> UUID:
        asides.settle(house(), user, number, aside, body.state is AsideState.DONE)
        return aside

    return _done(request, number, key, act)


@router.post("/tickets/{number}/asides/{aside}/seen", response=AsideNow, **WRITE)
def see_aside(request: HttpRequest, number: Number, aside: UUID, key: Key = None) -> HttpResponse:
    """What came was looked at."""

    def act(user: User) -> UUID:
        asides.seen(house(), user, number, aside)
        return aside

    return _done(request, number, key, act)


@router.post("/tickets/{number}/asides/{aside}/messages/{stuck}/send", response=AsideNow, **WRITE)
def send_beside_again(
    request: HttpRequest, number: Number, aside: UUID, stuck: UUID, key: Key = None
) -> HttpResponse:
    """Puts a message that was not delivered back in line."""

    def act(user: User) -> UUID:
        asides.send_again(house(), user, number, aside, stuck)
        return aside

    return _done(request, number, key, act)


@router.get(
    "/tickets/{number}/asides/{aside}/files/{reply}/{place}",
    response={200: bytes},
    **READ,
)
def download_beside(
    request: HttpRequest, number: Number, aside: UUID, reply: UUID, place: Place
) -> HttpResponse:
    """A file of a message, as bytes."""
    return sent_beside(caller_in(request).user, number, aside, reply, place)


def _done(
    request: HttpRequest,
    number: int,
    key: str | None,
    deed: Callable[[User], UUID],
    status: int = 200,
) -> HttpResponse:
    """Runs a deed, which names its side conversation; the answer is where that stands. Its words are read, not kept
    with the answer to a write."""

    def act() -> Answered:
        user = caller_in(request).user
        row = asides.standing(user, number, deed(user))
        now = AsideNow(id=row.id, ticket=number, state=AsideState(row.state), unread=row.is_unread)
        return Answered(status, now.model_dump(mode="json"))

    return done_once(request, key, act)


def _named(told: Any) -> Any:
    """A value of `core.aside` under the names that it has here: `is_unread` is `unread`."""
    match told:
        case dict():
            return {name.removeprefix("is_"): _named(value) for name, value in told.items()}
        case tuple():
            return [_named(value) for value in told]
        case _:
            return told
