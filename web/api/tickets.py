"""Reading tickets: views, lists, one ticket with packet, Decision and customer, and what customers sent."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import Router
from pydantic import Field

from bot.again import decided_again_by_brain
from bot.permissions import few_teams_of, tickets_of
from bot.tokens import Scope
from core.errors import NotFound
from store import models
from store.bodies import open_body
from store.desk import page_by_number, page_of_view
from store.desk_counts import counts
from store.desk_filter import hanging
from store.desk_ticket import Opened, find_message, find_ticket, open_ticket_page
from store.desk_views import Reach, View, newest_of
from store.many import Many
from store.vault import Erased
from web.api import customer_schemas, schemas, shapes
from web.api.decision_schemas import Decision
from web.api.door import caller_in
from web.api.operations import Limit, Number, Slug, etag_of, needs
from web.api.places import ViewCursor, place_of, ticket_page
from web.desk.customer import behind
from web.desk.files import DOWNLOAD_POLICY, clean, sent_file
from web.desk.lists import views_for
from web.desk.ticket import shown
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="tickets")


class Again(schemas.Out):
    """A Decision made once more. `different`: the parts of it that are not the same, byte for byte."""

    ticket: int
    is_same: bool
    different: list[str]
    versions: dict[str, str]


@router.get("/views", response=schemas.Views, **READ)
def list_views(request: HttpRequest) -> schemas.Views:
    """The lists that the desk shows to this person, with how many tickets each holds."""
    user = caller_in(request).user
    views = views_for(user)
    found = counts(tickets_of(user), user, house().clock(), views, partial(few_teams_of, user))
    items = [
        schemas.ViewCount(
            view=view.value, count=found.get(view), is_more=isinstance(found.get(view), Many)
        )
        for view in views
    ]
    return schemas.Views(items=items)


@router.get("/views/{view}/tickets", response=schemas.TicketPage, **READ)
def list_view(
    request: HttpRequest, view: View, cursor: ViewCursor | None = None, limit: Limit = 50
) -> schemas.TicketPage:
    """A view, most pressing first; what is resolved newest first."""
    user = caller_in(request).user
    if view not in views_for(user):
        raise NotFound("There is no such view.")
    found = page_of_view(
        house().vault,
        tickets_of(user),
        view,
        user,
        house().clock(),
        Reach(is_wide=True, teams=few_teams_of(user)),
        after=place_of(cursor),
        limit=limit + 1,
    )
    return ticket_page(found, limit)


@router.get("/tickets", response=schemas.TicketPage, **READ)
def list_tickets(
    request: HttpRequest,
    status: models.Ticket.Status | None = None,
    priority: Annotated[int, Field(ge=1, le=4)] | None = None,
    team: Slug | None = None,
    category: Slug | None = None,
    assignee: UUID | None = None,
    tag: Slug | None = None,
    field: Annotated[str, Field(max_length=250, pattern=r"^[a-z0-9_-]{1,40}:[^\x00]+$")]
    | None = None,
    cursor: ViewCursor | None = None,
    limit: Limit = 50,
) -> schemas.TicketPage:
    """All tickets that this person may see, newest first, by any of these. `field`: a field's slug, a colon, a value."""
    asked = {
        "status": status,
        "priority": priority,
        "team__slug": team,
        "category": category,
        "assignee": assignee,
    }
    wanted = {name: value for name, value in asked.items() if value is not None}
    user = caller_in(request).user
    found = page_by_number(
        house().vault,
        tickets_of(user).filter(hanging(tag, field), **wanted),
        house().clock(),
        newest_of(user, Reach(is_wide=True, teams=few_teams_of(user))),
        after=place_of(cursor),
        limit=limit + 1,
    )
    return ticket_page(found, limit)


@router.get("/tickets/{number}", response=schemas.Ticket, **READ)
def get_ticket(request: HttpRequest, response: HttpResponse, number: Number) -> schemas.Ticket:
    """One ticket. Its ETag is its version: writes that send it as If-Match change only what was seen."""
    opened = _opened(request, number)
    response["ETag"] = etag_of(opened.ticket.version)
    return shapes.whole(house().vault, opened)


@router.get("/tickets/{number}/packet", response=schemas.Packet, **READ)
def get_packet(request: HttpRequest, number: Number) -> schemas.Packet:
    """What the assistant knew when it handed over; each part names the message it comes from."""
    return shapes.packet(_opened(request, number), caller_in(request).user)


@router.get("/tickets/{number}/decision", response=Decision, **READ)
def get_decision(request: HttpRequest, number: Number) -> Decision:
    """What the router decided, and why."""
    found = shapes.decision(_opened(request, number))
    if found is None:
        raise NotFound("No decision is stored for this ticket.")
    return found


@router.get("/tickets/{number}/decision/again", response=Again, **READ)
def decide_again(request: HttpRequest, number: Number) -> Again:
    """Decides once more from the case, the model and the policy of then, and says what differs, byte for byte."""
    found = decided_again_by_brain(house(), caller_in(request).user, number)
    return Again(**found)


@router.get("/tickets/{number}/customer", response=schemas.Customer, **READ)
def get_customer(request: HttpRequest, number: Number) -> schemas.Customer:
    """The customer as the desk shows them, with their other tickets that this person may see."""
    user = caller_in(request).user
    return shapes.customer(shown(_opened(request, number), user, house().clock()))


@router.get("/tickets/{number}/identity", response=customer_schemas.Identity, **READ)
def get_identity(request: HttpRequest, number: Number) -> customer_schemas.Identity:
    """Which addresses are this customer, what says so, and the ways to reach them."""
    user = caller_in(request).user
    ticket = find_ticket(tickets_of(user), number)
    return shapes.identity(behind(house(), ticket.conversation, user))


@router.get("/tickets/{number}/files/{file}", response={200: bytes}, **READ)
def download(request: HttpRequest, number: Number, file: UUID) -> HttpResponse:
    """A file that was sent, only ever as a download."""
    return sent_file(caller_in(request).user, number, file)


@router.get("/tickets/{number}/originals/{message}", response={200: str}, **READ)
def get_original(request: HttpRequest, number: Number, message: UUID) -> HttpResponse:
    """A mail's own HTML without scripts, forms, styles and pictures from elsewhere."""
    row = find_message(tickets_of(caller_in(request).user), number, message)
    try:
        html = open_body(house().vault, row).html
    except Erased:
        html = ""
    if not html:
        raise NotFound("This message has no other form than its text.")
    response = render(request, "desk/original.html", {"html": clean(html), "style": ""})
    response["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response


def _opened(request: HttpRequest, number: int) -> Opened:
    visible = tickets_of(caller_in(request).user)
    return open_ticket_page(house().vault, visible, number, house().clock(), with_thread=False)
