"""One immutable set of index files: vectors, FAISS, lexical, texts. Which sets make a generation is `generation`'s.

Files of a segment (n passages, s spans, t different contexts, d dimensions; little-endian, no header):
`passages.f16` (n, d) · `contexts.f16` (t, d) with `context_of.i32` (n) · `spans.f16` (s, d) with `span_start.i64` (n + 1) ·
`index.faiss` · `post_*` (see `postings`) with `vocabulary.txt` · `body_*`, `head_*` (terms of each passage), `lengths.i32` ·
`df.i32` · `label_*.i32` with `names.json` (filters) · `articles.json` (title, date, products of each article) · `texts.jsonl` with `text_start.i64` · `segment.json` (counts, encoder,
sha256 of each file), written last.

FAISS 1.15: writing to a memory-mapped index kills the process, so nothing here ever changes an opened one.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np

from kb_index.passage import PASSAGES_KEPT, Array, Kind, PassageText, Place, Span, products_of
from kb_index.postings import Postings
from kb_index.stored import Ragged, Stored, mapped

FORMAT = 3
READ = (2, FORMAT)
"""Formats that are read: before 3 a passage had one place in its article."""
LABELS = ("language", "brand", "section", "visibility", "article")
PROBED = 32
"""One in so many lists is searched, at least 16 ..."""
WIDER = 4
"""... with so many times the rows to score again exactly."""


class About(NamedTuple):
    """What is known of an article as a whole. `updated`: ISO date or empty."""

    title: str
    updated: str
    products: Sequence[str]

    @staticmethod
    def of(passage: PassageText) -> About:
        """As any of its passages says."""
        return About(passage.title, passage.updated, products_of(passage.tags))


class Segment:
    """Reads one segment; safe for several threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError when it is not whole, ValueError when another version wrote it."""
        self.folder = folder
        described: dict[str, Any] = json.loads((folder / "segment.json").read_text())
        if described["format"] not in READ:
            raise ValueError(
                f"{folder} has format {described['format']}, not {FORMAT}: build it anew."
            )
        self.size: int = described["passages"]
        self.dimension: int = described["dimension"]
        self.encoder: str = described["encoder"]
        self.has_spans: bool = described["span_vectors"]
        self.words: int = described["words"]
        self._load_vectors()
        self._load_terms()
        self.codes = {name: self._whole(f"label_{name}.i32", np.int32) for name in LABELS}
        self.names: dict[str, list[str]] = json.loads((folder / "names.json").read_text())
        self._text_start = self._whole("text_start.i64", np.int64)
        self._texts = os.open(folder / "texts.jsonl", os.O_RDONLY)
        weakref.finalize(self, os.close, self._texts)
        self._known: dict[int, PassageText] = {}

    def _load_vectors(self) -> None:
        d = max(1, self.dimension)
        self.vectors = Stored(self.folder / "passages.f16", np.float16, d, is_widened=True)
        self.context_of = self._whole("context_of.i32", np.int32)
        self.contexts = Stored(self.folder / "contexts.f16", np.float16, d, is_widened=True)
        self.span_start = self._whole("span_start.i64", np.int64)
        self.spans = Stored(self.folder / "spans.f16", np.float16, d, is_widened=True)
        self._faiss = None
        if (self.folder / "index.faiss").is_file():
            # Read-only by discipline: add or remove on it would kill the process.
            self._faiss = faiss.read_index(str(self.folder / "index.faiss"), faiss.IO_FLAG_MMAP_IFC)
            self._is_flat = isinstance(faiss.downcast_index(self._faiss), faiss.IndexFlat)

    def _load_terms(self) -> None:
        words = (self.folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        self.vocabulary = {word: number for number, word in enumerate(words) if word}
        self.df = self._whole("df.i32", np.int32)
        self.body = Terms(self.folder, "body", self._whole("body_start.i64", np.int64))
        self.head = Terms(self.folder, "head", self._whole("head_start.i64", np.int64))
        self.lengths = self._whole("lengths.i32", np.int32)
        self._lexical = Postings(self.folder, self.size)

    def _whole(self, name: str, dtype: Any) -> Array:
        """A small array, or one of a few bytes a passage, mapped."""
        path = self.folder / name
        return mapped(path, dtype) if path.stat().st_size else np.empty(0, dtype)

    def near(self, vector: Array, limit: int, allowed: Array | None) -> Array:
        """Rows of the passages nearest to `vector`, best first; of several, shape (k, d), one after another. `allowed`: bool (n,), None
        for all."""
        if self._faiss is None or limit <= 0:
            return np.empty(0, dtype=np.int64)
        flat = self._is_flat
        options: dict[str, Any] = {}
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            options["sel"] = _selector(bits)
        if not flat:
            options["nprobe"] = max(16, int(getattr(self._faiss, "nlist", 0)) // PROBED)
        parameters = (faiss.SearchParameters if flat else faiss.SearchParametersIVF)(**options)
        queries = np.ascontiguousarray(vector, dtype=np.float32).reshape(-1, self.dimension)
        wanted = min(self.size, limit if flat else WIDER * limit)
        found: Array = self._faiss.search(queries, wanted, params=parameters)[1]
        if flat:
            return found[found >= 0]
        pairs = zip(queries, found, strict=True)
        return np.concatenate(
            [self._nearest(query, rows[rows >= 0])[:limit] for query, rows in pairs]
        )

    def _nearest(self, query: Array, rows: Array) -> Array:
        """Those rows, the nearest first."""
        rows = np.sort(rows)
        exact = self.vectors[rows].astype(np.float32, copy=False) @ query
        return rows[np.argsort(-exact)]

    def matching(self, weights: Mapping[int, float], limit: int, allowed: Array | None) -> Array:
        """Rows with the best BM25 sum over term ids with weights, best first."""
        if not weights or limit <= 0:
            return np.empty(0, dtype=np.int64)
        return self._lexical.best(weights, limit, allowed)

    @cached_property
    def articles(self) -> list[About]:
        """Of each article in the order of `names["article"]`; of a segment from before there was such a file, by its texts."""
        path = self.folder / "articles.json"
        if path.is_file():
            return [About(*one) for one in json.loads(path.read_text(encoding="utf-8"))]
        _, first = np.unique(self.codes["article"], return_index=True)
        return [About.of(passage) for passage in self.passages(first.tolist())]

    def passages(self, rows: Sequence[int]) -> list[PassageText]:
        """The texts of those rows, in their order."""
        return [self._passage(int(row)) for row in rows]

    def _passage(self, row: int) -> PassageText:
        known = self._known.get(row)
        if known is not None:
            return known
        start, stop = int(self._text_start[row]), int(self._text_start[row + 1])
        read = passage_from(json.loads(os.pread(self._texts, stop - start, start)))
        if len(self._known) >= PASSAGES_KEPT:
            self._known.clear()
        self._known[row] = read
        return read

    def context_words(self, rows: Sequence[int]) -> Iterator[str]:
        """Title and heading path of those rows."""
        return (passage.context for passage in self.passages(rows))

    def wrong_files(self) -> list[str]:
        """Names of files that are missing or differ from what was written."""
        described = json.loads((self.folder / "segment.json").read_text())
        return [
            name
            for name, digest in described["sha256"].items()
            if not (self.folder / name).is_file() or sha256_of(self.folder / name) != digest
        ]


_open_segments: weakref.WeakValueDictionary[Path, Segment] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def open_segment(folder: Path) -> Segment:
    """The segment, opened once in a process however many versions of a generation use it. Raises as `Segment`."""
    with _opening:
        path = folder.resolve()
        found = _open_segments.get(path)
        if found is None:
            found = _open_segments[path] = Segment(path)
        return found


def _selector(bits: Array) -> Any:
    # faiss' Python layer takes the array itself; its type stubs know only the C++ signature.
    make: Any = faiss.IDSelectorBitmap
    return make(bits)


class Terms:
    """Term ids of each passage, and how often each stands there (in heads: once)."""

    def __init__(self, folder: Path, part: str, start: Array) -> None:
        self.start = start
        self._ragged = Ragged(start)
        self._ids = Stored(folder / f"{part}_ids.i32", np.int32)
        counts = folder / f"{part}_counts.u8"
        self._counts = Stored(counts, np.uint8) if counts.is_file() else None

    def of(self, rows: Array) -> tuple[Array, Array, Array]:
        """Concatenated ids and counts of those rows, and the position in `rows` each belongs to."""
        places, owner = self._ragged.places(rows)
        ids = np.asarray(self._ids[places])
        counts = np.ones(len(ids), np.uint8) if self._counts is None else self._counts[places]
        return ids, np.asarray(counts), owner


def passage_from(record: Sequence[Any]) -> PassageText:
    """The reverse of `segment_writer.record_of`."""
    (id_, article, revision, title, text, spans, headings, anchor) = record[:8]
    section, language, visibility, brand, tags, updated, url, *further = record[8:]
    return PassageText(
        id=id_,
        article=article,
        revision=revision,
        title=title,
        text=text,
        spans=tuple(Span(a, b, Kind(kind), group) for a, b, kind, group in spans),
        headings=tuple(headings),
        anchor=anchor,
        section=section,
        language=language,
        visibility=visibility,
        brand=brand,
        tags=tuple(tags),
        updated=updated,
        url=url,
        places=tuple(Place(at, tuple(path), to) for places in further for at, path, to in places),
    )


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Makes a file or folder survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
