"""What happens in the house, by position: as pages here, and as a stream at `/api/v1/stream` (`web.streams`).

Both hand out the same events: those of tickets that the token's person may see, and nobody's words.
"""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from bot.house import House
from bot.tokens import Scope, caller_of, require_scope
from store.disk import settle
from store.events import FeedEvent, Position, feed_after
from store.models import ApiToken
from store.tokens import note_use
from web.account.second_step import require_second_step
from web.api import schemas
from web.api.door import bearer, caller_in
from web.api.operations import Limit, needs
from web.desk_stream import Staff, staff_for
from web.feed import places_of

router = Router()
READ = needs(Scope.TICKETS_READ, tag="events")
SCANNED = 1_000
"""How many events of others one request may pass over; then it says where to go on."""
FeedCursor = Annotated[str, Field(pattern=r"^[0-9]{1,18}\.[0-9]{1,18}$")]


@router.get("/events", response=schemas.HappeningPage, **READ)
def list_happenings(
    request: HttpRequest, cursor: FeedCursor = "0.0", limit: Limit = 50
) -> schemas.HappeningPage:
    """Events of all tickets that this person may see, oldest first; skips nothing that is committed later."""
    staff = staff_for(caller_in(request).user)
    scanned = feed_after(Position.parse(cursor), SCANNED)
    if scanned:
        settle()  # they go on from there
    items: list[schemas.Happening] = []
    last = cursor
    for happening in places_of(scanned):
        event = happening.event
        assert isinstance(event, FeedEvent)
        if len(items) == limit:
            return schemas.HappeningPage(items=items, next=last, is_end=False)
        if staff.sees(happening.team, happening.assignee):
            items.append(_happening(event))
        last = str(event.position)
    return schemas.HappeningPage(items=items, next=last, is_end=len(scanned) < SCANNED)


def staff_with(house: House, header: str) -> Staff:
    """What the holder of the token in this Authorization header may see. Runs in a database thread.

    Raises `BadSignature`, and `NotAllowed` for a token without the scope or a role without a desk.
    """
    caller = caller_of(house, bearer(header))
    require_scope(caller, Scope.TICKETS_READ)
    if caller.token.kind == ApiToken.Kind.PERSONAL:
        require_second_step(caller.user)
    return staff_for(caller.user)


def note_stream(house: House, header: str) -> None:
    """Remembers that this token was used to open a stream. Runs in a writing database thread."""
    note_use(caller_of(house, bearer(header)).token, house.clock())


def _happening(event: FeedEvent) -> schemas.Happening:
    return schemas.Happening(
        position=str(event.position),
        conversation=event.conversation,
        seq=event.seq,
        type=event.kind,
        actor=event.actor,
        at=event.at,
        data=event.data,
    )
