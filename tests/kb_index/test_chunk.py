"""Passages: sentences, steps and tables stay whole; ids are stable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb_index import sentences
from kb_index.chunk import MOST, passages_of
from kb_index.passage import Block, Document, Kind, windows
from kb_index.words import tokens


def texts(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentences.split(text, language)]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("It costs EUR 5.90 a month. You can cancel.", 2),
        ("Use a light color, e.g. White, or none. Done.", 2),
        ("Ask Dr. Smith at 5 p.m. Today it is closed.", 1),
        ("1. Open the app. Then wait.", 2),
        ("Really? Yes! It works… Fine.", 4),
        ("He said: 'Stop.' Then he left.", 2),
        ("Version 2.10.3 is out. See fernhill.example for more.", 2),
        ("The year was 1990. The war was over.", 2),
        ("¿Cómo pago? ¡Fácil! Con tarjeta.", 3),
        ("one line\nanother line", 2),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(texts(text)) == count, texts(text)


def test_german_dates_and_abbreviations_do_not_end_a_sentence() -> None:
    assert len(texts("Der Plan endet am 3. Mai. Danach z. B. Basic.", "de")) == 2
    assert len(texts("Das gilt u.a. Dienstag bzw. Mittwoch.", "de")) == 1


def test_sentences_lose_nothing() -> None:
    text = "  A first one.  A second (with more).\nThird "
    assert "".join(texts(text)).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_spans_are_the_text(documents: list[Document]) -> None:
    for document in documents:
        for passage in passages_of(document):
            pieces = [passage.text[span.start : span.end] for span in passage.spans]
            assert all(piece == piece.strip() or "\n" in piece for piece in pieces)
            assert "".join("".join(pieces).split()) == "".join(passage.text.split())


def test_steps_stay_together_with_their_heading(documents: list[Document]) -> None:
    cancel = next(d for d in documents if d.slug == "cancel")
    passage = next(p for p in passages_of(cancel) if p.anchor == "steps")
    steps = [span for span in passage.spans if span.kind is Kind.STEP]
    assert len(steps) == 3
    assert len({span.group for span in steps}) == 1
    assert passage.context == "Cancel your plan: Steps"


SHORT = Document(
    "delivery", "Delivery",
    (
        Block(Kind.SENTENCE, ("Time runs from the payment.",), ("Paid in cash",), "paid-in-cash"),
        Block(Kind.SENTENCE, ("We search ten days.",), ("Help", "Lost parcels"), "lost-parcels"),
        Block(Kind.STEP, ("1. Call us.", "2. Wait."), ("Help", "Lost parcels"), "lost-parcels"),
        Block(Kind.SENTENCE, ("Customs hold it.",), ("Help", "Held parcels"), "held-parcels"),
    ),
)  # fmt: skip
"""Sections too short for passages of their own."""


def test_short_sections_share_a_passage_and_each_keeps_its_heading_and_anchor() -> None:
    [passage] = passages_of(SHORT)
    anchors = {
        passage.text[span.start : span.end]: passage.place_of(number).anchor
        for number, span in enumerate(passage.spans)
    }
    assert anchors == {
        "Time runs from the payment.": "paid-in-cash",
        "We search ten days.": "lost-parcels",
        "1. Call us.": "lost-parcels",
        "2. Wait.": "lost-parcels",
        "Customs hold it.": "held-parcels",
    }
    assert passage.context == "Delivery: Paid in cash"
    assert passage.context_of(1) == "Delivery: Help: Lost parcels"
    assert passage.all_headings == ("Paid in cash", "Help", "Lost parcels", "Held parcels")
    assert passage.read().splitlines() == [
        "Delivery: Paid in cash",
        "Time runs from the payment.",
        "Help: Lost parcels",
        "We search ten days.",
        "1. Call us.",
        "2. Wait.",
        "Held parcels",
        "Customs hold it.",
    ]


def test_each_section_of_a_passage_begins_a_window_of_its_own() -> None:
    [passage] = passages_of(SHORT)
    assert windows(passage) == [(0, 1), (1, 4), (4, 5)]


def test_the_id_of_a_passage_changes_with_any_of_its_headings() -> None:
    [passage] = passages_of(SHORT)
    last = replace(SHORT.blocks[3], headings=("Help", "Customs"))
    [other] = passages_of(replace(SHORT, blocks=(*SHORT.blocks[:3], last)))
    assert other.text == passage.text
    assert other.id != passage.id


def test_a_page_is_cited_by_itself_and_moments_of_a_video_lead_to_the_first() -> None:
    for anchors, cited in ((("page=1", "page=2"), "page=2"), (("t=95", "t=120"), "t=95")):
        blocks = tuple(Block(Kind.SENTENCE, ("A few words.",), (), anchor) for anchor in anchors)
        [passage] = passages_of(Document("guide", "Guide", blocks))
        assert passage.place_of(1).anchor == cited


def test_a_long_list_is_cut_between_steps_only() -> None:
    steps = tuple(f"{n}. " + "word " * 40 for n in range(1, 13))
    document = Document("long", "Long", (Block(Kind.STEP, steps),))
    passages = list(passages_of(document))
    assert len(passages) > 1
    assert [p.text[s.start : s.end] for p in passages for s in p.spans] == list(steps)


def test_each_piece_of_a_long_table_begins_with_its_head() -> None:
    rows = ("Country | Days", *(f"Country{n} | {'word ' * 20}" for n in range(40)))
    pieces = [
        [found.text[span.start : span.end] for span in found.spans]
        for found in passages_of(Document("long", "Long", (Block(Kind.ROW, rows),)))
    ]
    assert len(pieces) > 2
    assert {piece[0] for piece in pieces} == {"Country | Days"}
    assert [row for piece in pieces for row in piece[1:]] == list(rows[1:])


def test_long_prose_is_cut_at_sentences() -> None:
    prose = " ".join(f"Sentence number {n} has a few more words in it." for n in range(80))
    document = Document("long", "Long", (Block(Kind.SENTENCE, (prose,)),))
    passages = list(passages_of(document))
    assert all(len(p.text.split()) <= MOST + 10 for p in passages)
    assert all(p.text.endswith(".") for p in passages)


def test_ids_change_with_text_and_title_alone(documents: list[Document]) -> None:
    first = documents[0]
    ids = [p.id for p in passages_of(first)]
    assert ids == [p.id for p in passages_of(replace(first, updated="2027-01-01", revision="r2"))]
    assert not set(ids) & {p.id for p in passages_of(replace(first, title="Another"))}
    assert len(ids) == len(set(ids))


def test_equal_pieces_of_an_article_have_different_ids() -> None:
    block = Block(Kind.SENTENCE, ("The same words again and again. " * 25,))
    document = Document("twice", "Twice", (block, block))
    ids = [p.id for p in passages_of(document)]
    assert len(ids) == len(set(ids))


def test_windows_cover_every_span_once(documents: list[Document]) -> None:
    for document in documents:
        for passage in passages_of(document):
            covered = [n for first, last in windows(passage) for n in range(first, last)]
            assert covered == list(range(len(passage.spans)))


def test_a_word_without_end_is_taken_in_pieces() -> None:
    assert tokens("z" * 150) == ["z" * 64, "z" * 64, "z" * 22]
    assert tokens("the customer's e-mail") == ["the", "customer's", "email"]
