"""Mail that was kept without a ticket, for programs of those who see all tickets: listed, read, made a ticket. The verbs are `bot.kept`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from bot import kept, rulings
from bot.permissions import May, kept_of, require, rulings_of, unread_of
from bot.tokens import Scope
from core.message import Kept
from core.rulings import Ruling
from store.answered import Answered
from store.kept import KeptMail, shown
from store.models import InboxRow, SenderRuling, Ticket
from store.rulings import ShownRuling, shown_rulings
from web.api import shapes
from web.api.changes import now_of
from web.api.door import caller_in
from web.api.operations import Key, Limit, done_once, etag_of, needs
from web.api.places import MomentCursor, by_moment
from web.api.schemas import In, Made, Out, TicketState
from web.desk.kept import as_file
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="kept")
WRITE = needs(Scope.TICKETS_WRITE, tag="kept")
_NO = r"\s@<>,;:()\[\]\"\\/\x00-\x20\x7f-\xa0\u0130"
_REST = rf"(\.[^{_NO}.]{{1,63}})"
_MAIL = rf"[^{_NO}]{{1,64}}@[^{_NO}.]{{1,63}}{_REST}{{0,20}}"
_DOMAIN = rf"(@|\*\.)?[^*\-{_NO}.][^{_NO}.]{{0,62}}{_REST}{{1,20}}"


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


class NewRuling(In):
    """`sender`: a mail address, or a domain, which stands for those below it too."""

    inbox: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")]
    sender: Annotated[str, Field(max_length=253, pattern=rf"^({_MAIL}|{_DOMAIN})$")]
    ruling: Ruling


class RulingOut(Out):
    """`sender`: the mail address, or else `domain`; both null once that person's data is erased. `by`: who decided."""

    id: UUID
    inbox: str
    sender: str | None
    domain: str | None
    ruling: Ruling
    by: str
    made_at: datetime


class RulingPage(Out):
    items: list[RulingOut]
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


@router.get("/kept/senders", response=RulingPage, **READ)
def list_rulings(
    request: HttpRequest, cursor: MomentCursor | None = None, limit: Limit = 50
) -> RulingPage:
    """Of whom mail always opens a ticket, and of whom never, the newest decision first; for those who see all tickets."""
    user = caller_in(request).user
    require(user, May.SEE_ALL_TICKETS)
    rows = rulings_of(user).select_related("address", "inbox", "by")
    page, following = by_moment(rows, "made_at", cursor, limit)
    items = [_ruling(one) for one in shown_rulings(house().vault, page)]
    return RulingPage(items=items, next=following)


@router.post("/kept/senders", response=Made, **WRITE)
def decide_sender(request: HttpRequest, body: NewRuling, key: Key = None) -> HttpResponse:
    """Decides about a sender in one mailbox; an earlier decision about the same is replaced. No machine answers what so
    becomes a ticket, and mail that came back is never one."""

    def act() -> Answered:
        user = caller_in(request).user
        row = rulings.decide(house(), user, body.inbox, body.sender, body.ruling)
        return Answered(200, Made(id=row.id).model_dump(mode="json"))

    return done_once(request, key, act)


@router.delete("/kept/senders/{ruling}", response={204: None}, **WRITE)
def undo_ruling(request: HttpRequest, ruling: UUID) -> HttpResponse:
    """From now on mail of that sender is judged by its signs again."""
    rulings.undo(house(), caller_in(request).user, ruling)
    return HttpResponse(status=204)


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


def _ruling(one: ShownRuling) -> RulingOut:
    row: SenderRuling = one.row
    return RulingOut(
        id=row.id,
        inbox=row.inbox.slug,
        sender=one.sender or None,
        domain=row.domain or None,
        ruling=Ruling(row.ruling),
        by=row.by.name if row.by else "",
        made_at=row.made_at,
    )
