"""Reading conversations by number, so that nothing is skipped: what was said, what happened, how customers rated it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from ninja import Router

from bot.permissions import tickets_of
from bot.resting import with_rests
from bot.tokens import Scope
from core.errors import NotFound
from store.desk_ticket import find_ticket, items_after
from store.models import Survey, Ticket
from web.api import schemas, shapes
from web.api.door import caller_in
from web.api.operations import Limit, Number, Seq, needs
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="conversations")


@router.get("/conversations/{conversation}", response=schemas.Conversation, **READ)
def get_conversation(request: HttpRequest, conversation: UUID) -> schemas.Conversation:
    """The conversation of a ticket: where it runs, and who speaks."""
    return shapes.conversation(_ticket(request, conversation))


@router.get("/conversations/{conversation}/messages", response=schemas.MessagePage, **READ)
def list_messages(
    request: HttpRequest, conversation: UUID, cursor: Seq = 0, limit: Limit = 50
) -> schemas.MessagePage:
    """What was said and noted, oldest first. `cursor`: after the message with this `seq`."""
    ticket = _ticket(request, conversation)
    found = items_after(house().vault, ticket.conversation_id, cursor, limit + 1, only_said=True)
    said = with_rests(house(), caller_in(request).user, ticket.conversation_id, found[:limit])
    items = [shapes.message(item, ticket.number) for item in said]
    return schemas.MessagePage(items=items, next=_next(items, len(found) > limit))


@router.get("/conversations/{conversation}/events", response=schemas.EventPage, **READ)
def list_events(
    request: HttpRequest, conversation: UUID, cursor: Seq = 0, limit: Limit = 50
) -> schemas.EventPage:
    """Everything that happened, without gaps, oldest first. `cursor`: after the event with this `seq`."""
    ticket = _ticket(request, conversation)
    found = items_after(house().vault, ticket.conversation_id, cursor, limit + 1)
    items = [shapes.event(item) for item in found[:limit]]
    return schemas.EventPage(items=items, next=_next(items, len(found) > limit))


@router.get("/satisfaction", response=schemas.Rated, **READ)
def list_satisfaction(
    request: HttpRequest, cursor: Number | None = None, limit: Limit = 50
) -> schemas.Rated:
    """How customers rated the tickets that this person may see, newest ticket first; asked and not answered too."""
    visible = tickets_of(caller_in(request).user)
    if cursor is not None:
        visible = visible.filter(number__lt=cursor)
    rated = visible.filter(conversation__survey__isnull=False).order_by("-number")
    found = list(rated.select_related("conversation__address")[: limit + 1])
    surveys = {
        survey.conversation_id: survey
        for survey in Survey.objects.filter(
            conversation__in=[ticket.conversation_id for ticket in found]
        )
    }
    items = [
        shapes.rating(house().vault, ticket, surveys[ticket.conversation_id])
        for ticket in found[:limit]
    ]
    return schemas.Rated(items=items, next=str(items[-1].ticket) if len(found) > limit else None)


def _ticket(request: HttpRequest, conversation: UUID) -> Ticket:
    """The conversation's ticket, if this person may see it: the desk shows no conversation without one."""
    visible = tickets_of(caller_in(request).user)
    number = visible.filter(conversation=conversation).values_list("number", flat=True).first()
    if number is None:
        raise NotFound("There is no such conversation.")
    return find_ticket(visible, number)


def _next(items: list[schemas.Message] | list[schemas.Event], is_more: bool) -> str | None:
    return str(items[-1].seq) if is_more else None
