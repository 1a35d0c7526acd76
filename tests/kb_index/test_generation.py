"""Generations: atomic, immutable, filtered, changed in place of nothing, and the same whether flat or inverted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import IndexStale
from kb_index import generation as generation_module
from kb_index import segment_writer
from kb_index.chunk import all_passages, passages_of
from kb_index.generation import (
    Filters,
    Generation,
    build_generation,
    change_generation,
    encode_passages,
    open_generation,
    verify_generation,
)
from kb_index.passage import Document, PassageRecord, PassageText
from tests.kb_index.conftest import WordEncoder

Build = Callable[..., Generation]
EVERYBODY = Filters(audience=frozenset({"public", "internal"}))


def rows_for(generation: Generation, encoder: WordEncoder, text: str, filters: Filters) -> set[str]:
    """Articles found by meaning or by words, in all parts."""
    vector = encoder.encode([text])[0]
    found: set[str] = set()
    for part in generation.parts:
        allowed = part.allowed(filters)
        ids = {n: 1.0 for word, n in part.segment.vocabulary.items() if word in text.split()}
        near = part.segment.near(vector, 50, allowed)
        for rows in (near, part.segment.matching(ids, 50, allowed)):
            found |= {passage.article for passage in part.segment.passages(rows.tolist())}
    return found


def test_what_was_written_is_read(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    generation = build(documents)
    segment = generation.parts[0].segment
    written = list(all_passages(documents))
    assert segment.passages(range(len(written))) == written
    records = list(encode_passages(written, encoder))
    for row, record in enumerate(records):
        assert np.allclose(segment.vectors[row], record.vectors[0], atol=1e-3)
        assert np.allclose(segment.contexts[segment.context_of[row]], record.vectors[1], atol=1e-3)
        begin, end = segment.span_start[row : row + 2]
        assert np.allclose(segment.spans[begin:end], record.vectors[2:], atol=1e-3)


def test_contexts_that_passages_share_are_stored_once(build: Build) -> None:
    text = "The same words again and again. " * 60
    from kb_index.passage import Block, Kind

    generation = build([Document("a", "A", (Block(Kind.SENTENCE, (text,)),))])
    assert generation.size > 1
    assert len(generation.parts[0].segment.contexts) == 1


def test_visibility_brand_language_and_section_filter_inside_the_search(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    documents[1] = replace(documents[1], brand="other")
    generation = build(documents)
    query = "refund plan parcels cancela"
    assert "secret" not in rows_for(generation, encoder, query, Filters())
    assert "secret" in rows_for(generation, encoder, query, EVERYBODY)
    other = Filters(brands=frozenset({"other"}))
    assert rows_for(generation, encoder, query, other) == {documents[1].slug}
    spanish = Filters(languages=frozenset({"es"}))
    assert rows_for(generation, encoder, query, spanish) == {"es/cancelar"}
    billing = Filters(sections=frozenset({"billing"}))
    assert rows_for(generation, encoder, query, billing) == {"cancel"}
    hidden = Filters(hidden=frozenset({"cancel"}))
    assert "cancel" not in rows_for(generation, encoder, query, hidden)


def test_removed_and_changed_articles_show_at_once(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    before = build(documents)
    new = replace(documents[0], title="Stop paying", revision="r2")
    records = list(encode_passages(passages_of(new), encoder))
    after = change_generation(before.folder, added=records, removed={"delivery"})
    assert after.articles() == before.articles() - {"delivery"}
    revisions = {
        part.segment.passages([row])[0].revision
        for part in after.parts
        for row in np.flatnonzero(part.alive)
        if part.segment.passages([row])[0].article == new.slug
    }
    assert revisions == {"r2"}
    assert "delivery" not in rows_for(after, encoder, "parcels warehouse", EVERYBODY)
    # who has the old one open keeps it, and it can be opened again
    assert "delivery" in rows_for(before, encoder, "parcels warehouse", EVERYBODY)
    assert (before.is_newest(), after.is_newest()) == (False, True)
    assert open_generation(before.folder, version=1).articles() == before.articles()


def test_an_article_can_go_and_come_back(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    folder = build(documents).folder
    change_generation(folder, removed={"delivery"})
    delivery = next(d for d in documents if d.slug == "delivery")
    records = list(encode_passages(passages_of(delivery), encoder))
    back = change_generation(folder, added=records)
    assert "delivery" in rows_for(back, encoder, "parcels", EVERYBODY)
    assert back.size == open_generation(folder, version=1).size


def test_a_build_that_dies_leaves_nothing_that_opens(
    tmp_path: Path, documents: list[Document], encoder: WordEncoder
) -> None:
    def dying() -> object:
        yield from list(encode_passages(passages_of(documents[0]), encoder))
        raise KeyboardInterrupt

    folder = tmp_path / "gen"
    with pytest.raises(KeyboardInterrupt):
        build_generation(folder, dying(), encoder="words")  # type: ignore[arg-type]
    assert not folder.exists()
    with pytest.raises(IndexStale):
        open_generation(folder)
    records = encode_passages(all_passages(documents), encoder)
    assert build_generation(folder, records, encoder="words").size > 0


def test_a_generation_is_never_overwritten(
    documents: list[Document], build: Build, encoder: WordEncoder
) -> None:
    generation = build(documents)
    with pytest.raises(FileExistsError):
        build_generation(generation.folder, iter(()), encoder="words")


def test_damage_is_found(documents: list[Document], build: Build) -> None:
    folder = build(documents).folder
    assert verify_generation(folder) == []
    path = folder / "base" / "passages.f16"
    data = bytearray(path.read_bytes())
    data[5] ^= 255
    path.write_bytes(bytes(data))
    assert verify_generation(folder) == ["base/passages.f16"]


def test_an_empty_index_opens_and_finds_nothing(tmp_path: Path, encoder: WordEncoder) -> None:
    generation = build_generation(tmp_path / "empty", iter(()), encoder="words")
    assert generation.size == 0
    assert rows_for(generation, encoder, "anything", EVERYBODY) == set()


def test_vectors_alone_suffice(
    tmp_path: Path, documents: list[Document], encoder: WordEncoder
) -> None:
    whole = list(encode_passages(all_passages(documents), encoder))
    bare = [PassageRecord(record.passage, record.vectors[:1]) for record in whole]
    generation = build_generation(tmp_path / "bare", bare, encoder="words")
    assert "delivery" in rows_for(generation, encoder, "parcels warehouse", EVERYBODY)


def test_vectors_survive_the_database(documents: list[Document], encoder: WordEncoder) -> None:
    record = next(encode_passages(all_passages(documents), encoder))
    again = PassageRecord.from_bytes(record.passage, record.to_bytes(), encoder.dimension)
    assert np.allclose(again.vectors, record.vectors, atol=1e-3)
    with pytest.raises(ValueError, match="reshape"):
        PassageRecord.from_bytes(record.passage, record.to_bytes()[:-2], encoder.dimension)


def test_the_inverted_index_finds_what_exact_search_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((40, 32))
    vectors = centres[rng.integers(0, 40, 4000)] + 0.4 * rng.standard_normal((4000, 32))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    records = [
        PassageRecord(PassageText(f"p{n}", f"a{n}", "r", "", f"text {n}", ()), vectors[n : n + 1])
        for n in range(4000)
    ]
    flat = build_generation(tmp_path / "flat", records, encoder="e").parts[0].segment
    monkeypatch.setattr(segment_writer, "FLAT_UP_TO", 1000)
    inverted = build_generation(tmp_path / "ivf", records, encoder="e").parts[0].segment
    allowed = np.ones(4000, dtype=bool)
    allowed[::3] = False
    hits = []
    for query in vectors[rng.integers(0, 4000, 50)].astype(np.float32):
        exact = flat.near(query, 10, allowed)
        assert allowed[exact].all()
        hits.append(len(set(exact) & set(inverted.near(query, 10, allowed))) / 10)
    assert np.mean(hits) >= 0.95
    readings = vectors[:2].astype(np.float32)
    for segment in (flat, inverted):
        each = [segment.near(query, 10, allowed) for query in readings]
        assert np.array_equal(segment.near(readings, 10, allowed), np.concatenate(each))


def test_products_are_those_of_the_articles_that_can_be_found(
    documents: list[Document], build: Build
) -> None:
    named = replace(documents[0], tags=("plan", "product:Nimbus Ray", "product: "))
    generation = build([named, *documents[1:]])
    assert generation.products() == ("Nimbus Ray",)
    segment = generation.parts[0].segment
    assert "product" not in segment.vocabulary  # the mark is no word of the article
    assert {"nimbus", "ray"} <= segment.vocabulary.keys()
    assert change_generation(generation.folder, removed=[named.slug]).products() == ()


def test_a_segment_from_before_articles_were_described_tells_the_same(
    documents: list[Document], build: Build
) -> None:
    named = replace(documents[0], tags=("product:Nimbus Ray",))
    generation = build([named, *documents[1:]])
    segment = generation.parts[0].segment
    known = list(segment.articles)
    (segment.folder / "articles.json").unlink()
    del segment.articles
    assert [tuple(one) for one in segment.articles] == [
        (one.title, one.updated, list(one.products)) for one in known
    ]
    assert generation.products() == ("Nimbus Ray",)


def test_only_words_are_looked_for_one_edit_away(
    documents: list[Document], build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A customer's "aaaa..." of 16 KB would have millions of neighbours of 16 KB each."""
    looked_for = []

    def near(word: str, known: Callable[[str], bool]) -> list[str]:
        looked_for.append(word)
        return []

    monkeypatch.setattr(generation_module, "nearest_terms", near)
    generation = build(documents)
    for term in ("zzz", "z" * 24, "z" * 25, "z" * 16_000, "99999"):
        assert generation.spelled(term).spellings == (term,)
    assert looked_for == ["z" * 24]
