"""A small router, trained once a session on every eighth example ticket with a toy encoder."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from router.classify import Array
from router.train import train_router

DATA = Path(__file__).parents[2] / "router" / "data" / "tickets.csv"


class ToyEncoder:
    """Adds up a fixed pseudo-random direction for each word: deterministic, and near for shared words."""

    name = "toy"
    dimension = 24

    def encode(self, texts: Sequence[str]) -> Array:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at, text in enumerate(texts):
            for word in text.lower().split():
                rows[at] += np.random.default_rng(zlib.crc32(word.encode())).normal(size=24)
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


@pytest.fixture(scope="session")
def some_tickets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tickets") / "tickets.csv"
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[::8]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def model_folder(some_tickets: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    train_router(some_tickets, ToyEncoder(), folder)
    return folder
