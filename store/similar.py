"""Tickets that are about the same, by the words of the desk's index: who may see them is decided in the same query.

Words are compared by their digests, so nothing is decrypted but what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from core.terms import LONGEST, words_of
from store.database import is_postgresql
from store.desk import subject_of
from store.desk_ticket import last_asked
from store.models import SearchDoc, Ticket
from store.search import SIZE, digests_of, tokens_of
from store.vault import Vault, VaultError

SHORTEST = 5
"""Letters below which a word says too little of a subject."""
STEM = 6
"""By so many first letters words are taken for the same: charged, charges."""
MOST = 6
"""Words that are looked for, the longest ones: they are the rarest."""
LOOKED_AT = 60
"""The newest tickets with two of these words, among which the nearest are chosen."""
LEAST = 0.3
"""Share of the words that a ticket must have to be shown."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A ticket about the same. `share`: of the words of the one that is open, 0 to 1."""

    number: int
    subject: str = field(repr=False)
    status: str
    share: float


def similar(vault: Vault, visible: QuerySet[Ticket], ticket: Ticket, limit: int = 4) -> list[Alike]:
    """The nearest first, out of `visible`; none where the ticket says too little or is erased."""
    try:
        stems = _stems(f"{subject_of(vault, ticket)} {last_asked(vault, ticket)}")
    except VaultError:
        return []
    if len(stems) < 2:
        return []
    found = visible.filter(_with_two_of(vault, stems[:MOST]))
    found = found.filter(conversation__address__key_wrapped__isnull=False).exclude(id=ticket.id)
    newest = list(found.order_by("-number").values_list("number", flat=True)[:LOOKED_AT])
    shares = _shares(vault, stems, newest)
    best = sorted(shares, key=lambda number: (-shares[number], -number))[:limit]
    rows = visible.filter(number__in=best).select_related("conversation__address")
    shown = {
        row.number: Alike(row.number, _subject(vault, row), row.status, shares[row.number])
        for row in rows
    }
    return [shown[number] for number in best if number in shown]


def _stems(text: str) -> list[str]:
    """The beginnings of its telling words, the longest word first."""
    words = sorted(
        {word for word in words_of(text) if len(word) >= SHORTEST}, key=lambda w: (-len(w), w)
    )
    return list(dict.fromkeys(word[: min(STEM, LONGEST)] for word in words if not word.isdecimal()))


def _with_two_of(vault: Vault, stems: list[str]) -> Q:
    tokens = tokens_of(vault, stems)
    pairs = list(combinations(tokens, 2))
    if is_postgresql():
        sql = "SELECT number FROM store_searchdoc WHERE vector @@ %s::tsquery"
        asked = " | ".join(f"('{one}' & '{other}')" for one, other in pairs)
    else:
        sql = "SELECT rowid FROM store_search WHERE store_search MATCH %s"
        asked = " OR ".join(f'("{one}" AND "{other}")' for one, other in pairs)
    return Q(number__in=RawSQL(sql, [asked]))  # noqa: S611 - the words are a parameter, and digests


def _shares(vault: Vault, stems: list[str], numbers: list[int]) -> dict[int, float]:
    wanted = set(digests_of(vault, stems))
    found: dict[int, float] = {}
    for number, words in SearchDoc.objects.filter(number__in=numbers).values_list(
        "number", "words"
    ):
        held = bytes(words)
        has = {held[at : at + SIZE] for at in range(0, len(held), SIZE)}
        share = len(wanted & has) / len(wanted)
        if share >= LEAST:
            found[number] = share
    return found


def _subject(vault: Vault, ticket: Ticket) -> str:
    try:
        return subject_of(vault, ticket)
    except VaultError:
        return ""
