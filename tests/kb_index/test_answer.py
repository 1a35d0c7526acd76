"""Answers: verbatim, cited, visible to the asker, and only when they are worth their risk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import IndexStale
from core.knowledge import Answering, Question, Said
from kb_index import answerable
from kb_index.answer import Answerer
from kb_index.decide import Costs, Rival, decide
from kb_index.features import words_of
from kb_index.generation import Generation, build_generation, open_generation
from kb_index.passage import Block, Document, Kind
from kb_index.query import View, build_query, nearest_terms
from kb_index.spans import asked_for, choose
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
ALWAYS = Costs(wrong_answer=0.0)
"""Answers whatever the chance: for tests of what an answer looks like."""


def test_an_answer_is_made_of_cited_spans_of_the_article(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    generation = build(documents)
    answer = Answerer(generation, encoder, costs=ALWAYS).answer(
        Question("How do I cancel my plan?")
    )
    assert answer.decision is Answering.ANSWER
    assert answer.text.splitlines()[:3] == [
        "1. Open Settings.",
        "2. Choose Plan.",
        "3. Choose Cancel.",
    ]
    for citation in answer.citations:
        assert citation.quote in answer.text
        assert (citation.article, citation.url, citation.anchor) == (
            "cancel",
            "/help/cancel",
            "steps",
        )
        assert citation.revision == next(d.revision for d in documents if d.slug == "cancel")
    assert "".join(answer.text.split()) == "".join(
        "".join(citation.quote.split()) for citation in answer.citations
    )
    assert answer.generation == generation.name
    assert dict(answer.versions)["encoder"] == "words"


def test_a_sentence_is_cited_by_its_own_section_and_found_by_its_heading(
    build: Build, encoder: WordEncoder, documents: list[Document]
) -> None:
    short = Document(
        "parcel", "Parcels", language="en", revision="r1", url="/help/parcel",
        blocks=(
            Block(Kind.SENTENCE, ("Time runs from the day you pay.",), ("Cash",), "cash"),
            Block(Kind.SENTENCE, ("The search takes ten days.",), ("Vanished goods",), "vanished"),
        ),
    )  # fmt: skip
    generation = build([*documents, short])
    answerer = Answerer(generation, encoder, costs=ALWAYS)
    answer = answerer.answer(Question("How long is the search for vanished goods?", language="en"))
    told = {citation.quote: (citation.url, citation.anchor) for citation in answer.citations}
    assert told["The search takes ten days."] == ("/help/parcel", "vanished")
    found = answerer.search(Question("vanished", language="en"))
    assert found[0].article == "parcel"
    again = Answerer(open_generation(generation.folder), encoder, costs=ALWAYS)
    assert again.answer(Question("How long is the search?", language="en")).citations[0].anchor


def test_the_source_of_what_a_video_says_leads_to_its_minute(
    build: Build, encoder: WordEncoder
) -> None:
    talk = Document(
        "pair",
        "Pair the sensor",
        tuple(
            Block(Kind.SENTENCE, (text,), anchor=f"t={second}")
            for second, text in ((0, "Welcome everybody. " * 40), (95, "Hold the round button."))
        ),
        language="en",
        url="https://videos.example/pair",
    )
    answerer = Answerer(build([talk]), encoder, costs=ALWAYS)
    (citation,) = answerer.answer(Question("Which round button must I hold?")).citations
    assert (citation.title, citation.url) == (
        "Pair the sensor (1:35)",
        "https://videos.example/pair#t=95",
    )


def test_links_lead_to_allowed_hosts_only(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    generation, question = build(documents), Question("How do I cancel my plan?")
    without = Answerer(generation, encoder, costs=ALWAYS).answer(question)
    assert "http" not in without.text
    allowed = frozenset({"app.example"})
    within = Answerer(generation, encoder, costs=ALWAYS, allowed_hosts=allowed).answer(question)
    assert "2. Choose Plan (https://app.example/plan)." in within.text
    other = frozenset({"example", "evil-app.example"})
    assert (
        "http"
        not in Answerer(generation, encoder, costs=ALWAYS, allowed_hosts=other)
        .answer(question)
        .text
    )


def test_internal_articles_are_for_their_audience(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build(documents), encoder, costs=ALWAYS)
    question = Question("How much may an agent refund without asking the lead?")
    answer = answerer.answer(question)
    seen = {p.article for p in answer.passages} | {s.article for s in answer.suggestions}
    assert "secret" not in seen | {c.article for c in answer.citations}
    staff = answerer.answer(replace(question, audience=frozenset({"public", "internal"})))
    assert {c.article for c in staff.citations} == {"secret"}


def test_nothing_is_cited_unless_it_answers(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    never = Answerer(build(documents), encoder, costs=Costs(wrong_answer=1e9))
    answer = never.answer(Question("How do I cancel my plan?"))
    assert answer.decision is Answering.HANDOFF
    assert (answer.text, answer.citations) == ("", ())
    assert answer.suggestions[0].article == "cancel"


def test_what_is_worded_as_a_question_is_weighed_apart_from_a_few_words(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build(documents), encoder)

    def told(text: str) -> dict[str, float]:
        found = answerer.examine(Question(text, language="en"))
        assert found is not None
        return dict(zip(answerable.NAMES, found.signals.tolist(), strict=True))

    asked, said = told("How do I cancel my plan?"), told("cancel my plan")
    for name, usual in answerable.USUAL.items():
        assert asked[f"asks_{name}"] == pytest.approx(asked[name] - usual, abs=1e-4)
        assert said[f"asks_{name}"] == 0.0


def test_without_an_encoder_it_only_suggests(documents: list[Document], build: Build) -> None:
    answer = Answerer(build(documents), None).answer(Question("cancel my plan", language="en"))
    assert (answer.decision, answer.confidence) == (Answering.HANDOFF, 0.0)
    assert answer.suggestions[0].article == "cancel"


def test_an_empty_index_hands_off(tmp_path: Path, encoder: WordEncoder) -> None:
    generation = build_generation(tmp_path / "empty", iter(()), encoder=encoder.name)
    answer = Answerer(generation, encoder).answer(Question("anything"))
    assert (answer.decision, answer.passages) == (Answering.HANDOFF, ())


@pytest.mark.parametrize("text", ["", "   ", "😀😀", "?", "a" * 4000, "\x00", "the of and"])
def test_odd_messages_never_fail(
    documents: list[Document], build: Build, encoder: WordEncoder, text: str
) -> None:
    answer = Answerer(build(documents), encoder).answer(Question(text))
    assert answer.decision is not Answering.ANSWER


def test_vectors_of_another_encoder_are_refused(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    other = WordEncoder()
    other.name = "another"
    with pytest.raises(IndexStale):
        Answerer(build(documents), other)


def test_one_encode_call_at_most(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build(documents), encoder)
    history = (Said("customer", "How do I cancel my plan?"), Said("bot", "Open Settings."))
    vector = tuple(encoder.encode(["and then?"])[0].tolist())
    for question, given, calls in (
        (Question("cancel"), (), 1),
        (Question("and then?", history), (), 1),
        (Question("and then?", history), vector, 1),
        (Question("and then?"), vector, 0),
    ):
        encoder.calls = 0
        answerer.answer(question, given)
        assert encoder.calls == calls


def test_a_follow_up_is_read_in_its_conversation(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build(documents), encoder)
    history = (Said("customer", "How long do parcels take to Germany?"), Said("bot", "2 days."))
    found = answerer.search(Question("and to Mexico?", history, language="en"))
    assert found[0].article == "delivery"
    query = build_query(Question("and to Mexico?", history, language="en"), encoder)
    plain = build_query(Question("How do I export readings as CSV files?", history), encoder)
    assert query.leaning > 0.5 > plain.leaning
    assert "parcel" in query.whole.terms
    assert "parcel" not in query.own.terms


def test_a_slip_of_the_pen_finds_the_word(documents: list[Document], build: Build) -> None:
    generation = build(documents)
    words = words_of(View({"warehuose": 1.0, "zzzz": 1.0}, None), generation)
    assert words.spellings == {"warehuose": ("warehous",), "zzzz": ("zzzz",)} or (
        "warehous" in nearest_terms("warehouse", generation.knows)
    )
    found = Answerer(generation, None).search(Question("parcelz"))
    assert found[0].article == "delivery"


def test_a_glossary_adds_the_companys_words(documents: list[Document], build: Build) -> None:
    generation = build(documents)
    glossary = {"shipment": ["parcel"]}
    assert Answerer(generation, None).search(Question("shipment")) == ()
    found = Answerer(generation, None, glossary=glossary).search(Question("shipment"))
    assert found[0].article == "delivery"


@pytest.mark.parametrize(
    ("chance", "rivals", "outcome"),
    [
        (0.95, (), Answering.ANSWER),
        (0.49, (), Answering.HANDOFF),
        (0.51, (), Answering.ANSWER),
        (0.95, (Rival(1, 1.0, True),), Answering.CLARIFY),
        (0.5, (Rival(1, 0.9, False),), Answering.CLARIFY),
        (0.95, (Rival(1, 0.9, False),), Answering.ANSWER),
        (0.1, (Rival(1, 1.0, True), Rival(2, 1.0, True)), Answering.HANDOFF),
    ],
)
def test_the_cheapest_outcome_is_chosen(
    chance: float, rivals: tuple[Rival, ...], outcome: Answering
) -> None:
    assert decide(chance, rivals, Costs()) is outcome


def test_costs_move_the_decision() -> None:
    assert decide(0.8, (), Costs(wrong_answer=10.0)) is Answering.HANDOFF
    assert decide(0.3, (), Costs(wrong_answer=1.2)) is Answering.ANSWER


def regions() -> list[Document]:
    """Two articles of nearly the same title that say different things."""
    text = "You can return a device and the label is free. Returns take {} days."
    return [
        Document(
            slug,
            f"Return a device in {place}",
            (Block(Kind.SENTENCE, (text.format(days),)),),
            language="en",
            url=f"/help/{slug}",
            revision=slug,
        )
        for slug, place, days in (("eu", "Europe", "thirty"), ("us", "America", "fifty"))
    ]


def test_near_twins_are_asked_about_unless_the_question_decides(
    build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build(regions()), encoder, costs=Costs(wrong_answer=2.5, clarify=0.0))
    open_question = answerer.answer(Question("How can I return a device?", language="en"))
    assert open_question.decision is Answering.CLARIFY
    assert {choice.article for choice in open_question.alternatives} == {"eu", "us"}
    assert open_question.citations == ()
    decided = answerer.answer(Question("How can I return a device in Europe?", language="en"))
    assert decided.alternatives == ()
    assert decided.passages[0].article == "eu"


def test_long_tables_are_told_by_their_best_rows(build: Build, encoder: WordEncoder) -> None:
    rows = ("Country | Days", *(f"Country{n} | {n}" for n in range(12)))
    table = Document("t", "Times", (Block(Kind.ROW, rows),), language="en")
    passage = build([table]).parts[0].segment.passages([0])[0]
    chances = [0.1] * 13
    chances[7] = 0.9
    chosen = choose(asked_for("how long", "en"), passage, chances)
    texts = [passage.text[span.start : span.end] for span in chosen]
    assert texts[0] == "Country | Days"
    assert "Country6 | 6" in texts
    assert len(texts) == 4


def test_rows_of_a_table_are_told_by_the_titles_of_their_columns(
    build: Build, encoder: WordEncoder
) -> None:
    rows = (
        "Part | Covered for | Note",
        "Hub | 3 years | with the power supply",
        "Cables | 1 year |",
        "Other | see below",
    )
    table = Document("w", "Warranty", (Block(Kind.ROW, rows),), language="en")
    answerer = Answerer(build([table]), encoder, costs=ALWAYS)
    answer = answerer.answer(Question("How long is the warranty of the hub?", language="en"))
    assert answer.text.splitlines() == [
        "- Hub – Covered for: 3 years; Note: with the power supply",
        "- Cables – Covered for: 1 year",
        "- Other · see below",
    ]
    assert [one.quote for one in answer.citations] == answer.text.splitlines()


def test_only_what_comes_near_the_question_is_offered(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    answerer = Answerer(build(documents), encoder, costs=ALWAYS)
    answer = answerer.answer(Question("How do I cancel my plan?"))
    assert answer.decision is Answering.ANSWER
    assert {passage.article for passage in answer.passages} > {"cancel"}  # others were found too
    assert [one.article for one in answer.suggestions] == []
    never = Answerer(build(documents, "again"), encoder, costs=Costs(wrong_answer=1000))
    far = never.answer(Question("Do readings of parcels warn about elephants at night on Mars?"))
    assert far.decision is Answering.HANDOFF
    assert far.passages
    assert far.suggestions == ()
    near = never.answer(Question("Delivery times by country"))
    assert near.suggestions[0].article == "delivery"


def test_a_glossary_finds_what_customers_call_otherwise(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    glossary = {"consignments": ["parcels", "warehouse"]}
    generation = build(documents)
    found = Answerer(generation, None, glossary=glossary).search(Question("consignments?"))
    assert found[0].article == "delivery"
