"""The knowledge base follows its sources: small changes at once, going back, and what was answered on a day."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot import ingest as module
from bot.house import House
from bot.ingest import index_versions, ingest, passage_of, rollback_index, served_on
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.errors import ModelUnavailable, NotFound
from core.knowledge import Citation, Question
from core.message import Reply
from kb_index import chunk, website
from kb_index.chunk import passages_of
from kb_index.generation import open_named
from kb_index.passage import Document, PassageText
from store.database import is_postgresql
from store.generations import doubtful_answers
from store.knowledge import (
    active_generation,
    active_models,
    foreign_passages,
    live_digests,
    live_passages,
)
from store.models import AuditEntry, Brand, Message, ModelVersion
from store.turns import claim
from tests.company import Company, Writer
from tests.concurrency import in_thread, together
from tests.kb_index.conftest import ARTICLES, WordEncoder
from tests.kb_index.test_website import PAGE, Site, site

__all__ = ["site"]

START = datetime(2026, 11, 20, 9, tzinfo=UTC)


class Clock:
    """A day passes between two looks."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        self.now += timedelta(days=1)
        return self.now


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The small company's articles, and enough others for a change of one to be small."""
    folder = tmp_path / "articles"
    (folder / "es").mkdir(parents=True)
    for name, text in ARTICLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    for number in range(12):
        (folder / f"more-{number}.md").write_text(f"# More {number}\n\nAbout thing {number}.\n")
    return folder


@pytest.fixture
def passing(house: House, company: Company, monkeypatch: pytest.MonkeyPatch) -> House:
    encoder = WordEncoder()
    monkeypatch.setattr(module, "indexing_encoder", lambda house: encoder)
    return replace(house, clock=Clock())


def articles(house: House) -> set[str]:
    row = active_generation("default")
    assert row is not None
    return open_named(house.settings.state / row.folder).articles()


def test_a_small_change_is_added_and_a_large_one_built_anew(passing: House, source: Path) -> None:
    ingest(passing, source)
    first = active_generation("default")
    assert first is not None
    (source / "more-3.md").unlink()
    (source / "new.md").write_text("# New\n\nA new article.\n")
    report = ingest(passing, source)
    second = active_generation("default")
    assert second is not None
    assert (report.added, report.removed) == (1, 1)
    assert second.folder == first.folder.replace("@1", "@2")
    assert "new" in articles(passing)
    assert "more-3" not in articles(passing)
    shutil.rmtree(source / "es")
    for number in range(4, 12):
        (source / f"more-{number}.md").write_text(f"# Other {number}\n\nAnother {number}.\n")
    ingest(passing, source)
    third = active_generation("default")
    assert third is not None
    assert third.folder.split("@")[0] != first.folder.split("@")[0]
    assert ingest(passing, source).generation == str(third.id)  # nothing to do


def test_what_an_earlier_release_cut_otherwise_is_cut_anew(
    passing: House, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_before(document: Document) -> Iterator[PassageText]:
        return (replace(one, id=f"{one.id}0", places=()) for one in passages_of(document))

    text = "# Parcels\n\n## Cash\n\nPay at once.\n\n## Lost\n\nWe look for it.\n"
    (source / "parcels.md").write_text(text)
    with monkeypatch.context() as earlier:
        earlier.setattr(chunk, "passages_of", as_before)
        ingest(passing, source)
        assert ingest(passing, source).cut_anew == 0
    digests = live_digests("default", "articles")
    report = ingest(passing, source)
    assert (report.changed, report.cut_anew, report.doubtful) == (0, report.articles, 0)
    assert live_digests("default", "articles") == digests
    rows = {row.key: row.data for row in live_passages("default", "words")}
    assert not [key for key in rows if key.startswith("parcels:") and key.endswith("0")]
    [parcels] = [passage_of(data) for data in rows.values() if data["article"] == "parcels"]
    assert [place.anchor for place in parcels.places] == ["lost"]
    assert ingest(passing, source).cut_anew == 0


def test_brands_that_publish_the_same_article_both_keep_it(passing: House, source: Path) -> None:
    Brand.objects.create(slug="sister", name="Sister", languages=["en"])
    ingest(passing, source)
    ingest(passing, source, "sister")
    rows = {row.key for row in live_passages("default", "words")}
    assert rows
    assert {row.key for row in live_passages("sister", "words")} == rows
    (source / "more-3.md").write_text("# More 3\n\nAbout another thing.\n")
    ingest(passing, source)
    assert {row.key for row in live_passages("sister", "words")} == rows
    assert len(rows - {row.key for row in live_passages("default", "words")}) == 1


def test_without_such_a_brand_nothing_is_read(
    passing: House, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ingest", None)
    with pytest.raises(NotFound, match="no brand nowhere"):
        ingest(passing, source, "nowhere")


def test_an_index_that_does_not_fit_the_rows_is_built_anew(passing: House, source: Path) -> None:
    ingest(passing, source)
    row = active_generation("default")
    assert row is not None
    shutil.rmtree(passing.settings.state / row.folder.split("@")[0])
    ingest(passing, source)
    assert len(articles(passing)) == 16


def test_going_back_brings_the_texts_back_too(passing: House, source: Path) -> None:
    ingest(passing, source)
    before = live_digests("default", "articles")
    (source / "cancel.md").write_text("---\ntitle: Cancel your plan\n---\nYou cannot.\n")
    (source / "delivery.md").unlink()
    ingest(passing, source)
    (source / "more-1.md").unlink()
    ingest(passing, source)
    assert len(articles(passing)) == 14
    rollback_index(passing)
    assert len(articles(passing)) == 15
    found = rollback_index(passing)  # twice: two back, not to and fro
    assert (found["restored"], found["removed"]) == (2, 0)
    assert live_digests("default", "articles") == before
    assert len(articles(passing)) == 16
    with pytest.raises(NotFound):
        rollback_index(passing)
    assert AuditEntry.objects.filter(action="index.rollback").count() == 2
    assert [one["is_active"] for one in index_versions()].count(True) == 1
    report = ingest(passing, source)  # the source still says what it says
    assert (report.changed, report.removed) == (1, 2)


def test_what_was_answered_on_a_day_can_be_asked_again(passing: House, source: Path) -> None:
    ingest(passing, source)
    on = passing.clock()
    (source / "delivery.md").unlink()
    ingest(passing, source)
    assert "delivery" in served_on(passing, on).articles()
    assert "delivery" not in served_on(passing, passing.clock()).articles()
    with pytest.raises(NotFound):
        served_on(passing, START)


def test_a_changed_article_lists_the_answers_it_makes_doubtful(
    company: Company, passing: House, source: Path
) -> None:
    ingest(passing, source)
    digests = live_digests("default", "articles")

    def answered(*slugs: str) -> None:
        receive(passing, company.mail, [Writer().mail("How?")])
        (claimed,) = claim(passing.vault, "w", timedelta(seconds=30), 5, passing.clock())
        cited = tuple(Citation(slug, slug, "/", "So.", digests[slug]) for slug in slugs)
        reply = Reply("So.", cited, kind="answer")
        finish_turn(passing, claimed, Outcome((reply,), state={"version": 1, "slots": {}}))

    answered("cancel", "delivery")
    answered("delivery")
    assert doubtful_answers("default") == []
    (source / "cancel.md").write_text("---\ntitle: Cancel your plan\n---\nYou cannot.\n")
    report = ingest(passing, source)
    assert report.doubtful == 1
    (found,) = doubtful_answers("default")
    assert found.changed == ("cancel",)
    assert Message.objects.get(id=found.message).kind == "answer"
    assert doubtful_answers("default", since=found.at + timedelta(seconds=1)) == []


def test_a_page_alone_leaves_the_others_and_a_bad_page_keeps_what_it_said(
    passing: House, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(website, "fetch_site", partial(website.fetch_site, outside=site.outside))
    for name in ("pair", "clean", "left"):
        site.page(f"/{name}", PAGE.format(name))
    site.sitemap("/sitemap.xml", "/pair", "/clean", "/left")
    assert ingest(passing, f"{site.url}/sitemap.xml").added == 3
    site.page("/new", PAGE.format("new"))
    report = ingest(passing, f"{site.url}/new")
    assert (report.added, report.removed) == (1, 0)
    site.page("/new", PAGE.format("another"))
    report = ingest(passing, f"{site.url}/new")
    assert (report.changed, report.removed) == (1, 0)
    assert articles(passing) == {"pair", "clean", "left", "new"}
    site.page("/clean", "%PDF-1.4 broken", "application/pdf")
    site.sitemap("/sitemap.xml", "/pair", "/clean")
    report = ingest(passing, f"{site.url}/sitemap.xml")
    assert [one["path"] for one in report.unreadable] == [f"{site.url}/clean"]
    assert articles(passing) == {"pair", "clean"}


def test_another_encoder_reads_everything_anew(
    passing: House, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ingest(passing, source)
    before = {stored.key for stored in live_passages("default", WordEncoder().name)}
    other = WordEncoder()
    other.name = "another"
    monkeypatch.setattr(module, "indexing_encoder", lambda house: other)

    second = ingest(passing, source)

    assert (second.added, second.changed) == (0, 0)
    assert second.passages == first.passages == len(before) > 0
    assert {stored.key for stored in live_passages("default", "another")} == before
    assert not foreign_passages("default", "another")


def test_the_glossary_of_a_source_serves_at_once_and_goes_back(
    passing: House, source: Path
) -> None:
    from bot.artefacts import answerer_of
    from bot.versions import rollback

    encoder = WordEncoder()
    ingest(passing, source)
    question = Question("When do pakketjes leave?", language="en")

    def confidence() -> float:
        return answerer_of(passing, encoder).answer(question).confidence

    plain = confidence()
    (source / "glossary.yml").write_text("pakketjes: [parcels, warehouse]\n")
    assert ingest(passing, source).generation == str(active_generation("default").id)  # type: ignore[union-attr]
    assert confidence() > plain
    (source / "glossary.yml").write_text("pakketjes: parcels\nhub: base station\n")
    ingest(passing, source)
    (source / "glossary.yml").write_text("- no\n- mapping\n")
    report = ingest(passing, source)
    assert [one["path"] for one in report.unreadable] == ["glossary.yml"]
    assert active_models()["glossary"].manifest["rows"] == 2
    rollback(passing, "glossary")
    assert active_models()["glossary"].manifest["rows"] == 1


def test_each_source_has_its_own_glossary(passing: House, source: Path, tmp_path: Path) -> None:
    from bot.glossary import load_glossary

    def words(brand: str = "default") -> dict[str, list[str]]:
        row = active_models()["glossary"]
        return load_glossary(passing.settings.state / row.folder, brand)

    other = tmp_path / "other"
    other.mkdir()
    (other / "one.md").write_text("---\ntitle: Boxes\n---\n\nBoxes are grey.\n")
    (other / "glossary.yml").write_text("crate: box\npakketjes: consignments\n")
    (source / "glossary.yml").write_text("pakketjes: [parcels, warehouse]\n")
    ingest(passing, source)
    ingest(passing, other)
    assert {name: sorted(others) for name, others in words().items()} == {
        "crate": ["box"],
        "pakketjes": ["consignments", "parcels", "warehouse"],
    }
    before = active_models()["glossary"].version
    ingest(passing, other)
    assert active_models()["glossary"].version == before, "nothing changed"
    (other / "glossary.yml").unlink()
    ingest(passing, other)
    assert words() == {"pakketjes": ["parcels", "warehouse"]}, "only its own words went"
    assert words("another") == {}


def _words(house: House) -> dict[str, list[str]]:
    from bot.glossary import load_glossary

    return load_glossary(house.settings.state / active_models()["glossary"].folder)


@pytest.mark.parametrize("is_first", [True, False])
def test_words_that_came_meanwhile_are_kept(
    passing: House, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    """Another source's words come to serve after these were put beside what served, and before they do."""
    from bot import glossary

    if not is_first:
        glossary.use_glossary(passing, "default", "old", {"crate": ["box"]})
    kept, meanwhile = glossary._kept, ["one", "two"]

    def interrupted(house: House, plain: str) -> Any:
        row = kept(house, plain)
        if meanwhile:
            other = meanwhile.pop()
            assert glossary.use_glossary(passing, "default", other, {other: ["thing"]})
        return row

    monkeypatch.setattr(glossary, "_kept", interrupted)
    assert glossary.use_glossary(passing, "default", "new", {"dome": ["lamp"]})
    known = {"one": ["thing"], "two": ["thing"], "dome": ["lamp"]}
    assert _words(passing) == known | ({} if is_first else {"crate": ["box"]})


def test_sources_that_bring_their_words_at_once_all_keep_them(passing: House) -> None:
    from bot.glossary import use_glossary

    standing = replace(passing, clock=lambda: START)
    sources = [f"source-{number}" for number in range(6)]

    def bring(source: str) -> Callable[[], bool]:
        return lambda: use_glossary(standing, "default", source, {source: ["thing"]})

    assert together([bring(source) for source in sources]) == [True] * len(sources)
    assert _words(passing) == {source: ["thing"] for source in sources}


def test_words_that_came_to_serve_between_two_looks_are_not_put_aside(
    passing: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.glossary import use_glossary
    from store import versions

    look, looks = versions._serving, count()

    def bring(source: str) -> bool:
        return use_glossary(passing, "default", source, {source: ["thing"]})

    def then_another(kind: str) -> list[ModelVersion]:
        found = look(kind)
        # SQLite has one writer: there nobody comes in between.
        if is_postgresql() and not next(looks):
            assert in_thread(partial(bring, "theirs"))
        return found

    monkeypatch.setattr(versions, "_serving", then_another)
    assert bring("ours")
    assert _words(passing).keys() == {"ours"} | ({"theirs"} if is_postgresql() else set())


def test_a_glossary_of_before_sources_had_their_own_is_still_read(tmp_path: Path) -> None:
    from bot.glossary import load_glossary

    (tmp_path / "glossary.json").write_text('{"hub": ["base station"]}')
    assert load_glossary(tmp_path) == {"hub": ["base station"]}
    (tmp_path / "glossary.json").write_text("[]")
    with pytest.raises(ModelUnavailable):
        load_glossary(tmp_path)
