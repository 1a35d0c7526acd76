"""The lexical index: for each term its passages with their BM25 parts, on disk; finding the best by words. Terms are `words`'.

Files: `post_rows.i32` and `post_parts.u8` (term after term, rows ascending), `post_start.i64` (terms + 1), `post_best.f32` (terms).
A part is stored as a share of its term's best, in 255 steps: enough to choose candidates, which `features` measures exactly.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from kb_index.passage import Array
from kb_index.stored import Stored

K1, B = 1.2, 0.75
BLOCK = 100_000
"""Passages that are turned round at a time while building: bounds its memory."""
ADDED_AT_ONCE = 50_000
"""Entries and passages up to which all terms are simply added up: pruning costs more than it saves there."""


class Postings:
    """Reads them; safe for several threads."""

    def __init__(self, folder: Path, size: int) -> None:
        """`size`: passages of the segment. Raises FileNotFoundError."""
        self._rows = Stored(folder / "post_rows.i32", np.int32)
        self._parts = Stored(folder / "post_parts.u8", np.uint8)
        self._start = np.fromfile(folder / "post_start.i64", np.int64)
        self._best = np.fromfile(folder / "post_best.f32", np.float32)
        self._size = size
        self._own = threading.local()

    def best(self, weights: Mapping[int, float], limit: int, allowed: Array | None) -> Array:
        """Rows with the greatest weighted sum over the terms, best first; `allowed`: bool (size,), None for all.

        Terms are added from the most telling on; once what is left cannot bring a new passage among the best, the
        long lists of common terms are only looked up for the passages that are there (MaxScore). Short lists are
        added up at once, in the same order.
        """
        terms = np.fromiter(weights, np.int64, len(weights))
        bounds = np.fromiter(weights.values(), np.float64, len(weights)) * self._best[terms]
        order = np.lexsort((terms, -bounds))
        terms, bounds = terms[order], bounds[order]
        if self._size <= ADDED_AT_ONCE:
            starts = self._start[terms]
            sizes = self._start[terms + 1] - starts
            if self._size + sizes.sum() <= ADDED_AT_ONCE:
                scales = (bounds / 255).astype(np.float32)
                return self._best_of_all(starts, sizes, scales, limit, allowed)
        return self._best_by_pruning(terms.tolist(), bounds.tolist(), limit, allowed)

    def _best_of_all(
        self, starts: Array, sizes: Array, scales: Array, limit: int, allowed: Array | None
    ) -> Array:
        """Adds up every entry of these terms. `scales`: what one step of a part weighs in each."""
        places = np.arange(sizes.sum()) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
        sums = np.zeros(self._size, np.float32)
        np.add.at(sums, self._rows[places], self._parts[places] * np.repeat(scales, sizes))
        if allowed is not None:
            sums *= allowed
        return np.argsort(-sums, kind="stable")[: min(limit, np.count_nonzero(sums))]

    def _best_by_pruning(
        self,
        terms: Sequence[int],
        bounds: Sequence[float],
        limit: int,
        allowed: Array | None,
    ) -> Array:
        """`bounds`: what each term can add at most."""
        total = self._sums()
        rows = np.empty(0, np.int64)
        left, least = sum(bounds), 0.0
        for term, bound in zip(terms, bounds, strict=True):
            found, parts = self._of(term, bound, allowed)
            if least >= left > 0:
                rows = self._kept(rows, total, least - left)
                places = np.searchsorted(found, rows).clip(max=max(0, len(found) - 1))
                hit = found[places] == rows if len(found) else np.zeros(len(rows), bool)
                total[rows[hit]] += parts[places[hit]]
            else:
                fresh = found[total[found] == 0]
                total[found] += parts
                rows = np.concatenate([rows, fresh])
            left -= bound
            if len(rows) > limit:
                sums = total[rows]
                least = float(np.partition(sums, len(sums) - limit)[len(sums) - limit])
        sums = total[rows].copy()
        total[rows] = 0.0
        order = np.lexsort((rows, -sums))[:limit]
        return rows[order]

    @staticmethod
    def _kept(rows: Array, total: Array, least: float) -> Array:
        """Without the passages that what is left cannot lift to the best any more."""
        hopeless = total[rows] < least
        total[rows[hopeless]] = 0.0
        return rows[~hopeless]

    def _of(self, term: int, bound: float, allowed: Array | None) -> tuple[Array, Array]:
        start, stop = int(self._start[term]), int(self._start[term + 1])
        rows = self._rows.run(start, stop).astype(np.int64)
        parts = self._parts.run(start, stop).astype(np.float32)
        parts *= bound / 255
        if allowed is not None:
            inside = allowed[rows]
            rows, parts = rows[inside], parts[inside]
        return rows, parts

    def _sums(self) -> Array:
        """A thread's own sums, all zero between two questions: a million zeros are dear to write each time."""
        found: Array | None = getattr(self._own, "sums", None)
        if found is None:
            found = self._own.sums = np.zeros(self._size, np.float32)
        return found


def write_postings(folder: Path, terms: int, mean_length: float) -> None:
    """Turns the terms of each passage (`body_*` and `lengths.i32` of the segment) round, some passages at a time."""
    starts = np.memmap(folder / "body_start.i64", np.int64, mode="r")
    df = np.fromfile(folder / "df.i32", np.int32)
    (folder / "post_start.i64").write_bytes(
        np.concatenate([[0], np.cumsum(df)]).astype(np.int64).tobytes()
    )
    size = len(starts) - 1
    count = int(df.sum())
    if not count:
        for name in ("post_rows.i32", "post_parts.u8", "post_best.f32"):
            (folder / name).write_bytes(b"")
        return
    idf = np.log(1 + (size - df + 0.5) / (df + 0.5)).astype(np.float32)
    best = np.zeros(terms, np.float32)
    for _, ids, parts in _blocks(folder, starts, idf, mean_length):
        np.maximum.at(best, ids, parts)
    (folder / "post_best.f32").write_bytes(best.tobytes())
    rows_out = np.memmap(folder / "post_rows.i32", np.int32, mode="w+", shape=(count,))
    parts_out = np.memmap(folder / "post_parts.u8", np.uint8, mode="w+", shape=(count,))
    at = np.concatenate([[0], np.cumsum(df)[:-1]]).astype(np.int64)
    for rows, ids, parts in _blocks(folder, starts, idf, mean_length):
        order = np.argsort(ids, kind="stable")
        sorted_ids = ids[order]
        first = np.flatnonzero(np.diff(sorted_ids, prepend=-1))
        sizes = np.diff(np.append(first, len(sorted_ids)))
        within = np.arange(len(sorted_ids)) - np.repeat(first, sizes)
        places = at[sorted_ids] + within
        rows_out[places] = rows[order]
        share = parts[order] / np.maximum(best[sorted_ids], 1e-9)
        parts_out[places] = np.clip(np.rint(share * 255), 1, 255).astype(np.uint8)
        at[sorted_ids[first]] += sizes
    rows_out.flush()
    parts_out.flush()


def _blocks(
    folder: Path, starts: Array, idf: Array, mean_length: float
) -> Iterator[tuple[Array, Array, Array]]:
    """(rows, term ids, BM25 parts) of `BLOCK` passages after the other."""
    ids = np.memmap(folder / "body_ids.i32", np.int32, mode="r")
    counts = np.memmap(folder / "body_counts.u8", np.uint8, mode="r")
    lengths = np.fromfile(folder / "lengths.i32", np.int32)
    for first in range(0, len(lengths), BLOCK):
        last = min(first + BLOCK, len(lengths))
        begin, end = int(starts[first]), int(starts[last])
        rows = np.repeat(np.arange(first, last), np.diff(starts[first : last + 1]))
        norm = K1 * (1 - B + B * lengths[rows] / max(mean_length, 1e-9))
        own = np.asarray(ids[begin:end])
        frequency = counts[begin:end].astype(np.float32)
        yield rows, own, (idf[own] * frequency / (frequency + norm)).astype(np.float32)


def parts_of_rows(folder: Path) -> Iterator[tuple[int, Array, Array]]:
    """(row, term ids, their parts as `Postings.best` adds them) of each passage of a written segment, in order of rows."""
    starts = np.fromfile(folder / "body_start.i64", np.int64)
    best = np.fromfile(folder / "post_best.f32", np.float32)
    df = np.fromfile(folder / "df.i32", np.int32)
    size = len(starts) - 1
    lengths = np.fromfile(folder / "lengths.i32", np.int32)
    idf = np.log(1 + (size - df + 0.5) / (df + 0.5)).astype(np.float32)
    mean = float(lengths.sum()) / max(1, size)
    if not len(best):
        yield from ((row, np.empty(0, np.int32), np.empty(0, np.float32)) for row in range(size))
        return
    first = 0
    for rows, ids, parts in _blocks(folder, starts, idf, mean):
        share = np.clip(np.rint(parts / np.maximum(best[ids], 1e-9) * 255), 1, 255)
        values = (share * best[ids] / 255).astype(np.float32)
        last = min(first + BLOCK, size)
        places = np.searchsorted(rows, np.arange(first, last + 1))
        for row in range(first, last):
            begin, end = places[row - first], places[row - first + 1]
            yield row, ids[begin:end], values[begin:end]
        first = last
