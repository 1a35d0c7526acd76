"""The search of the help pages: the assistant's own, only over what anybody may read, by words alone without it, and a list while typing. In a browser: `test_help_search_browser`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from bot import help_search
from core.knowledge import Answer, Answering
from store.models import Article
from tests.web.api.conftest import Answers, brain
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.seed import article, passage
from web.gate import Allowance, Gate
from web.portal import views

__all__ = ["brain", "day", "desk_company"]
BODY = json.dumps([{"kind": "paragraph", "headings": [], "anchor": "", "parts": ["Ten days."]}])


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_gate", Gate(Allowance()))
    monkeypatch.delenv("THREADLINE_BRAIN_URL", raising=False)


def _page(path: str) -> str:
    return Client().get(path).content.decode()


def _suggested(words: str) -> list[str]:
    answer: Any = Client().get("/search/", {"q": words}).json()
    assert answer["said"], "a reader of the screen is told how many"
    return [one["title"] for one in answer["items"]]


def test_what_is_meant_is_found_with_the_passage_and_its_heading(day: Day, brain: Answers) -> None:
    refund = article(day.company, "refunds", "Get your money back", BODY)
    brain.answer = Answer(Answering.HANDOFF, 0.2, passages=(passage(refund, "Within ten days."),))
    page = _page("/help/?q=cash+returned")
    assert "Get your money back" in page
    assert "Within ten days." in page
    assert brain.asked[-1].text == "cash returned"
    assert brain.asked[-1].audience == {"public"}


def test_nothing_is_found_that_not_everybody_may_read(day: Day, brain: Answers) -> None:
    hidden = article(day.company, "margins", "What we earn", BODY)
    gone = article(day.company, "gone", "What we sold", BODY)
    Article.objects.filter(slug="margins").update(visibility="internal")
    Article.objects.filter(slug="gone").update(removed_at=day.company.clock())
    found = (passage(hidden, "Forty percent."), passage(gone, "Lamps."))
    brain.answer = Answer(
        Answering.ANSWER, 0.9, text="Forty percent.", citations=(hidden,), passages=found
    )
    page = _page("/help/?q=earn")
    assert not [word for word in ("What we earn", "What we sold", "Forty", "Lamps") if word in page]
    assert _suggested("earn") == []


def test_an_answer_is_said_with_its_source_while_that_stands(day: Day, brain: Answers) -> None:
    refund = article(day.company, "refunds", "Get your money back", BODY)
    brain.answer = Answer(
        Answering.ANSWER, 0.9, text="In ten days at most.", citations=(refund,),
        passages=(passage(refund, "Ten days."),),
    )  # fmt: skip
    page = _page("/help/?q=money")
    assert "In ten days at most." in page
    live = Article.objects.get(slug="refunds").live_revision
    assert live is not None
    live.digest = "another text"
    live.save()
    page = _page("/help/?q=money")
    assert "In ten days at most." not in page
    assert "Get your money back" in page, "the article is there, in other words"


def test_what_nothing_is_about_lists_nothing(day: Day, brain: Answers) -> None:
    """The best of passages that all have no chance is no find; words that stand there are."""
    refund = article(day.company, "refunds", "Get your money back", BODY)
    for score, is_there in ((0.004, False), (help_search.LEAST, True)):
        near = replace(passage(refund, "Within ten days."), score=score)
        brain.answer = Answer(Answering.HANDOFF, score, passages=(near,))
        assert ("Within ten days." in _page("/help/?q=flurble+gronk")) is is_there
        assert _suggested("flurble") == ["Get your money back"] * is_there
    brain.answer = replace(brain.answer, passages=())
    assert "Get your money back" in _page("/help/?q=ten+days")


def test_a_row_of_a_table_is_read_in_words(day: Day, brain: Answers) -> None:
    rows = ["Region | Days", "Europe | 5"]
    blocks = [
        {"kind": "row", "headings": [], "anchor": "", "parts": rows},
        {"kind": "code", "headings": [], "anchor": "", "parts": ["ls | sort"]},
    ]
    cited = article(day.company, "delivery", "Delivery", json.dumps(blocks))
    text = "\n".join([*rows, "ls | sort"])
    brain.answer = Answer(
        Answering.ANSWER, 0.9, text=text, citations=(cited,), passages=(passage(cited, text),)
    )
    page = _page("/help/?q=region")
    assert page.count("Region · Days") == page.count("Europe · 5") == page.count("ls | sort") == 2


def test_without_the_brain_words_find(day: Day) -> None:
    article(day.company, "refunds", "Get your money back", BODY)
    assert "Get your money back" in _page("/help/?q=ten+DAYS")
    assert "Get your money back" not in _page("/help/?q=hub")
    assert _suggested("mone") == ["Get your money back"]
    assert _suggested("ten") == [], "only titles, while somebody types"


def test_half_a_word_finds_its_titles_before_what_is_near(day: Day, brain: Answers) -> None:
    article(day.company, "refunds", "Get your money back", BODY)
    other = article(day.company, "plans", "Change your plan", BODY)
    brain.answer = Answer(Answering.HANDOFF, 0.2, passages=(passage(other, "Two plans."),))
    assert _suggested("mone") == ["Get your money back", "Change your plan"]


def test_who_asks_for_too_much_is_answered_by_words(
    day: Day, brain: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_gate", Gate(Allowance(searches=2), day.company.clock))
    article(day.company, "refunds", "Get your money back", BODY)
    assert [len(_suggested("mone")) for _ in range(4)] == [1, 1, 1, 1]
    assert len(brain.asked) == 2
