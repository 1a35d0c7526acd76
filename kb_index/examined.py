"""What search knows about one question, before anything is decided; making an answer of it is `answer`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kb_index.decide import Said
from kb_index.features import VIEW_FEATURES, Candidates, Words
from kb_index.generation import Generation
from kb_index.passage import Array, PassageText
from kb_index.query import Query
from kb_index.rank import Ranked
from kb_index.spans import Asked

WORTH_OFFERING = 0.4
"""Cosine of a passage, a title or a window of it from which an article may be offered: "perhaps also useful" must be so."""
CUSTOMERS = 0.2
"""Weight of a term in a reading from which it is the customer's: `query` gives terms of our replies less."""


@dataclass(frozen=True, slots=True)
class Examined:
    """All that search knows about one question; `answer`, training and measuring start from it.

    `texts`: of the best candidates, by position. `best`: the passage to answer from,
    after the first sentence of `lead`, if any; `span_values`: of its spans.
    `signals`: what its answerability is judged by; `chance`: that judgement, a probability. `is_elsewhere`: the article is about
    other places than the message, or about another thing of the same name. `lent`: terms that are not the customer's (`twofold`).
    """

    generation: Generation
    query: Query
    asked: Asked
    words: Words
    candidates: Candidates
    ranked: Ranked
    texts: Mapping[int, PassageText]
    best: PassageText
    lead: PassageText | None
    span_values: Array
    span_chances: Array
    signals: Array
    chance: float
    is_elsewhere: bool = False
    lent: frozenset[str] = frozenset()

    @property
    def said(self) -> Said:
        """The customer's terms as the index spells them; those of our own replies weigh less and are left out."""
        view = self.query.whole if self.query.leaning > 0.5 else self.query.own
        known = [each for each in self.words.spellings.items() if each[0] not in self.lent]
        return Said(
            frozenset(
                word for term, near in known if term in self.query.own.terms for word in near
            ),
            frozenset(
                word for term, near in known if view.terms[term] >= CUSTOMERS for word in near
            ),
        )

    @property
    def worth_offering(self) -> list[PassageText]:
        """Of the three best articles those that come near the question; all of them where nothing was encoded."""
        width = len(VIEW_FEATURES)
        first = width if self.query.leaning > 0.5 else 0
        nearest = self.candidates.values[:, first : first + 3].max(axis=1)
        is_encoded = self.query.own.vector is not None
        return [
            self.texts[row]
            for article, row, _ in self.ranked.articles[:3]
            if not is_encoded or nearest[self.candidates.article == article].max() >= WORTH_OFFERING
        ]

    @property
    def articles(self) -> list[PassageText]:
        """The best passage of each of the ten best articles."""
        return [self.texts[row] for _, row, _ in self.ranked.articles[:10]]


OWN_PASSAGES = 20
"""Passages of the best article among which the one to answer from is chosen."""


def texts_of(
    generation: Generation, candidates: Candidates, ranked: Ranked
) -> dict[int, PassageText]:
    """Texts, by candidate: of the ten best articles' best passages, the ten best passages, the best article's own."""
    own = np.flatnonzero(candidates.article == ranked.articles[0][0])[:OWN_PASSAGES]
    tops = (row for _, row, _ in ranked.articles[:10])
    wanted = dict.fromkeys([*tops, *ranked.rows[:10].tolist(), *own.tolist()])
    texts: dict[int, PassageText] = {}
    for number, part in enumerate(generation.parts):
        rows = [row for row in wanted if candidates.part[row] == number]
        found = part.segment.passages(candidates.row[rows].tolist())
        texts.update(zip(rows, found, strict=True))
    return texts
