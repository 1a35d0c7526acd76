"""One immutable set of index files: vectors, FAISS, lexical, texts. Which sets make a generation is `generation`'s.

Files of a segment (n passages, s spans, t different contexts, d dimensions; little-endian, no header):
`passages.f16` (n, d) · `contexts.f16` (t, d) with `context_of.i32` (n) · `spans.f16` (s, d) with `span_start.i64` (n + 1) ·
`index.faiss` · `lexical/` (bm25s) with `vocabulary.txt` · `body_*`, `head_*` (terms of each passage, CSR) · `df.i32` ·
`labels.npz` (filters) · `texts.sqlite` · `segment.json` (counts, encoder, sha256 of each file), written last.

FAISS 1.15: writing to a memory-mapped index kills the process, so nothing here ever changes an opened one.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from kb_index.passage import Array, Kind, PassageText, Span

# bm25s logs every step of an index at INFO through its own handler.
logging.getLogger("bm25s").setLevel(logging.WARNING)
import bm25s  # noqa: E402

FORMAT = 1
LABELS = ("language", "brand", "section", "visibility", "article")


class Segment:
    """Reads one segment; safe for several threads and processes at once."""

    def __init__(self, folder: Path) -> None:
        """Raises FileNotFoundError when it is not whole, ValueError when another version wrote it."""
        self.folder = folder
        described: dict[str, Any] = json.loads((folder / "segment.json").read_text())
        if described["format"] != FORMAT:
            raise ValueError(
                f"{folder} has format {described['format']}, not {FORMAT}: build it anew."
            )
        self.size: int = described["passages"]
        self.dimension: int = described["dimension"]
        self.encoder: str = described["encoder"]
        self.has_spans: bool = described["span_vectors"]
        self._load_vectors(described)
        self._load_terms()
        labels = np.load(folder / "labels.npz", allow_pickle=False)
        self.codes = {name: labels[name] for name in LABELS}
        self.names = {name: [str(v) for v in labels[f"{name}_names"]] for name in LABELS}
        self.updated: Array = labels["updated"]
        path = (folder / "texts.sqlite").absolute()
        self._texts = sqlite3.connect(
            f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )

    def _load_vectors(self, described: Mapping[str, Any]) -> None:
        d = self.dimension
        self.vectors = self._map("passages.f16", np.float16, (self.size, d))
        self.context_of = self._map("context_of.i32", np.int32, (self.size,))
        self.contexts = self._map("contexts.f16", np.float16, (described["contexts"], d))
        self.span_start = self._map("span_start.i64", np.int64, (self.size + 1,))
        self.spans = self._map("spans.f16", np.float16, (described["spans"], d))
        self._faiss = None
        if (self.folder / "index.faiss").is_file():
            # Read-only by discipline: add or remove on it would kill the process.
            self._faiss = faiss.read_index(str(self.folder / "index.faiss"), faiss.IO_FLAG_MMAP_IFC)

    def _load_terms(self) -> None:
        words = (self.folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        self.vocabulary = {word: number for number, word in enumerate(words) if word}
        self.df = self._map("df.i32", np.int32, (-1,))
        self.body = Terms(
            self._map("body_ids.i32", np.int32, (-1,)),
            self._map("body_counts.u8", np.uint8, (-1,)),
            self._map("body_start.i64", np.int64, (self.size + 1,)),
        )
        self.head = Terms(
            self._map("head_ids.i32", np.int32, (-1,)),
            None,
            self._map("head_start.i64", np.int64, (self.size + 1,)),
        )
        self.lengths = self._map("lengths.i32", np.int32, (self.size,))
        self._lexical = None
        if (self.folder / "lexical").is_dir():
            self._lexical = bm25s.BM25.load(
                self.folder / "lexical", mmap=True, load_vocab=False, show_progress=False
            )

    def _map(self, name: str, dtype: Any, shape: tuple[int, ...]) -> Array:
        path = self.folder / name
        if path.stat().st_size == 0:
            return np.empty(tuple(max(0, n) for n in shape), dtype=dtype)
        mapped = np.memmap(path, dtype=dtype, mode="r")
        return mapped.reshape(shape) if shape != (-1,) else mapped

    def near(self, vector: Array, limit: int, allowed: Array | None) -> Array:
        """Rows of the passages nearest to `vector`, best first. `allowed`: bool (n,), None for all."""
        if self._faiss is None or limit <= 0:
            return np.empty(0, dtype=np.int64)
        flat = isinstance(faiss.downcast_index(self._faiss), faiss.IndexFlat)
        options: dict[str, Any] = {}
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            options["sel"] = _selector(bits)
        if not flat:
            # One probe in 32 lists, at least 16, with four times the rows to re-score exactly.
            options["nprobe"] = max(16, int(getattr(self._faiss, "nlist", 0)) // 32)
        parameters = (faiss.SearchParameters if flat else faiss.SearchParametersIVF)(**options)
        query = np.ascontiguousarray(vector, dtype=np.float32)[None]
        wanted = min(self.size, limit if flat else 4 * limit)
        rows: Array = self._faiss.search(query, wanted, params=parameters)[1][0]
        rows = rows[rows >= 0]
        if flat:
            return rows
        exact = self.vectors[rows].astype(np.float32) @ query[0]
        return rows[np.argsort(-exact)[:limit]]

    def matching(self, weights: Mapping[int, float], limit: int, allowed: Array | None) -> Array:
        """Rows with the best BM25 sum over term ids with weights, best first."""
        if self._lexical is None or not weights or limit <= 0:
            return np.empty(0, dtype=np.int64)
        scores = np.zeros(self.size, dtype=np.float32)
        for weight in set(weights.values()):
            ids = [term for term, own in weights.items() if own == weight]
            scores += weight * self._lexical.get_scores_from_ids(ids)
        if allowed is not None:
            scores[~allowed] = 0.0
        limit = min(limit, self.size)
        best = np.argpartition(-scores, limit - 1)[:limit]
        best = best[scores[best] > 0]
        return best[np.argsort(-scores[best], kind="stable")]

    def passages(self, rows: Sequence[int]) -> list[PassageText]:
        """The texts of those rows, in their order."""
        marks = ",".join("?" * len(rows))
        found = self._texts.execute(
            f"SELECT * FROM passage WHERE row IN ({marks})",  # noqa: S608 (question marks alone)
            [int(row) for row in rows],
        ).fetchall()
        by_row = {record[0]: _passage(record) for record in found}
        return [by_row[int(row)] for row in rows]

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

    def close(self) -> None:
        """Ends the use of its texts; the mapped arrays go with the last reference."""
        self._texts.close()


def _selector(bits: Array) -> Any:
    # faiss' Python layer takes the array itself; its type stubs know only the C++ signature.
    make: Any = faiss.IDSelectorBitmap
    return make(bits)


class Terms:
    """Term ids of each passage (compressed rows) and how often each stands there (None: once)."""

    def __init__(self, ids: Array, counts: Array | None, start: Array) -> None:
        self.ids = ids
        self.counts = counts
        self.start = start

    def of(self, rows: Array) -> tuple[Array, Array, Array]:
        """Concatenated ids and counts of those rows, and the position in `rows` each belongs to."""
        begins, ends = self.start[rows], self.start[rows + 1]
        sizes = (ends - begins).astype(np.int64)
        owner = np.repeat(np.arange(len(rows)), sizes)
        offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        at = np.repeat(begins, sizes) + offsets
        ids = np.asarray(self.ids[at])
        counts = np.ones(len(ids), np.uint8) if self.counts is None else np.asarray(self.counts[at])
        return ids, counts, owner


def _passage(record: tuple[Any, ...]) -> PassageText:
    (_, id_, article, revision, title, text, spans, headings, anchor) = record[:9]
    section, language, visibility, brand, tags, updated, url = record[9:]
    return PassageText(
        id=id_,
        article=article,
        revision=revision,
        title=title,
        text=text,
        spans=tuple(Span(a, b, Kind(kind), group) for a, b, kind, group in json.loads(spans)),
        headings=tuple(json.loads(headings)),
        anchor=anchor,
        section=section,
        language=language,
        visibility=visibility,
        brand=brand,
        tags=tuple(json.loads(tags)),
        updated=updated,
        url=url,
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
