"""The desk's full-text index: which tickets hold which words, without holding a word of anybody.

Each word is stored as five bytes of a keyed digest, so that the index tells nothing without the installation's
key. It is built from the messages, can be thrown away and built again, and belongs in no backup
(docs/decisions/0004-search.md). Who may see a ticket is decided in the query that `matching` becomes a part of.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from functools import lru_cache

from django.db import connection, transaction
from django.db.models import BigIntegerField, Q
from django.db.models.expressions import RawSQL

from core.terms import LONGEST, terms_of, words_of
from store.database import is_postgresql
from store.models import SearchDoc
from store.statements import Columns, Given
from store.vault import Vault

SIZE = 5
MOST_WORDS = 12
"""Words of a question that are looked at."""
OUTSIDE_BACKUPS = ("store_searchdoc", "store_search")


_WORDS = Columns(
    lambda: SearchDoc.objects.filter(number=Given("number", BigIntegerField())).values_list("words")
)


def put(vault: Vault, number: int, text: str) -> bool:
    """The ticket is found by the words of this text from now on, and by no others. In the caller's transaction.
    False where it was so already."""
    key = _key(vault)
    words = b"".join(sorted(_blind(key, term) for term in terms_of(text)))
    known = _WORDS.rows(number=number)
    if known and bytes(known[0][0]) == words:
        return False
    if known:
        remove([number])
    SearchDoc.objects.create(number=number, words=words)
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute(
                "UPDATE store_searchdoc SET vector = array_to_tsvector(%s::text[]) WHERE number = %s",
                [_tokens(words), number],
            )
        else:
            cursor.execute(
                "INSERT INTO store_search(rowid, words) VALUES (%s, %s)",
                [number, " ".join(_tokens(words))],
            )
    return True


def remove(numbers: Iterable[int]) -> int:
    """These tickets are found no more; returns how many were."""
    gone = 0
    with transaction.atomic():
        for doc in SearchDoc.objects.filter(number__in=list(numbers)):
            if not is_postgresql():
                with connection.cursor() as cursor:
                    # An index without content is told what it held.
                    cursor.execute(
                        "INSERT INTO store_search(store_search, rowid, words) VALUES ('delete', %s, %s)",
                        [doc.number, " ".join(_tokens(bytes(doc.words)))],
                    )
            doc.delete()
            gone += 1
    return gone


def empty() -> None:
    """Throws the whole index away."""
    with transaction.atomic():
        SearchDoc.objects.all().delete()
        if not is_postgresql():
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO store_search(store_search) VALUES ('delete-all')")


def write_vectors(batch: int = 1_000) -> None:
    """Fills PostgreSQL's own column, for rows that were copied in from elsewhere."""
    last = -1
    while docs := list(SearchDoc.objects.filter(number__gt=last).order_by("number")[:batch]):
        last = docs[-1].number
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE store_searchdoc SET vector = array_to_tsvector(%s::text[]) WHERE number = %s",
                [(_tokens(bytes(doc.words)), doc.number) for doc in docs],
            )


def compact() -> None:
    """Writes the index anew without what was removed: until then its digests may still lie on the disk."""
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute("VACUUM store_searchdoc")
        else:
            cursor.execute("INSERT INTO store_search(store_search) VALUES ('optimize')")


def matching(vault: Vault, question: str) -> Q | None:
    """The condition that a ticket holds all words of the question, each perhaps unfinished, or has its number.
    None where the question has no word."""
    words = words_of(question)[:MOST_WORDS]
    if not words:
        return None
    key = _key(vault)
    tokens = {_token(_blind(key, word)) for word in words}
    if is_postgresql():
        sql = "SELECT number FROM store_searchdoc WHERE vector @@ %s::tsquery"
        asked = " & ".join(f"'{token}'" for token in sorted(tokens))
    else:
        sql = "SELECT rowid FROM store_search WHERE store_search MATCH %s"
        asked = " ".join(f'"{token}"' for token in sorted(tokens))
    found = Q(number__in=RawSQL(sql, [asked]))  # noqa: S611 - the question is a parameter
    return found | Q(number=int(words[0])) if _is_number(words) else found


def digests_of(vault: Vault, terms: Iterable[str]) -> list[bytes]:
    """What stands in the index in place of these terms."""
    key = _key(vault)
    return [_blind(key, term) for term in terms]


def tokens_of(vault: Vault, terms: Iterable[str]) -> list[str]:
    """The same, as a query names them."""
    return [_token(digest) for digest in digests_of(vault, terms)]


def finds(question: str, text: str) -> tuple[int, int] | None:
    """Where in a text the first word of the question stands, to show it; None where none does."""
    wanted = [word[:LONGEST] for word in words_of(question)]
    plain = text.casefold()
    places = [(plain.find(word), len(word)) for word in wanted if len(word) > 1]
    found = [(at, at + length) for at, length in places if at >= 0]
    return min(found) if found else None


def _is_number(words: list[str]) -> bool:
    return len(words) == 1 and words[0].isascii() and words[0].isdecimal() and len(words[0]) < 16


def _key(vault: Vault) -> bytes:
    return vault.sign("search index", b"words")


@lru_cache(maxsize=65_536)
def _blind(key: bytes, term: str) -> bytes:
    return hashlib.blake2b(term.encode(), key=key, digest_size=SIZE).digest()


def _token(blinded: bytes) -> str:
    return base64.b32encode(blinded).decode().lower()


def _tokens(words: bytes) -> list[str]:
    return [_token(words[at : at + SIZE]) for at in range(0, len(words), SIZE)]
