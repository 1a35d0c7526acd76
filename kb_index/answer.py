"""Answers a question from the index with citations, asks which of several articles is meant, or hands off.

Nothing here writes text: an answer is made of spans of one article, and every one of them is cited.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.errors import IndexStale
from core.knowledge import Answer, Answering, Citation, Passage, Question
from core.ports import Encodes
from kb_index import (
    about,
    answerable,
    elsewhere,
    grounds,
    misspelt,
    parts,
    several,
    tables,
    twofold,
)
from kb_index.asked import Asked as Confirmed
from kb_index.carry import carrying
from kb_index.cited import citation_of, passages_of, suggestion_of
from kb_index.conflict import Statement, other_figure
from kb_index.decide import Costs, decide, has_like_title, rivals_of
from kb_index.examined import Examined, texts_of
from kb_index.features import (
    NAMES,
    Candidates,
    Words,
    window_cosines,
)
from kb_index.generation import Generation
from kb_index.links import without_foreign_links
from kb_index.passage import Array, Kind, Span
from kb_index.places import places_in
from kb_index.query import Query, build_query
from kb_index.rank import Ranked, rank, sigmoid
from kb_index.search import filters_of, find, words_in
from kb_index.spans import asked_for, choose, span_values
from kb_index.weights import Weights, learned_for, load_weights

_OWN_COSINES = [NAMES.index(f"own_{name}_cosine") for name in ("passage", "context", "window")]


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
        asked: Confirmed | None = None,
        words: Mapping[str, int] | None = None,
    ) -> None:
        """`words`: those that are no slips of the pen; without any, none is looked for (`misspelt`). `asked`: questions whose article people have confirmed. `encoder`: None searches by words alone and never answers, only suggests. `allowed_hosts`: hosts that
        links in answers may lead to; other addresses are left out. Raises IndexStale when the vectors of the
        generation come from another encoder.
        """
        self._encoder = encoder
        self._weights = weights or load_weights(learned_for(encoder.name if encoder else ""))
        self._costs = costs or Costs()
        self._hosts = frozenset(host.strip().lower() for host in allowed_hosts)
        self._glossary = glossary or {}
        self._confirmed, self._words = asked, words or {}
        self.use(generation)

    def use(self, generation: Generation) -> None:
        """Answers from this generation from now on; questions under way end with the one they began with."""
        if self._encoder is not None and generation.encoder != self._encoder.name:
            raise IndexStale(
                f"The index was built with {generation.encoder}, not {self._encoder.name}: build it anew."
            )
        self.generation = generation

    @property
    def weights(self) -> Weights:
        """The coefficients in use."""
        return self._weights

    def with_weights(self, weights: Weights) -> Answerer:
        """The same with other coefficients, for training."""
        return Answerer(
            self.generation,
            self._encoder,
            weights=weights,
            costs=self._costs,
            allowed_hosts=self._hosts,
            glossary=self._glossary,
            asked=self._confirmed,
            words=self._words,
        )

    def answer(self, question: Question, vector: Sequence[float] = ()) -> Answer:
        """See core.ports.Answers. `vector`: the embedding of `question.text`, where there is one."""
        generation = self.generation
        asked = several.questions_of(question.text, question.language)
        if asked and self._encoder is not None:
            texts = [one.text for one in asked[: several.MOST]]
            vectors = np.asarray(self._encoder.encode(texts), dtype=np.float32)
            each = [
                self._answer(replace(question, text=text), row, generation)
                for text, row in zip(texts, vectors, strict=True)
            ]
            if (answer := several.together(asked, each, vectors)) is not None:
                return answer
        return self._answer(question, vector, generation)

    def _answer(
        self, question: Question, vector: Sequence[float] | Array, generation: Generation
    ) -> Answer:
        answer = self.conclude(self.examine(question, vector, generation))
        return answer if answer.generation else replace(answer, generation=generation.name)

    def conclude(self, found: Examined | None) -> Answer:
        """The decision and the answer from what was examined."""
        if found is None:
            return Answer(Answering.HANDOFF, 0.0, versions=self._versions())
        beliefs = [belief for _, _, belief in found.ranked.articles]
        rivals = rivals_of(beliefs, found.articles, found.said)
        decision = decide(found.chance, rivals, self._costs)
        text, citations = self._write(found) if decision is Answering.ANSWER else ("", ())
        if decision is Answering.ANSWER and not text:
            decision = Answering.HANDOFF
        choices = tuple(suggestion_of(found.articles[n]) for n in (0, *(r.place for r in rivals)))
        offered = found.worth_offering
        if text:
            own = found.best.article
            offered = [passage for passage in offered if passage.article != own]
        return Answer(
            decision,
            found.chance,
            text=text,
            citations=citations,
            suggestions=tuple(suggestion_of(passage) for passage in offered),
            alternatives=choices if decision is Answering.CLARIFY else (),
            passages=passages_of(found),
            generation=found.generation.name,
            versions=self._versions(),
            contradicting=self._contradicting(found, citations),
        )

    def search(self, question: Question, vector: Sequence[float] = ()) -> tuple[Passage, ...]:
        """What is found for a question, best first, at most ten, without deciding anything."""
        found = self.examine(question, vector)
        return passages_of(found) if found else ()

    def examine(
        self,
        question: Question,
        vector: Sequence[float] | Array = (),
        generation: Generation | None = None,
        *,
        hide: frozenset[str] = frozenset(),
    ) -> Examined | None:
        """Searches, ranks and judges; None when nothing at all was found. `hide`: articles to do without."""
        generation = generation or self.generation
        found = self._examine(question, vector, generation, hide)
        if found is None or self._encoder is None or not self._words:
            return found
        found = self._as_meant(question, generation, hide, found)
        found = self._in_other_words(question, generation, hide, found)
        return self._of_a_part(question, generation, hide, found)

    def _in_other_words(
        self, question: Question, generation: Generation, hide: frozenset[str], found: Examined
    ) -> Examined:
        """What was found, or what is found with the usual word for the same thing, where that is likelier to answer it: another
        article, and not its twin, for which of two regions is meant the customer's own word may tell."""
        usual = twofold.usual_reading(question.text, question.language, generation)
        if usual is None or found.is_elsewhere or found.asked.how_many or found.asked.when:
            return found  # a figure is asked of the word that was written: how long an order takes is no parcel's search
        read = self._examine(replace(question, text=usual.text), (), generation, hide)
        if read is None or read.chance <= found.chance or has_like_title(read.best, found.best):
            return found
        return replace(read, lent=usual.lent)

    def _of_a_part(
        self, question: Question, generation: Generation, hide: frozenset[str], found: Examined
    ) -> Examined:
        """What was found, or what is found for one of the sentences of a message where that is likelier to answer it; the last
        ones are read first, and none after one that is surely answered."""
        if found.is_elsewhere:
            return found
        for part in reversed(parts.questions_in(question, generation.knows)):
            if found.chance > SURE:
                break
            read = self._examine(part, (), generation, hide)
            if read is not None:
                read = self._as_meant(part, generation, hide, read)
                if read.chance > found.chance:
                    found = read
        return found

    def _as_meant(
        self, question: Question, generation: Generation, hide: frozenset[str], found: Examined
    ) -> Examined:
        """What was found, or what is found for the message without its slips of the pen, where that is likelier to answer it or is
        about another place or thing."""
        best = last = found
        text = question.text
        for _ in range(READINGS):
            passages = last.texts.values()
            again = misspelt.meant(text, question.language, generation, passages, self._words)
            if again == text:
                break
            text = again
            read = self._examine(replace(question, text=text), (), generation, hide)
            if read is None:
                break
            last = read
            if read.chance > best.chance or read.is_elsewhere:
                best = read
        return best

    def _examine(
        self,
        question: Question,
        vector: Sequence[float] | Array,
        generation: Generation,
        hide: frozenset[str],
    ) -> Examined | None:
        query = build_query(question, self._encoder, vector, glossary=self._glossary)
        words = words_in(query, generation)
        candidates = find(query, generation, filters_of(question, hide), words)
        if not len(candidates.row):
            return None
        leans = query.leaning > 0.5
        view, favour = query.whole if leans else query.own, None
        if self._confirmed is not None:
            favour = self._confirmed.favour(view.vector, candidates.articles)
        ranked = rank(query, candidates, self._weights.rank, favour)
        found = self._judge(question, generation, query, words[leans], candidates, ranked)
        is_confirmed = favour is not None and favour[ranked.articles[0][0]] > 0
        here = (query, generation, candidates, ranked.articles[0][1])
        away = not is_confirmed and elsewhere.is_elsewhere(*here)
        doubted = found if is_confirmed else self._doubted(found, words[0], is_elsewhere=away)
        if away and not hide:
            # Perhaps another article is about that place, be it in another language.
            best = frozenset({found.best.article})
            other = self._examine(question, _known(query), generation, best)
            if other is not None and other.chance > doubted.chance and _names_it(other):
                return other
        if not (hide or is_confirmed) and about.is_in_passing(doubted):
            best = frozenset({found.best.article})
            other = self._examine(question, _known(query), generation, best)
            if other is not None and about.is_about(other, doubted):
                return other
        if doubted.chance == found.chance or query.whole is query.own:
            return doubted
        if len(grounds.subject_of(query)) < grounds.STANDS:
            return doubted
        # What the conversation led to has not what is asked for: then the message may be a question of its own.
        read = self._examine(replace(question, history=()), _known(query), generation, hide)
        return read if read is not None and read.chance > doubted.chance else doubted

    def _judge(
        self,
        question: Question,
        generation: Generation,
        query: Query,
        words: Words,
        candidates: Candidates,
        ranked: Ranked,
    ) -> Examined:
        """`words`: of the view that it is read in."""
        texts = texts_of(generation, candidates, ranked)
        view = query.whole if query.leaning > 0.5 else query.own
        asked = asked_for(question.text, question.language)
        named = places_in(question.text)
        carried = carrying(asked, question.language, candidates, ranked, texts, words, named)
        row = carried.row if carried.judged is None else carried.judged

        def spans_of(row: int) -> tuple[Array, Array]:
            cosines = window_cosines(view, generation, candidates, row)
            values = span_values(asked, words, texts[row], cosines)
            return values, 1 / (1 + np.exp(-self._weights.span.score(values)))

        judged = spans_of(row)
        row_signals = answerable.signals(
            query, asked, candidates, ranked, texts[row], judged, words, generation.titled,
            about.is_listed(query, asked, words, texts[carried.row]),
        )  # fmt: skip
        chance = sigmoid(float(self._weights.answerable.score(row_signals[None])[0]))
        values, chances = judged if row == carried.row else spans_of(carried.row)
        if self._encoder is None:
            chance = 0.0
        return Examined(
            generation=generation,
            query=query,
            asked=asked,
            words=words,
            candidates=candidates,
            ranked=ranked,
            texts=texts,
            best=texts[carried.row],
            lead=None if carried.lead is None else texts[carried.lead],
            span_values=values,
            span_chances=chances,
            signals=row_signals,
            chance=chance,
        )

    def _doubted(self, found: Examined, own: Words, *, is_elsewhere: bool) -> Examined:
        """Less likely where the article has nothing on what a short message asks for, or is about other places and things. `own`:
        the words of the message alone."""
        rows = found.candidates.article == found.ranked.articles[0][0]
        article = [text for text in found.texts.values() if text.article == found.best.article]
        unmentioned = grounds.unmentioned(
            found.query,
            own,
            article,
            float(found.candidates.values[rows][:, _OWN_COSINES].max()),
            found.generation,
            self._glossary,
        )
        if is_elsewhere or elsewhere.names_another(
            found.query, found.generation, article, found.texts.values()
        ):
            is_elsewhere, unmentioned = True, 1.0
        if not (is_elsewhere or unmentioned):
            return found
        chance = found.chance * (1 - grounds.MOST * unmentioned)
        return replace(found, chance=chance, is_elsewhere=is_elsewhere)

    def _write(self, found: Examined) -> tuple[str, tuple[Citation, ...]]:
        """The chosen spans as text, and one citation for each of them."""
        told = [(found.lead, span) for span in found.lead.spans[:1]] if found.lead else []
        chosen = choose(found.asked, found.best, found.span_chances.tolist())
        text, citations, before = "", [], None
        for passage, span, words in tables.told([*told, *((found.best, span) for span in chosen)]):
            quote = without_foreign_links(words, self._hosts)
            if quote:
                text += _joint(before, span) + quote
                citations.append(citation_of(passage, quote, span))
                before = span
        return text, tuple(citations)

    def _contradicting(
        self, found: Examined, citations: Sequence[Citation]
    ) -> tuple[Citation, ...]:
        """Where a figure was asked for and another of the best articles gives another one: its words."""
        if not (found.asked.how_many or found.asked.when):
            return ()
        told = {citation.quote for citation in citations}
        said = [Statement(found.best, span) for span in found.best.spans]
        other = other_figure(
            [one for one in said if one.text in told], found.articles[1:4], found.words
        )
        if other is None:
            return ()
        quote = without_foreign_links(other.text, self._hosts)
        return (citation_of(other.passage, quote, other.span),) if quote else ()

    def _versions(self) -> tuple[tuple[str, str], ...]:
        encoder = self._encoder.name if self._encoder else "none"
        return (("answer_weights", self._weights.version), ("encoder", encoder))


SURE = 0.8
"""Chance from which no other reading of a message is looked for."""
READINGS = 2
"""Of a message with slips of the pen: what the first one finds may have the words that the second one lacks."""


def _names_it(found: Examined) -> bool:
    """The best article names the country that the message does."""
    row = found.ranked.articles[0][1]
    return elsewhere.names_it(found.query, found.generation, found.candidates, row)


def _known(query: Query) -> Sequence[float] | Array:
    """The embedding of the message, where there is one: it is not encoded again."""
    return () if query.own.vector is None else query.own.vector


def _joint(before: Span | None, span: Span) -> str:
    if before is None:
        return ""
    prose = before.kind is Kind.SENTENCE and span.kind is Kind.SENTENCE
    return " " if prose else "\n"
