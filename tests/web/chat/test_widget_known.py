"""The widget and who is signed in: an anonymous chat becomes theirs, and nobody else ever sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Route, expect
from pydantic import SecretStr

from channels.webchat_identity import sign_identity
from tests.channels.webchat.fake import FakeChat
from tests.web.chat.conftest import Widget

Visitors = Callable[..., Widget]
SECRET = SecretStr("s" * 32)
MESSAGES = "**/conversations/*/messages"


def word(account: str) -> str:
    return sign_identity(SECRET, "website", account, datetime(2030, 1, 1, tzinfo=UTC))


def known(server: FakeChat, account: str) -> None:
    """From the next visit on the page says who is signed in."""
    server.page = f'<threadline-chat locale="en" identity="{word(account)}"></threadline-chat>'


def signs_in(widget: Widget, account: str) -> None:
    widget.page.evaluate(
        "(word) => document.querySelector('threadline-chat').identify(() => Promise.resolve(word))",
        word(account),
    )


def signs_out(widget: Widget) -> None:
    widget.page.evaluate("document.querySelector('threadline-chat').logout()")


def sent(widget: Widget, text: str) -> None:
    widget.say(text)
    widget.until(lambda: text in widget.texts("customer"))
    expect(widget.page.locator("li.waiting")).to_have_count(0)


def test_an_anonymous_chat_goes_on_when_its_visitor_signs_in(
    server: FakeChat, widget: Widget
) -> None:
    sent(widget, "Where is my parcel?")
    signs_in(widget, "42")
    widget.until(lambda: len(server.chats["42"]) == 1)
    sent(widget, "It is FH-1.")
    assert len(server.talks) == 1
    assert widget.texts("customer") == ["Where is my parcel?", "It is FH-1."]


def test_what_was_said_on_another_device_is_there(server: FakeChat, visitor: Visitors) -> None:
    known(server, "42")
    first = visitor().open()
    sent(first, "Where is my parcel?")
    assert first.page.locator("threadline-chat").get_attribute("identity") is None
    second = visitor().open()
    second.until(lambda: second.texts("customer") == ["Where is my parcel?"])


def test_signing_out_leaves_nothing_behind(server: FakeChat, visitor: Visitors) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "My secret")
    signs_out(widget)
    widget.until(lambda: widget.texts("customer") == [])
    assert "My secret" not in widget.page.evaluate("JSON.stringify(localStorage)")
    signs_in(widget, "43")
    sent(widget, "I am another")
    assert widget.texts("customer") == ["I am another"]
    assert [talk.events[0]["text"] for talk in server.chats["43"]] == ["I am another"]


def test_a_page_without_a_word_shows_no_known_persons_chat(
    server: FakeChat, visitor: Visitors
) -> None:
    """The website signed its visitor out and forgot to tell the widget."""
    known(server, "42")
    widget = visitor().open()
    sent(widget, "My secret")
    server.page = '<threadline-chat locale="en"></threadline-chat>'
    widget.visit()
    if not widget.panel.is_visible():
        widget.open()
    sent(widget, "Who am I?")
    assert widget.texts("customer") == ["Who am I?"]


def test_somebody_else_signing_in_sees_none_of_it(server: FakeChat, visitor: Visitors) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "My secret")
    known(server, "43")
    widget.visit()
    if not widget.panel.is_visible():
        widget.open()
    sent(widget, "I am another")
    assert widget.texts("customer") == ["I am another"]


def test_a_word_that_is_not_believed_leaves_an_anonymous_chat(
    server: FakeChat, visitor: Visitors
) -> None:
    server.believes = False
    known(server, "42")
    widget = visitor().open()
    sent(widget, "Hello")
    assert server.chats == {}


def test_an_expired_token_is_renewed_by_the_websites_word(
    server: FakeChat, visitor: Visitors
) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "Where is my parcel?")
    server.expire()
    sent(widget, "Still here")
    assert len(server.talks) == 1
    widget.until(lambda: widget.texts("customer") == ["Where is my parcel?", "Still here"])
    expect(widget.page.locator("threadline-chat .banner")).to_be_hidden()


def test_earlier_chats_can_be_opened_again(server: FakeChat, visitor: Visitors) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "The first matter")
    page = widget.page
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Start a new conversation").click()
    sent(widget, "The second matter")
    assert widget.texts("customer") == ["The second matter"]
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Earlier conversations").click()
    page.get_by_role("button", name="The first matter").click()
    widget.until(lambda: widget.texts("customer") == ["The first matter"])


def will_sign_in(widget: Widget) -> None:
    """The page asks its website who is signed in, and has no answer yet."""
    widget.page.evaluate(
        """() => {
            const word = new Promise((told, failed) => Object.assign(window, { told, failed }));
            document.querySelector('threadline-chat').identify(() => word);
        }"""
    )


def is_told(widget: Widget, account: str) -> None:
    widget.page.evaluate("(word) => window.told(word)", word(account))


def without_a_word(server: FakeChat, widget: Widget) -> None:
    server.page = '<threadline-chat locale="en"></threadline-chat>'
    widget.visit()
    widget.field.wait_for()  # the panel was open, and is again


def left_unsent(server: FakeChat, widget: Widget, text: str) -> None:
    """Said while the server is away: it waits in the browser, and the page goes. None of its requests leaves the
    browser: one that were on its way yet would reach a server that has come back, as its sender may."""
    server.is_down = True
    tried: list[str] = []

    def fails(route: Route) -> None:
        tried.append(route.request.url)
        route.abort()

    widget.page.route(MESSAGES, fails)
    posts = server.posts
    widget.say(text)
    expect(widget.page.locator("li.waiting")).to_have_count(1)
    widget.until(lambda: tried)
    widget.page.goto("about:blank")
    widget.page.unroute(MESSAGES, fails)
    assert server.posts == posts
    server.is_down = False


def said_to(server: FakeChat) -> list[list[str]]:
    return [[event["text"] for event in talk.events] for talk in server.talks.values()]


def test_words_on_their_way_are_not_shown_to_a_page_without_a_word(
    server: FakeChat, visitor: Visitors
) -> None:
    """The server has it and the stream has not brought it back: it is still in the browser."""
    known(server, "42")
    widget = visitor().open()
    server.holds_back = True
    widget.say("My secret")
    expect(widget.page.locator("li.sent")).to_have_count(1)
    without_a_word(server, widget)
    assert widget.texts("customer") == []
    server.holds_back = False
    sent(widget, "Who am I?")
    assert widget.texts("customer") == ["Who am I?"]
    assert "My secret" not in widget.page.evaluate("JSON.stringify(localStorage)")


def test_words_left_unsent_are_not_sent_by_a_page_without_a_word(
    server: FakeChat, visitor: Visitors
) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "Hello")
    left_unsent(server, widget, "My secret")
    without_a_word(server, widget)
    assert widget.texts("customer") == []
    sent(widget, "Who am I?")
    assert widget.texts("customer") == ["Who am I?"]
    assert said_to(server) == [["Hello"], ["Who am I?"]]


def test_what_is_left_waits_until_the_website_has_said_who_is_there(
    server: FakeChat, visitor: Visitors
) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "Hello")
    left_unsent(server, widget, "My secret")
    without_a_word(server, widget)
    will_sign_in(widget)
    widget.say("And this")
    assert widget.texts("customer") == ["And this"]
    assert said_to(server) == [["Hello"]]
    is_told(widget, "42")
    widget.until(lambda: widget.texts("customer") == ["Hello", "My secret", "And this"])
    widget.until(lambda: said_to(server) == [["Hello", "My secret", "And this"]])


def test_what_is_left_is_nothing_to_somebody_else_who_signs_in_late(
    server: FakeChat, visitor: Visitors
) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "Hello")
    left_unsent(server, widget, "My secret")
    without_a_word(server, widget)
    will_sign_in(widget)
    widget.say("I am another")
    is_told(widget, "43")
    widget.until(lambda: said_to(server) == [["Hello"], ["I am another"]])
    widget.until(lambda: widget.texts("customer") == ["I am another"])
    assert [talk.events[0]["text"] for talk in server.chats["43"]] == ["I am another"]


def test_whom_the_website_cannot_name_is_a_stranger(server: FakeChat, visitor: Visitors) -> None:
    known(server, "42")
    widget = visitor().open()
    sent(widget, "My secret")
    without_a_word(server, widget)
    will_sign_in(widget)
    widget.page.evaluate("window.failed(new Error('signed out'))")
    sent(widget, "Who am I?")
    assert widget.texts("customer") == ["Who am I?"]
    assert said_to(server) == [["My secret"], ["Who am I?"]]


def test_a_word_that_comes_after_signing_out_counts_no_more(
    server: FakeChat, visitor: Visitors
) -> None:
    widget = visitor().open()
    will_sign_in(widget)
    signs_out(widget)
    is_told(widget, "42")
    sent(widget, "Who am I?")
    assert server.chats == {}


def test_a_draft_is_its_writers_alone(server: FakeChat, visitor: Visitors) -> None:
    known(server, "42")
    widget = visitor().open()
    widget.field.fill("My secret")
    widget.visit()
    expect(widget.field).to_have_value("My secret")
    without_a_word(server, widget)
    expect(widget.field).to_have_value("")
    known(server, "42")
    widget.visit()
    expect(widget.field).to_have_value("My secret")
    signs_in(widget, "43")
    expect(widget.field).to_have_value("")


def test_what_a_visitor_said_of_themselves_goes_with_them(
    server: FakeChat, visitor: Visitors
) -> None:
    server.look["asks_for"] = ["email"]
    widget = visitor().open()
    email = widget.page.locator("threadline-chat .asking input")
    email.fill("ada@example.org")
    sent(widget, "Hello")
    signs_in(widget, "42")
    widget.until(lambda: "42" in server.chats)
    signs_out(widget)
    expect(email).to_have_value("")
