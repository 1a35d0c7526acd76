"""Passages for the bench of the index: seeded mixtures of real ones that are embedded already, as many as are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.ports import Encodes
from kb_index.chunk import all_passages
from kb_index.generation import encode_passages
from kb_index.ingest import read_source
from kb_index.passage import Document, PassageRecord, PassageText, Span

Array = np.ndarray[Any, np.dtype[Any]]
PER_ARTICLE = 5


def base_records(sources: list[Path], encoder: Encodes, kept: Path) -> list[PassageRecord]:
    """The real passages of these sources with their vectors, encoded once and kept beside."""
    passages = [
        passage
        for source in sources
        for passage in all_passages(d for d in read_source(source) if isinstance(d, Document))
    ]
    if kept.is_file():
        stored = np.load(kept)
        if len(stored["sizes"]) == len(passages):
            cuts = np.cumsum(stored["sizes"])[:-1]
            return [
                PassageRecord(passage, rows)
                for passage, rows in zip(passages, np.split(stored["rows"], cuts), strict=True)
            ]
    records = list(encode_passages(passages, encoder))
    kept.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        kept,
        rows=np.vstack([record.vectors for record in records]).astype(np.float16),
        sizes=np.array([len(record.vectors) for record in records]),
    )
    return records


@dataclass(frozen=True, slots=True)
class Mixtures:
    """`count` passages, the same for the same seed; each takes vectors and sentences of two or three real ones."""

    base: list[PassageRecord]
    count: int
    seed: int = 20261128

    def __iter__(self) -> Iterator[PassageRecord]:
        for article in range(0, self.count, PER_ARTICLE):
            yield from self.article(article, min(PER_ARTICLE, self.count - article))

    def article(self, number: int, passages: int = PER_ARTICLE) -> Iterator[PassageRecord]:
        """The passages of one article; `number`: of its first passage."""
        rng = np.random.default_rng((self.seed, number))
        first = self.base[int(rng.integers(len(self.base)))]
        for place in range(passages):
            others = [self.base[int(n)] for n in rng.integers(len(self.base), size=2)]
            yield self._mixed(rng, number, place, [first, *others])

    def _mixed(
        self, rng: np.random.Generator, number: int, place: int, parents: list[PassageRecord]
    ) -> PassageRecord:
        shares = rng.dirichlet((2.0, 1.0, 0.5)).astype(np.float32)
        own = unit(
            sum(s * p.vectors[0].astype(np.float32) for s, p in zip(shares, parents, strict=True))
        )
        context = unit(parents[0].vectors[1].astype(np.float32) + 0.3 * parents[1].vectors[1])
        windows = parents[0].vectors[2:].astype(np.float32)
        picked = parents[1].vectors[2:]
        if len(windows) and len(picked):
            lot = rng.integers(len(picked), size=len(windows))
            windows = unit(windows + rng.uniform(0.1, 0.7) * picked[lot].astype(np.float32))
        text, spans = _text(rng, [parent.passage for parent in parents])
        model = parents[0].passage
        passage = replace(
            model,
            id=f"m{number}:{place}",
            article=f"m{number}",
            title=f"{model.title} {number}",
            text=text,
            spans=spans,
            url=f"/help/m{number}",
        )
        return PassageRecord(passage, np.vstack([own, context, *windows[: len(spans)]]))

    def questions(self, count: int) -> list[tuple[str, Array]]:
        """Texts and vectors to search for: a sentence of one real passage with some of another's."""
        rng = np.random.default_rng((self.seed, 1, count))
        found = []
        for _ in range(count):
            one, other = (self.base[int(n)] for n in rng.integers(len(self.base), size=2))
            pieces = [
                record.passage.text[span.start : span.end]
                for record in (one, other)
                for span in (record.passage.spans[int(rng.integers(len(record.passage.spans)))],)
            ]
            words = [*pieces[0].split()[:8], *pieces[1].split()[:3]]
            vectors = [
                record.vectors[int(rng.integers(len(record.vectors)))].astype(np.float32)
                for record in (one, other)
            ]
            found.append((" ".join(words), unit(vectors[0] + 0.4 * vectors[1])))
        return found


def unit(rows: Any) -> Array:
    """Rows (or one row) of length 1."""
    found: Array = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return found


def _text(rng: np.random.Generator, parents: list[PassageText]) -> tuple[str, tuple[Span, ...]]:
    """Sentences of the parents in turn, about as long as the first."""
    text, spans = "", []
    for place in range(len(parents[0].spans)):
        parent = parents[place % 3 if rng.random() < 0.5 else 0]
        span = parent.spans[int(rng.integers(len(parent.spans)))]
        piece = parent.text[span.start : span.end]
        start = len(text) + bool(text)
        text += f"\n{piece}" if text else piece
        spans.append(Span(start, len(text), span.kind, place))
    return text, tuple(spans)
