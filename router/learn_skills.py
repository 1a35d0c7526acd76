"""Learns which words ask for which skill, from what past tickets needed or who solved them. Serving is `router.skills`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from router.classify import Classifier
from router.learn import HeldOut, Progress, Rows, learn_classifier
from router.skills import NO, QUESTION, YES, Ground, Source, slugs_in
from router.stack import is_likelier

MOST = 12
"""Skills that are learned, those that most rows speak of: each is a classifier of its own."""
FEWEST = 25
"""Rows that must need a skill, and rows that must not."""
ROWS = 3000
"""Rows that one skill is learned from at most, drawn evenly: more make training long and the answer hardly better."""

Learned = tuple[Ground, Classifier, HeldOut]


def learn_skills(
    rows: Sequence[Mapping[str, str]], seen: Rows, progress: Progress
) -> dict[str, Learned]:
    """By skill. `rows`: with `skills` (what each needed) and `solver` (what who solved it knows), where that is known.

    What tickets say comes before who solved them. A skill that the words do not tell, so that held-back rows are no
    likelier than by its share alone, is not learned.
    """
    said = [slugs_in(row.get("skills", "")) for row in rows]
    solved = [slugs_in(row.get("solver", "")) for row in rows]
    found: dict[str, Learned] = {}
    for answers, source in ((said, Source.SAID), (solved, Source.SOLVED)):
        for skill in _enough(answers):
            if len(found) < MOST and skill not in found:
                progress(f"learning who needs {skill}")
                one = _one(skill, answers, source, seen, progress)
                found |= {} if one is None else {skill: one}
    return found


def questions(learned: Mapping[str, Learned]) -> dict[str, Classifier]:
    """The classifiers, by the names that a model keeps them under."""
    return {QUESTION + skill: classifier for skill, (_, classifier, _) in learned.items()}


def _enough(answers: Sequence[frozenset[str] | None]) -> list[str]:
    """Skills with enough rows on both sides, those of most rows first."""
    told = [one for one in answers if one is not None]
    counts = Counter(skill for one in told for skill in one)
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [skill for skill, count in best if FEWEST <= count <= len(told) - FEWEST]


def _one(
    skill: str,
    answers: Sequence[frozenset[str] | None],
    source: Source,
    seen: Rows,
    progress: Progress,
) -> Learned | None:
    told = np.flatnonzero([one is not None for one in answers])
    if len(told) > ROWS:
        told = told[np.linspace(0, len(told) - 1, ROWS).astype(int)]
    labels = [YES if skill in (answers[int(at)] or ()) else NO for at in told]
    if min(labels.count(YES), labels.count(NO)) < FEWEST:
        return None
    classifier, held_out = learn_classifier(seen.part(told), labels, progress)
    shares = np.bincount(held_out.truth, minlength=2) / len(held_out.truth)
    by_share = np.tile(shares, (len(held_out.truth), 1))
    if not is_likelier(held_out.probabilities, by_share, held_out.truth):
        return None
    base = float(shares[classifier.labels.index(YES)]) if source is Source.SOLVED else 0.0
    return Ground(source, round(base, 6)), classifier, held_out
