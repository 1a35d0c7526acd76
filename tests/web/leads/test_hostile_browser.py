"""Hostile words through mail, chat, Slack, Teams, articles, subjects and names of all kinds, opened in Chromium: nothing runs or is fetched.

A fair part of the payloads in the suite; THREADLINE_HOSTILE=1500 opens them all.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from bot import ingest
from bot.company import make_inbox
from bot.house import House
from bot.receive import receive
from channels.contract import Arrival
from core.message import AddressKind, Attached, Sender, Verified
from store.models import Article, Decision, Inbox, Message, Revision, Ticket
from tests.channels.slack.provider import arrived as slack_arrived
from tests.channels.slack.provider import slack_settings
from tests.channels.teams.provider import arrived as teams_arrived
from tests.channels.teams.provider import teams_settings
from tests.fakes.slack import ANN as SLACK_ANN
from tests.fakes.slack import BOT_TOKEN, HELP, SIGNING_SECRET, FakeSlack
from tests.fakes.teams import ANN as TEAMS_ANN
from tests.fakes.teams import APP_SECRET, FakeTeams
from tests.kb_index.conftest import WordEncoder
from tests.web.desk.test_browser import Served
from tests.web.hostile import WANTED, payloads
from tests.web.leads.conftest import count
from tests.web.seed import article, hands_over, mails, says, visitor

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


def _watched(served: Served, path: str, login: str = "ruth") -> Page:
    page = served.page(login, "/static/desk/mark.svg")
    page.set_default_timeout(120_000)
    page.add_init_script(HITS)
    page.goto(f"{served.url}{path}")
    return page


def _quiet(page: Page, about: object) -> None:
    """Nothing ran, and no link would."""
    assert page.evaluate("window.hits") == [], about
    hrefs = page.evaluate(
        "[...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href'))"
    )
    for href in hrefs:
        assert not href.strip().lower().startswith(("javascript:", "data:", "vbscript:")), href


def _is_quiet(served: Served, path: str, login: str = "ruth") -> None:
    page = _watched(served, path, login)
    _quiet(page, path)
    page.context.close()


def _mailed(served: Served, some: list[str], text: str, start: int) -> int:
    sender = Sender(AddressKind.EMAIL, f"a{start}@b.example", Verified.NO, some[0][:80])
    files = tuple(Attached(f"{one[:80]}.txt", "text/html", b"x") for one in some[:5])
    html = "".join(f"<div>{one}</div>" for one in some)
    company = served.day.company
    mails(company, sender, some[1][:150], text, html=html, quoted=text, attachments=files)
    return hands_over(company, why=(some[2],), contact=some[3][:80], reason="asked_for_person")


def _original(served: Served, page: Page, number: int) -> None:
    """The mail as it came, in a tab of its own: nobody asked for its pictures."""
    message = Message.objects.filter(conversation__ticket__number=number).order_by("seq")[0]
    frame = page.context.new_page()
    frame.set_default_timeout(120_000)
    frame.add_init_script(HITS)
    frame.on("request", lambda request: served._asked(request.url))
    frame.on("dialog", lambda dialog: (served.trouble.append("a dialog"), dialog.dismiss()))
    frame.goto(f"{served.url}/desk/tickets/{number}/original/{message.id}/")
    _quiet(frame, number)


def _published(house: House, folder: Path, texts: dict[str, str], titles: dict[str, str]) -> None:
    """Articles of these names, read as Markdown like any other."""
    folder.mkdir()
    for slug, text in texts.items():
        head = "---\ntitle: Hostile\nsection: billing\nlanguage: en\nupdated: 2026-05-01\n---\n"
        (folder / f"{slug}.md").write_text(head + text, encoding="utf-8")
    ingest.ingest(house, folder)
    for slug, title in titles.items():
        Revision.objects.filter(article__slug=slug).update(title=title)


def _office_calls(served: Served) -> dict[str, Callable[[str], list[Arrival]]]:
    """A Slack and a Teams of the company's, and how somebody writes in each."""
    company = served.day.company
    slack, teams = FakeSlack(clock=company.clock().timestamp), FakeTeams()
    settings = slack_settings().model_dump(mode="json", exclude_none=True)
    settings |= {"bot_token": BOT_TOKEN, "signing_secret": SIGNING_SECRET}
    settings.pop("previous_signing_secret")
    make_inbox(company.house, company.brand, "slack", "Slack", "slack", settings)
    settings = teams_settings().model_dump(mode="json", exclude_none=True)
    settings |= {"app_secret": APP_SECRET}
    make_inbox(company.house, company.brand, "teams", "Teams", "teams", settings)
    now = company.clock()
    return {
        "slack": lambda text: [
            slack_arrived(one, now) for one in slack.say(SLACK_ANN, HELP, text)[:1]
        ],
        "teams": lambda text: [
            teams_arrived(teams.say(TEAMS_ANN, "a:1", f"<p>{text}</p>", textFormat="xml"), now)
        ],
    }


def _from_the_office(served: Served, slug: str, arrivals: list[Arrival]) -> int:
    house = served.day.company.house
    inbox = Inbox.objects.get(slug=slug)
    for arrival in arrivals:
        (accepted,) = receive(house, inbox, house.channel_of(inbox).parse(arrival))
    # Somebody's private chat is one conversation: after the first message it is with a person.
    known = Ticket.objects.filter(conversation=accepted.conversation).first()
    return known.number if known else hands_over(served.day.company)


@pytest.mark.timeout(7200 if COUNT > 200 else 300)
def test_nothing_runs_and_nothing_is_fetched(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    company, everything, office = served.day.company, payloads(COUNT), _office_calls(served)
    monkeypatch.setattr(ingest, "indexing_encoder", lambda house: WordEncoder())
    batches = {f"hostile-{at}": everything[at : at + IN_ONE] for at in range(0, COUNT, IN_ONE)}
    texts = {slug: "\n\n".join(some) for slug, some in batches.items()}
    titles = {slug: some[5][:150] for slug, some in batches.items()}
    _published(company.house, tmp_path / "articles", texts, titles)
    for start in range(0, len(everything), IN_ONE):
        some = everything[start : start + IN_ONE]
        text = "\n".join(some)
        number = _mailed(served, some, text, start)
        page = _watched(served, f"/desk/tickets/{number}/")
        expect(page.locator("#thread")).to_contain_text("hit(")
        _quiet(page, number)
        _original(served, page, number)
        page.context.close()
        says(company, visitor(company, some[4][:60]), text)
        numbers = [hands_over(company, team="technical", category="device")]
        numbers += [_from_the_office(served, slug, say(text)) for slug, say in office.items()]
        for number in numbers:
            page = _watched(served, f"/desk/tickets/{number}/")
            expect(page.locator("#thread")).to_contain_text("hit(")
            _quiet(page, number)
            page.context.close()
        page = _watched(served, f"/help/hostile-{start}")
        expect(page.locator("main")).to_contain_text("hit(")
        _quiet(page, start)
        page.context.close()
        for path in ("/help/", f"/desk/view/all/?p={start}"):
            _is_quiet(served, path)


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
    article(company, "hostile", some[21][:150], "")
    number = _mailed(served, some[22:], "\n".join(some), 0)
    count(served.day)
    today = company.clock().date()
    for path in (
        "/desk/wall/",
        f"/desk/reports/tickets/?to={today}&by=team",
        f"/desk/reports/tickets/conversations/?to={today}",
    ):
        _is_quiet(served, path)
    row = Ticket.objects.get(number=number)
    for path in (
        *("team", "user", "agent", "inbox", "article", "ticket", "decision", "outboxrow"),
        f"team/{company.teams['billing'].pk}/change",
        f"user/{company.users['ruth'].pk}/change",
        f"user/{company.users['ruth'].pk}/history",
        f"inbox/{company.mail.pk}/change",
        f"article/{Article.objects.get(slug='hostile').pk}/change",
        f"ticket/{row.pk}/change",
        f"conversation/{row.conversation_id}/change",
        f"decision/{Decision.objects.get(conversation=row.conversation_id).pk}/change",
        f"team/{company.teams['billing'].pk}/delete",
    ):
        _is_quiet(served, f"/admin/store/{path}/", "ada")
