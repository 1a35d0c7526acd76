"""Before and beside the words: files with a preview, who somebody is, greetings by page and time, and office hours."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import FilePayload, expect

from tests.channels.webchat.fake import FakeChat
from tests.web.chat.conftest import Widget

Visitors = Callable[..., Widget]
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def picture(name: str = "crack.png") -> FilePayload:
    return {"name": name, "mimeType": "image/png", "buffer": PIXEL}


def choose(widget: Widget, *files: FilePayload) -> None:
    widget.page.locator("threadline-chat input[type=file]").set_input_files(list(files))


def test_a_file_is_seen_before_it_is_sent_and_can_be_taken_out(
    server: FakeChat, widget: Widget
) -> None:
    page = widget.page
    notes: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"words"}
    choose(widget, picture(), notes)
    expect(page.locator(".tray li")).to_have_count(2)
    expect(page.locator(".tray canvas")).to_have_count(1)
    page.get_by_role("button", name="Remove notes.txt").click()
    widget.say("It arrived like this")
    widget.until(lambda: [name for name, _, _ in server.files] == ["crack.png"])
    assert server.files[0][1:] == ("image/png", PIXEL)
    expect(page.locator("li.customer .file")).to_contain_text("crack.png")
    expect(page.locator(".tray li")).to_have_count(0)
    assert widget.texts("customer")[0] == "It arrived like this"


def test_a_picture_from_the_clipboard_is_attached(server: FakeChat, widget: Widget) -> None:
    widget.page.evaluate(
        """(data) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], "image.png", { type: "image/png" }));
          const field = document.querySelector("threadline-chat").shadowRoot.querySelector("textarea");
          field.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
        }""",
        base64.b64encode(PIXEL).decode(),
    )
    expect(widget.page.locator(".tray canvas")).to_have_count(1)
    widget.page.get_by_role("button", name="Send", exact=True).click()
    widget.until(lambda: [name for name, _, _ in server.files] == ["image.png"])


def test_what_is_too_large_is_said_at_once(server: FakeChat, widget: Widget) -> None:
    large: FilePayload = {
        "name": "film.mp4",
        "mimeType": "video/mp4",
        "buffer": bytes(10 * 1024 * 1024 + 1),
    }
    choose(widget, large)
    expect(widget.page.locator(".files .error")).to_have_text("A file may have at most 10 MB.")
    expect(widget.page.locator(".tray li")).to_have_count(0)


def test_how_many_and_how_large_files_may_be_is_said_before(
    server: FakeChat, widget: Widget
) -> None:
    limits = "Up to 5 files, 10 MB each"
    expect(widget.page.locator("#limits")).to_have_text(limits)
    expect(widget.page.get_by_role("button", name="Attach a file")).to_have_accessible_description(
        limits
    )
    widget.page.locator("threadline-chat input[type=file]").set_input_files(
        [{**picture(), "name": f"{number}.png"} for number in range(6)]
    )
    expect(widget.page.locator(".tray li")).to_have_count(5)
    expect(widget.page.locator(".files .error")).to_have_text(limits)
    widget.field.fill("a" * 3900)
    expect(widget.page.locator("#limits")).to_be_hidden()


def test_a_stranger_is_asked_who_they_are_before_the_first_message(
    server: FakeChat, visitor: Visitors
) -> None:
    server.look = {"title": "", "accent": "", "greeting": {}, "asks_for": ["name", "email"]}
    widget = visitor().open()
    page = widget.page
    page.get_by_label("Your name").fill("Maya")
    page.get_by_label("Mail address").fill("not an address")
    widget.say("Where is my parcel?")
    assert server.talks == {}, "the caret is in the field that is wrong"
    page.get_by_label("Mail address").fill("maya@example.org")
    widget.field.press("Enter")
    widget.until(lambda: widget.texts("customer") == ["Where is my parcel?"])
    assert server.opened[-1] == {"name": "Maya", "email": "maya@example.org"}
    expect(page.locator(".asking")).to_have_count(0)


def greets(server: FakeChat, **more: Any) -> None:
    greeting = {"text": {"en": "Shall we help you choose?"}, "page": "/", "seconds": 1, **more}
    server.look = {"title": "", "accent": "", "greeting": {}, "greetings": [greeting]}


def test_a_greeting_comes_up_once_a_visit(server: FakeChat, visitor: Visitors) -> None:
    greets(server)
    widget = visitor()
    teaser = widget.page.locator("threadline-chat .teaser")
    expect(teaser).to_contain_text("Shall we help you choose?")
    widget.page.get_by_role("button", name="Shall we help you choose?").click()
    expect(widget.panel).to_be_visible()
    expect(widget.page.locator("li.said .bubble").first).to_have_text("Shall we help you choose?")
    expect(teaser).to_be_hidden()
    assert widget.page.evaluate("Object.keys(sessionStorage).length") == 1


def test_a_greeting_for_another_page_or_language_stays_away(
    server: FakeChat, visitor: Visitors
) -> None:
    for wrong in ({"page": "/prices"}, {"text": {"de": "Hallo"}}):
        greets(server, **wrong)
        widget = visitor()
        widget.page.wait_for_timeout(1_300)
        expect(widget.page.locator("threadline-chat .teaser")).to_be_hidden()


def test_out_of_hours_it_says_when_people_are_back(server: FakeChat, visitor: Visitors) -> None:
    back = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    server.look = {"title": "", "accent": "", "greeting": {}, "back_at": back}
    widget = visitor().open()
    expect(widget.page.locator("threadline-chat .status")).to_contain_text("People are back")


def test_the_brand_decides_the_theme_unless_the_page_does(
    server: FakeChat, visitor: Visitors
) -> None:
    server.look = {"title": "", "accent": "", "greeting": {}, "theme": "dark"}
    ground = "getComputedStyle(document.querySelector('threadline-chat').shadowRoot.querySelector('.panel')).backgroundColor"
    widget = visitor(color_scheme="light").open()
    widget.until(lambda: widget.page.evaluate(ground) == "rgb(23, 25, 29)")
    server.page = '<threadline-chat locale="en" theme="light"></threadline-chat>'
    assert visitor(color_scheme="dark").open().page.evaluate(ground) == "rgb(255, 255, 255)"


def test_the_chat_is_mailed_from_the_menu(server: FakeChat, widget: Widget) -> None:
    page = widget.page
    widget.say("Hello")
    widget.until(lambda: bool(server.talks))
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Send this chat by mail").click()
    field = page.get_by_role("textbox", name="Send this chat by mail")
    field.fill("no address")
    page.locator(".sheet form button").click()
    assert server.mailed == []
    field.fill("maya@example.org")
    page.locator(".sheet form button").click()
    expect(page.locator(".sheet [role=status]")).to_contain_text("confirm it in the mail")
    assert server.mailed == ["maya@example.org"]


def test_without_a_mailbox_it_is_not_offered(server: FakeChat, visitor: Visitors) -> None:
    server.look = {**server.look, "mails": False}
    widget = visitor().open()
    widget.say("Hello")
    widget.until(lambda: bool(server.talks))
    widget.page.get_by_role("button", name="More").click()
    expect(widget.page.get_by_role("button", name="New conversation")).to_be_visible()
    expect(widget.page.get_by_role("button", name="Send this chat by mail")).to_be_hidden()
