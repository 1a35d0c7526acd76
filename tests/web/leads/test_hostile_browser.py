"""Hostile words through mail, chat, names, subjects, file names and team names, opened in Chromium: nothing runs, nothing is fetched.

A fair part of the payloads in the suite; THREADLINE_HOSTILE=1500 opens them all.
"""

from __future__ import annotations

import contextlib
import os

import pytest
from playwright.sync_api import Error, Page, expect

from core.message import AddressKind, Attached, Sender, Verified
from store.models import Message
from tests.web.desk.test_browser import Served
from tests.web.hostile import WANTED, payloads
from tests.web.leads.conftest import count
from tests.web.seed import hands_over, mails, says, visitor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
COUNT = int(os.environ.get("THREADLINE_HOSTILE", "120"))
IN_ONE = 60
"""Payloads that one message carries."""
HITS = "window.hits = []; window.hit = (n) => window.hits.push(n);"


def test_there_are_enough_and_no_two_are_the_same() -> None:
    assert len(set(payloads())) == WANTED
    assert set(payloads(50)) < set(payloads())


def test_they_do_run_where_nobody_is_careful(served: Served) -> None:
    """Else the test below would prove nothing."""
    context, ran = served.browser.new_context(), 0
    for payload in payloads(40):
        page = context.new_page()
        page.route("**/*", lambda route: route.abort())
        with contextlib.suppress(Error):  # some lead the page away
            page.set_content(f"<script>{HITS}</script>{payload}", wait_until="domcontentloaded")
            ran += bool(page.evaluate("window.hits.length"))
        page.close()
    context.close()
    assert ran > 3


def _watched(served: Served, path: str) -> Page:
    page = served.page("ruth", "/desk/wall/")
    page.add_init_script(HITS)
    page.goto(f"{served.url}{path}")
    return page


def test_nothing_runs_and_nothing_is_fetched(served: Served) -> None:
    company, everything = served.day.company, payloads(COUNT)
    for start in range(0, len(everything), IN_ONE):
        some = everything[start : start + IN_ONE]
        text = "\n".join(some)
        sender = Sender(AddressKind.EMAIL, f"a{start}@b.example", Verified.NO, some[0][:80])
        files = tuple(Attached(f"{one[:80]}.txt", "text/html", b"x") for one in some[:5])
        html = "".join(f"<div>{one}</div>" for one in some)
        mails(company, sender, some[1][:150], text, html=html, quoted=text, attachments=files)
        number = hands_over(
            company, why=(some[2],), contact=some[3][:80], reason="asked_for_person"
        )
        page = _watched(served, f"/desk/tickets/{number}/")
        expect(page.locator("#thread")).to_contain_text("hit(")
        message = Message.objects.filter(conversation__ticket__number=number).order_by("seq")[0]
        frame = page.context.new_page()
        frame.add_init_script(HITS)
        frame.on("request", lambda request: served._asked(request.url))
        frame.on("dialog", lambda dialog: (served.trouble.append("a dialog"), dialog.dismiss()))
        frame.goto(f"{served.url}/desk/tickets/{number}/original/{message.id}/")
        for one in (page, frame):
            assert one.evaluate("window.hits") == [], number
            for link in one.locator("a[href]").all():
                href = (link.get_attribute("href") or "").strip().lower()
                assert not href.startswith(("javascript:", "data:", "vbscript:")), href
        page.context.close()
        chat = visitor(company, some[4][:60])
        says(company, chat, text)
        number = hands_over(company, team="technical", category="device")
        page = _watched(served, f"/desk/tickets/{number}/")
        expect(page.locator("#thread")).to_contain_text("hit(")
        assert page.evaluate("window.hits") == []
        page.context.close()


def test_names_of_our_own_rows_are_text_on_the_leads_pages(served: Served) -> None:
    company, some = served.day.company, payloads(40)
    for place, team in enumerate(company.teams.values()):
        team.name = some[place][:110]
        team.save()
    for place, user in enumerate(company.users.values(), 10):
        user.name = some[place][:110]
        user.save()
    company.mail.name = some[20][:100]
    company.mail.save()
    count(served.day)
    today = company.clock().date()
    for path in (
        "/desk/wall/",
        f"/desk/reports/tickets/?to={today}&by=team",
        f"/desk/reports/tickets/conversations/?to={today}",
    ):
        page = _watched(served, path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("window.hits") == [], path
        page.context.close()
