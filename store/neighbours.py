"""The examples behind a Decision as one reader may see them. Finding them is `router.neighbours`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from store.desk import subject_of
from store.models import Ticket
from store.vault import Vault, VaultError


@dataclass(frozen=True, slots=True)
class Near:
    """One of `core.decision.Neighbour`, with its `subject` where it is one of our tickets."""

    ticket: int
    subject: str = field(repr=False)
    source: str
    text: str = field(repr=False)
    category: str
    priority: str
    team: str
    likeness: float


def neighbours_for(
    vault: Vault, visible: QuerySet[Ticket], verdict: Mapping[str, Any]
) -> tuple[Near, ...]:
    """The most similar first. Of our own tickets only those in `visible`: not even that there are others is told."""
    said = [one for one in verdict.get("neighbours", ()) if isinstance(one, Mapping)]
    numbers = [int(one["ticket"]) for one in said if one.get("ticket")]
    subjects = _subjects(vault, visible, numbers) if numbers else {}
    return tuple(
        Near(**{**one, "subject": subjects.get(one["ticket"], "")})
        for one in said
        if not one["ticket"] or one["ticket"] in subjects
    )


def _subjects(vault: Vault, visible: QuerySet[Ticket], numbers: list[int]) -> dict[int, str]:
    rows = visible.filter(number__in=numbers).select_related("conversation__address")
    found = {}
    for row in rows:
        try:
            found[row.number] = subject_of(vault, row)
        except VaultError:
            # Erased since: what is left of it explains nothing.
            continue
    return found
