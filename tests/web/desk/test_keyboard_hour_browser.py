"""What an agent with a keyboard alone was in doubt about, in a real Chromium."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from bot import macros
from tests.web.desk.test_browser import Served, browser, own_day, served

__all__ = ["browser", "own_day", "served"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def test_what_follows_a_reply_is_not_chosen_by_the_key_of_a_deed_and_is_told(
    served: Served,
) -> None:
    page = served.page("amira", served.day.path("maya"))
    then = page.locator("[name=then]")
    then.focus()
    page.keyboard.press("r")
    expect(page.locator("#text")).to_be_focused()
    expect(then).to_have_value("")
    page.keyboard.type("It is on its way.")
    then.select_option("wait")
    page.locator("#text").press("Control+Enter")
    expect(page.locator("#toast")).to_contain_text("then the ticket waits for the customer")


def test_a_form_that_opens_begins_at_its_first_field(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.keyboard.press("f")
    expect(page.locator("#hand-on select")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#do-ask").press("Enter")
    expect(page.locator("#hand-on [name=inbox]")).to_be_focused()


def test_macros_and_articles_are_chosen_with_the_arrows_and_stand_on_lines_of_their_own(
    served: Served,
) -> None:
    company = served.day.company
    macros.save(company.house, company.users["ruth"], {"name": "Refund", "text": "It goes back."})
    page = served.page("amira", served.day.path("maya"))
    page.locator("#text").fill("Hello")
    page.keyboard.press("Escape")
    page.keyboard.press("m")
    page.keyboard.type("charged")
    article = page.locator("#insert-found [data-do=article]")
    expect(page.locator("#insert-found button")).to_have_count(1)  # the macro is gone from it
    page.keyboard.press("ArrowDown")
    expect(article).to_be_focused()
    with page.expect_response("**/inserts/**"):  # typed last, answered late
        page.locator("#insert-q").evaluate(
            "e => { e.value = 'charge'; e.dispatchEvent(new Event('input', { bubbles: true })); }"
        )
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    expect(article).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#insert-q")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("Kind regards")
    lines = page.locator("#text").input_value().split("\n")
    assert lines[0] == "Hello"
    assert lines[1].endswith("/help/charged-twice")
    assert lines[2] == "Kind regards"


def test_names_that_come_late_are_not_offered_over_an_empty_text(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/colleagues/", lambda route: held.append(route))
    page.keyboard.press("n")
    with page.expect_request("**/colleagues/"):
        page.keyboard.type("@Ru")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.note").last).to_contain_text("@Ru")
    while not held:
        page.wait_for_timeout(20)
    with page.expect_response("**/colleagues/"):
        held[0].continue_()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    expect(page.locator("#names")).to_be_hidden()


def test_a_refusal_stands_while_the_page_tells_that_somebody_is_there(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.evaluate("document.getElementById('problem').textContent = 'Take the ticket first'")
    with page.expect_response("**/presence/beat/"):
        page.evaluate("htmx.ajax('POST', '/desk/presence/beat/', { source: '#presence' })")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    expect(page.locator("#problem")).to_have_text("Take the ticket first")


def test_a_menu_closes_with_what_was_chosen_in_it(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/snooze/", lambda route: held.append(route))
    page.keyboard.press("h")
    page.keyboard.press("Enter")
    expect(page.locator("#snooze")).not_to_have_attribute("open", "")
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator("#do-wake")).to_be_visible()


@pytest.mark.parametrize("width", [390, 1100, 1440])
def test_an_offer_does_not_lie_over_the_button_that_sends(served: Served, width: int) -> None:
    page = served.page("amira", served.day.path("maya"), width=width)
    page.locator("#text").fill("Half a sentence")
    boxes = page.evaluate(
        """() => {
          const offers = document.querySelector(".offers");
          offers.innerHTML = '<article class="offer"><p>For you?</p><p>A ticket</p><p>Accept</p></article>';
          return [offers, document.getElementById("send")].map((e) => e.getBoundingClientRect().toJSON());
        }"""
    )
    offer, send = boxes
    beside = offer["left"] >= send["right"] or offer["right"] <= send["left"]
    above = offer["bottom"] <= send["top"] or offer["top"] >= send["bottom"]
    assert beside or above, boxes


@pytest.mark.parametrize("width", [390, 800, 1100, 1440])
def test_an_offer_does_not_lie_over_what_is_done_with_a_ticket(served: Served, width: int) -> None:
    page = served.page("wei", served.day.path("hub"), width=width)
    expect(page.locator("#do-take")).to_be_visible()
    if width == 1440:
        page.keyboard.press("i")  # folded away, what is known leaves no column for it
        expect(page.locator("#pane")).to_have_class("pane folded")
    over = page.evaluate(
        """() => {
          const offers = document.getElementById("offers");
          offers.innerHTML = '<article class="offer"><p>For you?</p><p>A ticket</p><p>Accept</p></article>';
          document.body.dispatchEvent(new CustomEvent("desk:settled"));
          const lies = (p, q) => p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom;
          const offer = offers.getBoundingClientRect();
          return [...document.querySelectorAll(".head :is(a, button, select, summary), #write :is(button, select, textarea)")]
            .filter((one) => one.checkVisibility() && lies(offer, one.getBoundingClientRect()))
            .map((one) => one.id || one.name || one.textContent.trim());
        }"""
    )
    assert over == []


def test_a_form_that_comes_late_is_there_at_once_and_under_its_name(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/hand-on/form/", lambda route: held.append(route))
    page.keyboard.press("f")
    form = page.locator("#hand-on")
    expect(form).to_be_visible()
    expect(form).to_have_attribute("aria-label", "Hand on")
    lines = "getComputedStyle(document.getElementById('hand-on'), '::before').blockSize"
    assert page.evaluate(lines) == "216px", "where its fields will be"
    while not held:
        page.wait_for_timeout(20)
    held.pop().continue_()
    expect(form.locator("select")).to_be_focused()
    expect(form).not_to_have_attribute("aria-busy", "true")
    page.keyboard.press("Escape")
    page.route("**/merge/form/", lambda route: held.append(route))
    page.locator("#do-merge").click()
    expect(form).to_have_attribute("aria-label", "Merge")
    expect(form).to_be_empty()  # and not the form before
    while not held:
        page.wait_for_timeout(20)
    held.pop().abort()
    expect(form).to_be_hidden()
    expect(page.locator("#toast")).to_contain_text("could not be opened")
    served.trouble.clear()  # the browser's own word of the lost request


def test_macros_are_there_before_the_articles_that_a_search_finds(served: Served) -> None:
    company = served.day.company
    macros.save(company.house, company.users["ruth"], {"name": "Refund", "text": "It goes back."})
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/inserts/?near*", lambda route: held.append(route))
    page.keyboard.press("m")
    macro = page.locator("#insert-found [data-do=macro]")
    expect(macro).to_have_accessible_name("Refund It goes back.")
    while not held:
        page.wait_for_timeout(20)
    page.keyboard.press("ArrowDown")
    held[0].continue_()
    expect(page.locator("#insert-found [data-do=article]").first).to_be_visible()
    expect(page.locator("#insert-found [data-do=macro]")).to_be_focused()


def test_many_are_done_with_by_keyboard_and_one_goes_on_in_the_list(served: Served) -> None:
    page = served.page("ruth", "/desk/view/all/")
    page.locator(".row > a").first.focus()
    for key in ("x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("#bulk [data-bulk]").first).to_be_visible()
    page.keyboard.press("b")
    expect(page.locator("#bulk [data-bulk=take]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".row > a").first).to_be_focused()
    page.keyboard.press("b")
    page.locator("#bulk [data-bulk=wait]").press("Enter")
    expect(page.locator("#toast")).to_contain_text("2 tickets changed")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator(".row > a").first).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#toast")).to_contain_text("2 taken back")


def test_files_presence_and_the_end_of_the_shift_are_found_in_the_palette(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    state = page.locator("#presence select")
    expect(state).to_have_value("online")

    def does(words: str) -> None:
        page.keyboard.press("Control+k")
        page.keyboard.type(words)
        expect(page.locator("#palette [role=option]").first).to_contain_text(words)
        page.keyboard.press("Enter")

    with page.expect_file_chooser() as chooser:
        does("Attach files")
    chooser.value.set_files({"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    expect(page.locator("#attached")).to_contain_text("bill.pdf")
    does("Your presence: Busy")
    expect(state).to_have_value("busy")
    does("Sign out")
    expect(page.locator("#pane")).to_have_count(0)
    # What was on its way when the session ended is refused, and the browser says so.
    served.trouble[:] = [one for one in served.trouble if "401" not in one]
