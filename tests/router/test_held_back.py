"""A row that is held back is read as a ticket is that nobody has seen: of few rows the router claims no more than it keeps."""

from __future__ import annotations

import numpy as np

from router.features import SMALL
from router.learn import learn_classifier, learn_reader
from router.train import silent

TOPICS = {
    "printing": "printer paper toner jam ink page",
    "access": "password login account locked sign badge",
    "network": "wifi vpn cable internet router slow",
}


def tickets(count: int, seed: int) -> tuple[list[str], list[str]]:
    """A word of its topic, in one of three rows of another's, among eight that nobody else uses."""
    random = np.random.default_rng(seed)
    texts, labels = [], []
    for at in range(count):
        label = list(TOPICS)[int(random.integers(3))]
        about = label if random.random() < 0.7 else list(TOPICS)[int(random.integers(3))]
        letters = random.choice(list("abcdefghijklmnop"), (8, 7))
        noise = ["".join(one) for one in letters]
        texts.append(" ".join([str(random.choice(TOPICS[about].split())), *noise, str(at)]))
        labels.append(label)
    return texts, labels


def test_it_is_as_sure_of_new_tickets_as_it_is_right() -> None:
    gaps = []
    for seed in (1, 2):
        texts, labels = tickets(160, seed)
        reader, rows = learn_reader(texts, None, silent)
        classifier, _ = learn_classifier(rows, labels, silent)
        new, truth = tickets(300, seed + 10)
        found = np.array([classifier.probabilities(reader.read(text)) for text in new])
        right = [
            classifier.labels[at] == label for at, label in zip(found.argmax(1), truth, strict=True)
        ]
        gaps.append(float(found.max(axis=1).mean() - np.mean(right)))
    assert np.mean(gaps) < 0.05, gaps


def test_what_only_a_held_back_row_says_is_unknown_there() -> None:
    texts = [*tickets(59, 3)[0], "printer onlyhere"]
    _, rows = learn_reader(texts, None, silent)
    fold = int(rows.folds[-1])
    inside = np.flatnonzero(rows.folds == fold)
    others = [text for at, text in enumerate(texts) if at not in inside]
    served, _ = learn_reader(others, None, silent)
    there = rows.without(fold)
    for at in inside:
        columns, values = served.features.row(texts[at])
        found = there.matrix[int(at)]
        assert found.indices.tolist() == columns.tolist()
        assert np.allclose(found.data, values)
    assert rows.without(None) is rows
    chosen = np.array([int(at) for at in inside[:3]])
    part = rows.part(chosen).without(fold)
    assert (part.matrix != there.matrix[chosen]).nnz == 0


def test_a_large_set_is_read_once() -> None:
    texts = [f"printer {at % 50} paper" for at in range(SMALL)]
    _, rows = learn_reader(texts, None, silent)
    assert rows.apart == ()
    assert rows.without(2) is rows
