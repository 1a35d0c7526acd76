"""Documents to passages: pieces small enough to cite, with steps and tables whole. Encoding them does not belong here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from core.anchor import second_of
from kb_index import sentences
from kb_index.passage import Block, Document, Kind, PassageText, Place, Span

LEAST = 60
"""Words below which a piece takes in the next block of the same part of the article."""
MOST = 140
"""Words (about 180 tokens) above which a piece of prose ends."""
MOST_WHOLE = 260
"""Words up to which a list or table stays whole: about what the encoder reads (256 tokens) and one answer."""

APART = 45
"""Seconds of a video within which one passage begins and its last block does: about a minute of it."""


def passages_of(document: Document) -> Iterator[PassageText]:
    """The passages of one article in reading order; the same text always gives the same ids."""
    used: dict[str, int] = {}
    for piece in _pieces(document.blocks, document.language):
        passage = _passage(document, piece)
        again = used[passage.id] = used.get(passage.id, 0) + 1
        yield passage if again == 1 else replace(passage, id=f"{passage.id}-{again}")


def all_passages(documents: Iterable[Document]) -> Iterator[PassageText]:
    """The passages of all articles."""
    for document in documents:
        yield from passages_of(document)


@dataclass(frozen=True, slots=True)
class _Unit:
    """Something never cut: a sentence, a step, a row."""

    text: str
    kind: Kind
    block: int

    @property
    def words(self) -> int:
        return len(self.text.split())


def _pieces(blocks: tuple[Block, ...], language: str) -> Iterator[list[tuple[Block, list[_Unit]]]]:
    """Runs of blocks that make one passage; a heading of its own starts a new one unless too little stands before."""
    piece: list[tuple[Block, list[_Unit]]] = []
    for number, block in enumerate(blocks):
        for units in _cut(_units(block, number, language), block.kind):
            if piece and _is_full(piece, block, units):
                yield piece
                piece = []
            piece.append((block, units))
    if piece:
        yield piece


def _is_full(piece: list[tuple[Block, list[_Unit]]], block: Block, units: list[_Unit]) -> bool:
    before = sum(unit.words for _, part in piece for unit in part)
    adding = sum(unit.words for unit in units)
    if block.headings != piece[-1][0].headings:
        return before >= LEAST // 3 or before + adding > MOST
    if _is_later(piece[0][0].anchor, block.anchor):
        return True
    if block.anchor != piece[-1][0].anchor and before >= LEAST:
        return True  # another minute of a video, another page: a citation leads to where it begins
    introduces = piece[-1][1][-1].text.rstrip().endswith(":") and block.kind is not Kind.SENTENCE
    if introduces:
        return before + adding > MOST + MOST_WHOLE
    if block.kind is not Kind.SENTENCE:
        return before >= LEAST and before + adding > MOST
    return before + adding > MOST


def _is_later(anchor: str, other: str) -> bool:
    """Of two moments of a video: too much later for the first to lead to both."""
    first, second = second_of(anchor), second_of(other)
    return first is not None and second is not None and second - first > APART


def _units(block: Block, number: int, language: str) -> list[_Unit]:
    if block.kind is not Kind.SENTENCE:
        return [_Unit(part, block.kind, number) for part in block.parts]
    return [
        _Unit(part[start:end], Kind.SENTENCE, number)
        for part in block.parts
        for start, end in sentences.split(part, language)
    ]


def _cut(units: list[_Unit], kind: Kind) -> Iterator[list[_Unit]]:
    """A block in runs of whole units, each about as long as the others, when it is too long for one passage. Each run of a
    table begins with its head: without it nobody knows what the cells are."""
    total = sum(unit.words for unit in units)
    limit = MOST if kind is Kind.SENTENCE else MOST_WHOLE
    runs = max(1, -(-total // limit))
    run: list[_Unit] = []
    words = 0
    for unit in units:
        if run and words + unit.words / 2 > total / runs:
            yield run
            run, words = units[:1] if kind is Kind.ROW else [], 0
        run.append(unit)
        words += unit.words
    if run:
        yield run


def _passage(document: Document, piece: list[tuple[Block, list[_Unit]]]) -> PassageText:
    text = ""
    spans: list[Span] = []
    block_before = -1
    for group, (_, units) in enumerate(piece):
        for unit in units:
            same_prose = unit.block == block_before and unit.kind is Kind.SENTENCE
            text += "" if not text else " " if same_prose else "\n"
            spans.append(Span(len(text), len(text) + len(unit.text), unit.kind, group))
            text += unit.text
            block_before = unit.block
    first = piece[0][0]
    places = _places(piece)
    further = (heading for place in places for heading in (*place.headings, place.anchor))
    digest = hashlib.sha256(
        "\n".join((document.title, *first.headings, text, *further)).encode()
    ).hexdigest()[:12]
    return PassageText(
        id=f"{document.slug}:{digest}",
        article=document.slug,
        revision=document.revision,
        title=document.title,
        text=text,
        spans=tuple(spans),
        headings=first.headings,
        anchor=first.anchor,
        section=document.section,
        language=document.language,
        visibility=document.visibility,
        brand=document.brand,
        tags=document.tags,
        updated=document.updated,
        url=document.url,
        places=places,
    )


def _places(piece: list[tuple[Block, list[_Unit]]]) -> tuple[Place, ...]:
    """Where another section, or another page, begins within the piece. A moment of a video leads to all of it."""
    found: list[Place] = []
    number = len(piece[0][1])
    for (before, _), (block, units) in pairwise(piece):
        is_elsewhere = second_of(block.anchor) is None and block.anchor != before.anchor
        if block.headings != before.headings or is_elsewhere:
            found.append(Place(number, block.headings, block.anchor))
        number += len(units)
    return tuple(found)
