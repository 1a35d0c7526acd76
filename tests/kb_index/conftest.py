"""What the suites of the knowledge base share: a small company's articles and an encoder that needs no model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kb_index.chunk import all_passages
from kb_index.generation import Generation, build_generation, encode_passages
from kb_index.ingest import read_source
from kb_index.passage import Document
from kb_index.words import terms


class WordEncoder:
    """Texts that share words are near each other: each term is a fixed random direction."""

    name = "words"
    dimension = 64

    def __init__(self) -> None:
        self.calls = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.calls += 1
        rows = np.stack([self._one(text) for text in texts])
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def _one(self, text: str) -> Any:
        total = np.zeros(self.dimension, dtype=np.float32)
        for term in terms(text, "en"):
            seed = int.from_bytes(hashlib.sha256(term.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimension).astype(np.float32)
        return total


ARTICLES = {
    "cancel.md": """---
title: Cancel your plan
section: billing
language: en
tags: [plan, cancel]
updated: 2026-05-01
---
You can cancel at any time, e.g. on the last day. The price of EUR 5.90 is not charged again.

## Steps

1. Open **Settings**.
2. Choose [Plan](https://app.example/plan).
3. Choose **Cancel**.

## What you keep

Your readings stay visible until the end of the month.
""",
    "delivery.md": """---
title: Delivery times
section: delivery
language: en
---
Parcels leave our warehouse every morning.

## Times by country

| Country | Days |
|---|---|
| Germany | 2 |
| Mexico | 8 |
""",
    "secret.md": """---
title: Refund limits
section: billing
language: en
visibility: internal
---
An agent may refund up to forty euros without asking the lead about the refund.
""",
    "es/cancelar.md": """---
title: Cancela tu plan
language: es
---
Cancela el plan cuando quieras. No hay plazo de aviso.
""",
}


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with the articles above."""
    folder = tmp_path / "articles"
    for name, text in ARTICLES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def documents(source: Path) -> list[Document]:
    found = list(read_source(source))
    assert all(isinstance(item, Document) for item in found)
    return [item for item in found if isinstance(item, Document)]


@pytest.fixture
def build(tmp_path: Path, encoder: WordEncoder) -> Iterator[Callable[..., Generation]]:
    """Builds a generation of documents; closes it after the test."""
    opened: list[Generation] = []

    def make(documents: Sequence[Document], name: str = "index") -> Generation:
        records = encode_passages(all_passages(documents), encoder)
        opened.append(build_generation(tmp_path / name, records, encoder=encoder.name))
        return opened[-1]

    yield make
    for generation in opened:
        generation.close()
