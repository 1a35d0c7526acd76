"""What people complain of in a chat: too much read aloud, long threads, small windows, pictures that are names, a net that is gone."""

from __future__ import annotations

import base64
from collections.abc import Callable

from playwright.sync_api import FilePayload, Locator, expect

from tests.channels.webchat.fake import FakeChat
from tests.web.chat.conftest import Widget

Visitors = Callable[..., Widget]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)


def voice(widget: Widget) -> Locator:
    """What a screen reader is given to read out."""
    return widget.page.locator("threadline-chat .middle > [aria-live=polite]")


def test_only_what_is_new_is_read_out(server: FakeChat, widget: Widget) -> None:
    expect(widget.page.locator("threadline-chat .log")).to_have_attribute("aria-live", "off")
    widget.say("Where is it?")
    widget.until(lambda: server.open_streams == 1)
    server.say("It comes on Friday.", buttons=[{"title": "Track it", "value": "track"}])
    expect(voice(widget)).to_have_text("Assistant: It comes on Friday. Track it")
    server.say("I am Ann.", **{"from": "agent", "author": "Ann"})
    expect(voice(widget)).to_have_text("Ann: I am Ann.")
    widget.until(lambda: "I am Ann." in widget.texts())
    widget.page.reload()
    expect(widget.page.locator("threadline-chat li.agent")).to_have_count(1)
    server.say("One more.")
    expect(voice(widget)).to_have_text("Assistant: One more.")


def test_of_many_at_once_the_last_are_read_out(server: FakeChat, widget: Widget) -> None:
    widget.say("start")
    widget.until(lambda: server.open_streams == 1)
    server.holds_back = True
    for number in range(30):
        server.say(f"line {number}")
    server.holds_back = False
    expect(voice(widget).locator("p").last).to_have_text("Assistant: line 29")
    assert voice(widget).locator("p").count() <= 3


def test_what_came_while_it_was_closed_is_read_out_when_it_opens(
    server: FakeChat, widget: Widget
) -> None:
    widget.say("start")
    widget.until(lambda: server.open_streams == 1)
    server.say("first")
    expect(voice(widget)).to_have_text("Assistant: first")
    widget.page.locator("threadline-chat .shut").click()
    server.say("second")
    expect(widget.page.locator("threadline-chat .dot")).to_have_text("1")
    widget.open()
    expect(voice(widget)).to_have_text("Assistant: second")


def test_a_burst_is_drawn_once(widget: Widget) -> None:
    drawn = widget.page.evaluate(
        """async () => {
          const chat = document.querySelector("threadline-chat");
          let drawn = 0;
          new MutationObserver((records) => { drawn += records.length; })
            .observe(chat.shadowRoot.querySelector("h2"), { childList: true });
          for (let n = 0; n < 300; n += 1) chat.talk.dispatchEvent(new Event("change"));
          await new Promise((resolve) => { setTimeout(resolve, 500); });
          return drawn;
        }"""
    )
    assert 1 <= drawn < 10


def test_a_picture_that_was_sent_is_seen(server: FakeChat, widget: Widget) -> None:
    picture: FilePayload = {"name": "crack.png", "mimeType": "image/png", "buffer": PIXEL}
    widget.page.locator("threadline-chat input[type=file]").set_input_files([picture])
    widget.page.get_by_role("button", name="Send", exact=True).click()
    widget.until(lambda: len(server.files) == 1)
    expect(widget.page.locator("li.customer:not(.waiting) .file canvas")).to_have_count(1)
    expect(widget.page.locator("li.customer .file")).to_contain_text("crack.png")


def test_nobody_types_while_there_is_no_net(server: FakeChat, widget: Widget) -> None:
    widget.say("start")
    widget.until(lambda: server.open_streams == 1)
    widget.page.context.set_offline(True)
    expect(widget.page.locator("threadline-chat .banner")).to_be_visible()
    widget.say("Is anybody there?")
    expect(widget.page.locator("threadline-chat li.customer.waiting")).to_have_count(1)
    expect(widget.page.locator("threadline-chat li.typing")).to_have_count(0)
    widget.page.context.set_offline(False)
    widget.until(lambda: len(server.talk.posted) == 2)


def test_the_menu_closes_with_a_press_elsewhere_and_with_what_it_did(
    server: FakeChat, widget: Widget
) -> None:
    widget.say("start")
    more = widget.page.locator("threadline-chat .more")
    menu = widget.page.locator("threadline-chat .menu")
    more.click()
    expect(menu).to_be_visible()
    widget.page.locator("threadline-chat .log").click(position={"x": 8, "y": 8})
    expect(menu).to_be_hidden()
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    menu.get_by_role("button", name="Send this chat by mail").click()
    expect(more).to_have_attribute("aria-expanded", "false")


def test_in_a_low_window_it_fills_the_screen(visitor: Visitors) -> None:
    """So large a page is when its letters are twice as large."""
    widget = visitor(viewport={"width": 640, "height": 400}).open()
    widget.until(lambda: _box(widget.panel) == [0, 0, 640, 400])  # it rises to its place
    expect(widget.launcher).to_be_hidden()
    log = widget.page.locator("threadline-chat .log").bounding_box()
    assert log is not None
    assert log["height"] > 200


def _box(node: Locator) -> list[int]:
    box = node.bounding_box()
    return [round(box[side]) for side in ("x", "y", "width", "height")] if box else []


def test_what_to_do_with_a_failed_message_stays_in_one_piece(
    server: FakeChat, widget: Widget
) -> None:
    server.refuse = [413]
    widget.say("no")
    for name in ("Try again", "Delete"):
        box = widget.page.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert box["height"] < 24
