"""axe-core over the desk's lists, conversation and macros, and the satisfaction question, in light and dark: nothing that keeps somebody out."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bot import macros
from bot.survey import link_of
from store.models import Conversation, Survey
from tests.axe import axe
from tests.web.desk.test_browser import Served, browser, own_day, served

__all__ = ["axe", "browser", "own_day", "served"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume"),
]
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def found_by(page: Page, axe: str) -> list[str]:
    """What axe has against the page, a line each."""
    page.evaluate(f"() => {{ {axe} }}")
    result: dict[str, Any] = page.evaluate(
        "(levels) => axe.run(document, { runOnly: levels, resultTypes: ['violations'] })", LEVELS
    )
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:160]}"
        for one in result["violations"]
        for node in one["nodes"][:4]
    ]


def _survey(served: Served, number: int) -> str:
    """The page of a satisfaction question that was asked."""
    company = served.day.company
    row = Conversation.objects.get(ticket__number=number)
    Survey.objects.create(conversation=row, asked_at=company.house.clock())
    return f"{served.url}/survey/{link_of(company.house, row.id).rpartition('/')[2]}?r=4"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_the_desk_keeps_anybody_out(served: Served, axe: str, scheme: Any) -> None:
    company, number = served.day.company, served.day.made["maya"]
    macro = macros.save(company.house, company.users["ruth"], {"name": "Thanks", "text": "Thanks"})
    page = served.page("ruth", f"/desk/tickets/{number}/?view=all")
    # Without motion: while colours change over, they are neither theme's.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = {"conversation": found_by(page, axe)}
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    found["palette"] = found_by(page, axe)
    page.keyboard.press("Escape")
    page.locator("#filter summary").click()
    expect(page.locator(".filter-form")).to_be_visible()
    found["filter"] = found_by(page, axe)
    page.keyboard.press("Escape")
    page.keyboard.press("f")
    expect(page.locator("#hand-on select")).to_be_visible()
    found["hand on"] = found_by(page, axe)
    for path in ("view/all/", "view/mentioned/", "macros/", f"macros/{macro.id}/"):
        page.goto(f"{served.url}/desk/{path}")
        found[path] = found_by(page, axe)
    page.goto(_survey(served, number))
    found["survey"] = found_by(page, axe)
    narrow = served.page("amira", f"/desk/tickets/{number}/", width=390)
    narrow.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found["phone"] = found_by(narrow, axe)
    assert {name: ills for name, ills in found.items() if ills} == {}
