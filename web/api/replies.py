"""What belongs to a reply before it is out: its files, uploaded first, and those that wait for their time. Saying it is `deeds`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from bot import replying, uploads
from bot.files import LIMIT
from bot.house import House
from bot.permissions import tickets_of
from bot.rich import PLAIN
from bot.tokens import Scope
from core.errors import MalformedPayload
from core.message import Attached
from store.desk_ticket import find_ticket
from store.held import held_in
from store.models import User
from web.api import deed_schemas, schemas
from web.api.changes import changed
from web.api.door import caller_in
from web.api.operations import IfMatch, Key, Number, needs
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="deeds")
WRITE = needs(Scope.TICKETS_WRITE, tag="deeds")
_BYTES: dict[str, Any] = {
    "required": True,
    "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
}
FileTitle = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f/\\]+$")]
MediaType = Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9.+-]+/[a-z0-9.+-]+$")]


@router.post(
    "/tickets/{number}/files",
    response={201: deed_schemas.Uploaded},
    **{**WRITE, "openapi_extra": {**WRITE["openapi_extra"], "requestBody": _BYTES}},
)
def upload(
    request: HttpRequest,
    number: Number,
    name: FileTitle,
    media_type: MediaType = "application/octet-stream",
) -> Status[deed_schemas.Uploaded]:
    """Keeps a file, the body as it is, for what this person says on this ticket or beside it within a day; at most
    25 MB. What nothing names is sent to nobody, and gone two days later."""
    content = request.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise MalformedPayload("A file has at most %(most)s MB.", most=LIMIT // 1024 // 1024)
    file = Attached(name, media_type, content)
    word, filed = uploads.upload(house(), caller_in(request).user, number, file)
    made = deed_schemas.Uploaded(
        file=word, name=filed.name, media_type=filed.media_type, size=filed.size
    )
    return Status(201, made)


@router.get("/tickets/{number}/held", response=deed_schemas.WaitingReplies, **READ)
def list_held(request: HttpRequest, number: Number) -> deed_schemas.WaitingReplies:
    """Replies that wait for their time, or did not go out when it came, in the order in which they go."""
    ticket = find_ticket(tickets_of(caller_in(request).user), number)
    return deed_schemas.WaitingReplies(
        items=[
            deed_schemas.WaitingReply(
                id=one.id,
                by=schemas.Colleague(id=one.by, name=one.name),
                text=one.text,
                format=deed_schemas.Format(one.form or PLAIN),
                files=list(one.files),
                then=deed_schemas.Then(one.then or "stay"),
                send_at=one.send_at,
                scheduled=one.is_scheduled,
                problem=one.problem,
            )
            for one in held_in(house().vault, ticket.conversation)
        ]
    )


@router.post("/tickets/{number}/held/{held}/undo", response=schemas.TicketState, **WRITE)
def take_back(
    request: HttpRequest, number: Number, held: UUID, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Takes a reply of this person's back before it is out; 409 once it is. Its words are in `GET .../held` until then."""

    def act(house: House, user: User, number: int, version: int | None) -> None:
        replying.undo(house, user, number, held, version)

    return changed(request, number, key, if_match, act)
