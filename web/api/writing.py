"""What helps somebody write, for programs: macros as they would be sent here, articles to insert, tickets about the same, what came of a suggestion."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from bot import macros, replying
from bot.house import House
from bot.permissions import May, require, tickets_of
from bot.tokens import Scope
from store.desk_ticket import find_ticket
from store.dossier_view import tags_in_use
from store.models import Ticket, User
from store.similar import similar
from web.api.changes import changed
from web.api.deed_schemas import Format
from web.api.door import caller_in
from web.api.macros import MacroActions, MacroOut, actions_of, macro_out
from web.api.operations import IfMatch, Key, Number, needs
from web.api.schemas import In, Out, TicketState
from web.desk.writing import articles_for, articles_named, macros_named, values_of
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="writing")
WRITE = needs(Scope.TICKETS_WRITE, tag="writing")
Words = Annotated[str, Field(max_length=120, pattern=r"^[^\x00]*$")]


class Tags(Out):
    items: list[str]


class Alike(Out):
    """`share`: of the words of the ticket that was asked about, 0 to 1."""

    ticket: int
    subject: str
    status: str
    share: float


class AlikeTickets(Out):
    items: list[Alike]


class Insertable(Out):
    """An article; its text is in `GET /articles/{slug}`."""

    slug: str
    title: str


class Inserts(Out):
    macros: list[MacroOut]
    articles: list[Insertable]


class Filled(Out):
    """A macro as it would be sent here. `missing`: variables that have no value here and still stand in the text."""

    id: UUID
    name: str
    text: str
    format: Format
    missing: list[str]
    does: MacroActions


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


class Judged(In):
    """`article`, `revision`: the source of the suggestion, as its citation names them."""

    article: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    revision: Annotated[str, Field(max_length=64, pattern=r"^[0-9a-zA-Z_-]*$")] = ""
    outcome: Outcome


@router.get("/tags", response=Tags, **READ)
def list_tags(request: HttpRequest) -> Tags:
    """Tags on tickets that this person may see, by name; for those who work tickets."""
    user = caller_in(request).user
    require(user, May.WORK_TICKETS)
    return Tags(items=tags_in_use(tickets_of(user)))


@router.get("/tickets/{number}/similar", response=AlikeTickets, **READ)
def list_similar(request: HttpRequest, number: Number) -> AlikeTickets:
    """Tickets about the same, out of those that this person may see; the nearest first."""
    visible = tickets_of(caller_in(request).user)
    found = similar(house().vault, visible, find_ticket(visible, number))
    return AlikeTickets(
        items=[
            Alike(ticket=one.number, subject=one.subject, status=one.status, share=one.share)
            for one in found
        ]
    )


@router.get("/tickets/{number}/inserts", response=Inserts, **READ)
def list_inserts(request: HttpRequest, number: Number, q: Words = "") -> Inserts:
    """Macros and articles whose names hold `q`, to put into a reply; for those who work tickets. Without `q` the articles
    nearest to what the customer asked last come first."""
    user, ticket = _at_work(request, number)
    asked = q.strip()
    articles = articles_named(user, asked) if asked else articles_for(ticket, user)
    return Inserts(
        macros=[macro_out(one) for one in macros_named(user, asked)],
        articles=[
            Insertable(slug=one.slug, title=one.live_revision.title if one.live_revision else "")
            for one in articles
        ],
    )


@router.get("/tickets/{number}/macros/{macro}", response=Filled, **READ)
def fill_macro(request: HttpRequest, number: Number, macro: UUID) -> Filled:
    """A macro as it would be sent here: its text with this ticket's values, what it lacks, and what it does."""
    user, ticket = _at_work(request, number)
    row = macros.macro(user, macro)
    form = macros.form_of(row)
    filled = macros.filled_in(row, values_of(ticket, user), form)
    return Filled(
        id=row.id,
        name=row.name,
        text=filled.text,
        format=Format(form),
        missing=list(filled.missing),
        does=actions_of(row),
    )


@router.post("/tickets/{number}/suggestions", response=TicketState, **WRITE)
def judge_suggestion(
    request: HttpRequest, number: Number, body: Judged, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Notes that what the knowledge base suggested was accepted, edited or rejected: the next training may learn from
    it."""

    def act(house: House, user: User, number: int, version: int | None) -> None:
        source = body.article, body.revision
        replying.learn(house, user, number, source, body.outcome.value, version)

    return changed(request, number, key, if_match, act)


def _at_work(request: HttpRequest, number: int) -> tuple[User, Ticket]:
    """Who asks, and the ticket that they work on. Raises `NotAllowed`, `NotFound`."""
    user = caller_in(request).user
    require(user, May.WORK_TICKETS)
    return user, find_ticket(tickets_of(user), number)
