"""The desk in a real Chromium over the whole web process: live, by keyboard, on a phone, and unmoved by hostile text."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import DjangoDbBlocker

from bot import desk, macros
from bot.bootstrap import build_house
from bot.house import House
from core.decision import Priority
from core.message import AddressKind, Sender, Verified
from store.events import public_after
from store.indexing import index_next
from store.models import Conversation, Message, Ticket
from tests import databases
from tests.company import StandingClock
from tests.web.chat.conftest import CHROMIUM, QUIET
from tests.web.desk.conftest import Day
from tests.web.kept_day import KeptDay
from tests.web.seed import hands_over, mails, says, visitor
from web import house as web_house
from web.asgi import Web

pytestmark = [
    pytest.mark.browser,
    # WhiteNoise hands files out as plain iterators, which Django reads in a thread and remarks upon.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
expect.set_options(timeout=60_000)
HOSTILE = "<img src=//evil.example/x onerror=alert(1)><script>alert(2)</script>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module. The driver runs a loop in this thread, where Django would refuse to be called."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing in CI")
        pytest.skip("skipped: no Chromium")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@dataclass
class Served:
    """The running desk. `page(login)` is a tab in which this person is signed in."""

    day: Day
    url: str
    browser: Browser
    trouble: list[str]

    def page(self, login: str, path: str, width: int = 1440) -> Page:
        client = Client()
        client.force_login(self.day.company.users[login])
        context = self.browser.new_context(viewport={"width": width, "height": 860})
        context.add_cookies(
            [
                {
                    "name": settings.SESSION_COOKIE_NAME,
                    "value": client.cookies[settings.SESSION_COOKIE_NAME].value,
                    "url": self.url,
                }
            ]
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda message: self._heard(message.type, message.text))
        page.on("dialog", lambda dialog: (self.trouble.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: self._asked(request.url))
        page.goto(f"{self.url}{path}")
        return page

    def _heard(self, kind: str, text: str) -> None:
        # A request that ends with its page is no trouble, and refusals are what some tests are about.
        if kind == "error" and "409" not in text and not text.startswith("htmx:"):
            self.trouble.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, "data:")):
            self.trouble.append(f"fetched {url}")

    def happens(self) -> None:
        """Rings the bell, as the process that wrote would."""
        self.day.company.house.doorbell.ring("events")


@pytest.fixture
def own_day(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, kept_days: Callable[[str], KeptDay]
) -> Iterator[Day]:
    """A day in a database of its own: SQLite, because what a browser sees does not differ."""
    state = tmp_path / "state"
    kept = kept_days("sqlite")
    kept.put_into(state)
    chosen = databases.settings_for("sqlite", state, None)
    with django_db_blocker.unblock(), databases.using(chosen):
        house = build_house(chosen)
        yield Day(kept.company_of(house, StandingClock()), dict(kept.made))
        house.database.close()
        house.doorbell.close()
        connection.close()


@contextmanager
def serving(house: House) -> Iterator[str]:
    """The whole web process over this house; gives its address."""
    before = list(web_house._current)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        port = listening.getsockname()[1]
        web = Web(house)
        server = uvicorn.Server(uvicorn.Config(web, log_config=None, lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            web.streams.end_all()
            server.should_exit = True
            thread.join(20)
            web_house._current[:] = before


@pytest.fixture
def served(browser: Browser, own_day: Day) -> Iterator[Served]:
    trouble: list[str] = []
    with serving(own_day.company.house) as url:
        yield Served(own_day, url, browser, trouble)
        for context in list(browser.contexts):
            context.close()
    assert trouble == []


def test_a_ticket_comes_is_taken_and_answered_without_a_reload(served: Served) -> None:
    company = served.day.company
    page = served.page("wei", "/desk/view/unassigned/")
    chat = visitor(company, "Noor")
    says(company, chat, "the vent in the gym rattles and will not stop")
    number = hands_over(company, team="technical", category="device", priority=Priority.HIGH)
    served.happens()
    row = page.locator(f"[data-number='{number}'].row")
    expect(row).to_contain_text("the vent in the gym rattles")
    row.locator("a").click()
    expect(page.locator("#thread")).to_contain_text("will not stop")
    page.keyboard.press("r")
    page.keyboard.type("Hello Noor, does it")
    says(company, chat, "it is getting louder")
    served.happens()
    expect(page.locator("#thread")).to_contain_text("it is getting louder")
    expect(page.locator("#text")).to_have_value("Hello Noor, does it")
    expect(page.locator("#text")).to_be_focused()
    expect(page.locator("#send")).to_be_disabled()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#thread")).to_contain_text("Wei Zhang took the ticket")
    page.keyboard.press("r")
    page.keyboard.type(" stop when you switch it off?")
    page.keyboard.press("Control+Enter")
    mine = page.locator(".said.us", has_text="does it stop when you switch it off?")
    expect(mine).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator(".said.pending")).to_have_count(0)
    told = public_after(company.house.vault, chat[0], 0, 100)
    assert any("switch it off" in str(event.data.get("text")) for event in told)


def test_a_draft_survives_a_reload_and_somebody_else_taking_over(served: Served) -> None:
    company, path = served.day.company, served.day.path("maya")
    page = served.page("amira", path)
    page.locator("#text").fill("Not finished yet")
    page.reload()
    expect(page.locator("#text")).to_have_value("Not finished yet")
    desk.take(company.house, company.users["ruth"], served.day.made["maya"])
    served.happens()
    expect(page.locator("#speaks")).to_contain_text("Ruth Okafor speaks with the customer")
    expect(page.locator("#text")).to_have_value("Not finished yet")
    expect(page.locator("#send")).to_be_disabled()
    page.keyboard.press("n")
    page.locator("#text").fill("Ruth, the reference is in the invoice.")
    page.locator("#send").click()
    expect(page.locator(".said.note").last).to_contain_text("Ruth, the reference")


def test_an_answer_that_comes_late_goes_to_its_own_ticket_only(served: Served) -> None:
    made = served.day.made
    desk.take(served.day.company.house, served.day.company.users["amira"], made["jan"])
    page = served.page("amira", f"{served.day.path('maya')}?view=mine")
    held: list[Any] = []
    page.route("**/reply/", lambda route: held.append(route))
    page.locator("#text").fill("To Maya alone")
    page.keyboard.press("Control+Enter")
    page.locator(f".row[data-number='{made['jan']}'] a").click()
    expect(page.locator("#subject")).to_contain_text("Annual plan")
    page.locator("#text").fill("A draft for Jan")
    held[0].continue_()
    expect(page.locator("#toast")).to_contain_text("you can still undo it")
    expect(page.locator("#subject")).to_contain_text("Annual plan")
    expect(page.locator("#text")).to_have_value("A draft for Jan")
    page.locator(f".row[data-number='{made['maya']}'] a").click()
    expect(page.locator(".said.us", has_text="To Maya alone")).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")


def test_words_that_were_sent_do_not_come_back_by_a_slow_draft(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/draft/", lambda route: held.append(route))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/draft/"):
        page.locator("#text").fill("Sent only once")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.pending")).to_have_count(1)
    page.wait_for_timeout(1500)  # longer than a draft waits before it is told
    assert not [url for url in asked if url.endswith("/reply/")], "the server has the draft first"
    held[0].continue_()
    expect(page.locator("#toast")).to_contain_text("you can still undo it")
    assert len(held) == 1, "what is being sent is no draft"
    page.reload()
    expect(page.locator(".said.us", has_text="Sent only once")).to_have_count(1)
    expect(page.locator("#text")).to_have_value("")


def test_a_refused_reply_comes_back_before_what_was_typed_meanwhile(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/reply/", lambda route: held.append(route))
    page.locator("#text").fill("First")
    with page.expect_request("**/reply/"):
        page.keyboard.press("Control+Enter")
    page.locator("#text").fill("Second")
    held[0].abort()
    expect(page.locator("#problem")).to_contain_text("connection")
    expect(page.locator("#text")).to_have_value("First\n\nSecond")
    served.trouble.clear()  # the browser's own word of the lost request


def test_a_deed_is_not_lost_behind_refreshes_nor_undone_by_an_older_one(served: Served) -> None:
    company = served.day.company
    chat = visitor(company, "Noor")
    says(company, chat, "the vent rattles")
    number = hands_over(company, team="technical", category="device", priority=Priority.HIGH)
    page = served.page("wei", f"/desk/tickets/{number}/")
    held: list[tuple[Any, Any]] = []
    own = f"**/desk/tickets/{number}/"
    page.route(own, lambda route: held.append((route, route.fetch())), times=1)
    refresh = "document.body.dispatchEvent(new CustomEvent('desk:ticket'))"
    page.evaluate(refresh)
    page.locator("#do-take").click()
    page.evaluate(refresh)
    expect(page.locator("#do-release")).to_be_visible()
    with page.expect_response(
        lambda answer: "take" not in answer.url and answer.request.method == "GET"
    ):
        for route, answer in held:
            route.fulfill(response=answer)
    page.locator("#text").fill("On our way.")
    page.locator("#send").click()
    expect(page.locator(".said.us", has_text="On our way.")).to_have_count(1)
    expect(page.locator("#do-release")).to_be_visible()


@pytest.mark.parametrize("deed", ["resolve", "release"])
def test_a_deed_waits_for_the_reply_that_is_on_its_way(served: Served, deed: str) -> None:
    """Its version was that of before the reply: it was refused, as if somebody else had changed the ticket."""
    page = served.page("amira", served.day.path("maya"))
    held: list[Any] = []
    page.route("**/reply/", lambda route: held.append(route), times=1)
    page.locator("#text").fill("The second charge goes back today.")
    page.locator("#send").click()
    expect(page.locator(".said.us", has_text="goes back today")).to_have_count(1)
    if deed == "resolve":
        page.locator("#do-resolve").click()
        page.locator("#sure-yes").click()
    else:
        page.locator("#do-release").click()
    while not held:
        page.wait_for_timeout(20)
    held[0].continue_()
    expect(page.locator("#do-take" if deed == "release" else "#do-reopen")).to_be_visible()
    expect(page.locator(".said.us", has_text="goes back today")).to_have_count(1)
    said = Message.objects.filter(conversation__ticket__number=served.day.made["maya"])
    assert said.filter(author="agent").exclude(kind="note").count() == 2


def test_a_refused_reply_stays_where_it_was_written(served: Served) -> None:
    company = served.day.company
    page = served.page("amira", served.day.path("maya"))
    page.locator("#text").fill("Half a second too late")
    # The page does not hear of it: nobody rings, and the poll comes later than the click.
    page.evaluate(
        "document.body.addEventListener('desk:ticket', e => e.stopImmediatePropagation(), true)"
    )
    desk.release(
        company.house, company.users["amira"], served.day.made["maya"],
        Ticket.objects.get(number=served.day.made["maya"]).version,
    )  # fmt: skip
    page.locator("#send").click()
    expect(page.locator("#problem")).to_contain_text("Take the ticket first")
    expect(page.locator("#text")).to_have_value("Half a second too late")


def test_a_sentence_of_the_packet_marks_its_message_and_e_resolves(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.locator("#context .pairs a.from", has_text="FH-20418").click()
    expect(page.locator(".said.marked")).to_contain_text("both amounts of EUR 59.00")
    company = served.day.company
    desk.note(company.house, company.users["ruth"], served.day.made["maya"], "Looked at it.")
    served.happens()
    expect(page.locator("#thread .note")).to_contain_text(["Looked at it."])
    expect(page.locator(".said.marked")).to_contain_text("both amounts of EUR 59.00")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(page.locator(".head-line")).to_contain_text("Resolved")
    expect(page.locator("#thread")).to_contain_text("How did we do?")
    conversation = Conversation.objects.get(ticket__number=served.day.made["maya"])
    assert conversation.status == "resolved"


def test_hostile_text_does_nothing_and_fetches_nothing(served: Served) -> None:
    company = served.day.company
    chat = visitor(company, HOSTILE)
    says(company, chat, HOSTILE)
    number = hands_over(company, team="technical", why=(HOSTILE,), contact=HOSTILE)
    page = served.page("wei", f"/desk/tickets/{number}/?view=unassigned")
    says(company, chat, f"again {HOSTILE}")
    served.happens()
    expect(page.locator("#thread")).to_contain_text("again <img")
    mail = served.page("amira", served.day.path("maya"))
    mail.locator("details.original summary").click()
    frame = mail.frame_locator("details.original iframe")
    expect(frame.locator("b")).to_have_text("charged twice")


def test_the_frame_of_a_mail_is_as_tall_as_what_it_shows(served: Served) -> None:
    """Its page has no origin and runs nothing, so it is told by what it says; none of the mail's own attributes is used."""
    company = served.day.company
    lines = "".join(f"<p>Line {number}</p>" for number in range(60))
    bodies = {
        "one": f'<div style="height:3000px" onclick="x"><p>Hello</p></div>{HOSTILE}',
        "some": "<p>Dear all,</p><p>three<br>lines<br>more</p><table><tr><td>a</td></tr></table>",
        "many": lines,
    }
    told = {}
    for name, html in bodies.items():
        sender = Sender(AddressKind.EMAIL, f"{name}@b.example", Verified.NO, "A")
        mails(company, sender, f"Mail {name}", "See", html=html)
        number = hands_over(company, team="technical")
        page = served.page("wei", f"/desk/tickets/{number}/?view=unassigned")
        page.locator("details.original summary").click()
        frame = page.locator("details.original iframe")
        expect(page.frame_locator("details.original iframe").locator("p").first).to_be_visible()
        expect(frame).to_have_attribute("style", re.compile("block-size"))
        expect(page.locator(".frame-measure")).to_have_count(0)
        frame.evaluate("frame => { frame.isTheSame = true; }")
        desk.note(company.house, company.users["ruth"], number, "Looked at it.")
        served.happens()
        expect(page.locator("#thread .note")).to_contain_text("Looked at it.")
        assert frame.evaluate("frame => frame.isTheSame"), "what happens elsewhere leaves it alone"
        inside = page.frame_locator("details.original iframe").locator("html")
        needed = inside.evaluate("e => e.getBoundingClientRect().height + 24")
        told[name] = (frame.evaluate("e => e.offsetHeight"), needed)
        assert frame.get_attribute("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    assert told["many"][0] == 360
    for name in ("one", "some"):
        height, needed = told[name]
        assert height < 200, told
        assert needed - 26 <= height <= needed + 30, told


def test_on_a_phone_the_list_leads_to_the_conversation_and_back(served: Served) -> None:
    page = served.page("amira", "/desk/view/mine/", width=390)
    expect(page.locator("#pane")).to_be_hidden()
    page.locator(".row a").first.click()
    expect(page.locator("#thread")).to_be_visible()
    expect(page.locator(".list")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[data-do=back]").click()
    expect(page.locator(".list")).to_be_visible()


def test_every_control_can_be_reached_and_named(served: Served) -> None:
    page = served.page("ruth", f"{served.day.path('maya')}?view=all")
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('a, button, select, textarea, input:not([type=hidden])')]
             .filter(e => e.offsetParent && !(e.textContent.trim() || e.getAttribute('aria-label')
               || e.title || e.labels?.length)).map(e => e.outerHTML)"""
    )
    assert nameless == []
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".row a:focus")).to_have_count(1)


def test_the_look_in_light_and_dark_narrow_and_wide(served: Served, tmp_path: Path) -> None:
    for login, width, scheme in (("amira", 1440, "light"), ("ruth", 1100, "dark")):
        page = served.page(login, served.day.path("maya"), width)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=tmp_path / f"{scheme}.png")
        ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert ground == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(22, 24, 28)")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


def test_the_palette_finds_a_ticket_and_does_what_can_be_done(served: Served) -> None:
    while index_next(served.day.company.house.vault):
        pass
    page = served.page("amira", "/desk/view/unassigned/")
    page.keyboard.press("Control+k")
    page.keyboard.type("booked amou")
    expect(page.locator("#palette-found .hit").first).to_contain_text("Card charged twice")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{served.day.path('maya')}**")
    expect(page.locator("#list-title")).to_have_text("Found")
    page.keyboard.press("/")
    page.keyboard.type("releas")
    page.keyboard.press("Enter")
    expect(page.locator("#do-take")).to_be_visible()
    expect(page.locator("#palette")).to_be_hidden()


def test_two_tickets_are_found_to_be_one_person_and_parted_again(served: Served) -> None:
    made = served.day.made
    page = served.page("amira", f"/desk/tickets/{made['maya']}/")
    page.locator("#link summary").click()
    page.locator("#link input").fill(str(made["lee"]))
    page.get_by_role("button", name="Link", exact=True).click()
    customer = page.locator("[data-key=customer]")
    expect(customer).to_contain_text("a colleague's word (Amira Haddad)")
    expect(customer.locator(f"a[href='/desk/tickets/{made['lee']}/']")).to_be_visible()
    customer.get_by_role("button", name="Undo").click()
    expect(customer).not_to_contain_text("a colleague's word")
    expect(customer).not_to_contain_text(f"#{made['lee']}")
    page.locator("#reach summary").click()
    page.get_by_role("button", name="Do not write here").first.click()
    expect(page.locator("#reach")).to_contain_text("Wants no messages here")


def test_what_is_typed_beside_the_conversation_outlives_what_happens_meanwhile(
    served: Served,
) -> None:
    made = served.day.made
    page = served.page("amira", f"/desk/tickets/{made['maya']}/")
    page.locator("#reach summary").click()
    page.locator("#link summary").click()
    page.locator("#link input").press_sequentially(str(made["lee"]))
    colleague = served.page("ruth", f"/desk/tickets/{made['maya']}/")
    colleague.locator("#reach summary").click()
    colleague.get_by_role("button", name="Do not write here").first.click()
    served.happens()
    expect(page.locator("#reach")).to_contain_text("Wants no messages here")
    typed = page.locator("#link input")
    expect(typed).to_have_value(str(made["lee"]))
    expect(typed).to_be_focused()
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.locator("[data-key=customer]")).to_contain_text("a colleague's word")
    expect(typed).to_have_value("")


def test_a_sent_reply_is_undone_and_its_words_are_back_on_every_device(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.locator("#text").fill("Sent too early")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.held")).to_contain_text("Sent too early")
    expect(page.locator("#text")).to_have_value("")
    page.keyboard.press("Escape")
    with page.expect_response("**/draft/"):
        page.keyboard.press("z")
    expect(page.locator("#text")).to_have_value("Sent too early")
    expect(page.locator(".said.held")).to_have_count(0)
    elsewhere = served.page("amira", served.day.path("maya"), width=390)
    expect(elsewhere.locator("#text")).to_have_value("Sent too early")


def test_a_macro_is_put_in_and_a_note_names_a_colleague(served: Served) -> None:
    company = served.day.company
    macros.save(
        company.house,
        company.users["ruth"],
        {"name": "Refund started", "text": "Hello {{customer.first_name}}", "then": "wait"},
    )
    page = served.page("amira", served.day.path("maya"))
    page.keyboard.press("m")
    page.keyboard.type("refund")
    page.locator("[data-do=macro]").click()
    expect(page.locator("#text")).to_have_value("Hello Maya")
    expect(page.locator("#with")).to_contain_text("Refund started")
    expect(page.locator("[name=then]")).to_have_value("wait")
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.type("May I, @rut")
    expect(page.locator("#names")).to_contain_text("Ruth Okafor")
    page.keyboard.press("Enter")
    expect(page.locator("#text")).to_have_value("May I, @Ruth Okafor ")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.note").last).to_contain_text("@Ruth Okafor")
    page.keyboard.type("And then, @rut")
    expect(page.locator("#names")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.note").last).to_contain_text("@rut")
    expect(page.locator("#names")).to_be_hidden()
    page.keyboard.press("Escape")  # leaves the text, and no list of names
    expect(page.locator("#text")).not_to_be_focused()
    asked = served.page("ruth", "/desk/view/mentioned/")
    expect(asked.locator(".row")).to_have_count(1)


def test_colleagues_on_the_same_ticket_see_each_other_and_answer_once(served: Served) -> None:
    amira = served.page("amira", served.day.path("maya"))
    ruth = served.page("ruth", served.day.path("maya"))
    expect(amira.locator("#here")).to_contain_text("Ruth")
    expect(ruth.locator("#here")).to_contain_text("Amira")
    ruth.locator("#text").press_sequentially("I think that")
    expect(amira.locator("#colleagues-write")).to_contain_text("Ruth is writing a reply")
    amira.locator("#text").fill("Two answers are one too many")
    ruth.locator("#text").press_sequentially(" we")
    amira.locator("#send").click()
    expect(amira.locator("#problem")).to_contain_text("Ruth is writing a reply too")
    expect(amira.locator("#text")).to_have_value("Two answers are one too many")
    amira.locator("#send").click()
    expect(amira.locator(".said.held")).to_contain_text("Two answers")
    ruth.goto(f"{served.url}/desk/view/all/")
    expect(amira.locator("#here")).to_be_hidden()


def test_many_tickets_are_picked_changed_and_taken_back(served: Served) -> None:
    page = served.page("ruth", "/desk/view/all/")
    page.locator(".row > a").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_have_text("2")
    page.locator("select[data-bulk=priority]").select_option("1")
    expect(page.locator("#toast")).to_contain_text("2 tickets changed")
    page.locator("#toast button").click()
    expect(page.locator("#toast")).to_contain_text("2 taken back")
    expect(page.locator("#bulk")).to_be_hidden()


def test_many_wait_for_their_customers_and_it_is_taken_back(served: Served) -> None:
    rest = Ticket.objects.filter(status=Ticket.Status.PENDING)
    before = rest.count()
    page = served.page("ruth", "/desk/view/all/")
    page.locator(".row > a").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.locator("button[data-bulk=wait]").click()
    expect(page.locator("#toast")).to_contain_text("2 tickets changed")
    assert rest.count() == before + 2
    page.locator("#toast button").click()
    expect(page.locator("#toast")).to_contain_text("2 taken back")
    assert rest.count() == before


def test_many_are_resolved_and_it_is_taken_back(served: Served) -> None:
    page = served.page("ruth", "/desk/view/all/")
    open_ones = page.locator(".row").count()
    page.locator(".row > a").first.focus()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.evaluate("window.confirm = () => true")
    page.locator("button[data-bulk=resolve]").click()
    expect(page.locator("#toast")).to_contain_text("2 tickets changed")
    expect(page.locator(".row")).to_have_count(open_ones - 2)
    page.locator("#toast button").click()
    expect(page.locator("#toast")).to_contain_text("2 taken back")
    expect(page.locator(".row")).to_have_count(open_ones)


def test_a_ticket_is_handed_on_with_a_reason(served: Served) -> None:
    page = served.page("amira", served.day.path("maya"))
    page.keyboard.press("f")
    page.locator("#hand-on select").select_option(label="Ruth Okafor")
    page.locator("#hand-on textarea").fill("You know the finance people")
    page.locator("#hand-on .primary").click()
    expect(page.locator("#speaks")).to_contain_text("Ruth Okafor speaks with the customer")
    expect(page.locator(".said.note").last).to_contain_text("You know the finance people")
