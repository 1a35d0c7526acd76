"""The settings under the same strict policy as every page: nothing inline is needed, and nothing inline that gets in is run."""

from __future__ import annotations

import os
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import unfold
from django.contrib import admin
from django.urls import URLPattern
from playwright.sync_api import Page, Route, expect

from store.models import Hook
from tests.web.desk.conftest import Day, day, desk_company
from tests.web.desk.test_browser import Served, browser, own_day, served
from tests.web.seed import Company
from web.middleware import PAGE_POLICY

__all__ = ["browser", "day", "desk_company", "own_day", "served"]
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation",
  (e) => window.refused.push(`${e.violatedDirective} ${e.blockedURI} ${e.sample} ${e.sourceFile}`));
"""
UNFOLD = Path(unfold.__file__).parent / "templates"
SAID = re.compile(
    r"""\s(?:x-(?:data|init|show|text|model|if|resize|sort:config|anchor[\w.:-]*)|x-on:[\w.:-]+|x-bind:[\w]+)=("[^"]*"|'[^']*')"""
)

TAGS = re.compile(r"{% else %}[^%]*{% endif %}|{%.*?%}|{#.*?#}")
"""Of two ways a template may go, the first."""


def _watched(served: Served) -> Page:
    page = served.page("ada", "/static/desk/mark.svg")
    page.set_default_timeout(60_000)
    page.add_init_script(WATCH)
    return page


def _own_pages(page: Any) -> list[str]:
    """Paths of the pages that our own settings add to Django's, without a row's number in them."""
    usual = {"changelist", "add", "history", "delete", "change", "autocomplete"}
    named = [one for one in page.get_urls() if isinstance(one, URLPattern) and one.name]
    return [
        str(one.pattern)
        for one in named
        if one.name.rpartition("_")[2] not in usual and "<" not in str(one.pattern)
    ]


def _paths(company: Company) -> list[str]:
    """A page of every kind: the lists, the forms of a new and of a kept row, the question before a removal, our own."""
    Hook.objects.create(
        brand=company.brand,
        name="Own",
        url="https://hooks.example/",
        kinds=[],
        created_at=company.clock(),
    )
    found = ["/admin/"]
    for model, page in admin.site._registry.items():
        base = f"/admin/store/{model._meta.model_name}/"
        found += [base, f"{base}add/", *(f"{base}{own}" for own in _own_pages(page))]
        if row := model._default_manager.first():
            found += [f"{base}{row.pk}/change/", f"{base}{row.pk}/delete/"]
    return found


class Inline(HTMLParser):
    """Collects what a strict policy would refuse: handlers, styles and scripts within the page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in said):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in said if name == "style" or name[:2] == "on"]


def test_no_page_of_the_settings_has_anything_inline(day: Day) -> None:
    client, seen, wrong = day.client("ada"), 0, {}
    for path in _paths(day.company):
        answer = client.get(path)
        if answer.status_code != 200 or not answer["Content-Type"].startswith("text/html"):
            continue
        seen += 1
        assert answer["Content-Security-Policy"] == PAGE_POLICY, path
        if found := Inline(answer.content.decode()).found:
            wrong[path] = found
    assert wrong == {}
    assert seen > 50


@pytest.mark.browser
def test_a_page_of_each_kind_asks_for_no_more_than_the_policy_allows(served: Served) -> None:
    """THREADLINE_EVERY_PAGE=1 opens them all; a page is a second of Chromium's time."""
    company, wrong, page = served.day.company, {}, _watched(served)
    paths, client = _paths(company), served.day.client("ada")
    if not os.environ.get("THREADLINE_EVERY_PAGE"):
        paths = [one for one in paths if re.search(r"/(calendar|decision|routingrule)/", one)]
    for path in paths:
        told = client.get(path)
        if told.status_code != 200 or not told["Content-Type"].startswith("text/html"):
            continue
        page.goto(f"{served.url}{path}")
        page.wait_for_function("window.Alpine && document.readyState === 'complete'")
        if refused := page.evaluate("window.refused"):
            wrong[path] = refused
        assert page.locator("[x-cloak]").count() == 0, path
    assert wrong == {}
    assert served.trouble == []


@pytest.mark.browser
def test_what_is_injected_into_the_settings_does_not_run(served: Served) -> None:
    page = _watched(served)

    def injects(route: Route) -> None:
        answer = route.fetch()
        evil = (
            "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'>"
            "<i x-data x-init=\"constructor.constructor('window.ran = 3')()\"></i>"
            "<i x-data x-init=\"$el.ownerDocument.defaultView.eval('window.ran = 4')\"></i>"
            '<i x-data x-init="window.ran = 5"></i><i hx-on:click="window.ran = 6" id="evil">x</i>'
        )
        route.fulfill(response=answer, body=answer.text().replace("</body>", f"{evil}</body>"))

    page.route("**/admin/store/team/", injects)
    page.goto(f"{served.url}/admin/store/team/")
    page.wait_for_function("window.Alpine && document.readyState === 'complete'")
    assert page.locator("#evil").count() == 1, "the page has no place to put it"
    page.evaluate("document.getElementById('evil').click()")
    assert page.evaluate("window.ran") is None
    kinds = {one.partition(" ")[0] for one in page.evaluate("window.refused")}
    assert {"script-src-elem", "script-src-attr"} <= kinds
    page.context.close()
    served.trouble.clear()  # what was refused is said on the console too


@pytest.mark.browser
def test_the_settings_move_as_they_did(served: Served) -> None:
    page = _watched(served)
    page.emulate_media(color_scheme="light")
    page.goto(f"{served.url}/admin/store/team/")
    picture = page.locator("html")
    expect(picture).not_to_have_class(re.compile("dark"))
    page.keyboard.press("Control+e")
    page.keyboard.press("Control+e")
    page.locator("#result_list input.action-select").first.check()
    bar = page.locator("#changelist-actions")
    expect(bar).to_be_visible()
    assert "width" in (bar.get_attribute("style") or "")
    run = bar.get_by_role("button", name="Run")
    expect(run).to_be_hidden()
    bar.locator("select[name=action]").select_option("delete_selected")
    expect(run).to_be_visible()
    page.goto(f"{served.url}/admin/store/calendar/add/")
    rows = page.locator("#holiday_set-group .form-group:not(.empty-form)")
    before = rows.count()
    page.locator("#holiday_set-group .add-row").first.click()
    expect(rows).to_have_count(before + 1)
    assert page.evaluate("window.refused") == []


@pytest.mark.browser
def test_every_expression_of_the_templates_can_be_read(served: Served) -> None:
    """An upgrade of django-unfold that says something new is seen here, not by somebody whose menu stays shut."""
    page, unread = _watched(served), []
    page.goto(f"{served.url}/admin/store/team/")
    for path in sorted(UNFOLD.rglob("*.html")):
        for quoted in SAID.findall(TAGS.sub("", path.read_text())):
            said = re.sub(r"{{.*?}}", "x", quoted[1:-1])
            if not page.evaluate(READS, said):
                unread.append(f"{path.relative_to(UNFOLD)}: {said}")
    assert unread == []


READS = "(said) => { try { expressions.reading(said); return true } catch (e) { return false } }"


def test_the_policy_of_the_settings_allows_nothing_inline_and_no_frame(day: Day) -> None:
    policy = day.client("ada").get("/admin/store/team/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    for said in ("frame-ancestors 'none'", "connect-src 'self'", "script-src 'self';"):
        assert said in policy
    for login in ("amira", "ruth"):
        assert day.client(login).get("/admin/store/team/").status_code == 302
