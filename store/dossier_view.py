"""What hangs on a ticket, as plain values; read-only. Changing it is `store.dossier`."""

from __future__ import annotations

from django.db import models
from django.db.models import Q, QuerySet

from core.dossier import Doing, Dossier, FieldKind, Filled, Linked, Relation
from store.bodies import open_json
from store.desk import subject_of
from store.dossier import shown_value
from store.models import (
    Checklist,
    CustomField,
    FieldValue,
    Follower,
    Task,
    Ticket,
    TicketLink,
    TicketTag,
)
from store.statements import Columns, Given, Select
from store.vault import Vault, VaultError

SUGGESTED = 200
"""Tags in use that a person is offered while typing."""


def dossier_of(vault: Vault, visible: QuerySet[Ticket], ticket: Ticket) -> Dossier:
    """All of it. `ticket.conversation.address` is loaded; of linked tickets only those among `visible`."""
    followers = Follower.objects.filter(ticket=ticket, user__is_active=True).select_related("user")
    lists = Checklist.objects.filter(brand=ticket.brand_id, is_active=True).order_by("name")
    return Dossier(
        tags=tuple(TicketTag.objects.filter(ticket=ticket).order_by("name").values_list("name", flat=True)),
        links=_links(vault, visible, ticket),
        followers=tuple((row.user_id, row.user.name) for row in followers.order_by("user__name")),
        fields=_fields(vault, ticket),
        tasks=_tasks(vault, ticket),
        checklists=tuple(lists.values_list("id", "name")),
    )  # fmt: skip


def tags_in_use(visible: QuerySet[Ticket]) -> list[str]:
    """Tags that stand on any of these tickets, by name."""
    seen = TicketTag.objects.filter(ticket__in=visible.order_by())
    return list(seen.order_by("name").values_list("name", flat=True).distinct()[:SUGGESTED])


def filters() -> list[Filled]:
    """The fields that a list can be narrowed by, without values."""
    rows = CustomField.objects.filter(is_active=True).order_by("position", "label")
    return [
        Filled(row.slug, row.label, FieldKind(row.kind), tuple(row.options), row.is_required)
        for row in rows
        if not FieldKind(row.kind).is_private
    ]


def with_field(text: str) -> Q:
    """Tickets of which `slug:value` is true."""
    slug, _, value = text.partition(":")
    found = FieldValue.objects.filter(field__slug=slug, value=value).exclude(value="")
    return Q(id__in=found.values("ticket"))


_TICKET = Given("ticket", models.UUIDField())
_TAGS = Columns(lambda: TicketTag.objects.filter(ticket=_TICKET).values_list("name"))
_VALUES = Select(
    lambda: FieldValue.objects.filter(ticket=_TICKET).select_related(
        "ticket__conversation__address"
    )
)
_FIELDS = Select(
    lambda: CustomField.objects.filter(
        brand=Given("brand", models.UUIDField()), is_active=True
    ).order_by("position", "label")
)
_TASKS = Select(
    lambda: (
        Task.objects.filter(ticket=_TICKET, dropped_at=None)
        .select_related("done_by")
        .order_by("place")
    )
)


def words_of_dossier(vault: Vault, ticket: Ticket) -> list[str]:
    """What a search finds the ticket by: tags, free words of fields, tasks. Raises `Erased`."""
    fields = (filled.value for filled in _fields(vault, ticket) if filled.value)
    tags = (name for (name,) in _TAGS.rows(ticket=ticket.id))
    return [*tags, *fields, *(task.words for task in _tasks(vault, ticket))]


def _links(vault: Vault, visible: QuerySet[Ticket], ticket: Ticket) -> tuple[Linked, ...]:
    rows = TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket))
    relations: dict[object, list[Relation]] = {}
    for row in rows:
        is_from = row.ticket_id == ticket.pk
        relation = Relation(row.relation)
        other = row.other_id if is_from else row.ticket_id
        relations.setdefault(other, []).append(relation if is_from else relation.inverse)
    if not relations:
        return ()
    others = visible.filter(pk__in=list(relations)).select_related("conversation__address")
    found = [
        Linked(relation, other.number, other.status, _subject(vault, other))
        for other in others
        for relation in relations[other.pk]
    ]
    return tuple(sorted(found, key=lambda one: (one.relation, one.number)))


def _fields(vault: Vault, ticket: Ticket) -> tuple[Filled, ...]:
    values = {row.field_id: row for row in _VALUES.rows(ticket=ticket.id)}
    found = []
    for field in _FIELDS.rows(brand=ticket.brand_id):
        kind, row = FieldKind(field.kind), values.get(field.id)
        try:
            value = shown_value(vault, row, kind) if row else ""
        except VaultError:
            value = ""
        found.append(
            Filled(field.slug, field.label, kind, tuple(field.options), field.is_required, value)
        )
    return tuple(found)


def _tasks(vault: Vault, ticket: Ticket) -> tuple[Doing, ...]:
    found = []
    for row in _TASKS.rows(ticket=ticket.id):
        address = ticket.conversation.address
        try:
            words = str(open_json(vault, address, f"task:{row.id}", bytes(row.words_cipher)))
        except VaultError:
            words = ""
        who = row.done_by.name if row.done_by else ""
        found.append(Doing(row.id, row.place, words, row.done_at, who))
    return tuple(found)


def _subject(vault: Vault, ticket: Ticket) -> str:
    try:
        return subject_of(vault, ticket)
    except VaultError:
        return ""
