"""Of large sets the concepts and the embedding are also seen side by side; what is saved decides as what was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from router import learn, stack
from router.classify import Committee
from router.learn import learn_classifier, learn_reader
from router.model import Model, load_model, save_model
from router.tables import read_rows
from router.train import silent
from tests.router.conftest import ToyEncoder


def test_concepts_and_embedding_side_by_side_are_kept_and_read_again(
    some_tickets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learn, "MANY", 50)
    monkeypatch.setattr(stack, "FEW", 50)  # else a member may get no weight at all
    rows = list(read_rows(some_tickets, ["text", "team"]))
    texts = [row["text"] for row in rows]
    vectors = ToyEncoder().encode(texts)
    reader, seen = learn_reader(texts, vectors, silent)
    found, held_out = learn_classifier(seen, [row["team"] for row in rows], silent)
    assert isinstance(found.vector, Committee)
    assert found.full is not None
    width = len(reader.projection.T) + ToyEncoder.dimension
    assert {len(one.hidden.weights) for one in found.vector.networks} == {width}
    save_model(tmp_path, Model(reader, {"team": found}, encoder="toy"), {"name": "router"})
    kept = load_model(tmp_path)
    for text, vector in list(zip(texts, vectors, strict=True))[:10]:
        for given in (vector, None):
            once = found.probabilities(reader.read(text, given))
            again = kept.classifiers["team"].probabilities(kept.reader.read(text, given))
            assert np.array_equal(once, again)
            assert once.sum() == pytest.approx(1.0)
    one = reader.read(texts[0], vectors[0])
    assert not np.array_equal(
        found.probabilities(one), found.probabilities(reader.read(texts[0], -vectors[0]))
    )
    networks = learn._fit_networks(
        np.hstack([seen.concepts, vectors * learn._STRETCH]), held_out.truth, 3, learn._WIDE
    )
    side = np.concatenate([seen.concepts[0], vectors[0]])
    stretched = np.concatenate([seen.concepts[0], vectors[0] * learn._STRETCH])
    assert found.vector.dense(side) == pytest.approx(networks.dense(stretched), abs=1e-4)
    assert held_out.probabilities.shape == (len(rows), 3)
