"""The page of lessons: what is shown, bulk, changing one, asking for a training; in a browser too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from store.models import Job, Lesson, ModelVersion
from tests.bot.lessons import lesson
from tests.web.desk.conftest import Day
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import Company, article

HOSTILE = "<img src=x onerror=alert(1)> where is my refund"


def prepared(company: Company) -> list[Lesson]:
    article(company, "refunds", "When a refund arrives", "Within five days.")
    place = {"team": "billing", "category": "billing", "priority": 2}
    return [
        lesson(company, "When is my money back on my account?", {"article": "refunds"}),
        lesson(company, HOSTILE, {"article": "refunds"}),
        lesson(company, "The card was charged twice this month", place, kind="route"),
        lesson(company, "It rattles since I opened the window", {"article": "gone"}),
    ]


def test_what_waits_is_shown_and_settled_together(day: Day) -> None:
    rows = prepared(day.company)
    client = day.client("ruth")
    page = client.get("/desk/lessons/").content.decode()
    assert "When a refund arrives" in page
    assert "billing · Billing · High" in page
    assert "<img src=x" not in page
    chosen = [str(rows[0].id), str(rows[1].id)]
    client.post("/desk/lessons/settle/", {"lesson": chosen, "deed": "accept"})
    client.post("/desk/lessons/settle/", {"lesson": [str(rows[3].id)], "deed": "reject"})
    assert [one.state for one in Lesson.objects.order_by("state")] == [
        "accepted", "accepted", "rejected", "waiting",
    ]  # fmt: skip
    assert "money back" in client.get("/desk/lessons/?state=accepted").content.decode()
    assert client.post("/desk/lessons/settle/", {"deed": "accept"}).status_code == 302
    for form in ({"lesson": ["x"], "deed": "accept"}, {"lesson": chosen, "deed": "eat"}):
        assert client.post("/desk/lessons/settle/", form).status_code == 400


def test_one_is_changed_and_what_is_wrong_is_said(day: Day) -> None:
    row = prepared(day.company)[0]
    client, address = day.client("ada"), f"/desk/lessons/{row.id}/"
    refused = client.post(address, {"text": "When is it back?", "article": "no-such"})
    assert refused.status_code == 400
    assert "no such article" in refused.content.decode()
    assert (
        client.post(address, {"text": "When is it back?", "article": "refunds"}).status_code == 302
    )
    row.refresh_from_db()
    assert row.state == "accepted"


def test_teaching_is_asked_for_and_its_outcome_is_shown(day: Day) -> None:
    client = day.client("ruth")
    client.post("/desk/lessons/teach/")
    client.post("/desk/lessons/teach/")
    assert Job.objects.get(kind="learn").payload == {"verb": "teach"}
    client.post("/desk/lessons/rhythm/", {"every": "week"})
    won = {"own": 0.9, "serving": 0.8, "rows": 20, "lessons": 80, "won": True}
    for version, active in (("a", False), ("b", True)):
        ModelVersion.objects.create(
            kind="asked", version=version, folder="x", is_active=active,
            manifest={"challenge": won} if active else {}, created_at=day.company.clock(),
        )  # fmt: skip
    page = client.get("/desk/lessons/").content.decode()
    assert "Teaching ..." in page
    assert "90.0% right of 20 set aside, 80.0% before" in page
    assert 'value="week" selected' in page
    client.post("/desk/lessons/teach/", {"back": "asked"})
    assert Job.objects.filter(kind="learn", payload__verb="rollback").count() == 1
    assert client.post("/desk/lessons/teach/", {"back": "acts"}).status_code == 400


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_lessons_in_a_browser(served: Served) -> None:  # noqa: F811
    prepared(served.day.company)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page = served.page("ruth", "/desk/lessons/", width)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".lesson")).to_have_count(4)
        page.locator(".lesson summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder := os.environ.get("THREADLINE_PICTURES"):
            page.screenshot(path=Path(folder) / f"lessons-{width}.png", full_page=True)
    page.locator(".lesson > input").first.check()
    page.get_by_role("button", name="Accept the ticked ones").click()
    expect(page.locator(".lesson")).to_have_count(3)
    assert Lesson.objects.filter(state="accepted").count() == 1
    assert served.trouble == []
