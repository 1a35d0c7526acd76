"""A write on one ticket: done once, and answered with where the ticket stands then. Which verb it is, its operation says."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from bot.house import House
from store.answered import Answered
from store.desk_ticket import find_ticket
from store.models import HeldReply, Ticket, User
from web.api import deed_schemas, schemas, shapes
from web.api.door import caller_in
from web.api.operations import done_once, etag_of, version_seen
from web.house import house

Deed = Callable[[House, User, int, int | None], object]


def changed(
    request: HttpRequest, number: int, key: str | None, if_match: str | None, deed: Deed
) -> HttpResponse:
    """Runs a deed on the ticket that the caller saw; the answer is where it stands."""

    def act() -> Answered:
        deed(house(), caller_in(request).user, number, version_seen(if_match))
        return standing(number)

    return done_once(request, key, act)


def standing(number: int) -> Answered:
    """Where a ticket stands now."""
    ticket = now_of(number)
    return Answered(200, shapes.state(ticket).model_dump(mode="json"), etag_of(ticket.version))


def said_on(number: int, message: UUID) -> Answered:
    """What was written on a ticket, and where that stands now."""
    ticket = now_of(number)
    said = schemas.Said(message=message, ticket=shapes.state(ticket))
    return Answered(201, said.model_dump(mode="json"), etag_of(ticket.version))


def waits_on(number: int, held: HeldReply) -> Answered:
    """What waits on a ticket until its time, and where that stands now."""
    ticket = now_of(number)
    waits = deed_schemas.Waits(held=held.id, send_at=held.send_at, ticket=shapes.state(ticket))
    return Answered(202, waits.model_dump(mode="json"), etag_of(ticket.version))


def now_of(number: int) -> Ticket:
    """The ticket as it is. Whoever gave it to another team may see it no longer, but is told what came of it."""
    return find_ticket(Ticket.objects.all(), number)
