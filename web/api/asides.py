"""Side conversations for programs: what colleagues ask others beside a ticket. No customer's token opens any of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from bot import asides
from bot.asides import Question
from bot.tokens import Scope
from core.aside import AsideShown
from store.answered import Answered
from web.api.door import caller_in
from web.api.operations import Key, Number, done_once, needs
from web.api.schemas import TEXT, In, Out
from web.desk.asides import sent_beside
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="asides")
WRITE = needs(Scope.TICKETS_WRITE, tag="asides")
Place = Annotated[int, Field(ge=0, le=1000)]
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


class Asides(Out):
    items: list[AsideOut]


class NewAside(In):
    """`to`: mail addresses, or the id of one channel or person. `quote`: numbers of messages of the thread; nothing
    is quoted that is not named here."""

    inbox: Annotated[str, Field(pattern=r"^[-a-zA-Z0-9_]{1,50}$")]
    to: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=320, pattern=LINE)]],
        Field(min_length=1, max_length=10),
    ]
    subject: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
    text: TEXT
    quote: Annotated[list[Annotated[int, Field(ge=1, le=2**53)]], Field(max_length=20)] = []


class NewWords(In):
    text: TEXT


class NewState(In):
    state: AsideState


@router.get("/tickets/{number}/asides", response=Asides, **READ)
def list_asides(request: HttpRequest, number: Number) -> Asides:
    """All side conversations of a ticket, the latest first; at most 30."""
    found = asides.shown_to(house(), caller_in(request).user, number)
    return Asides(items=[_out(one) for one in found])


@router.post("/tickets/{number}/asides", response={201: AsideOut}, **WRITE)
def open_aside(
    request: HttpRequest, number: Number, body: NewAside, key: Key = None
) -> HttpResponse:
    """Asks somebody beside a ticket. The customer sees none of it, and cannot be the one who is asked: 403."""

    def act() -> Answered:
        question = Question(body.inbox, "\n".join(body.to), body.subject, body.text, body.quote)
        made = asides.ask(house(), caller_in(request).user, number, question)
        return _said(request, number, made, 201)

    return done_once(request, key, act)


@router.post("/tickets/{number}/asides/{aside}/messages", response={201: AsideOut}, **WRITE)
def say_beside(
    request: HttpRequest, number: Number, aside: UUID, body: NewWords, key: Key = None
) -> HttpResponse:
    """One more message to those who were asked."""

    def act() -> Answered:
        asides.say(house(), caller_in(request).user, number, aside, body.text)
        return _said(request, number, aside, 201)

    return done_once(request, key, act)


@router.put("/tickets/{number}/asides/{aside}/state", response=AsideOut, **WRITE)
def settle_aside(
    request: HttpRequest, number: Number, aside: UUID, body: NewState, key: Key = None
) -> HttpResponse:
    """Done, or open again. An answer opens it too."""

    def act() -> Answered:
        is_done = body.state is AsideState.DONE
        asides.settle(house(), caller_in(request).user, number, aside, is_done)
        return _said(request, number, aside, 200)

    return done_once(request, key, act)


@router.post("/tickets/{number}/asides/{aside}/seen", response=AsideOut, **WRITE)
def see_aside(request: HttpRequest, number: Number, aside: UUID, key: Key = None) -> HttpResponse:
    """What came was looked at."""

    def act() -> Answered:
        asides.seen(house(), caller_in(request).user, number, aside)
        return _said(request, number, aside, 200)

    return done_once(request, key, act)


@router.post("/tickets/{number}/asides/{aside}/messages/{stuck}/send", response=AsideOut, **WRITE)
def send_beside_again(
    request: HttpRequest, number: Number, aside: UUID, stuck: UUID, key: Key = None
) -> HttpResponse:
    """Puts a message that was not delivered back in line."""

    def act() -> Answered:
        asides.send_again(house(), caller_in(request).user, number, aside, stuck)
        return _said(request, number, aside, 200)

    return done_once(request, key, act)


@router.get(
    "/tickets/{number}/asides/{aside}/files/{reply}/{place}",
    response={200: bytes},
    **READ,
)
def download_beside(
    request: HttpRequest, number: Number, aside: UUID, reply: UUID, place: Place
) -> HttpResponse:
    """A file that came with an answer, as bytes."""
    return sent_beside(caller_in(request).user, number, aside, reply, place)


def _said(request: HttpRequest, number: int, aside: UUID, status: int) -> Answered:
    found = asides.shown_to(house(), caller_in(request).user, number)
    (one,) = [item for item in found if item.id == aside]
    return Answered(status, _out(one).model_dump(mode="json"))


def _out(one: AsideShown) -> AsideOut:
    said = [
        SaidBeside(
            id=item.id,
            number=item.number,
            ours=item.is_ours,
            who=item.who,
            text=item.text,
            quoted=item.quoted,
            files=[
                FileBeside(
                    place=file.place,
                    name=file.name,
                    media_type=file.media_type,
                    size=file.size,
                    problem=file.problem,
                )
                for file in item.files
            ],
            automatic=item.is_automatic,
            state=MessageState(item.state),
            problem=item.problem,
            at=item.at,
            erased=item.is_erased,
        )
        for item in one.said
    ]
    return AsideOut(
        id=one.id,
        ticket=one.ticket,
        channel=one.channel,
        inbox=one.inbox,
        subject=one.subject,
        to=list(one.to),
        state=AsideState(one.state),
        unread=one.is_unread,
        opened_by=one.opened_by,
        opened_at=one.opened_at,
        last_at=one.last_at,
        said=said,
    )
