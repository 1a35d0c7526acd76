"""The widget and the real house together: a conversation to a person and back, over a restart."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.web.chat.conftest import Widget, browser
from tests.web.live.conftest import Web

__all__ = ["browser"]  # the fixture, for this folder too

pytestmark = pytest.mark.browser


def test_a_conversation_to_a_person_over_a_restart(
    browser: Browser, own_web: Callable[[], Web]
) -> None:
    web = own_web()
    page = browser.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    widget = Widget(page, f"http://127.0.0.1:{web.port}").visit().open()
    expect(page.locator("threadline-chat h2")).to_have_text("Fernhill")
    widget.say("My parcel is broken")
    widget.until(lambda: page.locator("li.customer:not(.waiting)").count() == 1)
    web.do("answer", text="I am sorry. A colleague will see to it.", team="orders")
    expect(page.locator("li.ticket")).to_contain_text("Orders and returns")
    number = int(page.locator("li.ticket strong").inner_text().split()[-1])

    web.stop()
    widget.say("Are you there?")
    expect(page.locator("li.waiting")).to_have_count(1)
    web.start()
    widget.until(lambda: page.locator("li.waiting").count() == 0, seconds=20)

    web.do("deed", login="lucia", name="take", number=number)
    web.do("deed", login="lucia", name="reply", number=number, text="A new one is on its way.")
    widget.until(lambda: widget.texts("agent") == ["A new one is on its way."])
    expect(page.locator("threadline-chat .status")).to_have_text("Lucía is answering")
    web.do("deed", login="lucia", name="resolve", number=number)
    page.get_by_role("button", name="Very good").click()
    widget.until(lambda: widget.texts("customer")[-1] == "Very good")
    said = ["My parcel is broken", "Are you there?", "Very good"]
    assert widget.texts("customer") == said
    assert faults == []
    page.close()
