"""The leads' pages in a real Chromium: reports and the live wall, in both themes and on a phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from bot import desk, leading
from store.models import Ticket
from tests.web.desk.test_browser import Served
from tests.web.leads.conftest import count

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
PICTURES = os.environ.get("THREADLINE_PICTURES", "")
"""Where to keep the pictures, to look at; empty keeps none."""


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def _fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_reports_open_from_a_tile_to_the_ticket(served: Served) -> None:
    count(served.day)
    today = served.day.company.clock().date()
    page = served.page("ruth", f"/desk/reports/?to={today}")
    expect(page.locator(".tile")).to_have_count(14)
    expect(page.locator(".chart .bar:not([height='0.00'])").first).to_be_visible()
    picture(page, "reports")
    page.locator(".tile", has_text="First response").first.click()
    expect(page.locator("h1")).to_contain_text("First response")
    picture(page, "measure")
    page.locator(".numbers tbody a").first.click()
    ticket = page.locator(".numbers tbody th a").first
    expect(ticket).to_be_visible()
    picture(page, "conversations")
    ticket.click()
    expect(page.locator("#thread")).to_be_visible()


def test_reports_fit_a_phone_and_the_dark(served: Served) -> None:
    count(served.day)
    today = served.day.company.clock().date()
    page = served.page("ruth", f"/desk/reports/?to={today}", width=390)
    assert _fits(page)
    picture(page, "reports-phone")
    page.goto(f"{served.url}/desk/reports/response/?to={today}&by=team")
    assert _fits(page)
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.goto(f"{served.url}/desk/reports/?to={today}")
    picture(page, "reports-dark")


PART = "**/desk/wall/?part=1"
SETTLED = "new Promise((done) => requestAnimationFrame(() => setTimeout(done)))"


def _at_wall(served: Served) -> tuple[Page, list[Any]]:
    """The wall, and the requests for its parts, which wait: it asks twice when it begins to follow."""
    page = served.page("ruth", "/desk/view/all/")
    held: list[Any] = []
    page.route(PART, lambda route: held.append(route))
    page.goto(f"{served.url}/desk/wall/")
    while len(held) < 2:
        page.wait_for_timeout(20)
    return page, held


def _are_answered(page: Page, held: list[Any]) -> None:
    for route in held:
        with page.expect_response(PART):
            route.continue_()
    page.evaluate(SETTLED)
    page.unroute(PART)


def _drop_at(page: Page, place: Locator) -> None:
    """Moves twice, as a hand does: a browser may begin a drag at one move and find the place at the next."""
    place.hover()
    place.hover()
    page.mouse.up()


def test_the_wall_is_live_and_gives_by_drag_and_by_keyboard(served: Served) -> None:
    day, house = served.day, served.day.company.house
    page, held = _at_wall(served)
    _are_answered(page, held)
    hub, jan = day.made["hub"], day.made["jan"]
    wei, amira = (page.locator(f"[data-name='{name}']") for name in ("Wei Zhang", "Amira Haddad"))
    chip = page.locator(f"[data-to^=team] [data-ticket='{hub}']")
    expect(chip).to_be_visible()
    picture(page, "wall")
    expect(page.locator("a.fact.late")).to_have_attribute("href", "/desk/view/due/")
    chip.hover()
    page.mouse.down()
    _drop_at(page, wei)
    expect(wei.locator(f"[data-ticket='{hub}']")).to_be_visible()
    expect(page.locator("#told")).to_have_text(f"#{hub} → Wei Zhang")
    page.locator(f"[data-ticket='{jan}'] [data-give-ticket]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#give")).to_be_visible()
    picture(page, "wall-give")
    page.locator("#give select").select_option(label="Amira Haddad")
    page.locator("#give .primary").press("Enter")
    expect(amira.locator(f"[data-ticket='{jan}']")).to_be_visible()
    going_on = amira.locator(f"[data-ticket='{jan}'] [data-give-ticket]")
    expect(going_on).to_be_focused()
    desk.release(house, day.company.users["wei"], hub)
    served.happens()
    expect(wei.locator(f"[data-ticket='{hub}']")).to_have_count(0)
    expect(going_on).to_be_focused()


def test_what_is_refused_on_the_wall_is_read_there(served: Served) -> None:
    day = served.day
    page, held = _at_wall(served)
    _are_answered(page, held)
    hub = day.made["hub"]
    page.locator(f"[data-ticket='{hub}'] [data-give-ticket]").press("Enter")
    page.locator("#give select").select_option(label="Amira Haddad")
    desk.take(day.company.house, day.company.users["wei"], hub)  # meanwhile, and not yet shown
    page.locator("#give .primary").press("Enter")
    told = page.locator("#told")
    expect(told).to_contain_text(f"#{hub}: ")
    expect(told).to_contain_text("changed")
    expect(told).to_be_in_viewport()
    assert told.evaluate("e => e.getBoundingClientRect().width") > 100, "seen, and not only heard"


def _something_happens(served: Served) -> None:
    maya = Ticket.objects.get(number=served.day.made["maya"])
    company = served.day.company
    desk.release(company.house, company.users["amira"], maya.number, maya.version)
    served.happens()


def test_a_ticket_that_is_pressed_is_not_exchanged_before_the_drag_begins(served: Served) -> None:
    page, held = _at_wall(served)
    hub = served.day.made["hub"]
    wei = page.locator("[data-name='Wei Zhang']")
    chip = page.locator(f"[data-to^=team] [data-ticket='{hub}']")
    chip.hover()
    page.mouse.down()
    chip.evaluate("(one) => { one.isHeld = true; }")
    _something_happens(served)
    _are_answered(page, held)
    assert chip.evaluate("(one) => one.isHeld")
    _drop_at(page, wei)
    expect(page.locator("#told")).to_have_text(f"#{hub} → Wei Zhang")
    expect(wei.locator(f"[data-ticket='{hub}']")).to_be_visible()
    expect(page.locator("[data-to='team:billing']")).to_contain_text(f"#{served.day.made['maya']}")


def test_what_came_in_while_a_ticket_was_pressed_is_shown_when_it_is_let_go(served: Served) -> None:
    page, held = _at_wall(served)
    billing, maya = page.locator("[data-to='team:billing']"), f"#{served.day.made['maya']}"
    page.locator(f"[data-to^=team] [data-ticket='{served.day.made['hub']}']").hover()
    page.mouse.down()
    _something_happens(served)
    _are_answered(page, held)
    assert maya not in billing.inner_text()
    page.mouse.up()
    expect(billing).to_contain_text(maya)


def test_an_answer_that_was_overtaken_by_a_younger_one_is_not_shown(served: Served) -> None:
    page = served.page("ruth", "/desk/wall/")
    hub, users = served.day.made["hub"], served.day.company.users
    wei = page.locator("[data-name='Wei Zhang']")
    late: list[Any] = []
    page.route(PART, lambda route: late.append((route, route.fetch())), times=1)
    _something_happens(served)
    while not late:
        page.wait_for_timeout(20)
    version = Ticket.objects.get(number=hub).version
    leading.give_to_person(served.day.company.house, users["ruth"], hub, users["wei"].id, version)
    served.happens()
    expect(wei.locator(f"[data-ticket='{hub}']")).to_be_visible()
    for route, old in late:
        with page.expect_response(PART):
            route.fulfill(response=old)
    page.evaluate(SETTLED)
    assert wei.locator(f"[data-ticket='{hub}']").count() == 1


def test_the_wall_fits_a_phone_and_the_dark(served: Served) -> None:
    page = served.page("ruth", "/desk/wall/", width=390)
    expect(page.locator(".fact").first).to_be_visible()
    assert _fits(page)
    picture(page, "wall-phone")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1280, "height": 860})
    picture(page, "wall-dark")


def test_leads_reach_their_pages_from_the_rail_and_the_palette(served: Served) -> None:
    page = served.page("ruth", "/desk/view/all/")
    page.locator(".rail").get_by_role("link", name="Live wall").click()
    expect(page.get_by_role("heading", name="Live wall")).to_be_visible()
    page.goto(f"{served.url}/desk/view/all/")
    page.keyboard.press("Control+k")
    page.keyboard.type("reports")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reports")).to_be_visible()
    page.goto(f"{served.url}/desk/view/all/")
    page.keyboard.press("Control+k")
    page.keyboard.type("settings")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Settings", exact=True)).to_be_visible()


def test_nothing_late_is_no_alarm(served: Served) -> None:
    page = served.page("ruth", "/desk/wall/")
    facts = page.locator(".fact")
    for place in range(facts.count()):
        number = facts.nth(place).locator("strong").inner_text()
        if number == "0":
            expect(facts.nth(place)).not_to_have_class("fact late")
            expect(facts.nth(place)).not_to_have_class("fact close")


def test_what_is_held_while_an_answer_is_on_its_way_stays(served: Served) -> None:
    page = served.page("ruth", "/desk/wall/")
    held: list[Any] = []
    page.route("**/desk/wall/?part=1", lambda route: held.append(route))
    with page.expect_request("**/desk/wall/?part=1"):
        desk.release(
            served.day.company.house,
            served.day.company.users["amira"],
            served.day.made["maya"],
            Ticket.objects.get(number=served.day.made["maya"]).version,
        )
        served.happens()
    link = page.locator(".chip a").first
    link.focus()
    for route in held:
        with page.expect_response("**/desk/wall/?part=1"):
            route.continue_()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(link).to_be_focused()
    page.unroute("**/desk/wall/?part=1")
    link.blur()
    expect(page.locator("[data-to='team:billing']")).to_contain_text(f"#{served.day.made['maya']}")
