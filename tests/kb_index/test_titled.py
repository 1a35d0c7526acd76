"""What a score is worth differs between knowledge bases: how much their titles say, and an order that is learned within each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.knowledge import Question
from kb_index import answerable
from kb_index.answer import Answerer
from kb_index.chunk import all_passages
from kb_index.evaluate import auroc
from kb_index.fit import Pairs, fit_chance, fit_place
from kb_index.generation import Generation, build_generation, change_generation, encode_passages
from kb_index.passage import Document, PassageRecord
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]


def test_titles_that_say_what_stands_under_them_are_nearer_to_it(
    documents: list[Document], build: Build
) -> None:
    generation = build(documents)
    segment = generation.parts[0].segment
    cosines = [
        float(segment.vectors[row] @ segment.contexts[segment.context_of[row]])
        for row in range(segment.size)
    ]
    assert generation.titled == pytest.approx(np.mean(cosines), abs=1e-4)
    renamed = [replace(item, title=f"Zebra {n}") for n, item in enumerate(documents)]
    other = build(renamed, "renamed").titled
    assert other is not None
    assert generation.titled is not None
    assert other < generation.titled - 0.1


def test_what_is_no_longer_there_does_not_count(
    documents: list[Document], build: Build, tmp_path: Path
) -> None:
    generation = build(documents)
    less = change_generation(generation.folder, removed=[item.slug for item in documents[1:]])
    assert less.titled == pytest.approx(build(documents[:1], "one").titled, abs=1e-4)


def test_without_titles_or_vectors_nothing_is_known(
    documents: list[Document], tmp_path: Path, encoder: WordEncoder
) -> None:

    records = list(encode_passages(all_passages(documents), encoder))
    same = [PassageRecord(r.passage, r.vectors[[0, 0, *range(2, len(r.vectors))]]) for r in records]
    for name, rows in (("untitled", same), ("empty", [])):
        generation = build_generation(tmp_path / name, iter(rows), encoder=encoder.name)
        assert generation.titled is None
    assert answerable.place_of(None) == 0.0


def test_the_place_is_the_same_for_every_question_and_bounded(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    generation = build(documents)
    answerer = Answerer(generation, encoder)
    at = answerable.NAMES.index("titled")
    told = set()
    for text in ("How do I cancel my plan?", "parcels"):
        found = answerer.examine(Question(text, language="en"))
        assert found is not None
        told.add(float(found.signals[at]))
    assert len(told) == 1
    assert told.pop() == pytest.approx(answerable.place_of(generation.titled), abs=1e-6)
    usual, far = answerable.TITLED
    assert answerable.place_of(usual + far / 2) == pytest.approx(0.5)
    assert (answerable.place_of(0.1), answerable.place_of(1.0)) == (-1.0, 1.0)


def test_pairs_learn_the_order_within_each_set() -> None:
    """One signal tells the answered within a set, another tells only the sets apart: one set is mostly answered."""
    draw = np.random.default_rng(3)
    sets, truth = np.repeat([0, 1], 200), np.r_[np.arange(200) % 10 > 0, np.arange(200) % 10 == 0]
    within = truth + draw.normal(0, 1.0, 400)
    values = np.stack([within, sets * 4 + draw.normal(0, 1.0, 400)], axis=1)
    pairs = [
        Pairs(np.flatnonzero((sets == one) & truth), np.flatnonzero((sets == one) & ~truth), 1.0)
        for one in (0, 1)
    ]
    weights, names = np.ones(400), ("within", "between")

    def order(share: float) -> float:
        scores = fit_chance(values, truth.astype(float), weights, names, 0.001, pairs, share).score(
            values
        )
        found = [auroc(scores[sets == one], truth[sets == one]) for one in (0, 1)]
        return float(np.mean([one or 0.0 for one in found]))

    assert order(0.9) > order(0.0) + 0.02


def test_a_place_is_learned_from_the_titles() -> None:
    draw = np.random.default_rng(4)
    titled, scores = np.repeat([-1.0, 1.0], 2000), draw.normal(0, 2.0, 4000)
    odds = 0.5 * scores + 0.3 + 0.8 * titled
    labels = (draw.random(4000) < 1 / (1 + np.exp(-odds))).astype(float)
    found = fit_place(scores, titled, labels, np.ones(4000), decay=0.0)
    assert found == pytest.approx((0.5, 0.3, 0.8), abs=0.12)
