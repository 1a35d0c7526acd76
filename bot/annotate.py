"""What colleagues hang on tickets, as a verb: one audited deed with what takes it back."""

from __future__ import annotations

from bot.desk import deed
from bot.house import House
from bot.permissions import May, require, tickets_of
from core.dossier import Deed, Dossier, FieldKind, Step
from core.errors import Conflict, MalformedPayload
from store import dossier
from store.desk_ticket import find_ticket
from store.dossier_view import dossier_of
from store.models import Checklist, CustomField, Ticket, User

_SILENT = frozenset({Deed.FILL, Deed.ADD_TASK})
"""What these say may be a customer's words: the audit names only the deed."""


def annotate(
    house: House, user: User, number: int, step: Step, version: int | None = None
) -> Step | None:
    """Carries a step out; what takes it back, None where all was so already. Raises `NotFound` for a ticket, also
    the other end of a link, that the user may not see."""
    require(user, May.WORK_TICKETS)
    other = _other(user, step)
    told = {"deed": step.deed.value, "what": step.what[:80]}
    if step.deed not in _SILENT:
        told["value"] = step.value[:80]
    with deed(house, user, number, "annotate", version, **told) as change:
        return dossier.annotate(change, step, other)


def dossier_for(house: House, user: User, number: int) -> Dossier:
    """What hangs on a ticket that the user may see. Raises `NotFound`."""
    visible = tickets_of(user)
    return dossier_of(house.vault, visible, find_ticket(visible, number))


def _other(user: User, step: Step) -> Ticket | None:
    if step.deed not in {Deed.LINK, Deed.UNLINK}:
        return None
    number = step.value.strip().lstrip("#")
    if not number.isdecimal() or len(number) > 18:
        raise MalformedPayload("Which ticket? Its number is enough.")
    return find_ticket(tickets_of(user), int(number))


def check_field(row: CustomField) -> None:
    """Raises `Conflict` in words for a field that could not be filled in, and keeps the kind of one in use."""
    kinds = set(FieldKind)
    if row.kind not in kinds:
        raise Conflict("A field holds one of: %(kinds)s.", kinds=", ".join(sorted(kinds)))
    if row.kind == FieldKind.CHOICE and len(set(row.options)) < 2:
        raise Conflict("A choice needs at least two options, one a line.")
    before = CustomField.objects.filter(pk=row.pk).values_list("kind", flat=True).first()
    if before and before != row.kind and row.fieldvalue_set.exists():
        raise Conflict("Tickets have values of the former kind: make a new field instead.")


def check_checklist(row: Checklist) -> None:
    """Raises `Conflict` for a template without tasks, or with more than one ticket may have."""
    if not 0 < len(row.tasks) <= 30:
        raise Conflict("A checklist has 1 to 30 tasks, one a line.")
    if any(len(words) > 300 for words in row.tasks):
        raise Conflict("A task is said in at most 300 characters.")
