"""What hangs on a ticket, for programs: read at once, changed by one deed at a time, each with what takes it back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import ConfigDict, Field

from bot.annotate import annotate, dossier_for
from bot.tokens import Scope
from core.dossier import Deed, FieldKind, Relation, Step
from store.answered import Answered
from store.models import Ticket
from web.api.door import caller_in
from web.api.operations import IfMatch, Key, Number, done_once, etag_of, needs, version_seen
from web.api.schemas import Colleague, In, Out
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="dossier")
WRITE = needs(Scope.TICKETS_WRITE, tag="dossier")
PLAIN = r"^[^\x00-\x1f\x7f]*$"


class LinkedTicket(Out):
    """`relation`: what this ticket is to that one."""

    relation: Relation
    ticket: int
    status: str
    subject: str


class FieldOnTicket(Out):
    """A field of the company's own. `required`: no person resolves a ticket without it."""

    slug: str
    label: str
    kind: FieldKind
    options: list[str]
    required: bool
    value: str


class TaskOnTicket(Out):
    id: UUID
    place: int
    words: str
    done_at: datetime | None
    done_by: str


class Template(Out):
    id: UUID
    name: str


class TicketDossier(Out):
    """`checklists`: templates that may be added. Links lead only to tickets that this person may see."""

    tags: list[str]
    links: list[LinkedTicket]
    followers: list[Colleague]
    fields: list[FieldOnTicket]
    tasks: list[TaskOnTicket]
    checklists: list[Template]


def _says_what_each_needs(schema: dict[str, Any]) -> None:
    needed = (
        ((Deed.LINK, Deed.UNLINK), {"what": {"enum": list(Relation)}, "value": {"pattern": "^#?[0-9]{1,18}$"}}),
        ((Deed.TAG, Deed.UNTAG), {"what": {"minLength": 1}}),
        ((Deed.ADD_TASK,), {"value": {"minLength": 1}}),
    )  # fmt: skip
    named = {deed for deeds, _ in needed for deed in deeds}
    rest = {"properties": {"deed": {"enum": [deed for deed in Deed if deed not in named]}}}
    schema["anyOf"] = [
        {"properties": {"deed": {"enum": list(deeds)}, **fields}, "required": list(fields)}
        for deeds, fields in needed
    ] + [rest]


class Annotation(In):
    """One deed. `what`: the tag, the relation, the field, the checklist or, joined by commas, the tasks; `value`: the
    other ticket's number, the field's value (empty takes it away), the task's words."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_says_what_each_needs)

    deed: Deed
    what: Annotated[str, Field(max_length=4_000, pattern=PLAIN)] = ""
    value: Annotated[str, Field(max_length=1_000, pattern=PLAIN)] = ""


class TakesBack(Out):
    deed: Deed
    what: str
    value: str


class Noted(Out):
    """`undo`: the deed that takes it back, null where all was so already."""

    ticket: int
    version: int
    undo: TakesBack | None


@router.get("/tickets/{number}/dossier", response=TicketDossier, **READ)
def get_dossier(request: HttpRequest, number: Number) -> TicketDossier:
    """Tags, links, followers, the company's own fields, and tasks."""
    found = dossier_for(house(), caller_in(request).user, number)
    return TicketDossier(
        tags=list(found.tags),
        links=[
            LinkedTicket(
                relation=one.relation, ticket=one.number, status=one.status, subject=one.subject
            )
            for one in found.links
        ],
        followers=[Colleague(id=key, name=name) for key, name in found.followers],
        fields=[
            FieldOnTicket(
                slug=one.slug,
                label=one.label,
                kind=one.kind,
                options=list(one.options),
                required=one.is_wanted,
                value=one.value,
            )
            for one in found.fields
        ],
        tasks=[
            TaskOnTicket(
                id=one.id, place=one.place, words=one.words, done_at=one.done_at, done_by=one.done_by
            )
            for one in found.tasks
        ],
        checklists=[Template(id=key, name=name) for key, name in found.checklists],
    )  # fmt: skip


@router.post("/tickets/{number}/dossier", response=Noted, **WRITE)
def change_dossier(
    request: HttpRequest,
    number: Number,
    body: Annotation,
    key: Key = None,
    if_match: IfMatch = None,
) -> HttpResponse:
    """One deed on it; the answer says what takes it back."""

    def act() -> Answered:
        step = Step(body.deed, body.what, body.value)
        back = annotate(house(), caller_in(request).user, number, step, version_seen(if_match))
        version = Ticket.objects.values_list("version", flat=True).get(number=number)
        undo = TakesBack(deed=back.deed, what=back.what, value=back.value) if back else None
        said = Noted(ticket=number, version=version, undo=undo)
        return Answered(200, said.model_dump(mode="json"), etag_of(version))

    return done_once(request, key, act)
