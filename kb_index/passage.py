"""The nouns of the knowledge base: documents, blocks, passages and their vectors. No I/O here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


PASSAGES_KEPT = 1024
"""Passages that stay in memory with what was found out about them (about 3 MB): the same few answer most questions."""


PRODUCT = "product:"
"""A tag that begins so names a product of the company, as the company writes it: `product:Fernhill Hub`."""


def tag_words(tags: Iterable[str]) -> list[str]:
    """Tags as words to search for."""
    return [tag.removeprefix(PRODUCT).strip() for tag in tags]


def products_of(tags: Iterable[str]) -> list[str]:
    """The products that tags name."""
    named = (tag.removeprefix(PRODUCT).strip() for tag in tags if tag.startswith(PRODUCT))
    return [name for name in named if name]


class Kind(StrEnum):
    """What a block or a span is; lists, tables and code are answered whole."""

    SENTENCE = "sentence"
    STEP = "step"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a block: `parts[part][start:end]` are its words, up to `after` its address is written behind them. `to`: what it
    leads to, `slug#anchor` of an article (`crosslinks`)."""

    part: int
    start: int
    end: int
    after: int
    to: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list, table or piece of code of an article, as plain text.

    `parts`: the pieces that must not be cut (items of a list, rows of a table; one for a paragraph).
    `headings`: path from the article's first heading below the title; `anchor`: of the innermost one.
    """

    kind: Kind
    parts: tuple[str, ...]
    headings: tuple[str, ...] = ()
    anchor: str = ""
    links: tuple[Link, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One article as read. `slug` identifies it for ever; `revision` is the hash of all that is below, but for `origin`: what it is
    called where it comes from."""

    slug: str
    title: str
    blocks: tuple[Block, ...]
    section: str = ""
    language: str = ""
    visibility: str = "public"
    brand: str = "default"
    tags: tuple[str, ...] = ()
    updated: str = ""
    """ISO date or empty."""
    url: str = ""
    revision: str = ""
    origin: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file or row that could not be read, and why, in words for the person who ingests."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """`text[start:end]` of a passage: a sentence, a step, a row. `group`: its block within the passage."""

    start: int
    end: int
    kind: Kind
    group: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where in its article the spans of a passage stand, from number `first` on: under which headings, and the innermost's anchor."""

    first: int
    headings: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, slots=True)
class PassageText:
    """A piece of an article that can be found and cited. `id` is stable while its text is.

    `headings` and `anchor` are of its beginning; `places`: where short sections follow in it, each under headings of its own.
    """

    id: str
    article: str
    revision: str
    title: str
    text: str
    spans: tuple[Span, ...]
    headings: tuple[str, ...] = ()
    anchor: str = ""
    section: str = ""
    language: str = ""
    visibility: str = "public"
    brand: str = "default"
    tags: tuple[str, ...] = ()
    updated: str = ""
    url: str = ""
    places: tuple[Place, ...] = ()

    def __hash__(self) -> int:
        """Of what names it: hashing all of its text each time would cost more than most of what is remembered of it."""
        return hash((self.id, self.revision))

    @property
    def context(self) -> str:
        """Title and heading path: what a reader of this piece alone would need to know."""
        return self._under(self.headings)

    @property
    def all_headings(self) -> tuple[str, ...]:
        """Every heading that something of it stands under, once."""
        paths = (self.headings, *(place.headings for place in self.places))
        return tuple(dict.fromkeys(heading for path in paths for heading in path))

    def place_of(self, span: int) -> Place:
        """Where the span of that number stands."""
        passed = [place for place in self.places if place.first <= span]
        return passed[-1] if passed else Place(0, self.headings, self.anchor)

    def context_of(self, span: int) -> str:
        """Title and heading path of the span of that number."""
        return self._under(self.place_of(span).headings)

    def read(self) -> str:
        """As somebody reads it: the context, the text, and in it each further heading above what stands under it."""
        text, before = self.text, self.headings
        inner = []
        for place in self.places:
            heading = ": ".join(one for one in place.headings if one not in before)
            inner.append((self.spans[place.first].start, f"{heading}\n" if heading else ""))
            before = place.headings
        for at, heading in reversed(inner):
            text = text[:at] + heading + text[at:]
        return f"{self.context}\n{text}" if self.context else text

    def _under(self, headings: tuple[str, ...]) -> str:
        return ": ".join((self.title, *headings) if self.title else headings)


WINDOWS = 6
"""Most windows of one passage: what encoding an index costs grows with them."""


def windows(passage: PassageText) -> list[tuple[int, int]]:
    """(first, last + 1) span of each window: neighbouring spans that are embedded together.

    A long sentence is a window of its own; short lines share one, so that no passage has more than `WINDOWS` and one for each
    of its further sections, which begins one of its own.
    """
    begins = {place.first for place in passage.places}
    sizes = [len(passage.text[span.start : span.end].split()) for span in passage.spans]
    least = max(6, -(-sum(sizes) // WINDOWS))
    found: list[tuple[int, int]] = []
    start = words = 0
    for number, size in enumerate(sizes):
        if number in begins and start < number:
            _close(found, start, number, is_short=words < least // 2 and start not in begins)
            start, words = number, 0
        words += size
        if words >= least:
            found.append((start, number + 1))
            start, words = number + 1, 0
    if start < len(sizes):
        _close(found, start, len(sizes), is_short=words < least // 2 and start not in begins)
    return found


def _close(found: list[tuple[int, int]], start: int, end: int, *, is_short: bool) -> None:
    """One window more; what is too short for its own goes into the one before."""
    if is_short and found:
        found[-1] = (found[-1][0], end)
    else:
        found.append((start, end))


@dataclass(frozen=True, slots=True)
class PassageRecord:
    """A passage with its embeddings, ready to be indexed.

    `vectors`: float array, shape (2 + w, d), rows of unit length: the passage with its context, its context
    alone, then each of its w windows (see `windows`). Shape (1, d) is allowed (the passage alone): search
    then ranks without titles' and sentences' similarity.
    """

    passage: PassageText
    vectors: Array = field(repr=False)

    def to_bytes(self) -> bytes:
        """The vectors as float16, for a database column."""
        return bytes(np.asarray(self.vectors, dtype=np.float16).tobytes())

    @staticmethod
    def from_bytes(passage: PassageText, data: bytes, dimension: int) -> PassageRecord:
        """The reverse of `to_bytes`. Raises ValueError when `data` does not fit `dimension`."""
        flat = np.frombuffer(data, dtype=np.float16).astype(np.float32)
        return PassageRecord(passage, flat.reshape(-1, dimension))
