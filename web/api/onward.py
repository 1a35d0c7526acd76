"""Who has a ticket next, and when: put aside, handed on, its caller connected, another need taken out of it. The verbs are the desk's."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from bot import desk, handover, line, merging, on_hold
from bot.house import House
from bot.tokens import Scope
from store.answered import Answered
from store.models import User
from web.api import shapes
from web.api.changes import changed, now_of
from web.api.customer_schemas import WAY
from web.api.door import caller_in
from web.api.operations import IfMatch, Key, Number, done_once, etag_of, needs, version_seen
from web.api.schemas import TEXT, In, Out, TicketState
from web.house import house

router = Router()
WRITE = needs(Scope.TICKETS_WRITE, tag="deeds")


class Snooze(In):
    """`until`: when it is back in the lists, within a year; null brings it back at once, also what waits for the customer."""

    until: AwareDatetime | None


class ToTeam(In):
    team: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")]


class ToPerson(In):
    person: UUID


class ToAssistant(In):
    assistant: Literal[True]


class HandedOn(In):
    """`reason`: a note for whoever has it next."""

    to: ToTeam | ToPerson | ToAssistant
    reason: TEXT


class Parting(In):
    """`way`: the name of one of the identity's ways, from which this joined; or `message`: a mail of the customer in the
    thread. One of the two."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["way"]}, {"required": ["message"]}]}
    )

    way: WAY = Field(default_factory=str)
    message: UUID = Field(default_factory=lambda: UUID(int=0))

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("name a way or a message, one of the two")
        return self


class Parted(Out):
    """`ticket`: the new one, with what came that way, or the mail."""

    out_of: int
    ticket: TicketState


@router.post("/tickets/{number}/snooze", response=TicketState, **WRITE)
def snooze(
    request: HttpRequest, number: Number, body: Snooze, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Out of the working lists until then; its clocks run on. 409 where the time is not one to come, or the assistant has it."""

    def act(house: House, user: User, number: int, version: int | None) -> None:
        desk.snooze(house, user, number, body.until, version)

    return changed(request, number, key, if_match, act)


@router.post("/tickets/{number}/hand-on", response=TicketState, **WRITE)
def hand_on(
    request: HttpRequest, number: Number, body: HandedOn, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """To a team's queue, to a colleague who speaks from now on, or back to the assistant, with the reason as a note."""

    def act(house: House, user: User, number: int, version: int | None) -> None:
        match body.to:
            case ToTeam(team=team):
                handover.to_team(house, user, number, team, body.reason, version)
            case ToPerson(person=person):
                handover.to_colleague(house, user, number, person, body.reason, version)
            case ToAssistant():
                handover.to_assistant(house, user, number, body.reason, version)

    return changed(request, number, key, if_match, act)


@router.post("/tickets/{number}/connect", response=TicketState, **WRITE)
def connect(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Takes the ticket, and this person's telephone rings to be connected with its caller. 409 without a telephone at
    either end."""
    return changed(request, number, key, if_match, line.connect)


@router.post("/tickets/{number}/hang-up", response=TicketState, **WRITE)
def hang_up(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Puts this person's own telephone down, whether it rings for this ticket's caller or they talk. 409 where neither is
    so."""
    return changed(request, number, key, if_match, line.hang_up)


@router.post("/tickets/{number}/hold", response=TicketState, **WRITE)
def hold(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """Keeps the caller, with whom this person speaks, on hold. 409 where they do not speak."""
    return changed(request, number, key, if_match, on_hold.hold)


@router.post("/tickets/{number}/unhold", response=TicketState, **WRITE)
def unhold(
    request: HttpRequest, number: Number, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """The caller whom this person keeps on hold speaks with them again. 409 where nobody is on hold."""
    return changed(request, number, key, if_match, on_hold.take_back)


@router.post("/tickets/{number}/part", response={201: Parted}, **WRITE)
def part(
    request: HttpRequest, number: Number, body: Parting, key: Key = None, if_match: IfMatch = None
) -> HttpResponse:
    """What joined the thread from this way, or one mail in it, is another need, and becomes a ticket of its own. Merging that
    one into this takes it back. 409 for what is no mail, or all that the customer wrote."""

    def act() -> Answered:
        user, seen = caller_in(request).user, version_seen(if_match)
        if "message" in body.model_fields_set:
            made = now_of(merging.take_out(house(), user, number, str(body.message), seen))
        else:
            made = now_of(merging.part(house(), user, number, body.way, seen))
        parted = Parted(out_of=number, ticket=shapes.state(made))
        return Answered(201, parted.model_dump(mode="json"), etag_of(now_of(number).version))

    return done_once(request, key, act)
