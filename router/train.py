"""Trains the served router from a table of tickets and measures it on rows it did not see. Serving is `router.route`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from core.decision import Priority
from core.errors import MalformedPayload
from core.ports import Encodes
from router.circumstances import COLUMNS, Known, known_of
from router.classify import Classifier, calibration_error
from router.drift import profile
from router.history import ANSWERS, SKILLS
from router.learn import Array, HeldOut, Progress, Rows, learn_classifier, learn_reader
from router.learn_skills import learn_skills, questions
from router.model import Model, save_model
from router.neighbours import SHIPPED, examples_of
from router.policy import Costs
from router.route import SAID
from router.tables import digest_of, read_rows

QUESTIONS = ("category", "priority", "team")
FEWEST_SAID = 50
"""Rows that must answer such a question for it to be learned."""
_COLUMNS = ("text", *QUESTIONS, "language", "channel")
_OPTIONAL = (*COLUMNS, *SAID, *SKILLS, "example")
_BATCH = 256
_FROZEN_OF = 5


def silent(line: str) -> None:
    """A progress that says nothing."""


def train_router(
    data: Path,
    encoder: Encodes | None,
    out: Path,
    progress: Progress = silent,
    *,
    are_shipped: bool = False,
) -> dict[str, Any]:
    """Learns category, priority and team from `data` and writes the model to `out`; returns its manifest.

    `data`: CSV or JSON lines with text, category, priority (critical, high, medium, low), team, language,
    channel; where they are known also urgency (now, soon, whenever), sentiment (upset, calm, pleased), the columns of
    `router.circumstances`, skills and solver (`router.learn_skills`) and example (`router.neighbours`; `are_shipped`: of all rows that do not say, so that
    their texts may be shown). A `heldback.csv` beside it is only measured. Scores, shares 0..1, are of rows the model had not
    seen: `cross_...` of each training row by models without it, `heldback_...` of the other file: `accuracy`
    and `ece` of each question, and the share of teams `decided` under the default costs with its `decided_accuracy`.
    Raises `MalformedPayload` for rows that cannot be learned from. Deterministic for equal library versions.
    """
    rows = _checked(read_rows(data, _COLUMNS, _OPTIONAL), data)
    texts = [row["text"] for row in rows]
    vectors = embeddings(encoder, texts, progress)
    known = [_known(row, are_shipped) for row in rows]
    reader, seen = learn_reader(texts, vectors, progress, known)
    classifiers: dict[str, Classifier] = {}
    scores: dict[str, float] = {}
    said: dict[str, tuple[Sequence[str], Array]] = {}
    for question in QUESTIONS:
        progress(f"learning the {question}")
        labels = [row[question] for row in rows]
        classifiers[question], held_out = learn_classifier(seen, labels, progress)
        said[question] = (classifiers[question].labels, held_out.probabilities)
        scores |= _scores(f"cross_{question}", held_out)
    for question in SAID:
        classifiers |= _learn_said(question, rows, seen, scores, progress)
    learned = learn_skills(rows, seen, progress)
    for question, (_, _, held_out) in zip(questions(learned), learned.values(), strict=True):
        scores |= _scores(f"cross_{question}", held_out)
    classifiers |= questions(learned)
    skills = {skill: ground for skill, (ground, _, _) in learned.items()}
    languages = tuple(sorted({row["language"] for row in rows} - {""}))
    name = "" if encoder is None else encoder.name
    examples = examples_of(rows, seen.concepts, vectors, are_shipped)
    model = Model(
        reader, classifiers, languages=languages, encoder=name, examples=examples, skills=skills
    )
    held_back = data.with_name("heldback.csv")
    if held_back.exists() and held_back != data:
        scores |= _held_back(model, held_back, encoder, progress)
    described = {
        "name": "router",
        "data": digest_of(data),
        "rows": len(rows),
        "scores": {key: round(value, 4) for key, value in scores.items()},
        "profile": profile(texts, said).as_data(),
        "libraries": {name: version(name) for name in ("numpy", "scikit-learn", "scipy")},
    }
    return save_model(out, model, described)


def _known(row: dict[str, str], are_shipped: bool) -> Known:
    """Nothing of a shipped example: its writer gave it a channel, which says nothing of anybody's tickets."""
    is_shipped = (row["example"] or (SHIPPED if are_shipped else "")) == SHIPPED
    return {} if is_shipped else known_of(row)


def _learn_said(
    question: str,
    rows: Sequence[dict[str, str]],
    seen: Rows,
    scores: dict[str, float],
    progress: Progress,
) -> dict[str, Classifier]:
    """The classifier of a question that not every row answers, from those that do; none where they are too few."""
    told = [at for at, row in enumerate(rows) if row[question]]
    labels = [rows[at][question] for at in told]
    if len(told) < FEWEST_SAID or len(set(labels)) < 2:
        return {}
    progress(f"learning the {question} from {len(told)} rows")
    classifier, held_out = learn_classifier(seen.part(np.array(told)), labels, progress)
    scores |= _scores(f"cross_{question}", held_out)
    return {question: classifier}


def is_frozen(text: str) -> bool:
    """True for every fifth text, by its hash: no router learns from it, and every router is measured on it.

    Spaces and case do not matter, so that a ticket imported twice is frozen twice.
    """
    plain = " ".join(text.casefold().split())
    return hashlib.sha256(plain.encode()).digest()[0] % _FROZEN_OF == 0


def embeddings(encoder: Encodes | None, texts: Sequence[str], progress: Progress) -> Array | None:
    """float32, shape (len(texts), dimension), or None without an encoder. Says how far it is."""
    if encoder is None:
        return None
    found = []
    for start in range(0, len(texts), _BATCH):
        if start % (_BATCH * 8) == 0:
            progress(f"encoding {start} of {len(texts)} texts")
        found.append(np.asarray(encoder.encode(texts[start : start + _BATCH]), dtype=np.float32))
    return np.concatenate(found)


def _checked(rows: list[dict[str, str]], data: Path) -> list[dict[str, str]]:
    known = {priority.label for priority in Priority}
    for number, row in enumerate(rows, 1):
        if not row["text"].strip() or not row["category"] or not row["team"]:
            raise MalformedPayload(f"{data}, row {number}: text, category or team is empty.")
        if row["priority"] not in known:
            raise MalformedPayload(f"{data}, row {number}: priority {row['priority']!r}.")
        for question, answers in ANSWERS.items():
            if row[question] and row[question] not in answers:
                raise MalformedPayload(f"{data}, row {number}: {question} {row[question]!r}.")
    for question in QUESTIONS:
        if len({row[question] for row in rows}) < 2:
            raise MalformedPayload(f"{data}: there are not two different values of {question}.")
    return rows


def _held_back(
    model: Model, data: Path, encoder: Encodes | None, progress: Progress
) -> dict[str, float]:
    rows = _checked(read_rows(data, _COLUMNS, _OPTIONAL), data)
    vectors = embeddings(encoder, [row["text"] for row in rows], progress)
    seen = [
        model.reader.read(row["text"], None if vectors is None else vectors[at], known_of(row))
        for at, row in enumerate(rows)
    ]
    scores: dict[str, float] = {}
    for question in (*QUESTIONS, *(name for name in SAID if name in model.classifiers)):
        classifier = model.classifiers[question]
        number = {label: at for at, label in enumerate(classifier.labels)}
        told = [at for at, row in enumerate(rows) if row[question]]
        if not told:
            continue
        truth = np.array([number.get(rows[at][question], -1) for at in told])
        found = np.array([classifier.probabilities(seen[at]) for at in told])
        scores |= _scores(f"heldback_{question}", HeldOut(found, truth))
    return scores


def _scores(name: str, held_out: HeldOut) -> dict[str, float]:
    chances, truth = held_out.probabilities, held_out.truth
    is_right = chances.argmax(axis=1) == truth
    scores = {
        f"{name}_accuracy": float(is_right.mean()),
        f"{name}_ece": calibration_error(chances, truth),
    }
    if name.endswith("team"):
        costs = Costs()
        is_decided = (1 - chances.max(axis=1)) * costs.wrong_queue <= costs.triage
        scores[f"{name}_decided"] = float(is_decided.mean())
        if is_decided.any():
            scores[f"{name}_decided_accuracy"] = float(is_right[is_decided].mean())
    return scores
