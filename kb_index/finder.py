"""What finds candidates within one part of a generation: the port that FAISS with our own postings and Milvus both satisfy.

Measuring what was found, and deciding, do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from kb_index.passage import Array

if TYPE_CHECKING:
    from kb_index.generation import Filters, Part


class Finds(Protocol):
    """Rows of one part that count and that the filters allow, best first, at most `limit`. Safe for several threads."""

    def near(self, part: Part, vector: Array, limit: int, filters: Filters) -> Array:
        """The nearest by meaning. Raises IndexStale where the engine cannot be asked.

        `vector`: shape (d,); or (k, d), k readings of one question: the nearest to each of them, one after another."""

    def matching(
        self, part: Part, weights: Mapping[int, float], limit: int, filters: Filters
    ) -> Array:
        """The best by words: term ids of the part's vocabulary with their weights. Raises IndexStale."""


class InFiles:
    """The files of the segment itself: FAISS and our postings, memory-mapped by each brain."""

    def near(self, part: Part, vector: Array, limit: int, filters: Filters) -> Array:
        return part.segment.near(vector, limit, part.allowed(filters))

    def matching(
        self, part: Part, weights: Mapping[int, float], limit: int, filters: Filters
    ) -> Array:
        return part.segment.matching(weights, limit, part.allowed(filters))


IN_FILES: Finds = InFiles()
