"""What people do on a ticket, for programs: each operation calls one verb of `bot.desk`, at most once with a key."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bot import desk, leading, macros, merging, preferred, replying, resting, uploads
from bot.house import House
from bot.tokens import Scope
from store.answered import Answered
from store.held import Written
from store.models import User
from web.api import customer_schemas, deed_schemas, schemas
from web.api.changes import changed, said_on, waits_on
from web.api.door import caller_in
from web.api.operations import (
    IfMatch,
    Key,
    Number,
    done_once,
    needs,
    version_seen,
)
from web.house import house

router = Router()
WRITE = needs(Scope.TICKETS_WRITE, tag="deeds")


@router.post("/tickets/{number}/take", response=schemas.TicketState, **WRITE)
def take(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """This person speaks with the customer from now on. A lead may take over from a colleague."""
    return changed(request, number, key, if_match, desk.take)


@router.post("/tickets/{number}/release", response=schemas.TicketState, **WRITE)
def release(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Back to the team's queue."""
    return changed(request, number, key, if_match, desk.release)


@router.post("/tickets/{number}/wait", response=schemas.TicketState, **WRITE)
def wait(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """The clocks rest until the customer writes."""
    return changed(request, number, key, if_match, desk.wait)


@router.post("/tickets/{number}/resolve", response=schemas.TicketState, **WRITE)
def resolve(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Done; the customer is asked once how it was."""
    return changed(request, number, key, if_match, desk.resolve)


@router.post("/tickets/{number}/reopen", response=schemas.TicketState, **WRITE)
def reopen(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """A resolved ticket is worked on again, by this person."""
    return changed(request, number, key, if_match, desk.reopen)


@router.post("/tickets/{number}/merge", response=schemas.TicketState, **WRITE)
def merge(
    request: HttpRequest,
    number: Number,
    body: deed_schemas.Merge,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """This ticket ends in another one of the same customer, which goes on; nothing is moved or lost."""

    def act(house: House, user: User, number: int, version: int | None) -> None:
        merging.merge(house, user, number, body.into, version)

    return changed(request, number, key, if_match, act)


@router.post("/tickets/{number}/split", response=schemas.TicketState, **WRITE)
def split(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Takes a merging back: both tickets go on as if it had not been."""
    return changed(request, number, key, if_match, merging.split)


@router.post("/tickets/{number}/give", response=schemas.TicketState, **WRITE)
def give(
    request: HttpRequest,
    number: Number,
    body: deed_schemas.Given,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """To this person, who speaks from now on, or else into this team's queue; for those who may take over."""

    def hand(house: House, user: User, number: int, version: int | None) -> None:
        if body.person is not None:
            leading.give_to_person(house, user, number, body.person, version)
        else:
            leading.give_to_team(house, user, number, body.team or "", version)

    return changed(request, number, key, if_match, hand)


@router.post("/tickets/{number}/classify", response=schemas.TicketState, **WRITE)
def classify(
    request: HttpRequest,
    number: Number,
    body: deed_schemas.Correction,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Corrects category, priority or team; a new priority moves the clocks. The person need not see the new team's queue."""

    def correct(house: House, user: User, number: int, version: int | None) -> None:
        desk.reclassify(
            house,
            user,
            number,
            category=body.category,
            priority=body.priority,
            team=body.team,
            version=version,
        )

    return changed(request, number, key, if_match, correct)


@router.post("/tickets/{number}/policy", response=schemas.TicketState, **WRITE)
def promise(
    request: HttpRequest,
    number: Number,
    body: deed_schemas.Promised,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Another SLA policy from now on, of those of the ticket's brand; its clocks follow. For those who may take over."""

    def change(house: House, user: User, number: int, version: int | None) -> None:
        leading.promise(house, user, number, body.policy, version)

    return changed(request, number, key, if_match, change)


@router.post(
    "/tickets/{number}/reply", response={201: schemas.Said, 202: deed_schemas.Waits}, **WRITE
)
def reply(
    request: HttpRequest,
    number: Number,
    body: deed_schemas.NewReply,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Says something to the customer where they wrote last, or `way`; only who took the ticket may. `then`: what follows.
    With `send_at` it waits until then: 202."""

    def act() -> Answered:
        user, version = caller_in(request).user, version_seen(if_match)
        files = uploads.uploaded(house(), user, number, body.files)
        then = "" if body.then is deed_schemas.Then.STAY else body.then.value
        also = tuple(one.strip().lower() for one in body.copies)
        written = Written(body.text, then, files, body.macro, body.way, body.format.value, also)
        if body.macro is not None:
            macros.macro(user, body.macro)
        if body.send_at is None:
            said = replying.say(house(), user, number, written, seen=body.seen, version=version)
            return said_on(number, said)
        held = replying.schedule(
            house(), user, number, written, body.send_at, seen=body.seen, version=version
        )
        return waits_on(number, held)

    return done_once(request, key, act)


@router.post("/tickets/{number}/notes", response={201: schemas.Said}, **WRITE)
def note(
    request: HttpRequest, number: Number, body: deed_schemas.NewNote, key: Key = None
) -> HttpResponse:
    """Something for colleagues only."""

    def act() -> Answered:
        user, form = caller_in(request).user, body.format.value
        return said_on(number, desk.note(house(), user, number, body.text, form))

    return done_once(request, key, act)


@router.post("/tickets/{number}/identity/links", response=schemas.TicketState, **WRITE)
def link(
    request: HttpRequest,
    number: Number,
    body: customer_schemas.NewLink,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Says that another ticket is the same person's. 409 where each has an account of the same website."""
    return changed(
        request,
        number,
        key,
        if_match,
        lambda house, user, number, version: desk.link(house, user, number, body.ticket, version),
    )


@router.post(
    "/tickets/{number}/identity/evidence/{evidence}/confirm",
    response=schemas.TicketState,
    **WRITE,
)
def confirm(
    request: HttpRequest,
    number: Number,
    evidence: UUID,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Says that evidence which is not enough alone is right."""
    return changed(
        request,
        number,
        key,
        if_match,
        lambda house, user, number, version: desk.confirm(house, user, number, evidence, version),
    )


@router.post(
    "/tickets/{number}/identity/evidence/{evidence}/undo", response=schemas.TicketState, **WRITE
)
def unlink(
    request: HttpRequest,
    number: Number,
    evidence: UUID,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Takes a piece of evidence back; everything is then as it was without it."""
    return changed(
        request,
        number,
        key,
        if_match,
        lambda house, user, number, version: desk.unlink(house, user, number, evidence, version),
    )


@router.post("/tickets/{number}/identity/wishes", response=schemas.TicketState, **WRITE)
def allow(
    request: HttpRequest,
    number: Number,
    body: customer_schemas.Wish,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Notes whether the customer wants messages this way; nothing is sent against it."""
    return changed(
        request,
        number,
        key,
        if_match,
        lambda house, user, number, version: desk.allow(
            house, user, number, body.way, body.wants, version
        ),
    )


@router.put("/tickets/{number}/identity/agent", response=schemas.TicketState, **WRITE)
def prefer_agent(
    request: HttpRequest,
    number: Number,
    body: customer_schemas.OwnAgent,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """Says which agent is the customer's own, or that none is; a rule's target `preferred` asks them first."""
    return changed(
        request,
        number,
        key,
        if_match,
        lambda house, user, number, version: preferred.prefer_agent(
            house, user, number, body.agent or "", version
        ),
    )


@router.post("/tickets/{number}/undelivered/{row}/now", response=schemas.TicketState, **WRITE)
def send_now(
    request: HttpRequest, number: Number, row: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Sends an own reply that waits for the recipient's quiet hours to end."""
    return changed(
        request,
        number,
        key,
        if_match,
        lambda house, user, number, version: resting.send_now(house, user, number, row, version),
    )


@router.post("/tickets/{number}/undelivered/{row}/send", response=deed_schemas.SentAgain, **WRITE)
def send_again(request: HttpRequest, number: Number, row: Number, key: Key = None) -> HttpResponse:
    """Puts a message that could not be delivered back in line."""

    def act() -> Answered:
        count = desk.send_again(house(), caller_in(request).user, number, row)
        return Answered(200, deed_schemas.SentAgain(count=count).model_dump())

    return done_once(request, key, act)
