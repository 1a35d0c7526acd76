"""The page of public posts: what is shown to whom, in words that cannot bite; one click for each; the rule in the settings."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.company import make_inbox
from bot.options import options_of
from bot.posts import take_posts
from core.ids import ExternalId, ThreadKey
from core.message import AddressKind, Sender, Verified
from core.post import Judged, Posted, PostKind
from store.models import Brand, PublicPost, Ticket
from store.posts import note_judged
from tests.fakes.graph import ACCOUNTS, APP_SECRET, TOKEN, VERIFY
from tests.web.desk.conftest import Day
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.desk.test_hostile import PAYLOADS
from tests.web.seed import Company

SETTINGS = {
    "product": "messenger",
    "account": ACCOUNTS["messenger"],
    "app_secret": APP_SECRET,
    "verify_token": VERIFY,
    "access_token": TOKEN,
}
QUESTION = "Is the blue one back in stock next week?"


def prepared(company: Company, *texts: str, name: str = "Ann Example") -> list[PublicPost]:
    """A page with comments, oldest first; the first one reads like a question."""
    house, now = company.house, company.clock()
    page = make_inbox(house, company.brand, "page", "Fernhill page", "graph", SETTINGS)
    for number, text in enumerate(texts):
        mark = f"1_{number}"
        author = Sender(AddressKind.PUBLIC, f"messenger:1:{number}", Verified.CHANNEL, name)
        take_posts(
            house,
            page,
            [
                Posted(
                    external_id=ExternalId(mark),
                    kind=PostKind.COMMENT,
                    key=ThreadKey(f"messenger/1/comment/{mark}"),
                    at=now + timedelta(minutes=number),
                    author=author,
                    text=text,
                    link="https://www.facebook.com/acme/posts/500",
                )
            ],
        )
    rows = list(PublicPost.objects.order_by("posted_at"))
    note_judged(house.vault, rows[0].id, texts[0], Judged("ask", 0.93, "en", "delivery"), {}, None)
    return rows


def test_new_ones_stand_first_with_what_they_are(day: Day) -> None:
    prepared(day.company, QUESTION, "Nice!")
    client = day.client("ruth")
    page = client.get("/desk/posts/").content.decode()
    assert page.index("Nice!") < page.index(QUESTION)
    assert "a question" in page
    assert "93 % that somebody must answer" in page
    assert "not read yet" in page
    assert 'href="https://www.facebook.com/acme/posts/500"' in page
    rail = client.get("/desk/view/unassigned/").content.decode()
    assert re.search(r'href="/desk/posts/".*?<b class="count">2</b>', rail, re.S)


def test_without_posts_the_rail_has_no_place_for_them(day: Day) -> None:
    assert "/desk/posts/" not in day.client("ruth").get("/desk/view/unassigned/").content.decode()


def test_one_click_makes_a_ticket_and_goes_there(day: Day) -> None:
    question, nice = prepared(day.company, QUESTION, "Nice!")
    before, client = Ticket.objects.count(), day.client("ada")
    gone = client.post(f"/desk/posts/{question.id}/", {"deed": "answer"})
    ticket = Ticket.objects.get(reason="public_post")
    assert gone["Location"] == f"/desk/tickets/{ticket.number}/"
    assert Ticket.objects.count() == before + 1
    thread = client.get(gone["Location"]).content.decode()
    assert QUESTION in thread
    assert "in public" in thread
    assert "In public, where everybody reads it" in thread or "goes out by" in thread
    assert "Where it stands" in thread
    again = client.post(f"/desk/posts/{question.id}/", {"deed": "answer"})
    assert again.status_code == 409
    assert (
        f"Ticket {ticket.number}" in client.get("/desk/posts/?state=conversation").content.decode()
    )
    client.post(f"/desk/posts/{nice.id}/", {"deed": "ignore"})
    assert "Nice!" in client.get("/desk/posts/?state=ignored").content.decode()
    assert client.post(f"/desk/posts/{nice.id}/", {"deed": "eat"}).status_code == 400


def test_markup_of_strangers_is_text(day: Day) -> None:
    prepared(day.company, "\n".join(PAYLOADS), name=PAYLOADS[0])
    answer = day.client("ruth").get("/desk/posts/")
    html = answer.content.decode()
    assert "alert(1)" in html
    assert not re.search(r"<(script|img|svg)[^>]*(alert|onerror|onload)", html)
    assert "onmouseover='alert" not in html
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_who_only_reads_sees_nothing_to_press(day: Day) -> None:
    prepared(day.company, QUESTION)
    page = day.client("otto").get("/desk/posts/").content.decode()
    assert QUESTION in page
    assert "<form" not in page


def test_the_rule_is_a_setting(day: Day) -> None:
    client, address = day.client("ada"), "/desk/settings/company/"
    form = {"name": "Fernhill", "time_zone": "Europe/Berlin"}
    client.post(address, {**form, "post_rule": "never", "post_sure": "85"})
    rule = options_of(Brand.objects.get()).posts
    assert (rule.automatic, rule.sure) == (False, 0.85)
    assert 'value="85"' in client.get(address).content.decode()
    client.post(address, {**form, "post_rule": "asks", "post_sure": "10"})
    client.post(address, form)
    assert options_of(Brand.objects.get()).posts == rule


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_posts_in_a_browser(served: Served) -> None:  # noqa: F811
    prepared(served.day.company, QUESTION, "Nice!", "Why does nobody answer? " * 9 + "w" * 90)
    for width, scheme in ((1280, "light"), (390, "dark")):
        page = served.page("ada", "/desk/posts/", width)
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".post")).to_have_count(3)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder := os.environ.get("THREADLINE_PICTURES"):
            page.screenshot(path=Path(folder) / f"posts-{width}.png", full_page=True)
    page.get_by_role("button", name="Nobody must answer").first.click()
    expect(page.locator(".post")).to_have_count(2)
    page.locator(".post").filter(has_text=QUESTION).get_by_role(
        "button", name="Answer", exact=True
    ).click()
    expect(page.locator("#thread")).to_contain_text(QUESTION)
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / "post-ticket.png", full_page=True)
    assert served.trouble == []
