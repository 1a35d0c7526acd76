"""Answers a question from the index with citations, asks which of several articles is meant, or hands off.

Nothing here writes text: an answer is made of spans of one article, and every one of them is cited.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import numpy as np

from core.errors import IndexStale
from core.knowledge import Answer, Answering, Citation, Passage, Question, Suggestion
from core.ports import Encodes
from kb_index import answerable
from kb_index.features import Candidates, Words, words_of
from kb_index.generation import Generation
from kb_index.passage import Array, Kind, PassageText, Span
from kb_index.query import Query, build_query
from kb_index.rank import DEFAULT, Ranked, Weights, load_weights, rank, sigmoid
from kb_index.search import filters_of, find
from kb_index.spans import Asked, asked_for, choose, span_values

_LINK = re.compile(r"\s*\(?\bhttps?://[^\s)>\]]+\)?")


@dataclass(frozen=True, slots=True)
class Costs:
    """What each outcome costs, in units of one handoff. The cheapest expected outcome is chosen.

    `clarify` is the price of asking back when one of the choices is right; choosing among wrong ones ends in a handoff.
    """

    wrong_answer: float = 2.5
    handoff: float = 1.0
    clarify: float = 0.45


@dataclass(frozen=True, slots=True)
class _Found:
    """All that search knows about one question."""

    generation: Generation
    query: Query
    asked: Asked
    words: Words
    candidates: Candidates
    ranked: Ranked
    texts: Mapping[int, PassageText]
    """Of the best candidates, by position."""


class Answerer:
    """Answers from one generation. Satisfies `core.ports.Answers`; safe for several threads."""

    def __init__(
        self,
        generation: Generation,
        encoder: Encodes | None,
        *,
        weights: Weights | None = None,
        costs: Costs | None = None,
        allowed_hosts: frozenset[str] = frozenset(),
        glossary: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`encoder`: None searches by words alone and never answers, only suggests. `allowed_hosts`: hosts that
        links in answers may lead to; other addresses are left out. Raises IndexStale when the vectors of the
        generation come from another encoder.
        """
        self._encoder = encoder
        self._weights = weights or load_weights(DEFAULT)
        self._costs = costs or Costs()
        self._hosts = allowed_hosts
        self._glossary = glossary or {}
        self.use(generation)

    def use(self, generation: Generation) -> None:
        """Answers from this generation from now on; questions under way end with the one they began with."""
        if self._encoder is not None and generation.encoder != self._encoder.name:
            raise IndexStale(
                f"The index was built with {generation.encoder}, not {self._encoder.name}: build it anew."
            )
        self.generation = generation

    def answer(self, question: Question, vector: Sequence[float] = ()) -> Answer:
        """See core.ports.Answers. `vector`: the embedding of `question.text`, where there is one."""
        generation = self.generation
        found = self._find(question, vector, generation)
        if not found.ranked.articles:
            return Answer(
                Answering.HANDOFF, 0.0, generation=generation.name, versions=self._versions()
            )
        chance, spans = self._assess(found)
        decision = self._decide(found, chance)
        offered = tuple(_suggestion(p) for p in self._articles(found)[:3])
        text, citations = "", tuple[Citation, ...]()
        if decision is Answering.ANSWER:
            text, citations = self._write(found, spans)
        return Answer(
            decision if text or decision is not Answering.ANSWER else Answering.HANDOFF,
            chance,
            text=text,
            citations=citations,
            suggestions=offered[1:] if text else offered,
            alternatives=self._choices(found) if decision is Answering.CLARIFY else (),
            passages=self._passages(found, chance),
            generation=generation.name,
            versions=self._versions(),
        )

    def search(self, question: Question, vector: Sequence[float] = ()) -> tuple[Passage, ...]:
        """What is found for a question, best first, at most ten, without deciding anything."""
        found = self._find(question, vector, self.generation)
        return self._passages(found, self._assess(found)[0]) if found.ranked.articles else ()

    def _find(self, question: Question, vector: Sequence[float], generation: Generation) -> _Found:
        query = build_query(question, self._encoder, vector, glossary=self._glossary)
        candidates = find(query, generation, filters_of(question))
        ranked = rank(query, candidates, self._weights)
        texts: dict[int, PassageText] = {}
        wanted = dict.fromkeys(
            [*(row for _, row, _ in ranked.articles[:10]), *(int(r) for r in ranked.rows[:10])]
        )
        for number, part in enumerate(generation.parts):
            rows = [row for row in wanted if candidates.part[row] == number]
            texts |= zip(rows, part.segment.passages(candidates.row[rows].tolist()), strict=True)
        view = query.whole if query.leaning > 0.5 else query.own
        words = words_of(view, generation)
        asked = asked_for(question.text, question.language)
        return _Found(generation, query, asked, words, candidates, ranked, texts)

    def _assess(self, found: _Found) -> tuple[float, Array]:
        """The calibrated probability that the best passage answers, and the chance of each of its spans."""
        row = found.ranked.articles[0][1]
        passage = found.texts[row]
        segment = found.generation.parts[int(found.candidates.part[row])].segment
        vector = found.query.whole.vector if found.query.leaning > 0.5 else found.query.own.vector
        at = int(found.candidates.row[row])
        cosines = None
        if vector is not None:
            begin, end = segment.span_start[at], segment.span_start[at + 1]
            cosines = segment.spans[begin:end].astype(np.float32) @ vector
        values = span_values(found.asked, found.words, passage, cosines)
        chances: Array = 1 / (1 + np.exp(-self._weights.span.score(values)))
        row_values = answerable.signals(
            found.query, found.asked, found.candidates, found.ranked, passage, chances, found.words
        )
        if self._encoder is None:
            return 0.0, chances
        return sigmoid(float(self._weights.answerable.score(row_values[None])[0])), chances

    def _decide(self, found: _Found, chance: float) -> Answering:
        """The outcome with the least expected cost.

        `chance` is of the best article; the next ones share what the ranking believes of them relative to it.
        """
        costs, beliefs = self._costs, [belief for _, _, belief in found.ranked.articles[:3]]
        rivals = [b / beliefs[0] for b in beliefs[1:] if b > 0.4 * beliefs[0]]
        any_of = min(1.0, chance * (1 + sum(rivals)))
        answer = (1 - chance) * costs.wrong_answer
        clarify = costs.clarify * any_of + (costs.clarify + costs.handoff) * (1 - any_of)
        if not rivals:
            clarify = costs.clarify + costs.handoff
        options = (
            (answer, Answering.ANSWER),
            (clarify, Answering.CLARIFY),
            (costs.handoff, Answering.HANDOFF),
        )
        return min(options, key=lambda option: option[0])[1]

    def _write(self, found: _Found, chances: Array) -> tuple[str, tuple[Citation, ...]]:
        """The chosen spans as text, and one citation for each of them."""
        passage = found.texts[found.ranked.articles[0][1]]
        text, citations, before = "", [], None
        for span in choose(found.asked, passage, chances.tolist()):
            quote = self._without_foreign_links(passage.text[span.start : span.end])
            if quote:
                text += _joint(before, span) + quote
                citations.append(_citation(passage, quote))
                before = span
        return text, tuple(citations)

    def _without_foreign_links(self, text: str) -> str:
        def keep(match: re.Match[str]) -> str:
            address = match.group().strip(" ()")
            return match.group() if (urlsplit(address).hostname or "") in self._hosts else ""

        return _LINK.sub(keep, text).strip()

    def _articles(self, found: _Found) -> list[PassageText]:
        return [found.texts[row] for _, row, _ in found.ranked.articles[:10]]

    def _choices(self, found: _Found) -> tuple[Suggestion, ...]:
        best = found.ranked.articles[0][2]
        near = [row for _, row, belief in found.ranked.articles[:3] if belief > 0.4 * best]
        return tuple(_suggestion(found.texts[row]) for row in near)

    def _passages(self, found: _Found, chance: float) -> tuple[Passage, ...]:
        top = float(found.ranked.scores[0])
        return tuple(
            _passage(found.texts[int(row)], chance * float(np.exp(score - top)))
            for row, score in zip(found.ranked.rows[:10], found.ranked.scores[:10], strict=True)
        )

    def _versions(self) -> tuple[tuple[str, str], ...]:
        encoder = self._encoder.name if self._encoder else "none"
        return (("answer_weights", self._weights.version), ("encoder", encoder))


def _joint(before: Span | None, span: Span) -> str:
    if before is None:
        return ""
    prose = before.kind is Kind.SENTENCE and span.kind is Kind.SENTENCE
    return " " if prose else "\n"


def _citation(passage: PassageText, quote: str) -> Citation:
    return Citation(
        article=passage.article,
        title=passage.title,
        url=passage.url,
        quote=quote,
        revision=passage.revision,
        anchor=passage.anchor,
        language=passage.language,
    )


def _suggestion(passage: PassageText) -> Suggestion:
    return Suggestion(passage.article, passage.title, passage.url)


def _passage(passage: PassageText, score: float) -> Passage:
    return Passage(
        id=passage.id,
        article=passage.article,
        revision=passage.revision,
        title=passage.title,
        section=passage.section,
        url=passage.url,
        anchor=passage.anchor,
        text=passage.text,
        language=passage.language,
        score=round(score, 4),
    )
