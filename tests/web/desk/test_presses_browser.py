"""What is pressed is done, whatever the page puts in its place at that moment; and what was sent stays sent."""

from __future__ import annotations

from datetime import timedelta
from time import sleep
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from store.models import HeldReply
from tests.web.desk.test_browser import Served, browser, own_day, served  # noqa: F401 - fixtures
from tests.web.seed import hands_over, says, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
SOON = 30_000
"""Milliseconds: every minute the page asks by itself, and would hide what was forgotten."""
HEARS_NEWS = """(where) => {
  window.news = new Promise((heard) => document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === where && detail.xhr.responseText.includes("getting louder")) heard();
  }));
}"""
PRESSES_AT_ONCE = """() => {
  const looks = new MutationObserver(() => {
    const button = document.getElementById("do-release");
    if (button) { looks.disconnect(); button.click(); }
  });
  looks.observe(document.getElementById("pane"), { childList: true, subtree: true });
}"""
MISSES = """() => {
  window.isMissed = false;
  new MutationObserver(() => { window.isMissed ||= !document.querySelector(".said.held"); })
    .observe(document.getElementById("thread"), { childList: true });
}"""


def _late(route: Route) -> None:
    sleep(1)
    route.continue_()


def _waits_for(page: Page, held: list[Any]) -> None:
    while not held:
        page.wait_for_timeout(20)


def test_a_button_is_heard_from_the_moment_that_it_is_there(served: Served) -> None:  # noqa: F811
    chat = visitor(served.day.company, "Noor")
    says(served.day.company, chat, "the vent rattles")
    number = hands_over(served.day.company, team="technical", category="device")
    page = served.page("wei", f"/desk/tickets/{number}/")
    page.evaluate(PRESSES_AT_ONCE)
    page.locator("#do-take").click()
    expect(page.locator("#thread")).to_contain_text("Wei Zhang gave the ticket back to the queue")
    expect(page.locator("#do-take")).to_be_visible()


def test_what_comes_under_a_pressed_mouse_does_not_take_its_click(served: Served) -> None:  # noqa: F811
    company = served.day.company
    chat = visitor(company, "Noor")
    says(company, chat, "the vent in the gym rattles")
    number = hands_over(company, team="technical", category="device")
    page = served.page("wei", "/desk/view/unassigned/")
    row = page.locator(f"[data-number='{number}'].row")
    expect(row).to_contain_text("the vent in the gym rattles")
    # It waits for its ticket when the list is asked again, and is read once more when that has come.
    page.route(f"**/desk/tickets/{number}/*", _late)
    row.locator("a").hover()
    page.mouse.down()
    page.evaluate(HEARS_NEWS, "queue")
    says(company, chat, "it is getting louder")
    served.happens()
    page.evaluate("() => window.news")
    expect(row).not_to_contain_text("it is getting louder")
    page.mouse.up()
    expect(page.locator("#thread")).to_contain_text("it is getting louder")
    expect(row).to_contain_text("it is getting louder", timeout=SOON)


def test_a_button_that_is_pressed_while_its_row_is_made_anew_is_heard(served: Served) -> None:  # noqa: F811
    company = served.day.company
    chat = visitor(company, "Noor")
    says(company, chat, "the vent in the gym rattles")
    number = hands_over(company, team="technical", category="device")
    page = served.page("wei", f"/desk/tickets/{number}/")
    page.locator("#do-take").hover()
    page.mouse.down()
    page.evaluate(HEARS_NEWS, "pane")
    company.clock.advance(minutes=5)  # the times of "Later" beside it are others
    says(company, chat, "it is getting louder")
    served.happens()
    page.evaluate("() => window.news")
    expect(page.locator("#thread")).to_contain_text("it is getting louder")
    page.mouse.up()
    expect(page.locator("#do-release")).to_be_visible()


def test_an_older_answer_does_not_take_out_what_was_just_sent(served: Served) -> None:  # noqa: F811
    path = served.day.path("maya")
    page = served.page("amira", path)
    # What is done elsewhere on the page has been answered: an answer to that lets the older one be asked again, too.
    expect(page.locator("#presence select")).to_have_value("online")
    held: list[tuple[Any, Any]] = []
    page.route(f"**{path}", lambda route: held.append((route, route.fetch())), times=1)
    page.evaluate("document.body.dispatchEvent(new CustomEvent('desk:ticket'))")
    _waits_for(page, held)
    page.locator("#text").fill("The second charge goes back today.")
    page.locator("#send").click()
    expect(page.locator(".said.held")).to_contain_text("goes back today")
    page.evaluate(MISSES)
    [(route, answer)] = held
    # What is asked next is asked when the old answer has been heard.
    with page.expect_request(lambda one: one.method == "GET" and one.url.endswith(path)):
        route.fulfill(response=answer)
    assert page.evaluate("window.isMissed") is False
    expect(page.locator(".said.held")).to_contain_text("goes back today")


def _schedules(page: Page, text: str, at: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#later summary").click()
    page.locator("#later input").fill(at)
    page.locator("#later input").dispatch_event("change")
    page.locator("#send").click()


def test_a_time_is_for_the_reply_that_it_was_chosen_for(served: Served) -> None:  # noqa: F811
    """Not for the next one, which is sent while the first is still on its way."""
    page = served.page("amira", served.day.path("maya"))
    at = (served.day.company.clock() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    held: list[Any] = []
    page.route("**/reply/", lambda route: held.append(route), times=1)
    _schedules(page, "The day after tomorrow", at)
    _waits_for(page, held)
    page.locator("#text").fill("At once")
    page.locator("#send").click()
    expect(page.locator(".said.held")).to_contain_text("At once")
    held[0].continue_()
    expect(page.locator(".said.held")).to_have_count(2)
    told = dict(HeldReply.objects.order_by("send_at").values_list("is_scheduled", "send_at"))
    assert list(told) == [False, True]


def test_a_refused_reply_keeps_its_time(served: Served) -> None:  # noqa: F811
    page = served.page("amira", served.day.path("maya"))
    at = (served.day.company.clock() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    page.route("**/reply/", lambda route: route.abort(), times=1)
    _schedules(page, "The day after tomorrow", at)
    expect(page.locator("#problem")).to_contain_text("connection")
    served.trouble.clear()  # the browser's own word of the lost request
    expect(page.locator("#text")).to_have_value("The day after tomorrow")
    expect(page.locator("#with")).not_to_be_empty()
    page.locator("#send").click()
    expect(page.locator(".said.held")).to_contain_text("The day after tomorrow")
    expect(page.locator("#with")).to_be_empty()
    assert HeldReply.objects.get().is_scheduled
