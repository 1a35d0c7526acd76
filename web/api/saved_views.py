"""Lists of tickets that people keep for themselves or for a team, for programs. The desk's own lists are `tickets`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import ConfigDict, Field, model_validator

from bot import desk_views
from bot.permissions import few_teams_of, tickets_of
from bot.tokens import Scope
from store.answered import Answered
from store.desk import page_of_criteria
from store.desk_filter import Criteria
from store.desk_views import Reach
from store.models import SavedView
from store.saved_views import saved_for, saved_view
from web.api.door import caller_in
from web.api.operations import Key, Limit, done_once, needs
from web.api.places import ViewCursor, place_of, ticket_page
from web.api.schemas import TEXT, In, Made, Out, TicketPage
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="tickets")
WRITE = needs(Scope.TICKETS_WRITE, tag="tickets")
Slugged = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")]
Name = Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f\x85]+[^\x00-\x1f\x7f]*$")]  # fmt: skip


class StatusWanted(StrEnum):
    """`any`: done ones too, which are left out where nothing is said."""

    OPEN = "open"
    PENDING = "pending"
    DONE = "done"
    ANY = "any"


def _narrows(schema: dict[str, Any]) -> None:
    schema["minProperties"] = 1
    for field in schema["properties"].values():
        field.pop("default", None)


class Wanted(In):
    """What the list is narrowed to; what is left out lets everything through. `assignee`: `me`, `nobody` or a person's
    id; `field`: a field's slug, a colon, a value."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_narrows)

    q: Annotated[TEXT, Field(max_length=120)] = ""
    status: StatusWanted = StatusWanted.ANY
    priority: Annotated[int, Field(ge=1, le=4)] = 0
    team: Slugged = ""
    category: Slugged = ""
    channel: Slugged = ""
    assignee: Annotated[str, Field(pattern=r"^(me|nobody|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$")] = ""  # fmt: skip
    waits: Literal["us"] = "us"
    tag: Slugged = ""
    field: Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9_-]{1,40}:[^\x00]+$")] = ""
    follows: Literal["me"] = "me"

    @model_validator(mode="after")
    def _narrows_something(self) -> Wanted:
        if not self.model_fields_set:
            raise ValueError("say what the list shows")
        return self

    def criteria(self) -> Criteria:
        return Criteria.read(self.model_dump(mode="json", exclude_unset=True))


class NewView(In):
    """`team`: for everybody in it; for those who lead."""

    name: Name
    wanted: Wanted
    team: Slugged | None = None


class KeptView(Out):
    """`wanted`: as it was kept; `team`: whose it is, null for one's own."""

    id: UUID
    name: str
    team: str | None
    wanted: dict[str, str]


class KeptViews(Out):
    items: list[KeptView]


@router.get("/saved-views", response=KeptViews, **READ)
def list_saved_views(request: HttpRequest) -> KeptViews:
    """One's own lists and those of one's teams, by name; there are at most 20."""
    return KeptViews(items=[_out(one) for one in saved_for(caller_in(request).user)])


@router.post("/saved-views", response={201: Made}, **WRITE)
def save_view(request: HttpRequest, body: NewView, key: Key = None) -> HttpResponse:
    """Keeps a list; one of the same name is replaced. 409 where there are 20."""

    def act() -> Answered:
        user, criteria = caller_in(request).user, body.wanted.criteria()
        row = desk_views.save(house(), user, body.name, criteria, body.team or "")
        return Answered(201, Made(id=row.id).model_dump(mode="json"))

    return done_once(request, key, act)


@router.get("/saved-views/{saved}/tickets", response=TicketPage, **READ)
def list_saved(
    request: HttpRequest, saved: UUID, cursor: ViewCursor | None = None, limit: Limit = 50
) -> TicketPage:
    """What the list shows this person: most pressing first, or newest first where it shows done ones too."""
    user = caller_in(request).user
    criteria = Criteria.read(saved_view(user, saved).criteria)
    found = page_of_criteria(
        house().vault,
        tickets_of(user),
        criteria.condition(house().vault, user),
        criteria.is_alive,
        user,
        house().clock(),
        Reach(is_wide=True, teams=few_teams_of(user)),
        after=place_of(cursor),
        limit=limit + 1,
    )
    return ticket_page(found, limit)


@router.delete("/saved-views/{saved}", response={204: None}, **WRITE)
def delete_saved_view(request: HttpRequest, saved: UUID) -> HttpResponse:
    """Takes a list away: one's own, or by who leads one of the team's."""
    desk_views.remove(caller_in(request).user, saved)
    return HttpResponse(status=204)


def _out(row: SavedView) -> KeptView:
    team = row.team.slug if row.team else None
    return KeptView(id=row.id, name=row.name, team=team, wanted=row.criteria)
