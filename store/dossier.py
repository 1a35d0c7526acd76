"""Keeping what colleagues hang on tickets. Each deed is an event on the ticket and answers what takes it back.

Who may is decided in `bot.annotate`; reading is `store.dossier_view`. Events hold nobody's words: of a task its
number, of a field with free words only that it changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet

from core.dossier import (
    LONGEST_TASK,
    Deed,
    FieldKind,
    Relation,
    Step,
    tag_in,
    value_in,
)
from core.errors import Conflict, MalformedPayload, NotFound
from store.bodies import open_json, seal_json
from store.events import Log
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
from store.tickets import Change
from store.turns import lock
from store.vault import Vault

MOST_TAGS = 20
MOST_LINKS = 50
MOST_TASKS = 100
EVENT = "ticket_annotated"


def annotate(change: Change, step: Step, other: Ticket | None = None) -> Step | None:
    """Inside a change: one deed. `other`: the ticket of a link, which the caller may see. None where it was so
    already. Raises `MalformedPayload`, `NotFound`, and `Conflict` for what is too much."""
    if step.deed in {Deed.LINK, Deed.UNLINK}:
        if other is None:
            raise MalformedPayload("Which ticket? Its number is enough.")
        return _link(change, step, other)
    return _DEEDS[step.deed](change, step)


def _tag(change: Change, step: Step) -> Step | None:
    tag = tag_in(step.what)
    mine = TicketTag.objects.filter(ticket=change.ticket)
    if mine.filter(name=tag).exists():
        return None
    if mine.count() >= MOST_TAGS:
        raise Conflict("A ticket has at most %(most)s tags.", most=MOST_TAGS)
    TicketTag.objects.create(ticket=change.ticket, name=tag)
    _tell(change, step.deed, what=tag)
    return Step(Deed.UNTAG, tag)


def _untag(change: Change, step: Step) -> Step | None:
    tag = tag_in(step.what)
    if not TicketTag.objects.filter(ticket=change.ticket, name=tag).delete()[0]:
        return None
    _tell(change, step.deed, what=tag)
    return Step(Deed.TAG, tag)


def _link(change: Change, step: Step, other: Ticket) -> Step | None:
    """Both ends tell of it."""
    relation = _relation(step.what)
    if other.pk == change.ticket.pk:
        raise Conflict("A ticket is not linked to itself.")
    one, two, kept = change.ticket, other, relation
    if not relation.is_stored or (relation is Relation.RELATED and one.number > two.number):
        one, two, kept = other, change.ticket, relation.inverse
    rows = TicketLink.objects.filter(ticket=one, other=two, relation=kept)
    if rows.exists() == (step.deed is Deed.LINK):
        return None
    if step.deed is Deed.LINK:
        if change.ticket.links_from.count() + change.ticket.links_to.count() >= MOST_LINKS:
            raise Conflict("A ticket has at most %(most)s links.", most=MOST_LINKS)
        TicketLink.objects.create(ticket=one, other=two, relation=kept)
    else:
        rows.delete()
    _tell(change, step.deed, what=relation.value, other=other.number)
    row = lock(other.conversation_id)
    log = Log(row, change.finish.now)
    said = {"ticket": other.number, "deed": step.deed.value, "what": relation.inverse.value}
    log.add(EVENT, change.actor, data={**said, "other": change.ticket.number})
    log.write()
    row.save(update_fields=["last_seq", "last_public_seq"])
    back = Deed.UNLINK if step.deed is Deed.LINK else Deed.LINK
    return Step(back, relation.value, str(other.number))


def _relation(name: str) -> Relation:
    try:
        return Relation(name)
    except ValueError as error:
        raise MalformedPayload(
            "A ticket is to another %(relations)s.", relations=", ".join(Relation)
        ) from error


def _follow(change: Change, step: Step) -> Step | None:
    since = {"since": change.finish.now}
    _, is_new = Follower.objects.get_or_create(
        ticket=change.ticket, user=change.user, defaults=since
    )
    if not is_new:
        return None
    _tell(change, step.deed)
    return Step(Deed.UNFOLLOW)


def _unfollow(change: Change, step: Step) -> Step | None:
    if not Follower.objects.filter(ticket=change.ticket, user=change.user).delete()[0]:
        return None
    _tell(change, step.deed)
    return Step(Deed.FOLLOW)


def _fill(change: Change, step: Step) -> Step | None:
    field = CustomField.objects.filter(
        brand=change.ticket.brand_id, slug=step.what, is_active=True
    ).first()
    if field is None:
        raise NotFound("There is no such field.")
    kind = FieldKind(field.kind)
    value = value_in(kind, field.options, step.value)
    vault = change.finish.vault
    row = FieldValue.objects.filter(ticket=change.ticket, field=field).first()
    before = shown_value(vault, row, kind) if row else ""
    if value == before:
        return None
    row = row or FieldValue(ticket=change.ticket, field=field)
    if not value:
        row.delete()
    elif kind.is_private:
        address = change.finish.conversation.address
        row.value_cipher = seal_json(vault, address, f"field:{row.id}", value)
        row.save()
    else:
        row.value = value
        row.save()
    told = {} if kind.is_private else {"before": before, "after": value}
    _tell(change, step.deed, what=field.label, is_cleared=not value, **told)
    return Step(Deed.FILL, step.what, before)


def shown_value(vault: Vault, row: FieldValue, kind: FieldKind) -> str:
    """A value in the clear; `row.ticket.conversation.address` is read. Raises `Erased`."""
    if not kind.is_private:
        return row.value
    address = row.ticket.conversation.address
    found = open_json(vault, address, f"field:{row.id}", bytes(row.value_cipher))
    return found if isinstance(found, str) else ""


def _add_task(change: Change, step: Step) -> Step | None:
    return _added(change, step.deed, [step.value])


def _add_checklist(change: Change, step: Step) -> Step | None:
    try:
        wanted = UUID(step.what)
    except ValueError as error:
        raise NotFound("There is no such checklist.") from error
    brand = change.ticket.brand_id
    row = Checklist.objects.filter(brand=brand, id=wanted, is_active=True).first()
    if row is None:
        raise NotFound("There is no such checklist.")
    return _added(change, step.deed, [str(words) for words in row.tasks], checklist=row.name)


def _added(change: Change, deed: Deed, texts: list[str], **told: Any) -> Step | None:
    rows = Task.objects.filter(ticket=change.ticket)
    if rows.filter(dropped_at=None).count() + len(texts) > MOST_TASKS:
        raise Conflict("A ticket has at most %(most)s tasks.", most=MOST_TASKS)
    place = rows.aggregate(last=Max("place"))["last"] or 0
    made = []
    for words in texts:
        plain = " ".join(words.split())
        if not plain or len(plain) > LONGEST_TASK:
            raise MalformedPayload("A task is said in 1 to %(most)s characters.", most=LONGEST_TASK)
        place += 1
        task = Task(ticket=change.ticket, place=place)
        address = change.finish.conversation.address
        task.words_cipher = seal_json(change.finish.vault, address, f"task:{task.id}", plain)
        made.append(task)
    if not made:
        return None
    Task.objects.bulk_create(made)
    _tell(change, deed, places=[task.place for task in made], **told)
    return Step(Deed.DROP_TASKS, ",".join(str(task.id) for task in made))


def _tick(change: Change, step: Step) -> Step | None:
    done = {"done_at": change.finish.now, "done_by": change.user}
    rows = _tasks(change, step).filter(done_at=None, dropped_at=None)
    return _changed(change, step.deed, rows, Deed.UNTICK, done)


def _untick(change: Change, step: Step) -> Step | None:
    rows = _tasks(change, step).filter(done_at__isnull=False, dropped_at=None)
    return _changed(change, step.deed, rows, Deed.TICK, {"done_at": None, "done_by": None})


def _drop(change: Change, step: Step) -> Step | None:
    rows = _tasks(change, step).filter(dropped_at=None)
    return _changed(change, step.deed, rows, Deed.BRING_TASKS, {"dropped_at": change.finish.now})


def _bring(change: Change, step: Step) -> Step | None:
    rows = _tasks(change, step).filter(dropped_at__isnull=False)
    return _changed(change, step.deed, rows, Deed.DROP_TASKS, {"dropped_at": None})


def _tasks(change: Change, step: Step) -> QuerySet[Task]:
    try:
        wanted = [UUID(one) for one in step.what.split(",")[:MOST_TASKS]]
    except ValueError as error:
        raise NotFound("There is no such task.") from error
    found = Task.objects.filter(ticket=change.ticket, id__in=wanted)
    if not found.exists():
        raise NotFound("There is no such task on this ticket.")
    return found


def _changed(
    change: Change, deed: Deed, rows: QuerySet[Task], back: Deed, values: dict[str, Any]
) -> Step | None:
    meant = list(rows.order_by("place").values_list("id", "place"))
    if not meant:
        return None
    Task.objects.filter(id__in=[key for key, _ in meant]).update(**values)
    _tell(change, deed, places=[place for _, place in meant])
    return Step(back, ",".join(str(key) for key, _ in meant))


def _tell(change: Change, deed: Deed, **data: Any) -> None:
    told = {"ticket": change.ticket.number, "deed": deed.value, **data}
    change.finish.log.add(EVENT, change.actor, data=told)


_DEEDS: dict[Deed, Callable[[Change, Step], Step | None]] = {
    Deed.TAG: _tag,
    Deed.UNTAG: _untag,
    Deed.FOLLOW: _follow,
    Deed.UNFOLLOW: _unfollow,
    Deed.FILL: _fill,
    Deed.ADD_TASK: _add_task,
    Deed.ADD_CHECKLIST: _add_checklist,
    Deed.TICK: _tick,
    Deed.UNTICK: _untick,
    Deed.DROP_TASKS: _drop,
    Deed.BRING_TASKS: _bring,
}


def must_be_complete(ticket: Ticket) -> None:
    """Raises `Conflict` while a required field is empty."""
    missing = (
        CustomField.objects.filter(brand=ticket.brand_id, is_required=True, is_active=True)
        .exclude(id__in=FieldValue.objects.filter(ticket=ticket).values("field"))
        .order_by("position", "label")
        .values_list("label", flat=True)
    )
    if names := list(missing):
        raise Conflict("Before it is resolved, fill in: %(names)s.", names=", ".join(names))
