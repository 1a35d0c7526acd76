"""Writes one segment beside its place and renames it there when it is whole; reading it is `segment`'s.

Records are streamed to files; every `EVERY` of them a checkpoint says how long each file was, so that a build that was
killed goes on from there when the same records are given again. In memory stay the vocabulary and the names of labels.
"""

from __future__ import annotations

import json
import os
import shutil
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import faiss
import numpy as np

from kb_index.passage import Array, PassageRecord, PassageText, tag_words
from kb_index.postings import write_postings
from kb_index.segment import FORMAT, LABELS, About, passage_from, sha256_of, sync
from kb_index.words import terms

FLAT_UP_TO = 50_000
"""Passages above which exact search (5 ms there, 384 numbers each) gives way to IVF,SQ8 with exact re-scoring."""
EVERY = 20_000
"""Records from one checkpoint to the next."""
SAMPLED = 40
"""Vectors for each list of the inverted index that its place is learned from ..."""
ROUNDS = 10
"""... in so many rounds."""
Progress = Callable[[str], None]

_STREAMS = (
    "passages.f16",
    "contexts.f16",
    "context_of.i32",
    "spans.f16",
    "span_start.i64",
    "body_ids.i32",
    "body_counts.u8",
    "body_start.i64",
    "head_ids.i32",
    "head_start.i64",
    "lengths.i32",
    "vocabulary.txt",
    "texts.jsonl",
    "text_start.i64",
    *(f"label_{name}.i32" for name in LABELS),
)
_ENDINGS = {".f16", ".f32", ".i32", ".i64", ".u8", ".txt", ".json", ".jsonl", ".faiss"}
_STARTS = ("span_start.i64", "body_start.i64", "head_start.i64", "text_start.i64")


def quiet(line: str) -> None:
    """No progress shown."""


def write_segment(
    folder: Path,
    records: Iterable[PassageRecord],
    *,
    encoder: str,
    progress: Progress = quiet,
    stamp: str = "",
) -> int:
    """Writes the segment and returns how many passages it holds. `progress` is told how far it is.

    `stamp`: names the records; a build of the same stamp that was killed goes on where it was (empty: from the start).
    Nothing is at `folder` until everything is on disk. Raises FileExistsError when it is there already and
    ValueError when vectors differ in width.
    """
    if folder.exists():
        raise FileExistsError(f"{folder} exists, and segments never change.")
    part = folder.with_name(folder.name + ".part")
    writer = _Writer(part, stamp)
    if writer.size:
        progress(f"going on after {writer.size:,} passages")
    try:
        for record in islice(records, writer.size, None):
            writer.add(record)
            if writer.size % EVERY == 0:
                writer.checkpoint()
                progress(f"{writer.size:,} passages written")
        writer.checkpoint()
    finally:
        writer.close()
    progress(f"{writer.size:,} passages written, indexing words")
    writer.finish(encoder, progress)
    part.rename(folder)
    sync(folder.parent)
    return writer.size


class _Writer:
    """Streams records to raw files in a folder that may hold what an earlier process had written."""

    def __init__(self, folder: Path, stamp: str) -> None:
        self.folder = folder
        self.size = self.spans = self.dimension = self.words = 0
        self._stamp = stamp
        self._at = dict.fromkeys(_STARTS, 0)
        self._contexts: dict[str, int] = {}
        self._vocabulary: dict[str, int] = {}
        self._labels: dict[str, dict[str, int]] = {name: {} for name in LABELS}
        self._about: dict[str, About] = {}
        self._open: dict[str, BinaryIO] = {}
        kept = self._kept() if stamp else None
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        for name in _STREAMS:
            file = self._open[name] = (folder / name).open("ab")
            if kept is not None:
                file.truncate(kept["bytes"][name])
                file.seek(0, os.SEEK_END)
            elif name in _STARTS:
                file.write(array("q", [0]).tobytes())
        if kept is not None:
            self._remember(kept)

    def _kept(self) -> dict[str, Any] | None:
        """The last checkpoint, if it is of the same records."""
        path = self.folder / "checkpoint.json"
        if not path.is_file():
            return None
        kept: dict[str, Any] = json.loads(path.read_text())
        return kept if kept["stamp"] == self._stamp else None

    def _remember(self, kept: dict[str, Any]) -> None:
        self.size, self.spans, self.words = kept["size"], kept["spans"], kept["words"]
        self.dimension, self._at = kept["dimension"], kept["at"]
        words = (self.folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        self._vocabulary = {word: number for number, word in enumerate(words[:-1])}
        with (self.folder / "texts.jsonl").open("rb") as texts:
            for row, line in enumerate(texts):
                passage = passage_from(json.loads(line))
                self._context(passage, row)
                for name, codes in self._labels.items():
                    codes.setdefault(str(getattr(passage, name)), len(codes))
                self._about.setdefault(passage.article, About.of(passage))

    def checkpoint(self) -> None:
        """What is written so far survives a kill and a power cut."""
        for file in self._open.values():
            file.flush()
            os.fsync(file.fileno())
        said = {
            "stamp": self._stamp,
            "size": self.size,
            "spans": self.spans,
            "words": self.words,
            "dimension": self.dimension,
            "at": self._at,
            "bytes": {name: file.tell() for name, file in self._open.items()},
        }
        fresh = self.folder / "checkpoint.json.fresh"
        fresh.write_text(json.dumps(said))
        sync(fresh)
        fresh.replace(self.folder / "checkpoint.json")

    def close(self) -> None:
        """Closes the streams."""
        for file in self._open.values():
            file.close()

    def add(self, record: PassageRecord) -> None:
        """One passage more."""
        vectors = np.asarray(record.vectors, dtype=np.float16)
        if vectors.ndim != 2 or vectors.shape[1] != (self.dimension or vectors.shape[1]):
            raise ValueError(f"{record.passage.id}: vectors of shape {vectors.shape}")
        self.dimension = vectors.shape[1]
        passage = record.passage
        self._write("passages.f16", vectors[0].tobytes())
        self._add_context(passage, vectors[min(1, len(vectors) - 1)])
        self._write("spans.f16", vectors[2:].tobytes())
        self.spans += max(0, len(vectors) - 2)
        self._end("span_start.i64", self.spans)
        self._add_terms(passage)
        for name, codes in self._labels.items():
            code = codes.setdefault(str(getattr(passage, name)), len(codes))
            self._write(f"label_{name}.i32", array("i", [code]).tobytes())
        self._about.setdefault(passage.article, About.of(passage))
        line = json.dumps(record_of(passage), ensure_ascii=False).encode() + b"\n"
        self._write("texts.jsonl", line)
        self._end("text_start.i64", self._at["text_start.i64"] + len(line))
        self.size += 1

    def _write(self, name: str, data: bytes) -> None:
        self._open[name].write(data)

    def _end(self, name: str, place: int) -> None:
        self._at[name] = place
        self._write(name, array("q", [place]).tobytes())

    def _context(self, passage: PassageText, row: int) -> tuple[int, bool]:
        # Passages of one part of an article share their context; rows without one have their own.
        key = passage.context or f"\0{row}"
        before = len(self._contexts)
        return self._contexts.setdefault(key, before), len(self._contexts) > before

    def _add_context(self, passage: PassageText, vector: Array) -> None:
        number, is_new = self._context(passage, self.size)
        if is_new:
            self._write("contexts.f16", vector.tobytes())
        self._write("context_of.i32", array("i", [number]).tobytes())

    def _add_terms(self, passage: PassageText) -> None:
        headings = ": ".join((passage.title, *passage.all_headings))
        head = terms(f"{headings}. {'. '.join(tag_words(passage.tags))}", passage.language)
        bag = [self._number(word) for word in [*head, *terms(passage.text, passage.language)]]
        counts = sorted(Counter(bag).items())
        heads = sorted({self._number(word) for word in head})
        self._write("body_ids.i32", array("i", [number for number, _ in counts]).tobytes())
        self._write("body_counts.u8", bytes(min(255, count) for _, count in counts))
        self._write("head_ids.i32", array("i", heads).tobytes())
        self._end("body_start.i64", self._at["body_start.i64"] + len(counts))
        self._end("head_start.i64", self._at["head_start.i64"] + len(heads))
        self._write("lengths.i32", array("i", [len(bag)]).tobytes())
        self.words += len(bag)

    def _number(self, word: str) -> int:
        number = self._vocabulary.get(word)
        if number is None:
            number = self._vocabulary[word] = len(self._vocabulary)
            self._write("vocabulary.txt", word.encode() + b"\n")
        return number

    def finish(self, encoder: str, progress: Progress) -> None:
        """Turns the terms round, builds the vector index, describes and seals everything."""
        self._write_terms()
        names = {name: list(codes) for name, codes in self._labels.items()}
        (self.folder / "names.json").write_text(json.dumps(names, ensure_ascii=False))
        about = [self._about[article] for article in names["article"]]
        (self.folder / "articles.json").write_text(json.dumps(about, ensure_ascii=False))
        if self.size:
            faiss_file = self.folder / "index.faiss"
            write_faiss(faiss_file, self.folder / "passages.f16", self.dimension, progress)
        progress("sealing")
        left = {"checkpoint.json", "segment.json"}
        files = sorted(
            p for p in self.folder.iterdir() if p.suffix in _ENDINGS and p.name not in left
        )
        for file in files:
            sync(file)
        described = {
            "format": FORMAT,
            "passages": self.size,
            "contexts": len(self._contexts),
            "spans": self.spans,
            "words": self.words,
            "span_vectors": self.spans > 0,
            "dimension": self.dimension,
            "encoder": encoder,
            "sha256": {str(f.relative_to(self.folder)): sha256_of(f) for f in files},
        }
        (self.folder / "segment.json").write_text(json.dumps(described, indent=1))
        sync(self.folder / "segment.json")
        (self.folder / "checkpoint.json").unlink(missing_ok=True)
        sync(self.folder)

    def _write_terms(self) -> None:
        df = np.zeros(len(self._vocabulary), np.int64)
        path = self.folder / "body_ids.i32"
        if path.stat().st_size:
            ids = np.memmap(path, np.int32, mode="r")
            for start in range(0, len(ids), 1 << 22):
                df += np.bincount(ids[start : start + (1 << 22)], minlength=len(df))
        (self.folder / "df.i32").write_bytes(df.astype(np.int32).tobytes())
        write_postings(self.folder, len(df), self.words / max(1, self.size))


def write_faiss(
    path: Path, vectors: Path, dimension: int, progress: Progress = quiet, batch: int = 65_536
) -> None:
    """Builds the index of a raw float16 file on the heap and writes it; only the indexer does this."""
    rows = np.memmap(vectors, dtype=np.float16, mode="r").reshape(-1, dimension)
    if len(rows) <= FLAT_UP_TO:
        index: Any = faiss.IndexFlatIP(dimension)
    else:
        index = _trained(path.with_name("trained.faiss"), rows, dimension, progress)
    for start in range(0, len(rows), batch):
        index.add(rows[start : start + batch].astype(np.float32))
        progress(f"{min(start + batch, len(rows)):,} of {len(rows):,} vectors indexed")
    faiss.write_index(index, str(path))
    path.with_name("trained.faiss").unlink(missing_ok=True)


def _trained(kept: Path, rows: Array, dimension: int, progress: Progress) -> Any:
    """An index with its lists placed, and kept for when this build is killed: placing them is most of the work."""
    if kept.is_file():
        return faiss.read_index(str(kept))
    lists = int(4 * len(rows) ** 0.5)
    progress(f"placing {lists:,} lists")
    index: Any = faiss.index_factory(dimension, f"IVF{lists},SQ8", faiss.METRIC_INNER_PRODUCT)
    index.cp.niter = ROUNDS
    wanted = min(len(rows), SAMPLED * lists)
    sample = np.random.default_rng(0).choice(len(rows), wanted, replace=False)
    index.train(rows[np.sort(sample)].astype(np.float32))
    fresh = kept.with_name("trained.fresh")
    faiss.write_index(index, str(fresh))
    fresh.replace(kept)
    return index


def record_of(passage: PassageText) -> list[Any]:
    """A passage as its line of `texts.jsonl`."""
    spans = [[s.start, s.end, s.kind.value, s.group] for s in passage.spans]
    found = (passage.id, passage.article, passage.revision, passage.title, passage.text, spans)
    place = (passage.headings, passage.anchor, passage.section, passage.language)
    rest = (passage.visibility, passage.brand, passage.tags, passage.updated, passage.url)
    further = [[p.first, p.headings, p.anchor] for p in passage.places]
    return [*found, *place, *rest, *([further] if further else [])]
