"""What is measured of candidates all at once is what a passage alone would show, and what is remembered is what was read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.knowledge import Question, Said
from kb_index import mentions, spans, words
from kb_index.chunk import passages_of
from kb_index.features import VIEW_FEATURES, Words, measure, words_of
from kb_index.generation import Generation, change_generation, encode_passages
from kb_index.passage import Array, Document
from kb_index.query import Query, View, build_query, nearest_terms
from kb_index.search import ids_of
from kb_index.spans import Asked, span_values
from tests.kb_index.conftest import WordEncoder

OWN = View({"cancel": 1.0, "plan": 0.5, "parcel": 0.3, "warehuose": 0.7}, None)
WHOLE = View({**OWN.terms, "countri": 0.4, "refund": 0.15, "zzzzz": 0.1}, None)


def by_hand(view: View, terms: Words, generation: Generation, row: int) -> list[float]:
    """The features of one passage, term after term."""
    segment = generation.parts[0].segment
    [passage] = segment.passages([row])
    headings = " ".join((passage.title, *passage.all_headings))
    title = words.terms(f"{headings}. {'. '.join(passage.tags)}", passage.language)
    body = [*title, *words.terms(passage.text, passage.language)]
    head = set(title)
    begin, end = segment.span_start[row], segment.span_start[row + 1]
    own = float(segment.vectors[row] @ view.vector)
    context = float(segment.contexts[segment.context_of[row]] @ view.vector)
    window = max([own] if begin == end else (segment.spans[begin:end] @ view.vector).tolist())
    norm = 1.2 * (0.25 + 0.75 * float(segment.lengths[row]) / generation.mean_length)
    parts = []
    for term, spellings in terms.spellings.items():
        count = max(body.count(word) for word in spellings)
        parts.append(terms.weight[term] * count * 2.2 / (count + norm))
    present = {t: w for t, w in terms.weight.items() if set(body) & set(terms.spellings[t])}
    headed = {t: w for t, w in terms.weight.items() if head & set(terms.spellings[t])}
    matched = sum(any(word in s for s in terms.spellings.values()) for word in head)
    best = max(present.values(), default=0.0) / max(terms.weight.values())
    return [
        own,
        context,
        window,
        sum(parts) / terms.total,
        sum(present.values()) / terms.total,
        sum(headed.values()) / terms.total,
        matched / max(1, len(head)),
        best,
    ]


def test_all_at_once_is_one_by_one(
    documents: list[Document], build: Callable[..., Generation], encoder: WordEncoder
) -> None:
    generation = build(documents)
    own = replace(OWN, vector=encoder.encode(["cancel my plan"])[0])
    whole = replace(WHOLE, vector=encoder.encode(["cancel the refund by country"])[0])
    query = Query("cancel my plan", "en", own, whole, 0.4)
    rows = np.arange(generation.parts[0].segment.size)
    read = (words_of(own, generation), words_of(whole, generation))
    values = measure(query, generation, [(0, rows)], read).values
    width = len(VIEW_FEATURES)
    for row in rows.tolist():
        for place, (view, terms) in enumerate(zip((own, whole), read, strict=True)):
            here = values[row, place * width : place * width + 8]
            assert here == pytest.approx(by_hand(view, terms, generation, row), abs=1e-5)


def test_a_question_without_history_is_measured_once_for_both_views(
    documents: list[Document], build: Callable[..., Generation], encoder: WordEncoder
) -> None:
    generation = build(documents)
    own = replace(OWN, vector=encoder.encode(["cancel my plan"])[0])
    rows = np.arange(generation.parts[0].segment.size)
    read = words_of(own, generation)
    once = measure(Query("q", "en", own, own, 0.0), generation, [(0, rows)], (read, read))
    twice = measure(Query("q", "en", own, replace(own), 0.0), generation, [(0, rows)], (read, read))
    assert np.array_equal(once.values, twice.values)


def test_remembered_spellings_are_those_looked_up(
    documents: list[Document], build: Callable[..., Generation]
) -> None:
    generation = build(documents)
    for term in ("cancel", "warehuose", "zzzzz", "12345", "ab"):
        near = [term]
        if not generation.knows(term) and len(term) > 3 and not term.isdigit():
            near = nearest_terms(term, generation.knows) or near
        for _ in range(2):
            found = generation.spelled(term)
            assert found.spellings == tuple(near)
            assert found.idf == min(generation.idf(word) for word in near)


def test_where_words_stand_is_found_by_part(
    documents: list[Document], build: Callable[..., Generation]
) -> None:
    """Also in a part that was added later and has a vocabulary of its own."""
    generation = build(documents)
    added = replace(documents[0], slug="warehouses", title="Warehouses of whalebone")
    records = list(encode_passages(passages_of(added), WordEncoder()))
    generation = change_generation(generation.folder, added=records)
    view = View({**WHOLE.terms, "whalebon": 0.333}, None)
    found = words_of(view, generation)
    assert len(generation.parts) == 2
    for number, part in enumerate(generation.parts):
        by_hand = {
            part.segment.vocabulary[word]: (place, found.weight[term], view.terms[term])
            for place, (term, spellings) in enumerate(found.spellings.items())
            for word in spellings
            if word in part.segment.vocabulary
        }
        assert {place: tuple(rest) for place, *rest in found.places[number]} == by_hand
        rounded = {place: round(rest[2], 2) for place, rest in by_hand.items()}
        assert ids_of(found, number) == rounded
    assert found.places[0] != found.places[1]


def test_what_a_customer_said_is_not_kept_and_what_the_bot_said_is_read_once(
    encoder: WordEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    terms = words.terms

    def watched(text: str, language: str = "") -> list[str]:
        read.append(text)
        return terms(text, language)

    monkeypatch.setattr(words, "terms", watched)
    said, told = "Do you sell zeppelins?", "We sell no zeppelins at all."
    history = (Said("customer", said), Said("bot", told))
    asked = Question("And balloons?", history, language="en")
    first, second = build_query(asked, encoder), build_query(asked, encoder)
    assert first.whole.terms == second.whole.terms
    assert read.count(said) == 2
    assert read.count(told) == 1


def test_what_is_remembered_of_a_passage_is_its_own(
    documents: list[Document], build: Callable[..., Generation]
) -> None:
    """Two texts of one passage, as before and after a change of its article, are not taken for each other."""
    [passage] = build(documents).parts[0].segment.passages([0])
    other = replace(passage, title="Refund", text=passage.text.replace("cancel", "return"))
    assert hash(passage) == hash(other)
    for one in (passage, other, passage):
        title = frozenset(words.terms(one.title, one.language))
        assert mentions.title_terms(one) == title
        assert mentions.mentioned(one) >= title
    assert "cancel" not in mentions.mentioned(other)


def test_what_a_span_shows_counts_only_where_it_is_asked_for(
    documents: list[Document], build: Callable[..., Generation]
) -> None:
    segment = build(documents).parts[0].segment
    terms = Words({"plan": ("plan",)}, {"plan": 2.0})
    columns = [spans.NAMES.index(f"{name}") for name in ("step", "procedure_for_how")]
    for passage in segment.passages(range(segment.size)):
        asked: Array = span_values(Asked(True, True, True, True), terms, passage, None)
        not_asked = span_values(Asked(False, False, False, False), terms, passage, None)
        assert np.array_equal(asked[:, columns[0]], asked[:, columns[1]])
        assert not not_asked[:, spans.NEEDS_ASKING].any()
        again = span_values(Asked(True, True, True, True), terms, passage, None)
        assert np.array_equal(asked, again)
