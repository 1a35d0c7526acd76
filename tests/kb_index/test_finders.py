"""What every engine that finds passages must do, tried on our own files and on Milvus (milvus-lite speaks the same API)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from core.errors import IndexStale
from core.knowledge import Question, Within
from kb_index.answer import Answerer
from kb_index.chunk import passages_of
from kb_index.finder import IN_FILES
from kb_index.generation import (
    Filters,
    Generation,
    build_generation,
    change_generation,
    encode_passages,
    open_generation,
)
from kb_index.passage import Document
from kb_index.postings import parts_of_rows
from tests.kb_index.conftest import WordEncoder
from tests.kb_index.test_scale import made

milvus = pytest.importorskip("kb_index.milvus", reason="the milvus extra is not installed")
RpcError = pytest.importorskip("grpc").RpcError

pytestmark = pytest.mark.slow
Served = Callable[[Generation], Generation]
Build = Callable[..., Generation]
EVERYBODY = Filters(audience=frozenset({"public", "internal"}))
_numbers = count()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("milvus") / "passages.db")


@pytest.fixture
def engine(server: str) -> Iterator[milvus.Milvus]:
    """A server with nothing of this installation on it."""
    made_for = milvus.Milvus(server, prefix=f"t{next(_numbers)}", seconds=60)
    yield made_for
    made_for.close()


@pytest.fixture(params=["files", "milvus"])
def served(request: pytest.FixtureRequest) -> Served:
    """A generation, brought to where it is searched."""
    if request.param == "files":
        return lambda generation: generation
    engine: milvus.Milvus = request.getfixturevalue("engine")

    def publish(generation: Generation) -> Generation:
        engine.publish(generation)
        return engine.attach(generation)

    return publish


def found(generation: Generation, encoder: WordEncoder, text: str, filters: Filters) -> set[str]:
    """Articles found by meaning or by words, in all parts."""
    vector = encoder.encode([text])[0]
    articles: set[str] = set()
    for part in generation.parts:
        ids = {n: 1.0 for word, n in part.segment.vocabulary.items() if word in text.split()}
        near = part.finder.near(part, vector, 50, filters)
        words = part.finder.matching(part, ids, 50, filters)
        for rows in (near, words):
            articles |= {passage.article for passage in part.segment.passages(rows.tolist())}
    return articles


def test_filters_hold_inside_the_search(
    documents: list[Document], build: Build, encoder: WordEncoder, served: Served
) -> None:
    documents[1] = replace(documents[1], brand="other")
    generation = served(build(documents))
    query = "refund plan parcels cancela"
    assert "secret" not in found(generation, encoder, query, Filters())
    assert "secret" in found(generation, encoder, query, EVERYBODY)
    for chosen, articles in (
        (Filters(brands=frozenset({"other"})), {documents[1].slug}),
        (Filters(languages=frozenset({"es"})), {"es/cancelar"}),
        (Filters(sections=frozenset({"billing"})), {"cancel"}),
        (Filters(brands=frozenset({'no" or visibility in ["internal'})), set()),
        (Filters(title=frozenset({"plan", "cancel"})), {"cancel", "es/cancelar"}),
        (Filters(title=frozenset({"plan", "your"})), {"cancel"}),
        (Filters(title=frozenset({'"] or visibility in ["internal'})), set()),
        (Filters(since="2026-05-01"), {"cancel"}),
        (Filters(since="2026-05-02"), set()),
        (Filters(since="2026-05-01", hidden=frozenset({"cancel"})), set()),
        (Filters(since="2000-01-01", title=frozenset({"times"})), set()),
    ):
        assert found(generation, encoder, query, chosen) == articles
    hidden = Filters(hidden=frozenset({"cancel"}))
    assert "cancel" not in found(generation, encoder, query, hidden)


def test_a_question_may_be_asked_of_some_articles_only(
    documents: list[Document], build: Build, encoder: WordEncoder, served: Served
) -> None:
    answerer = Answerer(served(build(documents)), encoder)
    question = Question("Can I cancel my plan at the warehouse?", language="en")
    everywhere = {passage.article for passage in answerer.search(question)}
    assert {"cancel", "delivery"} <= everywhere
    for within, articles in (
        (Within(sections=frozenset({"delivery"})), {"delivery"}),
        (Within(title="CÁNCEL plan"), {"cancel", "es/cancelar"}),
        (Within(since=date(2026, 5, 1)), {"cancel"}),
        (Within(title="times", since=date(2026, 5, 1)), set()),
    ):
        found = answerer.search(replace(question, within=within))
        assert {passage.article for passage in found} == articles


def test_what_is_removed_or_changed_shows_at_once_and_can_come_back(
    documents: list[Document], build: Build, encoder: WordEncoder, served: Served
) -> None:
    before = served(build(documents))
    new = replace(documents[0], title="Stop paying", revision="r2")
    records = list(encode_passages(passages_of(new), encoder))
    after = served(change_generation(before.folder, added=records, removed={"delivery"}))
    assert "delivery" not in found(after, encoder, "parcels warehouse", EVERYBODY)
    revisions = {
        passage.revision
        for part in after.parts
        for passage in part.segment.passages(
            part.finder.near(part, encoder.encode(["stop paying plan"])[0], 50, EVERYBODY).tolist()
        )
        if passage.article == new.slug
    }
    assert revisions == {"r2"}
    back = served(open_generation(before.folder, version=1))
    assert "delivery" in found(back, encoder, "parcels warehouse", EVERYBODY)


def test_nothing_is_found_where_nothing_is(
    documents: list[Document], build: Build, encoder: WordEncoder, served: Served
) -> None:
    generation = served(build(documents))
    (part,) = generation.parts
    vector = encoder.encode(["plan"])[0]
    assert len(part.finder.matching(part, {}, 10, EVERYBODY)) == 0
    assert len(part.finder.near(part, vector, 0, EVERYBODY)) == 0
    assert len(part.finder.near(part, vector, 10, Filters(audience=frozenset()))) == 0


def test_both_engines_find_the_same_rows(tmp_path: Path, engine: milvus.Milvus) -> None:
    """Three hundred passages, thirty questions of each kind, with and without filters."""
    rng = np.random.default_rng(5)
    generation = build_generation(tmp_path / "index", made(300), encoder="e")
    changed = change_generation(generation.folder, removed={"a3", "a40"})
    engine.publish(changed)
    engine.attach(changed)
    (part,) = changed.parts
    parts = {
        row: dict(zip(ids.tolist(), values.tolist(), strict=True))
        for row, ids, values in parts_of_rows(part.segment.folder)
    }
    some = frozenset({"a1", "a7", "a100"})
    for number in range(30):
        chosen = Filters(), EVERYBODY, Filters(hidden=some), Filters(title=frozenset({"1"}))
        filters = chosen[number % 4]
        vector = rng.standard_normal(16).astype(np.float32)
        vector /= np.linalg.norm(vector)
        ours = IN_FILES.near(part, vector, 40, filters)
        assert set(part.finder.near(part, vector, 40, filters)) == set(ours)
        readings = np.stack([vector, vector[::-1]])
        both = set(part.finder.near(part, readings, 40, filters))
        assert both == {*ours, *IN_FILES.near(part, vector[::-1], 40, filters)}
        terms = rng.choice(len(part.segment.vocabulary), size=4, replace=False)
        weights = {
            int(term): float(weight) for term, weight in zip(terms, rng.random(4), strict=True)
        }
        ours = IN_FILES.matching(part, weights, 30, filters)
        theirs = part.finder.matching(part, weights, 30, filters)
        sums = [sorted(_sum(parts[row], weights) for row in rows) for rows in (ours, theirs)]
        assert np.allclose(*sums, rtol=1e-5), "the same but for which of equals come last"


def _sum(parts: dict[int, float], weights: dict[int, float]) -> float:
    return sum(weight * parts.get(term, 0.0) for term, weight in weights.items())


# ---- what only the second engine has --------------------------------------------------------------


def test_a_generation_that_was_never_published_cannot_be_used(
    documents: list[Document], build: Build, engine: milvus.Milvus
) -> None:
    with pytest.raises(IndexStale, match="no collection"):
        engine.attach(build(documents))


def test_a_publication_that_died_is_finished_by_the_next(
    tmp_path: Path, engine: milvus.Milvus, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = build_generation(tmp_path / "index", made(60), encoder="e")
    monkeypatch.setattr(milvus, "BATCH", 20)
    upsert, batches = engine._client.upsert, []

    def dying(name: str, batch: Sequence[object]) -> object:
        if len(batches) == 2:
            raise KeyboardInterrupt
        batches.append(len(batch))
        return upsert(name, batch)

    monkeypatch.setattr(engine._client, "upsert", dying)
    with pytest.raises(KeyboardInterrupt):
        engine.publish(generation)
    monkeypatch.setattr(engine._client, "upsert", upsert)
    engine.publish(generation)
    (part,) = engine.attach(generation).parts
    assert sorted(part.finder.near(part, np.ones(16, np.float32), 100, EVERYBODY)) == list(
        range(60)
    )


def test_the_alias_names_what_serves_and_what_nothing_names_is_dropped(
    tmp_path: Path, engine: milvus.Milvus
) -> None:
    old, new = (
        build_generation(tmp_path / name, made(10, seed), encoder="e")
        for name, seed in (("old", 1), ("new", 2))
    )
    engine.publish(old)
    engine.serve(old, "default")
    first = engine.serving("default")
    engine.publish(new)
    assert engine.serving("default") == first, "publishing switches nothing"
    engine.serve(new, "default")
    assert engine.serving("default") != first
    assert engine.drop([old]) == [], "a version to go back to is kept"
    assert engine.drop([]) == [first]
    assert engine.attach(new).size == 10


def test_an_engine_that_is_away_leaves_the_answer_to_people(
    documents: list[Document], build: Build, encoder: WordEncoder, engine: milvus.Milvus
) -> None:
    generation = build(documents)
    engine.publish(generation)
    answerer = Answerer(engine.attach(generation), encoder)
    assert answerer.answer(Question("How do I cancel my plan?")).passages

    class Away:
        """Whose wire breaks; the real client lets that through as it is."""

        def search(self, *arguments: object, **more: object) -> None:
            raise RpcError("deadline exceeded")

    silent = milvus.InMilvus(Away(), "x", seconds=1)
    with pytest.raises(IndexStale, match="Milvus"):
        silent.near(generation.parts[0], encoder.encode(["plan"])[0], 10, EVERYBODY)
    engine._client.drop_collection(engine._name(generation))
    with pytest.raises(IndexStale, match="Milvus"):
        answerer.answer(Question("What is the price of a plan?"))
