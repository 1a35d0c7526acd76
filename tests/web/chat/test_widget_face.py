"""What people see and press: keyboard, screen reader, languages, sizes; and what no text can do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from channels.webchat_settings import LANGUAGES
from tests.channels.webchat.fake import Event, FakeChat
from tests.web.chat.conftest import Widget

Visitors = Callable[..., Widget]
SOURCE = {
    "article": "a1",
    "title": "How refunds work",
    "url": "/help/refunds",
    "quote": "Refunds take 5 working days.",
    "anchor": "times",
}


def test_everything_works_from_the_keyboard(server: FakeChat, visitor: Visitors) -> None:
    widget = visitor()
    widget.page.keyboard.press("Tab")
    widget.page.keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    widget.page.keyboard.type("one")
    widget.page.keyboard.press("Shift+Enter")
    widget.page.keyboard.type("two")
    widget.page.keyboard.press("Enter")
    widget.until(lambda: widget.texts("customer") == ["one\ntwo"])
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    assert widget.launcher.get_attribute("aria-expanded") == "false"


def test_enter_that_ends_a_composed_character_does_not_send(
    server: FakeChat, widget: Widget
) -> None:
    widget.field.fill("にほ")
    for options in ({"isComposing": True}, {"keyCode": 229}):
        widget.field.dispatch_event("keydown", {"key": "Enter", **options})
    assert widget.field.input_value() == "にほ"
    assert server.talks == {}


def test_a_cited_passage_opens_inside_the_panel(server: FakeChat, widget: Widget) -> None:
    server.greeting = lambda text: [
        {"type": "message", "text": "Five days.", "citations": [SOURCE]}
    ]
    widget.say("When is my refund?")
    widget.page.get_by_role("button", name="How refunds work").click()
    sheet = widget.page.locator("threadline-chat .sheet")
    expect(sheet).to_contain_text("Refunds take 5 working days.")
    link = sheet.get_by_role("link", name="Open the whole article")
    assert link.get_attribute("href") == f"{server.url}/help/refunds#times"
    assert link.get_attribute("rel") == "noopener noreferrer nofollow"
    widget.page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(widget.page.get_by_role("button", name="How refunds work")).to_be_focused()


def test_choices_send_their_value_show_their_title_and_are_made_once(
    server: FakeChat, widget: Widget
) -> None:
    def ask(text: str) -> list[Event]:
        if text != "plans":
            return []
        buttons = [{"title": "Annual plan", "value": "a"}, {"title": "Monthly plan", "value": "m"}]
        return [{"type": "message", "text": "Which one?", "buttons": buttons}]

    server.greeting = ask
    widget.say("plans")
    widget.page.get_by_role("button", name="Monthly plan").click()
    widget.until(lambda: len(server.talk.events) == 3)
    assert server.talk.events[-1]["text"] == "m"
    widget.until(lambda: widget.texts("customer") == ["plans", "Monthly plan"])
    expect(widget.page.locator("threadline-chat .choice")).to_have_count(0)


def test_a_person_is_one_press_away_until_one_is_there(server: FakeChat, widget: Widget) -> None:
    ask = widget.page.locator("threadline-chat .talk")
    ask.click()
    widget.until(lambda: server.talks and len(server.talk.events) == 1)
    assert server.talk.events[0]["text"] == "Talk to a person"
    ticket = {"number": 1042, "team": "Billing", "response_due": "2026-11-23T12:00:00+00:00"}
    server.push({"type": "ticket_opened", "from": "system", "ticket": ticket})
    server.push({"type": "speaker_changed", "from": "system", "speaker": "queue"})
    expect(widget.page.locator("li.ticket")).to_contain_text("Ticket 1042")
    expect(widget.page.locator("li.ticket")).to_contain_text("Billing")
    expect(ask).to_be_hidden()
    expect(widget.page.locator("threadline-chat .status")).to_have_text("Waiting for a person")
    server.push({"type": "speaker_changed", "from": "system", "speaker": "person", "name": "Maya"})
    expect(widget.page.locator("threadline-chat .status")).to_have_text("Maya is answering")
    server.push({"type": "resolved", "from": "agent"})
    server.push({"type": "speaker_changed", "from": "agent", "speaker": "nobody"})
    expect(widget.page.locator("li.line").last).to_contain_text("resolved")
    expect(ask).to_be_visible()


def test_the_satisfaction_question_is_asked_with_buttons(server: FakeChat, widget: Widget) -> None:
    widget.say("thanks")
    widget.until(lambda: server.open_streams == 1)
    buttons = [{"title": "Good", "value": "4"}, {"title": "Bad", "value": "2"}]
    question = {"type": "message", "kind": "survey", "from": "system", "text": "How did we do?"}
    server.push({**question, "buttons": buttons})
    widget.page.get_by_role("button", name="Good").click()
    widget.until(lambda: server.talk.events[-1]["text"] == "4")
    server.push({"type": "rated", "from": "customer", "rating": 4})
    widget.until(lambda: widget.texts()[-1:] == ["Good"])


HOSTILE = [
    '<img src=x onerror="document.title=1">',
    "<script>document.title=1</script>",
    "javascript:document.title=1",
    "https://good.test/\"onmouseover='document.title=1'",
    "\u202etxt.exe",
    "{{constructor.constructor('document.title=1')()}}",
]


def test_text_stays_text(server: FakeChat, widget: Widget) -> None:
    title = widget.page.title()
    widget.say("go")
    widget.until(lambda: server.open_streams == 1)
    for number, text in enumerate(HOSTILE):
        bad = {"title": text, "url": "javascript:document.title=1", "article": "a", "quote": text}
        line = {"type": "speaker_changed", "from": "system", "speaker": "person", "name": text}
        server.push(line)
        server.say(text, citations=[bad], suggestions=[bad], author=text)
        widget.until(lambda number=number: widget.texts("bot") == HOSTILE[: number + 1])
        widget.page.locator("threadline-chat .source").last.click()
        expect(widget.page.locator("threadline-chat blockquote")).to_have_text(text)
        widget.page.keyboard.press("Escape")
    assert widget.page.locator("threadline-chat a[href^=javascript]").count() == 0
    assert widget.page.locator("threadline-chat img, threadline-chat script").count() == 0
    assert widget.page.title() == title


def test_the_limit_is_shown_and_kept(server: FakeChat, widget: Widget) -> None:
    widget.field.fill("x" * 4001)
    expect(widget.page.locator("threadline-chat .count")).to_have_text("1 characters too many")
    expect(widget.page.get_by_role("button", name="Send")).to_be_disabled()
    widget.field.press("Enter")
    assert server.talks == {}
    widget.say("😀" * 4000)
    widget.until(lambda: server.talks and len(server.talk.events) == 1)


def test_a_draft_survives_closing_and_reloading(server: FakeChat, widget: Widget) -> None:
    widget.field.fill("half a thought")
    widget.page.keyboard.press("Escape")
    widget.page.reload()
    widget.launcher.click()
    assert widget.field.input_value() == "half a thought"


def test_every_language_fits_and_names_its_parts(server: FakeChat, visitor: Visitors) -> None:
    widget = visitor(viewport={"width": 800, "height": 700}).open()
    for language in LANGUAGES:
        widget.page.evaluate(
            "tag => document.querySelector('threadline-chat').setAttribute('locale', tag)", language
        )
        frame = widget.page.locator("threadline-chat .frame")
        right_to_left = language == "ar"
        assert frame.get_attribute("dir") == ("rtl" if right_to_left else "ltr")
        box = widget.panel.bounding_box()
        assert box is not None
        assert (box["x"] < 400) is right_to_left
        assert box["width"] == 380
        nameless = "nodes => nodes.filter(n => !(n.ariaLabel || n.textContent).trim()).length"
        assert widget.page.locator("threadline-chat button").evaluate_all(nameless) == 0
        clipped = "nodes => nodes.filter(n => n.scrollWidth > n.clientWidth + 1).length"
        parts = "threadline-chat :is(.status, h2, .talk, .below, .panel)"
        assert widget.page.locator(parts).evaluate_all(clipped) == 0, language


def test_on_a_phone_it_fills_the_screen(server: FakeChat, visitor: Visitors) -> None:
    screen = {"width": 390, "height": 844}
    widget = visitor(viewport=screen, has_touch=True, is_mobile=True, reduced_motion="reduce")
    widget.open()
    assert widget.panel.bounding_box() == {"x": 0, "y": 0, **screen}
    expect(widget.launcher).to_be_hidden()
    widget.page.get_by_role("button", name="Close the chat").click()
    expect(widget.launcher).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_themes(server: FakeChat, visitor: Visitors, scheme: str) -> None:
    widget = visitor(color_scheme=scheme).open()
    server.greeting = lambda text: [
        {"type": "message", "text": "Five days.", "citations": [SOURCE]}
    ]
    widget.say("When?")
    widget.until(lambda: len(widget.texts()) == 2)
    for part in (
        ".status",
        "h2",
        ".talk",
        ".customer .bubble",
        ".bot .bubble",
        ".source",
        ".label",
    ):
        ratio = widget.page.locator(f"threadline-chat {part}").last.evaluate(CONTRAST)
        assert ratio >= 4.5, f"{part} has {ratio:.2f} in {scheme}"


CONTRAST = """node => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const pixel = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  let ground = node;
  while (ground && pixel(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const light = (colour) => pixel(colour).slice(0, 3).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const [high, low] = [light(getComputedStyle(node).color), light(getComputedStyle(ground).backgroundColor)].sort().reverse();
  return (high + 0.05) / (low + 0.05);
}"""


@pytest.mark.parametrize(
    ("accent", "ink"), [("#0b5", "rgb(17, 17, 17)"), ("#203a8f", "rgb(255, 255, 255)")]
)
def test_the_accent_decides_the_ink_on_it(
    server: FakeChat, visitor: Visitors, accent: str, ink: str
) -> None:
    server.page = f'<threadline-chat locale="en" accent="{accent}" title="Acme"></threadline-chat>'
    widget = visitor().open()
    expect(widget.page.locator("threadline-chat h2")).to_have_text("Acme")
    assert widget.launcher.evaluate("node => getComputedStyle(node).color") == ink


def test_motion_stops_when_asked(server: FakeChat, visitor: Visitors) -> None:
    widget = visitor(reduced_motion="reduce").open()
    widget.say("hello")
    dots = widget.page.locator("threadline-chat .dots i").first
    dots.wait_for(state="attached")
    assert dots.evaluate("node => getComputedStyle(node).animationName") == "none"


def test_a_page_can_open_it_with_a_question(server: FakeChat, visitor: Visitors) -> None:
    widget = visitor()
    widget.page.evaluate("document.querySelector('threadline-chat').open('About this page: ')")
    expect(widget.panel).to_be_visible()
    assert widget.field.input_value() == "About this page: "


def test_a_page_pays_little_for_it(server: FakeChat, visitor: Visitors) -> None:
    """The budget as the browser counts it: two small answers of ours, nothing of anybody else's, and a page that
    does not move."""
    page = visitor().page
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.reload(wait_until="networkidle")
    fetched = page.evaluate(
        """() => performance.getEntriesByType('resource').map(
            ({ name, encodedBodySize }) => [name, encodedBodySize])"""
    )
    names = sorted(name for name, _ in fetched if not name.endswith("/favicon.ico"))
    assert names == [f"{server.url}/chat/v1/look", f"{server.url}/chat/widget.js"]
    assert 0 < sum(size for _, size in fetched) < 30_000
    moved = page.evaluate(
        """() => new Promise((told) => {
            let sum = 0;
            new PerformanceObserver((list) => { for (const { value } of list.getEntries()) sum += value; })
                .observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => requestAnimationFrame(() => told(sum)));
        })"""
    )
    assert moved == 0
    metrics = {
        one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]
    }
    figures = {"bytes": sum(size for _, size in fetched), "requests": len(names)}
    figures |= {"script_ms": round(metrics["ScriptDuration"] * 1000, 1)}
    figures |= {"layout_ms": round(metrics["LayoutDuration"] * 1000, 1)}
    print(json.dumps(figures))
