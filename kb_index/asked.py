"""Questions whose article people have confirmed: whoever asks nearly the same is led to it. Who confirms is `bot`'s, ranking `rank`'s.

An artefact of vectors alone: it holds nobody's words, and it can only move an article that the search has found by itself.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.errors import IndexStale, ModelUnavailable
from kb_index.passage import Array

FILE = "asked.npz"
NEAR = 0.8
"""Cosine from which a question counts as nearly the same: at 1 it counts in full."""
STRENGTH = 4.0
"""Log odds that an article gains by a question that was asked in the very words: about the gap between the right
article and the next one (`rank`)."""
MOST = 5000
"""Questions: the newest are kept, and comparing with all of them takes a third of a millisecond."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`vectors`: float32, shape (questions, d), rows of unit length; `articles`: the slug for each."""

    encoder: str
    vectors: Array
    articles: tuple[str, ...]

    def favour(self, vector: Array | None, articles: Sequence[str]) -> Array | None:
        """Log odds for each of these articles, shape (len(articles),); None where nothing near was ever asked."""
        if vector is None or not len(self.articles):
            return None
        share = (self.vectors @ vector - NEAR) / (1 - NEAR)
        if share.max() <= 0:
            return None
        best: dict[str, float] = {}
        for row in np.flatnonzero(share > 0):
            article = self.articles[row]
            best[article] = max(best.get(article, 0.0), min(1.0, float(share[row])))
        return np.array([STRENGTH * best.get(name, 0.0) for name in articles], dtype=np.float32)

    def contradicted(self) -> list[int]:
        """Rows whose article fewer of the questions near them were confirmed for than for another one."""
        names = {name: at for at, name in enumerate(dict.fromkeys(self.articles))}
        own = np.array([names[name] for name in self.articles], dtype=int)
        found = []
        for row, vector in enumerate(self.vectors):
            share = np.maximum(0.0, (self.vectors @ vector - NEAR) / (1 - NEAR))
            votes = np.bincount(own, weights=share, minlength=len(names))
            if votes.max() > votes[own[row]] + 1e-6:
                found.append(row)
        return found

    def near(self, vector: Array, article: str) -> list[int]:
        """Rows near this question that were confirmed for another article than this."""
        rows = np.flatnonzero(self.vectors @ vector > NEAR)
        return [row for row in rows.tolist() if self.articles[row] != article]

    def without(self, rows: Sequence[int]) -> Asked:
        """The same without those questions."""
        kept = np.setdiff1d(np.arange(len(self.articles)), np.asarray(rows, dtype=int))
        return replace(
            self, vectors=self.vectors[kept], articles=tuple(self.articles[row] for row in kept)
        )

    def save(self, folder: Path) -> None:
        """Writes it beside its manifest."""
        np.savez(folder / FILE, vectors=self.vectors.astype(np.float32))
        described = {"encoder": self.encoder, "articles": self.articles}
        (folder / "asked.json").write_text(json.dumps(described))


def load_asked(folder: Path, encoder: str) -> Asked:
    """Raises `ModelUnavailable` when it cannot be read, `IndexStale` when another encoder read the questions."""
    try:
        described = json.loads((folder / "asked.json").read_text())
        with np.load(folder / FILE) as arrays:
            vectors = arrays["vectors"]
    except (OSError, ValueError, KeyError) as problem:
        raise ModelUnavailable("The confirmed questions cannot be read.") from problem
    if described["encoder"] != encoder:
        raise IndexStale(
            f"The confirmed questions were read by {described['encoder']}, not {encoder}: teach again."
        )
    return Asked(encoder, vectors, tuple(described["articles"]))
