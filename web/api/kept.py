"""Mail that was kept without a ticket, for programs of those who see all tickets: listed, read, made a ticket. The verbs are `bot.kept`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bot import kept
from bot.permissions import May, kept_of, require, unread_of
from bot.tokens import Scope
from core.message import Kept
from store.answered import Answered
from store.kept import KeptMail, shown
from store.models import InboxRow, Ticket
from web.api import shapes
from web.api.changes import now_of
from web.api.door import caller_in
from web.api.operations import Key, Limit, done_once, etag_of, needs
from web.api.places import MomentCursor, by_moment
from web.api.schemas import Out, TicketState
from web.desk.kept import as_file
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="kept")
WRITE = needs(Scope.TICKETS_WRITE, tag="kept")


class KeptOut(Out):
    """A mail of a machine. `sign`: by what it was known, null where that was not noted."""

    id: UUID
    inbox: str
    sign: Kept | None
    sender: str
    name: str
    subject: str
    text: str
    received_at: datetime
    is_erased: bool


class KeptPage(Out):
    items: list[KeptOut]
    next: str | None


class UnreadOut(Out):
    """What could not be read. `problem`: why; `sender`, `subject`: what its first lines say, if they can be read.
    `told_at`: when its sender was told, null where they were not, or not yet. `size`: 0 once its time is over."""

    id: UUID
    inbox: str
    problem: str
    sender: str
    subject: str
    size: int
    received_at: datetime
    told_at: datetime | None
    url: str


class UnreadPage(Out):
    items: list[UnreadOut]
    next: str | None


@router.get("/kept", response=KeptPage, **READ)
def list_kept(
    request: HttpRequest, cursor: MomentCursor | None = None, limit: Limit = 50
) -> KeptPage:
    """What machines wrote and was kept without a ticket, newest first; for those who see all tickets."""
    user = caller_in(request).user
    require(user, May.SEE_ALL_TICKETS)
    rows = kept_of(user).select_related("address", "inbox")
    page, following = by_moment(rows, "accepted_at", cursor, limit)
    return KeptPage(items=[_out(one) for one in shown(house().vault, page)], next=following)


@router.post("/kept/{mail}/ticket", response=TicketState, **WRITE)
def open_kept(request: HttpRequest, mail: UUID, key: Key = None) -> HttpResponse:
    """Makes a ticket of a machine's mail, in triage; nothing is said to whoever sent it. 404 where it is one already."""

    def act() -> Answered:
        user = caller_in(request).user
        require(user, May.SEE_ALL_TICKETS)
        return _answered(kept.open_for(house(), user, mail))

    return done_once(request, key, act)


@router.get("/unread", response=UnreadPage, **READ)
def list_unread(
    request: HttpRequest, cursor: MomentCursor | None = None, limit: Limit = 50
) -> UnreadPage:
    """What could not be read and was set aside whole, newest first; for those who see all tickets."""
    user = caller_in(request).user
    require(user, May.SEE_ALL_TICKETS)
    page, following = by_moment(unread_of(user).defer("raw_cipher"), "received_at", cursor, limit)
    rows = InboxRow.objects.filter(id__in=[row.id for row in page])
    found = kept.unread(house(), rows.order_by("-received_at", "id"))
    return UnreadPage(items=[_unread(one) for one in found], next=following)


@router.get("/unread/{arrival}/file", response={200: bytes}, **READ)
def get_unread(request: HttpRequest, arrival: UUID) -> HttpResponse:
    """What was set aside, as bytes."""
    user = caller_in(request).user
    require(user, May.SEE_ALL_TICKETS)
    return as_file(kept.original(house(), user, arrival))


@router.post("/unread/{arrival}/ticket", response=TicketState, **WRITE)
def open_unread(request: HttpRequest, arrival: UUID, key: Key = None) -> HttpResponse:
    """Makes a ticket of it, in triage, with the original as its file. 404 where it is one already."""

    def act() -> Answered:
        user = caller_in(request).user
        require(user, May.SEE_ALL_TICKETS)
        return _answered(kept.open_unread(house(), user, arrival))

    return done_once(request, key, act)


def _answered(ticket: Ticket) -> Answered:
    made = now_of(ticket.number)
    return Answered(200, shapes.state(made).model_dump(mode="json"), etag_of(made.version))


def _out(one: KeptMail) -> KeptOut:
    return KeptOut(
        id=one.row.id,
        inbox=one.row.inbox.slug,
        sign=Kept(one.sign) if one.sign in set(Kept) else None,
        sender=one.sender.value if one.sender else "",
        name=one.sender.display_name if one.sender else "",
        subject=one.body.subject,
        text=one.body.text,
        received_at=one.row.accepted_at,
        is_erased=one.is_erased,
    )


def _unread(one: kept.Told) -> UnreadOut:
    return UnreadOut(
        id=one.row.id,
        inbox=one.row.inbox.slug,
        problem=one.row.problem,
        sender=one.sender,
        subject=one.subject,
        size=one.size,
        received_at=one.row.received_at,
        told_at=one.notice.at if one.notice else None,
        url=f"/api/v1/unread/{one.row.id}/file",
    )
