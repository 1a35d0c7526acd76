"""A reply that goes out later, in a real Chromium: seen with its time in the reader's zone, taken back into the text, and sent once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from bot import replying
from store.models import HeldReply, Message
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.desk.test_writing import _writes_again

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
ZONE = ZoneInfo("Asia/Tokyo")


def _said(number: int) -> int:
    said = Message.objects.filter(conversation__ticket__number=number, author="agent")
    return said.exclude(kind="note").count()


def _due(served: Served) -> list[bool]:  # noqa: F811
    """The times that have come, as the worker's jobs see to them."""
    house = served.day.company.house
    return [replying.release(house, one) for one in HeldReply.objects.values_list("id", flat=True)]


def _schedules(page: Page, text: str, at: datetime) -> None:
    """At a time of the person's own zone, typed as the field takes it."""
    page.locator("#text").fill(text)
    page.locator("#later summary").click()
    page.locator("#later input").fill(at.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M"))
    page.locator("#later input").dispatch_event("change")
    page.locator("#send").click()
    expect(page.locator(".said.held")).to_contain_text(text)


def test_a_scheduled_reply_is_taken_back_changed_and_sent_once(served: Served) -> None:  # noqa: F811
    company, number = served.day.company, served.day.made["maya"]
    amira = company.users["amira"]
    amira.time_zone = ZONE.key
    amira.save()
    before = _said(number)
    page = served.page("amira", served.day.path("maya"))
    tomorrow = (company.clock() + timedelta(days=1)).replace(minute=30, second=0, microsecond=0)
    _schedules(page, "Your refund is on its way.", tomorrow)
    held = page.locator(".said.held")
    told = tomorrow.astimezone(ZONE)
    expect(held.locator(".tag")).to_have_text(
        re.compile(rf"Will be sent\s+{told.day} {told:%b} {told:%H:%M}$")
    )
    [row] = HeldReply.objects.all()
    assert row.send_at == tomorrow.astimezone(UTC)
    # Back into the text: nothing goes out, whenever that would have been.
    with page.expect_response("**/draft/"):
        held.get_by_role("button", name="Back to the text").click()
    expect(held).to_have_count(0)
    expect(page.locator("#text")).to_have_value("Your refund is on its way.")
    assert _due(served) == []
    assert _said(number) == before
    # Changed, and scheduled again: it waits for its time and goes out once.
    _schedules(page, "Your refund of 20 EUR is on its way.", tomorrow)
    assert _due(served) == [False], "it is not time yet"
    expect(held).to_have_count(1)
    company.clock.now = tomorrow
    assert _due(served) == [True]
    assert _due(served) == []
    served.happens()
    expect(held).to_have_count(0)
    expect(page.locator("#thread .said.us", has_text="refund of 20 EUR")).to_have_count(1)
    assert _said(number) == before + 1


def test_the_key_takes_back_what_goes_out_next(served: Served) -> None:  # noqa: F811
    """Not what was scheduled before it."""
    page = served.page("amira", served.day.path("maya"))
    later = served.day.company.clock() + timedelta(days=1)
    _schedules(page, "Tomorrow's words", later)
    page.locator("#text").fill("Sent too early")
    page.locator("#send").click()
    expect(page.locator(".said.held")).to_have_count(2)
    page.locator("#text").press("Escape")
    with page.expect_response("**/draft/"):
        page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value("Sent too early")
    expect(page.locator(".said.held")).to_contain_text(["Tomorrow's words"])


def test_the_key_takes_back_what_goes_out_before_what_was_kept_back(served: Served) -> None:  # noqa: F811
    """And then the one that was kept back, whose words are the text again."""
    company = served.day.company
    amira = company.users["amira"]
    amira.time_zone = ZONE.key
    amira.save()
    page = served.page("amira", served.day.path("maya"))
    later = company.clock() + timedelta(hours=3)
    _schedules(page, "In three hours", later)
    _writes_again(served.day)
    company.clock.now = later
    assert _due(served) == [False], "the customer has written first"
    served.happens()
    kept = page.locator(".said.held.kept-back")
    expect(kept).to_contain_text("Something was said meanwhile")
    page.locator("#text").fill("Sent too early")
    page.locator("#send").click()
    expect(page.locator(".said.held")).to_have_count(2)
    page.locator("#text").press("Escape")
    with page.expect_response("**/draft/"):
        page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value("Sent too early")
    expect(page.locator(".said.held")).to_have_count(1)
    expect(kept).to_have_count(1)
    page.locator("#text").fill("")
    page.locator("#text").press("Escape")
    page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value("In three hours")
    expect(page.locator(".said.held")).to_have_count(0)
