"""Nested lists and links between articles: kept by every format, shown by the help portal, and plain text where a link leads nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kb_index.crosslinks import slug_of
from kb_index.document import document_from, document_of, linked, revision_of
from kb_index.ingest import read_source
from kb_index.markup import from_html, from_markdown
from kb_index.office import from_docx
from kb_index.passage import Block, Document, Kind
from store.models import Article
from tests.kb_index.papers import docx, leading, listed
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.seed import article

__all__ = ["day", "desk_company"]

NESTED = "1. Open **Settings**\n   - on the web\n     1. by the menu\n   - in the app\n2. Save"
SHOWN = "1. Open Settings\n   - on the web\n      1. by the menu\n   - in the app"


def links_of(blocks: Sequence[Block]) -> list[tuple[str, str, str]]:
    """Of each link: its words, what is written behind them, where it leads."""
    return [
        (
            block.parts[link.part][link.start : link.end],
            block.parts[link.part][link.end : link.after],
            link.to,
        )
        for block in blocks
        for link in block.links
    ]


def test_lists_within_lists_stay_so_in_markdown_and_html() -> None:
    _, (block,) = from_markdown(NESTED)
    assert block.parts == (SHOWN, "2. Save")
    html = (
        "<ol><li><p>Open <b>Settings</b></p><ul><li>on the web<ol><li>by the menu</li></ol></li><li>in the app</li></ul></li>"
        "<li>Save</li></ol>"
    )
    _, (block,) = from_html(html)
    assert (block.kind, block.parts) == (Kind.STEP, (SHOWN, "2. Save"))
    _, (block,) = from_html("<ul><li>One</li><ul><li>within</li></ul><li>Two<br>lines</li></ul>")
    assert block.parts == ("- One\n   - within", "- Two lines")
    _, (block,) = from_html('<ol start="3"><li>Three</li></ol>')
    assert block.parts == ("3. Three",)


@pytest.mark.parametrize(
    "read",
    [
        lambda: from_markdown(
            "# T\n\nSee [ how to *cancel*](../plans/cancel.md#fees) first.\n\n- [Pay](pay.md)\n\n| a | b |\n|-|-|\n| x | [Pay](pay.md) |"
        ),
        lambda: from_html(
            "<h1>T</h1><p>See <a href='../plans/cancel.md#fees'> how to <i>cancel</i></a> first.</p><ul><li><a href=pay.md>Pay</a></li></ul>"
            "<table><tr><th>a<th>b</tr><tr><td>x<td><a href=pay.md>Pay</a></tr></table>"
        ),
    ],
)
def test_a_link_is_kept_beside_its_words(read: Callable[[], tuple[str, tuple[Block, ...]]]) -> None:
    title, blocks = read()
    assert blocks[0].parts == ("See how to cancel first.",)
    found = document_of("help/billing/refund", title, blocks, {})
    assert links_of(found.blocks) == [
        ("how to cancel", "", "help/plans/cancel#fees"),
        ("Pay", "", "help/billing/pay"),
        ("Pay", "", "help/billing/pay"),
    ]
    assert document_from(json.loads(json.dumps(asdict(found)))) == found


def test_what_can_lead_to_no_article_is_no_link() -> None:
    text = (
        "[a](mailto:x@y.example) [b](javascript:alert(1)) [c](tel:123) [d](../../../../etc/passwd) [e](//evil.example/x) "
        "[f](https://other.example/x) [g](http://[bad) [h](#steps)"
    )
    title, blocks = from_markdown(f"# T\n\n{text}")
    (made,) = linked([document_of("one", title, blocks, {})])
    assert [(words, to) for words, _, to in links_of(made.blocks)] == [("h", "#steps")]
    assert "(https://other.example/x)" in made.blocks[0].parts[0]


def test_marks_that_somebody_wrote_are_not_ours() -> None:
    text = "\ue000evil\ue001words\ue002 (x)\ue003 [to](two.md)"
    for read in (from_markdown, lambda one: from_html(f"<p>{one}</p>")):
        _, (block, *_) = read(text)
        assert not any("\ue000" <= letter <= "\ue003" for letter in block.parts[0])
        assert {link.to for link in block.links} <= {"two.md"}


def test_links_in_a_heading_and_around_a_picture_leave_no_trace() -> None:
    _, blocks = from_markdown("## See [this](one.md)\n\nText. [![x](y.png)](z.md)")
    assert blocks[0].headings == ("See this",)
    assert links_of(blocks) == []


def test_a_word_document_keeps_both() -> None:
    items = ((0, "Open Settings"), (1, "on the web"), (0, "Save"))
    more = "".join(listed(level, text) for level, text in items) + leading("away", "how to cancel")
    _, blocks = from_docx(docx([], more=more, links={"away": "../plans/cancel.docx"}))
    steps = next(block for block in blocks if block.kind is Kind.STEP)
    assert steps.parts == ("1. Open Settings\n   - on the web", "2. Save")
    found = document_of("billing/refund", "T", blocks, {})
    assert links_of(found.blocks) == [("how to cancel", "", "plans/cancel")]


def test_articles_of_a_folder_lead_to_one_another_by_the_names_that_they_have(
    tmp_path: Path,
) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "start.md").write_text("# Start\n\n[Cancel](plans/cancel.md) [gone](plans/no.md)")
    (tmp_path / "plans" / "cancel.md").write_text("---\nslug: stop\n---\n# C\n\n[back](/start.md)")
    found = {d.slug: d for d in linked(d for d in read_source(tmp_path) if isinstance(d, Document))}
    assert [to for *_, to in links_of(found["start"].blocks)] == ["stop", "plans/no"]
    assert [to for *_, to in links_of(found["stop"].blocks)] == ["start"]


def test_pages_of_a_website_lead_to_one_another() -> None:
    page = (
        "<h1>T</h1><p><a href='cancel?x=1#fees'>Cancel</a> <a href='https://help.example/en/pay'>Pay</a> "
        "<a href='https://shop.example/en/pay'>Shop</a></p>"
    )
    title, blocks = from_html(page)
    given = {"slug": "en/start", "url": "https://help.example/en/start"}
    (made,) = linked([document_of("00001", title, blocks, given)])
    assert links_of(made.blocks) == [
        ("Cancel", "", f"{slug_of('https://help.example/en/cancel?x=1')}#fees"),
        ("Pay", " (https://help.example/en/pay)", "en/pay"),
    ]


def test_an_article_without_links_is_what_it_was_and_one_with_others_is_new() -> None:
    title, blocks = from_markdown("# T\n\n[a](one.md)")
    one = document_of("x", title, blocks, {})
    other = document_of("x", title, from_markdown("# T\n\n[a](two.md)")[1], {})
    plain = document_of("x", title, from_markdown("# T\n\na")[1], {})
    assert len({one.revision, other.revision, plain.revision}) == 3
    bare = replace(one, blocks=tuple(replace(block, links=()) for block in one.blocks))
    assert revision_of(bare) == plain.revision


def body(*blocks: Block) -> str:
    return json.dumps([asdict(block) for block in blocks])


def page_of(day: Day, text: str, slug: str = "start") -> str:
    title, blocks = from_markdown(text)
    made = document_of(slug, title or "T", blocks, {})
    article(day.company, slug, "Start", body(*made.blocks))
    return Client().get(f"/help/{slug}").content.decode()


def test_the_portal_shows_lists_within_lists(day: Day) -> None:
    page = page_of(day, NESTED)
    flat = "".join(line.strip() for line in page.splitlines())
    assert (
        '<ol class="plain"><li>1. Open Settings<ul class="plain"><li>- on the web<ol class="plain"><li>1. by the menu</li></ol></li>'
        "<li>- in the app</li></ul></li><li>2. Save</li></ol>"
    ) in flat


def test_the_portal_links_what_everybody_may_read(day: Day) -> None:
    for slug in ("cancel", "hidden", "gone", "other"):
        article(day.company, slug, slug, "[]")
    Article.objects.filter(slug="cancel").update(language="es")
    Article.objects.filter(slug="hidden").update(visibility="internal")
    Article.objects.filter(slug="gone").update(removed_at=day.company.clock())
    Article.objects.filter(slug="other").update(source="elsewhere")
    page = page_of(
        day,
        "See [Cancel](cancel.md#fees), [Hidden](hidden.md), [Gone](gone.md), [Other](other.md), [<b>](cancel.md) & [here](#steps)."
        "\n\n| a | b |\n|-|-|\n| x | [Cell](cancel.md) |\n\n- [Item](cancel.md)\n   - [Inner](cancel.md)",
    )
    assert '<a href="/help/cancel#fees" hreflang="es">Cancel</a>, Hidden, Gone, Other,' in page
    assert '<a href="#steps">here</a>' in page
    assert '<td><a href="/help/cancel" hreflang="es">Cell</a></td>' in page
    assert page.count('hreflang="es">Inner</a>') == 1
    assert "<b>" not in page
    Article.objects.filter(source="elsewhere").update(source="")
    assert '<a href="/help/other">Other</a>' in Client().get("/help/start").content.decode()


def test_the_address_behind_a_link_is_not_said_twice(day: Day) -> None:
    article(day.company, "en/pay", "Pay", "[]")
    title, blocks = from_html("<p>See <a href='https://help.example/en/pay'>how to pay</a>.</p>")
    given = {"url": "https://help.example/en/start"}
    made = document_of("en/start", title or "T", blocks, given)
    article(day.company, "en/start", "Start", body(*made.blocks))
    shown = Client().get("/help/en/start").content.decode()
    assert '<p>See <a href="/help/en/pay">how to pay</a>.</p>' in shown
    Article.objects.filter(slug="en/pay").update(visibility="internal")
    shown = Client().get("/help/en/start").content.decode()
    assert "how to pay (<a href=" in shown


def test_an_article_read_before_there_were_links_is_shown(day: Day) -> None:
    block: dict[str, Any] = {"kind": "item", "headings": [], "anchor": "", "parts": ["- One"]}
    article(day.company, "old", "Old", json.dumps([block]))
    assert "<li>- One</li>" in Client().get("/help/old").content.decode()
