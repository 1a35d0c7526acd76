"""The widget in a real Chromium: nothing is lost, doubled or out of order, whatever the network does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from playwright.sync_api import expect

from tests.channels.webchat.fake import Event, FakeChat
from tests.web.chat.conftest import Widget

Visitors = Callable[..., Widget]


def answer(text: str) -> list[Event]:
    return [{"type": "message", "text": f"You said {text}"}]


def test_a_message_is_seen_at_once_and_answered(server: FakeChat, widget: Widget) -> None:
    server.greeting = answer
    widget.say("Hello")
    assert widget.texts("customer") == ["Hello"]  # before any server could have answered
    widget.until(lambda: widget.texts() == ["Hello", "You said Hello"])
    expect(widget.page.locator("li.customer.waiting")).to_have_count(0)
    assert widget.field.input_value() == ""


def test_quick_messages_keep_their_order(server: FakeChat, widget: Widget) -> None:
    said = [f"message {number}" for number in range(12)]
    for text in said:
        widget.say(text)
    widget.until(lambda: len(server.talks) == 1 and len(server.talk.events) == len(said))
    assert [event["text"] for event in server.talk.events] == said
    widget.until(lambda: widget.texts() == said)


def test_what_is_written_without_a_server_is_sent_later_also_after_a_reload(
    server: FakeChat, widget: Widget
) -> None:
    server.is_down = True
    widget.say("Is anybody there?")
    widget.until(lambda: "connection" in widget.page.locator("li.waiting .foot").inner_text())
    widget.page.reload()
    widget.until(lambda: widget.texts("customer") == ["Is anybody there?"])
    server.is_down = False
    widget.until(lambda: server.talks and len(server.talk.events) == 1)
    expect(widget.page.locator("li.waiting")).to_have_count(0)
    assert server.talk.events[0]["text"] == "Is anybody there?"


def test_an_answer_lost_on_the_way_back_sends_nothing_twice(
    server: FakeChat, widget: Widget
) -> None:
    widget.say("first")
    widget.until(lambda: server.talks and len(server.talk.events) == 1)
    taken: list[str] = []

    def lose_the_first(route, request) -> None:  # type: ignore[no-untyped-def]
        taken.append(request.post_data)
        if len(taken) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    widget.page.route("**/messages", lose_the_first)
    server.holds_back = True  # else the stream tells that it arrived
    widget.say("second")
    widget.until(lambda: len(taken) == 2)
    server.holds_back = False
    widget.until(lambda: widget.texts("customer") == ["first", "second"])
    assert [event["text"] for event in server.talk.events] == ["first", "second"]


def test_a_refused_message_can_be_tried_again_or_deleted(server: FakeChat, widget: Widget) -> None:
    widget.say("first")
    widget.until(lambda: server.talks and len(server.talk.events) == 1)
    server.refuse = [413]
    widget.say("second")
    failed = widget.page.locator("li.failed")
    expect(failed).to_contain_text("too long")
    server.refuse = [413]
    failed.get_by_role("button", name="Try again").click()
    expect(failed).to_contain_text("too long")
    widget.say("third")  # a refused message holds nothing back
    widget.until(lambda: len(server.talk.events) == 2)
    failed.get_by_role("button", name="Delete").click()
    widget.until(lambda: widget.texts("customer") == ["first", "third"])


def test_too_many_requests_wait_as_long_as_asked(server: FakeChat, widget: Widget) -> None:
    widget.say("first")
    widget.until(lambda: server.talks and len(server.talk.events) == 1)
    server.refuse = [429]
    widget.say("second")
    widget.until(lambda: len(server.talk.events) == 2)
    assert server.posts == 3


def test_broken_streams_lose_and_double_nothing(server: FakeChat, widget: Widget) -> None:
    widget.say("start")
    widget.until(lambda: server.open_streams == 1)
    for number in range(120):
        server.say(f"answer {number}")
        if number % 30 == 0:
            widget.until(lambda: server.open_streams == 1)
            server.break_streams()
            widget.until(lambda: server.open_streams == 0)
    wanted = ["start", *(f"answer {number}" for number in range(120))]
    widget.until(lambda: widget.texts() == wanted, seconds=15)
    assert server.streams_opened == 5


def test_a_missing_number_is_read_again(server: FakeChat, widget: Widget) -> None:
    widget.say("start")
    widget.until(lambda: server.open_streams == 1)
    server.skip = {3}
    for number in range(4):
        server.say(f"answer {number}")
    widget.until(lambda: widget.texts("bot") == [f"answer {number}" for number in range(4)])
    assert server.streams_opened == 2


def test_a_reload_shows_the_same_conversation(server: FakeChat, widget: Widget) -> None:
    server.greeting = answer
    widget.say("Hello")
    widget.until(lambda: len(widget.texts()) == 2)
    widget.page.reload()
    widget.until(lambda: widget.texts() == ["Hello", "You said Hello"])
    assert len(server.talks) == 1


def test_unread_messages_are_counted_on_the_closed_launcher(
    server: FakeChat, widget: Widget
) -> None:
    widget.say("Hello")
    widget.until(lambda: server.open_streams == 1)
    widget.page.keyboard.press("Escape")
    server.say("One")
    server.say("Two")
    dot = widget.page.locator("threadline-chat .dot")
    expect(dot).to_have_text("2")
    expect(widget.launcher).to_have_accessible_name("Open the chat. Unread messages: 2")
    widget.launcher.click()
    expect(dot).to_be_hidden()
    widget.page.keyboard.press("Escape")
    expect(dot).to_be_hidden()


def test_an_expired_token_opens_a_new_conversation_and_keeps_the_message(
    server: FakeChat, widget: Widget
) -> None:
    widget.say("old")
    widget.until(lambda: server.open_streams == 1)
    first = server.talk
    server.expire()
    expect(widget.page.locator("threadline-chat .banner")).to_contain_text("expired")
    widget.say("new")
    widget.until(lambda: server.talk is not first and len(server.talk.events) == 1)
    widget.until(lambda: widget.texts() == ["new"])
    assert [event["text"] for event in server.talk.events] == ["new"]


def test_two_tabs_share_one_stream_and_see_the_same(
    server: FakeChat, visitor: Visitors, widget: Widget
) -> None:
    widget.say("from the first")
    widget.until(lambda: server.open_streams == 1)
    other = visitor(beside=widget)
    other.until(lambda: other.texts() == ["from the first"])
    other.say("from the second")
    server_says = ["from the first", "from the second", "to both"]
    widget.until(lambda: len(server.talk.events) == 2)
    server.say("to both")
    for tab in (widget, other):
        tab.until(lambda tab=tab: tab.texts() == server_says)
    assert (server.open_streams, server.streams_opened) == (1, 1)


def test_when_the_reading_tab_closes_another_takes_over(
    server: FakeChat, visitor: Visitors, widget: Widget
) -> None:
    widget.say("hello")
    widget.until(lambda: server.open_streams == 1)
    other = visitor(beside=widget)
    other.until(lambda: other.texts() == ["hello"])
    widget.page.close()
    server.say("still here?")
    other.until(lambda: other.texts() == ["hello", "still here?"])
    other.until(lambda: server.open_streams == 1)
    assert server.streams_opened == 2


def test_a_frozen_leader_is_replaced(server: FakeChat, visitor: Visitors, widget: Widget) -> None:
    widget.say("hello")
    widget.until(lambda: server.open_streams == 1)
    # The first tab holds the lock but no longer hears anything, as a frozen page does.
    widget.page.evaluate(
        "BroadcastChannel.prototype.postMessage = () => {};"
        "document.querySelector('threadline-chat').talk.tabs.tell = () => {};"
    )
    other = visitor(beside=widget)
    other.until(lambda: other.texts() == ["hello"])
    server.say("to the new leader")
    other.until(lambda: other.texts() == ["hello", "to the new leader"])


def test_a_new_conversation_reaches_the_other_tab(
    server: FakeChat, visitor: Visitors, widget: Widget
) -> None:
    widget.say("first need")
    widget.until(lambda: server.open_streams == 1)
    other = visitor(beside=widget)
    other.until(lambda: other.texts() == ["first need"])
    widget.page.get_by_role("button", name="More").click()
    widget.page.get_by_role("button", name="Start a new conversation").click()
    widget.until(lambda: widget.texts() == [])
    widget.say("second need")
    for tab in (widget, other):
        tab.until(lambda tab=tab: tab.texts() == ["second need"])
    widget.until(lambda: len(server.talks) == 2)


def test_typing_is_shown_for_a_moment_and_told_to_people(server: FakeChat, widget: Widget) -> None:
    widget.say("Talk to a person")
    widget.until(lambda: server.open_streams == 1)
    server.push({"type": "speaker_changed", "from": "system", "speaker": "person", "name": "Maya"})
    server.say("Good morning", **{"from": "agent", "author": "Maya"})
    widget.until(lambda: widget.texts("agent") == ["Good morning"])
    server.push({"type": "typing", "from": "agent", "author": "Maya"})
    expect(widget.page.locator("li.typing")).to_contain_text("Maya is writing")
    server.say("How can I help?", **{"from": "agent", "author": "Maya"})
    expect(widget.page.locator("li.typing")).to_have_count(0)
    widget.field.press_sequentially("well", delay=5)
    widget.until(lambda: server.typed == 1)


def test_scrolled_up_readers_are_not_moved(server: FakeChat, widget: Widget) -> None:
    widget.say("start")
    widget.until(lambda: server.open_streams == 1)
    for number in range(30):
        server.say(f"line {number}")
    widget.until(lambda: len(widget.texts()) == 31)
    log = widget.page.locator("threadline-chat .log")
    log.evaluate("node => { node.scrollTop = 0 }")
    server.say("new below")
    jump = widget.page.get_by_role("button", name="New messages")
    jump.wait_for()
    assert log.evaluate("node => node.scrollTop") == 0
    jump.click()
    places = [
        log.evaluate("node => node.scrollTop"),
        log.evaluate("n => n.scrollHeight - n.clientHeight"),
    ]
    assert all(abs(one - other) < 2 for one, other in pairwise(places))


def test_an_answer_can_be_rated_and_the_rating_changed(server: FakeChat, widget: Widget) -> None:
    server.greeting = lambda text: [
        {"type": "message", "text": "A greeting"},
        {"type": "message", "kind": "answer", "text": "An answer"},
    ]
    widget.say("How?")
    yes, no = (widget.page.locator(".rate", has_text=word) for word in ("Yes", "No"))
    expect(yes).to_have_count(1)  # under the answer alone
    yes.click()
    widget.until(lambda: server.ratings == {3: True})
    expect(yes).to_have_attribute("aria-pressed", "true")
    no.click()
    widget.until(lambda: server.ratings == {3: False})
    expect(no).to_have_attribute("aria-pressed", "true")
    expect(yes).to_have_attribute("aria-pressed", "false")
    server.is_down = True
    yes.click()
    expect(no).to_have_attribute("aria-pressed", "true")  # what could not be said is taken back


def test_an_answer_is_asked_about_once(server: FakeChat, widget: Widget) -> None:
    buttons = [{"title": word, "value": word} for word in ("Yes", "No")]
    server.greeting = lambda text: [
        {"type": "message", "kind": "answer", "text": "An answer"},
        {"type": "message", "kind": "question", "text": "Did that help?", "buttons": buttons},
    ]
    widget.say("How?")
    expect(widget.page.locator(".choice")).to_have_text(["Yes", "No"])
    expect(widget.page.locator(".rate")).to_have_count(0)
