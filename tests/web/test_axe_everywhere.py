"""axe-core over every page of the URL table, in light and dark: a page that is new has to be named here, and keeps nobody out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page

from bot import macros
from bot.invites import link_for
from bot.ratings import rating_address
from bot.survey import link_of
from store.models import Conversation, OutboxRow, Role, SavedView, Survey, User
from tests.axe import axe
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.desk.test_axe import found_by
from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.leads.conftest import count
from tests.web.seed import article

__all__ = ["axe", "browser", "day", "desk_company", "own_day", "served"]
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")

PAGES = {
    "ada": (
        "desk/view/<slug:view>/", "desk/saved/<uuid:saved>/", "desk/tickets/<int:number>/", "desk/macros/",
        "desk/macros/new/", "desk/macros/<uuid:macro>/", "desk/lessons/", "desk/posts/", "desk/kept/", "desk/wall/", "desk/reports/",
        "desk/reports/<slug:name>/", "desk/reports/<slug:name>/conversations/", "desk/settings/",
        "desk/settings/company/", "desk/settings/start/", "desk/settings/knowledge/", "desk/settings/channels/",
        "desk/settings/chat/", "desk/settings/chat/<slug:inbox>/", "desk/settings/invites/", "desk/settings/roles/",
        "desk/settings/slack/", "desk/settings/services/", "desk/settings/roles/new/", "desk/settings/roles/<uuid:role>/", "account/tokens/", "account/apps/",
        "account/sessions/", "account/logout/", "account/password/change/", "account/reauthenticate/",
        "account/2fa/", "account/2fa/webauthn/", "account/2fa/webauthn/add/", "account/2fa/totp/activate/",
    ),
    "": (
        "", "help/", "help/<path:slug>", "survey/<str:token>", "rate/<slug:token>", "transcript/<str:token>",
        "account/login/", "account/signup/", "account/email/", "account/password/reset/", "account/inactive/",
        "account/welcome/<uuid:user>/<str:token>/", "account/begin/<slug:key>/",
    ),
}  # fmt: skip
"""The pages of somebody who may everything, and of strangers."""
PARTS = re.compile(
    r"^desk/settings/slack/(back|<uuid:inbox>/add)/|^desk/(find|search|filter|saved|offers|presence|many|tags)/|^desk/tickets/<int:number>/\w"
    r"|^desk/settings/start/(state|skip|team|widget)/|/(remove|detach|undo|test|again|end|revoke|stop|forget|give|settle|teach"
    r"|rhythm|mail)/"
    r"|^desk/$|^search/$|favicon|^files/|^desk/lessons/<uuid|^desk/posts/<uuid|^desk/kept/(<uuid|senders/)|^desk/unread/|/original/"
)
"""Deeds, downloads, and pieces that stand inside a page named above; a mail's original is its sender's markup."""
ALLAUTH = re.compile(
    r"^account/(confirm-email|\^|password/(set|reset/)|login/code|2fa/(authenticate|reauthenticate|totp/deactivate"
    r"|recovery-codes|webauthn/(reauthenticate|keys|login)))"
)
"""Steps in the middle of a sign-in, made of the same template and elements as the pages of theirs that are opened."""


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield here
        else:
            yield from _patterns(entry, here)


def test_every_page_of_the_table_is_opened_below() -> None:
    found = {one for one in _patterns(get_resolver()) if not one.startswith(("api/", "admin/"))}
    named = {one for pages in PAGES.values() for one in pages}
    left = {one for one in found - named if not PARTS.search(one) and not ALLAUTH.search(one)}
    assert left == set(), "name the page here, so that it is looked at"
    assert named - found == set(), "pages that are no more"


def test_what_is_left_out_is_no_page(day: Day) -> None:
    client, pages = day.client("ada"), []
    for pattern in _patterns(get_resolver()):
        if PARTS.search(pattern) and "<" not in pattern and pattern != "desk/":
            answer = client.get(f"/{pattern}", headers={"HX-Request": "true"})
            if answer.status_code == 200 and b"<html" in answer.content:
                pages.append(pattern)
    assert pages == []


def _paths(day: Day, pages: tuple[str, ...]) -> dict[str, str]:
    """The address of each page on this day."""
    company, number = day.company, day.made["maya"]
    row = Conversation.objects.get(ticket__number=number)
    Survey.objects.get_or_create(conversation=row, defaults={"asked_at": company.house.clock()})
    macro = macros.save(company.house, company.users["ruth"], {"name": "Thanks", "text": "Thanks"})
    role = Role.objects.create(brand=company.brand, name=uuid4().hex, permissions=["see_reports"])
    saved = SavedView.objects.create(
        owner=company.users["ada"], name=uuid4().hex, criteria={}, made_at=company.clock()
    )
    parts = [
        {
            "kind": "paragraph",
            "headings": [],
            "anchor": "",
            "parts": ["You can cancel at any time."],
        },
        {"kind": "step", "headings": ["Steps"], "anchor": "steps", "parts": ["1. Open Settings."]},
        {"kind": "row", "headings": ["Prices"], "anchor": "prices", "parts": ["Plan | Price"]},
    ]
    article(company, "a-page", "Cancel your plan", json.dumps(parts))
    sent = OutboxRow.objects.filter(message__kind="answer").first()
    rated = rating_address(company.house.vault, "", sent.key) if sent else ""
    new = User.objects.create_user(f"{uuid4().hex}@fernhill.example", None, name="New")
    welcome = link_for(new).rstrip("/").split("/")
    values = {
        "<slug:view>": "all", "<uuid:saved>": saved.id, "<int:number>": number, "<uuid:macro>": macro.id,
        "<slug:name>": "response", "<slug:inbox>": "website", "<uuid:role>": role.id,
        "<path:slug>": "a-page", "survey/<str:token>": f"survey/{link_of(company.house, row.id).rpartition('/')[2]}",
        "transcript/<str:token>": "transcript/unknown", "rate/<slug:token>": f"rate/{rated.rpartition('/')[2]}",
        "<uuid:user>/<str:token>": "/".join(welcome[-2:]), "<slug:key>": "unknown",
    }  # fmt: skip
    found = {}
    for page in pages:
        path = page
        for sign, value in values.items():
            path = path.replace(sign, str(value))
        found[page] = f"/{path}"
    return found


@pytest.mark.browser
@pytest.mark.timeout(900)
@pytest.mark.parametrize("login", ["ada", ""])
def test_nothing_keeps_anybody_out(served: Served, axe: str, login: str) -> None:
    count(served.day)
    ada = served.day.company.users["ada"]
    ada.set_password("a long enough password")  # else there is nothing to be asked for once more
    ada.save()
    page: Page = served.page(login or "ada", "/static/desk/mark.svg")
    page.set_default_timeout(60_000)
    if not login:
        page.context.clear_cookies()
    ills: dict[str, list[str]] = {}
    for name, path in _paths(served.day, PAGES[login]).items():
        page.goto(f"{served.url}{path}")
        for scheme in ("light", "dark"):
            # Without motion: while colours change over, they are neither theme's.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            if found := found_by(page, axe):
                ills[f"{name} {scheme}"] = found
    served.trouble.clear()  # pages about what is not there say so with a status
    assert ills == {}


def test_pages_of_strangers_are_open_to_them(day: Day) -> None:
    statuses: dict[str, Any] = {
        name: Client().get(path).status_code for name, path in _paths(day, PAGES[""]).items()
    }
    assert {name for name, status in statuses.items() if status >= 500} == set()
    closed = {name for name, status in statuses.items() if status == 404}
    assert closed <= {"transcript/<str:token>", "account/begin/<slug:key>/"}
