"""The gap loop and the diagram of trust in a real Chromium: found, edited, published, gained."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from playwright.sync_api import expect

from bot import gaps, ingest
from core.knowledge import Answer, Answering
from store.events import last_public_seqs
from store.learning import rate_answer
from store.models import Article, Gap, Job
from tests.kb_index.conftest import ARTICLES, WordEncoder
from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.gaps import ask_what_nobody_answers
from tests.web.seed import answers, article, says, visitor

__all__ = ["browser", "own_day", "served"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def picture(page: object, name: str) -> None:
    """Kept where somebody wants to look at it."""
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)  # type: ignore[attr-defined]


def test_a_gap_is_found_written_published_and_shows_what_it_gained(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company = served.day.company
    encoder = WordEncoder()
    for place in (gaps, ingest):
        monkeypatch.setattr(place, "indexing_encoder", lambda house: encoder)
    (tmp_path / "articles").mkdir()
    for name in ("cancel.md", "delivery.md"):
        (tmp_path / "articles" / name).write_text(ARTICLES[name], encoding="utf-8")
    ingest.ingest(company.house, tmp_path / "articles")
    ask_what_nobody_answers(company)
    page = served.page("ada", "/admin/store/gap/")
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_text("We are looking")).to_be_visible()
    assert Job.objects.get(kind="learn").payload == {"verb": "gaps"}
    gaps.find_gaps(company.house)  # what the job's process does
    page.reload()
    picture(page, "gaps")
    row = page.locator("#result_list tbody tr", has_text="limescale")
    expect(row).to_contain_text("1.3")
    row.locator("a").first.click()
    expect(page.get_by_text("there is limescale on the sensor", exact=False)).to_be_visible()
    text = page.get_by_label("Text (Markdown)")
    page.get_by_label("Title").fill(" ")
    text.fill("Only a text so far.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("needs a title and a text")).to_be_visible()
    expect(text).to_have_value("Only a text so far.")
    page.reload()
    assert "vinegar" in text.input_value()
    page.get_by_label("Title").fill("Clean limescale off the sensor")
    text.fill(f"{text.input_value()}\n\n## Never\n\nDo not use a brush.")
    picture(page, "gap")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("goes live within moments")).to_be_visible()
    gap = Gap.objects.get()
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("It is being published.")
    Job.objects.filter(payload__verb="publish").update(last_error="publish: the disk is full")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("so far: publish: the disk is full")
    picture(page, "gap-failed")
    Job.objects.filter(payload__verb="publish").update(state="done")
    gaps.publish_gap(company.house, gap.id)
    page.reload()
    gap.refresh_from_db()
    expect(page.get_by_text(f"{gap.gained} of 4 questions are answered now")).to_be_visible()
    answered = [article for article, _ in gap.checked.values() if article]
    share = round(100 * len(answered) / 4)
    said = f"Answered now: {len(answered)} of 4 questions ({share} %), {gap.gained} of them"
    expect(page.get_by_text(said)).to_be_visible()
    asked = page.get_by_role("region", name="What was asked").get_by_role("listitem")
    expect(asked.filter(has_text="Still not answered")).to_have_count(4 - len(answered))
    told = asked.filter(has_text="Answered now")
    expect(told).to_have_count(len(answered))
    picture(page, "gap-published")
    expect(page.get_by_role("button", name="No article needed")).to_have_count(0)
    assert Article.objects.get(slug=gap.article).live_revision is not None
    assert "Do not use a brush." in Client().get(f"/help/{gap.article}").content.decode()
    page.get_by_label("Title").fill("Limescale: how to clean it off")
    text.fill("Soak the sensor in vinegar to clean it of limescale.")
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("goes live within moments")).to_be_visible()
    gaps.publish_gap(company.house, gap.id)
    page.reload()
    page.get_by_role("link", name=gap.article).click()
    expect(page.get_by_role("heading", name="Limescale: how to clean it off")).to_be_visible()
    expect(page.get_by_text("Do not use a brush.")).to_have_count(0)


def test_its_questions_are_asked_again_and_each_says_how_it_fares(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = served.day.company
    encoder = WordEncoder()
    monkeypatch.setattr(gaps, "indexing_encoder", lambda house: encoder)
    ask_what_nobody_answers(company)
    gaps.find_gaps(company.house)
    gap = Gap.objects.get()
    cited = article(company, "sensor-care", "Care for the sensor", "Use vinegar.")
    page = served.page("ada", f"/admin/store/gap/{gap.id}/change/")
    expect(page.get_by_text("Still not answered")).to_have_count(0)
    page.get_by_role("button", name="Ask these questions again").click()
    expect(page.get_by_text("The questions are asked again")).to_be_visible()
    assert Job.objects.get(kind="learn").payload == {"verb": "check", "gap": str(gap.id)}
    found = [Answer(Answering.ANSWER, 0.873, "Use vinegar.", (cited,))] * 3
    answers_now = iter([*found, Answer(Answering.HANDOFF, 0.21)])
    knowing = SimpleNamespace(answer=lambda question: next(answers_now))
    monkeypatch.setattr(gaps, "answerer_of", lambda *_: knowing)
    gaps.check_gap(company.house, gap.id)  # what the job's process does
    page.reload()
    expect(page.get_by_text("Answered now: 3 of 4 questions (75 %), 0 of them")).to_be_visible()
    asked = page.get_by_role("region", name="What was asked").get_by_role("listitem")
    expect(asked.first).to_contain_text("Still not answered")
    expect(asked.first).to_contain_text("21 %")
    expect(asked.nth(1)).to_contain_text("Answered now, 87 % sure, with Care for the sensor")
    picture(page, "gap-asked-again")
    phone = served.page("ada", f"/admin/store/gap/{gap.id}/change/", width=390)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    link = asked.nth(1).get_by_role("link", name="Care for the sensor")
    expect(link).to_have_attribute("href", "/help/sensor-care")


def test_the_diagram_of_trust(served: Served) -> None:
    company = served.day.company
    house = company.house
    chat = visitor(company)
    says(company, chat, "Why?")
    answers(company, "So.", article(company, "so", "Why it is so", "So."))
    rate_answer(chat[0], last_public_seqs([chat[0]])[chat[0]], False, "chat", company.clock())
    page = served.page("ada", "/admin/store/answerrating/")
    expect(page.locator("#result_list tbody tr")).to_contain_text("Why it is so")
    expect(page.get_by_text("A diagram needs 20 rated answers")).to_be_visible()
    page.get_by_role("button", name="Measure again").click()
    expect(page.get_by_text("We are measuring")).to_be_visible()
    assert Job.objects.get(kind="learn").payload == {"verb": "trust"}
    folder = house.settings.state / "learning"
    folder.mkdir()
    confidences = [round(n / 40, 3) for n in range(40)]
    right = [n % 40 > 12 for n in range(40)]
    kept = {"at": house.clock().isoformat(), "confidences": confidences, "right": right}
    (folder / "trust-default.json").write_text(json.dumps(kept))
    page.reload()
    drawing = page.locator("svg[role=img]", has=page.locator("polyline"))
    expect(drawing).to_be_visible()
    expect(drawing.locator("circle")).to_have_count(10)
    picture(page, "trust")
    ada = company.users["ada"]
    ada.language = "ar"
    ada.save()
    arabic = served.page("ada", "/admin/store/answerrating/")
    expect(arabic.locator("svg[role=img]")).to_contain_text("الموثوقية")
    picture(arabic, "trust-arabic")
    for word in arabic.locator("svg[role=img] > text").all():
        sides = "w => [w, w.ownerSVGElement].map(one => one.getBoundingClientRect().left)"
        left, edge = word.evaluate(sides)
        assert left >= edge, (left, edge, word.inner_html())
    phone = served.page("ada", "/admin/store/answerrating/", width=390)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    picture(phone, "trust-phone")
