"""The escalation matrix is shown as one, and fires on a virtual clock before an agent's eyes."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot import company as verbs
from bot.watch import watch_once
from core.decision import Priority
from store.models import EscalationStep, SlaPolicy, Ticket
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import Company, hands_over, says, visitor
from web.admin.escalation import matrices


def _matrix(company: Company) -> None:
    policy = SlaPolicy.objects.get()
    lines = (
        ("response", 0.5, "notify", None, {}),
        ("response", 1.0, "raise_priority", None, {}),
        ("response", 1.0, "reassign", 2, {"agent": str(company.users["ruth"].id)}),
        ("silence", 1.0, "notify", 1, {"minutes": 30, "tiers": ["vip"]}),
    )
    for clock, share, action, priority, arguments in lines:
        row = EscalationStep(
            policy=policy,
            clock=clock,
            at_share=share,
            action=action,
            priority=priority,
            arguments=dict(arguments),
        )
        verbs.keep(company.house, company.users["ada"], row)


def test_moments_are_rows_and_priorities_are_columns(desk_company: Company) -> None:
    _matrix(desk_company)
    ((policy, levels),) = matrices()
    assert policy == "Promised"
    assert [level.when for level in levels] == [
        "First reply promised: 50 %",
        "First reply promised: 100 %",
        "No answer from people: 30 min",
    ]
    broken = levels[1].cells
    assert broken[0] == broken[2] == broken[3] == ("Raise the priority",)
    assert set(broken[1]) == {"Raise the priority", "Give to a person: Ruth Okafor"}
    assert levels[2].cells == (("Tell the desk (vip)",), (), (), ())


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_a_ticket_escalates_as_the_clock_goes_on(served: Served) -> None:  # noqa: F811
    company = served.day.company
    _matrix(company)
    page = served.page("ada", "/admin/store/escalationstep/")
    expect(page.locator("table.matrix")).to_contain_text("Give to a person: Ruth Okafor")
    if folder := os.environ.get("THREADLINE_PICTURES"):
        page.screenshot(path=Path(folder) / "matrix.png", full_page=True)
    chat = visitor(company, "Noor")
    says(company, chat, "the vent rattles")
    number = hands_over(company, team="technical", category="device", priority=Priority.HIGH)
    desk = served.page("ruth", f"/desk/tickets/{number}/?view=all")
    for hours, said in ((2, "50%"), (2, "100%")):
        company.clock.advance(hours=hours, seconds=1)
        watch_once(company.house)
        served.happens()
        expect(desk.locator("#thread")).to_contain_text(f"First reply promised, {said}")
    row = Ticket.objects.select_related("assignee").get(number=number)
    assert row.priority == int(Priority.CRITICAL)
    assert row.opened_at + timedelta(hours=4) < company.clock()
