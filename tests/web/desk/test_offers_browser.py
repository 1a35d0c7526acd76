"""An agent's shift in a real Chromium: online by signing in, an offer declined, the next one accepted, then away."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot import desk, offers
from core.assignment import Available
from store.duties import Held, take
from store.models import Presence, Reservation, Ticket
from store.presence import presence_of
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import hands_over, says, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]


def _waits(served: Served, name: str, words: str) -> int:  # noqa: F811
    chat = visitor(served.day.company, name)
    says(served.day.company, chat, words)
    return hands_over(served.day.company, team="technical", category="device")


def _offer(served: Served) -> list[int]:  # noqa: F811
    house = served.day.company.house
    held = take("offer", "test", offers.LEASE) or Held("offer", "test", 1)
    made = offers.offer_once(house, held)
    served.happens()
    return made


_HEARS = """window.notes = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.notes += 1; return start.apply(this, at); };"""

_UNTIL_RUNG = """(key) => new Promise((done) => {
  const look = () => (localStorage.getItem("threadline.rang") === key ? done() : setTimeout(look, 20));
  look();
})"""


def _own_ticket(served: Served) -> int:  # noqa: F811
    """One that Wei has already, to write in."""
    number = _waits(served, "Ben", "the hub blinks red")
    desk.take(served.day.company.house, served.day.company.users["wei"], number)
    return number


def _key(page: Page) -> str:
    return str(page.locator(".offer").get_attribute("data-key"))


def _pictured(page: Page, name: str) -> None:
    folder = os.environ.get("THREADLINE_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def test_a_shift_of_offers(served: Served) -> None:  # noqa: F811
    company = served.day.company
    wei = company.users["wei"]
    _waits(served, "Noor", "the vent in the gym rattles and will not stop")
    page = served.page("wei", "/static/desk/mark.svg")
    page.add_init_script(_HEARS)
    page.goto(f"{served.url}/desk/view/unassigned/")
    switch = page.locator("#presence select")
    expect(switch).to_have_value("online")
    assert presence_of(wei, company.clock()) is Available.ONLINE
    made = _offer(served)
    assert len(made) == 1
    toast = page.locator(".offer")
    expect(toast).to_contain_text(f"#{made[0]}")
    expect(toast.locator(".offer-left")).to_have_text(re.compile(r"^4[0-5] s$"))
    _pictured(page, "offer")
    page.evaluate(_UNTIL_RUNG, _key(page))
    assert page.evaluate("window.notes") == 2
    toast.get_by_role("button", name="Decline").click()
    expect(page.locator(".offer")).to_have_count(0)
    page.locator(".me summary").click()
    page.get_by_role("button", name="Sound of offers").click()
    expect(page.locator("#toast")).to_contain_text("no sound")
    second = _offer(served)
    assert second != made
    expect(page.locator(".offer")).to_contain_text(f"#{second[0]}")
    expect(page.locator(".offer-left")).to_have_text(re.compile(r"^4[0-5] s$"))
    page.evaluate(_UNTIL_RUNG, _key(page))
    assert page.evaluate("window.notes") == 2
    page.get_by_role("button", name="Accept").click()
    page.wait_for_url(f"**/tickets/{second[0]}/?view=mine")
    expect(page.locator("#thread")).to_contain_text("Wei Zhang took the ticket")
    assert Ticket.objects.get(number=second[0]).assignee == wei
    states = set(Reservation.objects.values_list("ticket__number", "state"))
    assert states == {(made[0], "declined"), (second[0], "accepted")}
    switch.select_option("away")
    expect(page.locator(".dot-away")).to_have_count(1)
    assert presence_of(wei, company.clock()) is Available.AWAY
    assert _offer(served) == []
    page.reload()
    expect(page.locator("#presence select")).to_have_value("away")
    assert Presence.objects.get(agent__user=wei).state == "away"


def test_an_offer_is_answered_by_keys(served: Served) -> None:  # noqa: F811
    """Not while somebody writes: there the keys are letters, and the focus stays where it is."""
    company = served.day.company
    wei = company.users["wei"]
    _waits(served, "Noor", "the vent in the gym rattles and will not stop")
    mine = _own_ticket(served)
    page = served.page("wei", f"/desk/tickets/{mine}/")
    expect(page.locator("#presence select")).to_have_value("online")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("accept or decline what you are offered")
    page.keyboard.press("Escape")
    page.locator("#text").focus()
    (number,) = _offer(served)
    expect(page.locator(".offer")).to_contain_text(f"#{number}")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("add a date")
    expect(page.locator("#text")).to_have_value("add a date")
    expect(page.locator(".offer")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    expect(page.locator(".offer")).to_have_count(0)
    assert Reservation.objects.get(ticket__number=number).state == "declined"
    (second,) = _offer(served)
    expect(page.locator(".offer")).to_contain_text(f"#{second}")
    page.keyboard.press("Control+k")
    page.locator("#palette-q").fill("accept the")
    expect(page.locator("#palette-deeds .hit")).to_contain_text(["Accept the offer"])
    expect(page.locator("#palette-deeds kbd")).to_have_text("a")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_url(f"**/tickets/{second}/?view=mine")
    assert Ticket.objects.get(number=second).assignee == wei


def test_an_offer_on_a_telephone_that_somebody_else_takes(served: Served) -> None:  # noqa: F811
    company = served.day.company
    page = served.page("wei", "/desk/view/unassigned/", width=390)
    expect(page.locator("#presence select")).to_have_value("online")
    (number,) = _offer(served)
    expect(page.locator(".offer")).to_contain_text(f"#{number}")
    _pictured(page, "offer-phone")
    desk.take(company.house, company.users["ruth"], number)
    served.happens()
    expect(page.locator(".offer")).to_have_count(0)
