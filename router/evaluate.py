"""Measures routing on tables of one's own: any label, any number of classes. It trains and asks what the served router does."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import MalformedPayload
from core.ports import Encodes
from router.classify import Classifier, Reader, calibration_error
from router.learn import Array, HeldOut, Progress, Rows, learn_classifier, learn_reader
from router.tables import joined_text, read_rows
from router.train import embeddings, silent
from router.words import words

EMBEDDED = 15_000_000
"""Characters that an encoder is given at most, of a text those that it reads: 50,000 short tickets or 12,000 long ones. Beyond,
encoding alone takes many minutes (9,000,000: 205 s of one thread)."""
READ = 1300
"""Characters of a text that an encoder reads, about."""

_URGENCY = (
    ("critical", "blocker", "emergency", "highest", "kritisch", "crítica", "critico", "crítico"),
    ("urgent", "very high", "dringend", "sehr hoch", "urgente"),
    ("high", "major", "hoch", "alta", "alto"),
    ("medium", "normal", "moderate", "mittel", "media", "medio"),
    ("low", "minor", "niedrig", "baja", "bajo"),
    ("lowest", "very low", "trivial", "sehr niedrig", "muy baja"),
)


def evaluate_routing(
    train: Path,
    test: Path,
    label: str,
    text: str = "text",
    priority: str | None = None,
    encoder: Encodes | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Learns `label` (and `priority`) from the texts of `train` and is asked about those of `test`.

    `text`: columns joined by commas. Rows without the label teach nothing and cannot be right or wrong: they are left
    out of both, as rows without a priority are of what is learned and said of priorities. Shares are 0..1:
    `accuracy`, `macro_f1`, `weighted_f1`, `top3_accuracy`, `ece` (15 bins), `coverage_at_90` and `coverage_at_95`
    (the share of `test` above the confidence from which rows of `train`, each held back, were right that
    often); with `priority` also `priority_accuracy`, `priority_macro_f1`, `priority_within_one` step and
    `priority_kappa` (quadratic weights); `train_seconds`, `ms_per_ticket_p50` (text to probabilities), `rows`
    of `test` that were asked. Raises `MalformedPayload` for tables that cannot be read or learned from.
    """
    columns = [name.strip() for name in text.split(",") if name.strip()]
    wanted = [*columns, label, *([priority] if priority else [])]
    known, asked = _told(train, wanted, label, priority), _told(test, wanted, label, priority)
    texts = [joined_text(row, columns) for row in known]
    if not any(map(words, texts)):
        raise MalformedPayload(f"{train} has no words in {', '.join(columns)}.")
    for name in (label, priority):
        if name and len({row[name] for row in known if row[name]}) < 2:
            raise MalformedPayload(f"{train} has not two different values of {name!r}.")
    began = time.perf_counter()
    used = encoder if sum(min(len(one), READ) for one in texts) <= EMBEDDED else None
    reader, rows = learn_reader(texts, embeddings(used, texts, progress), progress)
    classifier, held_out = learn_classifier(rows, [row[label] for row in known], progress)
    ranked = _ranked(rows, [row[priority] for row in known], progress) if priority else None
    seconds = time.perf_counter() - began
    progress(f"asking about {len(asked)} tickets")
    answers = _asked(asked, columns, reader, used, classifier, ranked)
    result = _quality([row[label] for row in asked], answers.chances, classifier, held_out)
    if priority and ranked is not None:
        result |= _order_quality([row[priority] for row in asked], answers.ranks, ranked.labels)
    return {
        **result,
        "train_seconds": round(seconds, 2),
        "ms_per_ticket_p50": round(float(np.median(answers.ms)), 3),
        "rows": len(asked),
    }


def _told(
    path: Path, wanted: Sequence[str], label: str, priority: str | None
) -> list[dict[str, str]]:
    """The rows that say their label; label and priority are without spaces around them."""
    answers = [label, priority] if priority else [label]
    rows = [row | {name: row[name].strip() for name in answers} for row in read_rows(path, wanted)]
    for name in answers:
        if not any(row[name] for row in rows if row[label]):
            raise MalformedPayload(f"{path} has no row with a value of {name!r}.")
    return [row for row in rows if row[label]]


def _ranked(rows: Rows, priorities: Sequence[str], progress: Progress) -> Classifier:
    """The classifier of the priority, from the rows that have one."""
    told = [at for at, name in enumerate(priorities) if name]
    part = rows.part(np.array(told))
    return learn_classifier(part, [priorities[at] for at in told], progress)[0]


@dataclass(frozen=True, slots=True)
class _Answers:
    """One row a ticket. `ms`: from its text to the label's probabilities, its embedding included."""

    chances: Array
    ranks: Array
    ms: Array


def _asked(
    rows: Sequence[dict[str, str]],
    columns: Sequence[str],
    reader: Reader,
    encoder: Encodes | None,
    classifier: Classifier,
    ranked: Classifier | None,
) -> _Answers:
    chances, ranks, ms = [], [], []
    for row in rows:
        text = joined_text(row, columns)
        began = time.perf_counter()
        vector = None if encoder is None else np.asarray(encoder.encode([text]))[0]
        seen = reader.read(text, vector)
        chances.append(classifier.probabilities(seen))
        ms.append((time.perf_counter() - began) * 1000)
        ranks.append(0 if ranked is None else int(ranked.probabilities(seen).argmax()))
    return _Answers(np.array(chances), np.array(ranks), np.array(ms))


def _quality(
    truth: Sequence[str], chances: Array, classifier: Classifier, held_out: HeldOut
) -> dict[str, Any]:
    from sklearn.metrics import f1_score

    names = list(classifier.labels)
    number = {name: at for at, name in enumerate(names)}
    numbers = np.array([number.get(name, -1) for name in truth])
    order = np.argsort(-chances, axis=1, kind="stable")
    first = [names[at] for at in order[:, 0]]
    confidence = chances.max(axis=1)
    scores = {
        "accuracy": (order[:, 0] == numbers).mean(),
        "macro_f1": f1_score(truth, first, average="macro", zero_division=0),
        "weighted_f1": f1_score(truth, first, average="weighted", zero_division=0),
        "top3_accuracy": (order[:, :3] == numbers[:, None]).any(axis=1).mean(),
        "ece": calibration_error(chances, numbers),
        "coverage_at_90": (confidence >= threshold(held_out, 0.90)).mean(),
        "coverage_at_95": (confidence >= threshold(held_out, 0.95)).mean(),
    }
    return {name: round(float(value), 4) for name, value in scores.items()}


def threshold(held_out: HeldOut, accuracy: float) -> float:
    """The lowest confidence from which on held-back rows were right at least that often, even if one more had been
    wrong, for a few that were right by chance prove nothing; above 1 if there is none. Equally sure rows stand together.
    """
    confidence = held_out.probabilities.max(axis=1)
    is_right = held_out.probabilities.argmax(axis=1) == held_out.truth
    order = np.argsort(-confidence, kind="stable")
    surest = confidence[order]
    so_far = np.cumsum(is_right[order]) / np.arange(2, len(order) + 2)
    is_last = np.append(surest[1:] < surest[:-1], True)
    enough = np.flatnonzero((so_far >= accuracy) & is_last)
    return float(surest[enough[-1]]) if len(enough) else 2.0


def _order_quality(truth: Sequence[str], ranks: Array, labels: tuple[str, ...]) -> dict[str, float]:
    from sklearn.metrics import cohen_kappa_score, f1_score

    told = [at for at, name in enumerate(truth) if name]
    steps = ordered({*(truth[at] for at in told), *labels})
    expected = np.array([steps[truth[at]] for at in told])
    found = np.array([steps[labels[ranks[at]]] for at in told])
    kappa = cohen_kappa_score(expected, found, weights="quadratic")
    return {
        "priority_accuracy": round(float((expected == found).mean()), 4),
        "priority_macro_f1": round(
            float(f1_score(expected, found, average="macro", zero_division=0)), 4
        ),
        "priority_within_one": round(float((abs(expected - found) <= 1).mean()), 4),
        "priority_kappa": round(float(np.nan_to_num(kappa)), 4),
    }


def ordered(names: set[str]) -> dict[str, int]:
    """Each priority's step, most urgent first: by well-known words, else by the first number in each, else by alphabet."""
    known = {word: step for step, group in enumerate(_URGENCY) for word in group}
    urgencies = {name: _urgency(name, known) for name in names}
    if None not in urgencies.values():
        steps = sorted({step for step in urgencies.values() if step is not None})
        return {name: steps.index(step) for name, step in urgencies.items() if step is not None}
    numbers = {name: re.search(r"\d+(?:\.\d+)?", name) for name in names}
    values = {name: float(found[0]) for name, found in numbers.items() if found}
    order = sorted(names, key=lambda n: (values[n], n)) if len(values) == len(names) else None
    return {name: at for at, name in enumerate(order or sorted(names))}


def _urgency(name: str, known: Mapping[str, int]) -> int | None:
    """The step of the whole name, else of the first word in it that is known ("1 - Critical", "High impact")."""
    plain = name.strip().casefold().removesuffix(" priority")
    parts = (plain, *re.findall(r"(?:very|sehr|muy) \w+|\w+", plain), *re.findall(r"\w+", plain))
    return next((known[part] for part in parts if part in known), None)
