"""Arrays that live in files: small ones are mapped, large ones are read where they are asked for. What they mean is `segment`'s.

Mapped pages count as memory of every process that has touched them, and after a thousand questions that is every page. What
is read by `pread` stays in the cache of the operating system alone, which gives it up when memory is needed.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

import numpy as np

from kb_index.passage import Array

MAPPED_UP_TO = 16_000_000
"""Bytes."""
WIDENED_UP_TO = 8_000_000
"""Bytes of vectors in half precision that are kept as float32: turning a hundred passages' into float32 for each
question costs more than all else that is done with them."""


def mapped(path: Path, dtype: Any) -> Array:
    """A file's values as a plain, read-only array: `np.memmap` itself runs Python code at each access."""
    return np.asarray(np.memmap(path, dtype, mode="r"))


class Stored:
    """Rows of one file; indexed by a number, a slice of step 1 or an array of row numbers. Safe for several threads."""

    def __init__(self, path: Path, dtype: Any, width: int = 1, *, is_widened: bool = False) -> None:
        """`width`: values of a row; 1 gives flat arrays. `is_widened`: a small file is kept in memory as float32.
        Raises FileNotFoundError."""
        self._dtype = np.dtype(dtype)
        self._width = width
        size = path.stat().st_size
        self._row = self._dtype.itemsize * width
        self._count = size // self._row if self._row else 0
        self._mapped: Array | None = None
        if size <= MAPPED_UP_TO:
            flat = mapped(path, self._dtype) if size else np.empty(0, self._dtype)
            if is_widened and size <= WIDENED_UP_TO:
                flat = flat.astype(np.float32)
            self._mapped = flat.reshape(self._shape(self._count))
        else:
            self._file = os.open(path, os.O_RDONLY)
            os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_RANDOM)
            weakref.finalize(self, os.close, self._file)

    def __len__(self) -> int:
        return self._count

    def _shape(self, rows: int) -> tuple[int, ...]:
        return (rows,) if self._width == 1 else (rows, self._width)

    def __getitem__(self, key: Any) -> Array:
        if self._mapped is not None:
            found: Array = self._mapped[key]
            return found
        if isinstance(key, slice):
            start, stop, _ = key.indices(self._count)
            return self.run(start, stop)
        rows = np.atleast_1d(np.asarray(key, dtype=np.int64))
        taken = self._scattered(rows)
        return taken if np.ndim(key) else taken[0]

    def run(self, start: int, stop: int) -> Array:
        """Rows from `start` up to `stop`."""
        if self._mapped is not None:
            return self._mapped[start:stop]
        size = max(0, stop - start)
        data = os.pread(self._file, size * self._row, start * self._row)
        return np.frombuffer(data, self._dtype).reshape(self._shape(size))

    def _scattered(self, rows: Array) -> Array:
        """One read for each run of neighbours."""
        out = np.empty(self._shape(len(rows)), self._dtype)
        if not len(rows):
            return out
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        starts = np.concatenate([[0], breaks])
        ends = np.concatenate([breaks, [len(rows)]])
        view = out.reshape(-1).view(np.uint8).data
        row = self._row
        for start, end, first in zip(
            starts.tolist(), ends.tolist(), rows[starts].tolist(), strict=True
        ):
            os.preadv(self._file, [view[start * row : end * row]], first * row)
        return out


class Ragged:
    """Rows of different lengths: `start` says where each begins in the values."""

    def __init__(self, start: Array) -> None:
        """`start`: int64 (rows + 1)."""
        self.start = start

    def places(self, rows: Array) -> tuple[Array, Array]:
        """Places of all values of those rows, one after the other, and the position in `rows` each belongs to."""
        begins, ends = self.start[rows], self.start[rows + 1]
        sizes = (ends - begins).astype(np.int64)
        owner = np.repeat(np.arange(len(rows)), sizes)
        offsets = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.repeat(begins, sizes) + offsets, owner
