"""Writes one segment beside its place and renames it there when it is whole; reading it is `segment`'s."""

from __future__ import annotations

import json
import shutil
import sqlite3
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, BinaryIO

import bm25s
import faiss
import numpy as np

from kb_index.passage import Array, PassageRecord, PassageText
from kb_index.segment import FORMAT, LABELS, sha256_of, sync
from kb_index.words import terms

FLAT_UP_TO = 100_000
"""Passages above which exact search (5 ms at 50,000 x 384) gives way to IVF,SQ8 with exact re-scoring."""

_COLUMNS = "id article revision title text spans headings anchor section language visibility brand tags updated url"


def write_segment(
    folder: Path,
    records: Iterable[PassageRecord],
    *,
    encoder: str,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Writes the segment and returns how many passages it holds. `progress` gets the count so far.

    Nothing is at `folder` until everything is on disk. Raises FileExistsError when it is there already and
    ValueError when vectors differ in width.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists, and segments never change.")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with _Writer(part) as writer:
        for record in records:
            writer.add(record)
            if writer.size % 500 == 0:
                progress(writer.size)
    writer.finish(encoder)
    progress(writer.size)
    part.rename(folder)
    sync(folder.parent)
    return writer.size


class _Writer:
    """Streams records to raw files; only term ids and labels are kept in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.size = self.spans = self.dimension = 0
        self._span_rows = array("q", [0])
        self._contexts: dict[str, int] = {}
        self._context_of = array("i")
        self._vocabulary: dict[str, int] = {}
        self._bags: list[array[int]] = []
        self._ids = {"body": array("i"), "head": array("i")}
        self._start = {"body": array("q", [0]), "head": array("q", [0])}
        self._counts = array("B")
        self._labels: dict[str, list[str]] = {name: [] for name in LABELS}
        self._updated: list[str] = []
        self._open: dict[str, BinaryIO] = {}

    def __enter__(self) -> _Writer:
        for name in ("passages.f16", "contexts.f16", "spans.f16"):
            self._open[name] = (self.folder / name).open("wb")
        self._texts = sqlite3.connect(self.folder / "texts.sqlite", isolation_level=None)
        self._texts.execute("PRAGMA journal_mode=OFF")
        self._texts.execute("PRAGMA synchronous=OFF")
        columns = ", ".join(f"{name} TEXT" for name in _COLUMNS.split())
        self._texts.execute(f"CREATE TABLE passage (row INTEGER PRIMARY KEY, {columns})")
        self._texts.execute("BEGIN")
        return self

    def __exit__(self, *exception: object) -> None:
        self._texts.execute("COMMIT")
        self._texts.close()
        for file in self._open.values():
            file.close()

    def add(self, record: PassageRecord) -> None:
        vectors = np.asarray(record.vectors, dtype=np.float16)
        if vectors.ndim != 2 or vectors.shape[1] != (self.dimension or vectors.shape[1]):
            raise ValueError(f"{record.passage.id}: vectors of shape {vectors.shape}")
        self.dimension = vectors.shape[1]
        self._open["passages.f16"].write(vectors[0].tobytes())
        self._add_context(record.passage, vectors[min(1, len(vectors) - 1)])
        self._open["spans.f16"].write(vectors[2:].tobytes())
        self.spans += max(0, len(vectors) - 2)
        self._span_rows.append(self.spans)
        self._add_terms(record.passage)
        for name in LABELS:
            self._labels[name].append(str(getattr(record.passage, name)))
        self._updated.append(record.passage.updated[:10])
        self._texts.execute(
            "INSERT INTO passage VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            _row(self.size, record.passage),
        )
        self.size += 1

    def _add_context(self, passage: PassageText, vector: Array) -> None:
        # Passages of one part of an article share their context; rows without one have their own.
        key = passage.context or f"\0{self.size}"
        if key not in self._contexts:
            self._contexts[key] = len(self._contexts)
            self._open["contexts.f16"].write(vector.tobytes())
        self._context_of.append(self._contexts[key])

    def _add_terms(self, passage: PassageText) -> None:
        head = terms(f"{passage.context}. {'. '.join(passage.tags)}", passage.language)
        bag = [self._number(word) for word in [*head, *terms(passage.text, passage.language)]]
        self._bags.append(array("i", bag))
        counts = sorted(Counter(bag).items())
        self._ids["body"].extend(number for number, _ in counts)
        self._counts.extend(min(255, count) for _, count in counts)
        self._ids["head"].extend(sorted({self._number(word) for word in head}))
        for part, start in self._start.items():
            start.append(len(self._ids[part]))

    def _number(self, word: str) -> int:
        return self._vocabulary.setdefault(word, len(self._vocabulary))

    def finish(self, encoder: str) -> None:
        self._write_terms()
        self._write_labels()
        self._raw("span_start.i64", self._span_rows)
        self._raw("context_of.i32", self._context_of)
        if self.size:
            write_faiss(self.folder / "index.faiss", self.folder / "passages.f16", self.dimension)
        files = sorted(p for p in self.folder.rglob("*") if p.is_file())
        for file in files:
            sync(file)
        described = {
            "format": FORMAT,
            "passages": self.size,
            "contexts": len(self._contexts),
            "spans": self.spans,
            "span_vectors": self.spans > 0,
            "dimension": self.dimension,
            "encoder": encoder,
            "sha256": {str(f.relative_to(self.folder)): sha256_of(f) for f in files},
        }
        (self.folder / "segment.json").write_text(json.dumps(described, indent=1))
        sync(self.folder / "segment.json")
        sync(self.folder)

    def _write_terms(self) -> None:
        for part in ("body", "head"):
            self._raw(f"{part}_ids.i32", self._ids[part])
            self._raw(f"{part}_start.i64", self._start[part])
        self._raw("body_counts.u8", self._counts)
        self._raw("lengths.i32", array("i", [len(bag) for bag in self._bags]))
        df = np.bincount(
            np.frombuffer(self._ids["body"], dtype=np.int32), minlength=len(self._vocabulary)
        )
        self._raw("df.i32", df.astype(np.int32))
        words = "\n".join(self._vocabulary)
        (self.folder / "vocabulary.txt").write_text(words, encoding="utf-8")
        if self._vocabulary:
            lexical = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
            lexical.index(
                ([bag.tolist() for bag in self._bags], dict(self._vocabulary)), show_progress=False
            )
            lexical.save(self.folder / "lexical", show_progress=False)

    def _write_labels(self) -> None:
        columns: dict[str, Any] = {"updated": np.array(self._updated, dtype="U10")}
        for name, values in self._labels.items():
            names = sorted(set(values))
            number = {value: code for code, value in enumerate(names)}
            columns[name] = np.array([number[value] for value in values], dtype=np.int32)
            columns[f"{name}_names"] = np.array(names, dtype=str)
        np.savez(self.folder / "labels.npz", **columns)

    def _raw(self, name: str, values: array[int] | Array) -> None:
        (self.folder / name).write_bytes(values.tobytes())


def write_faiss(path: Path, vectors: Path, dimension: int, batch: int = 65_536) -> None:
    """Builds the index of a raw float16 file on the heap and writes it; only the indexer does this."""
    rows = np.memmap(vectors, dtype=np.float16, mode="r").reshape(-1, dimension)
    if len(rows) <= FLAT_UP_TO:
        index: Any = faiss.IndexFlatIP(dimension)
    else:
        lists = int(4 * len(rows) ** 0.5)
        index = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
        sample = np.random.default_rng(0).choice(
            len(rows), min(len(rows), 64 * lists), replace=False
        )
        index.train(rows[np.sort(sample)].astype(np.float32))
    for start in range(0, len(rows), batch):
        index.add(rows[start : start + batch].astype(np.float32))
    faiss.write_index(index, str(path))


def _row(number: int, passage: PassageText) -> tuple[Any, ...]:
    spans = json.dumps([[s.start, s.end, s.kind.value, s.group] for s in passage.spans])
    values = {
        "spans": spans,
        "headings": json.dumps(passage.headings),
        "tags": json.dumps(passage.tags),
    }
    columns = _COLUMNS.split()
    return (number, *(values.get(name) or getattr(passage, name) for name in columns))
