"""The escalation matrix is shown as one, and fires on a virtual clock before an agent's eyes."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import expect

from bot import company as verbs
from bot.watch import watch_once
from core.decision import Priority
from store.clocks import calendar_for
from store.models import Calendar, EscalationStep, SlaPolicy, Ticket
from tests.axe import axe  # noqa: F401 - a fixture
from tests.web.desk.test_axe import found_by
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import Company, hands_over, says, visitor
from web.admin.matrix import matrices


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


FRAME = re.compile(r"(landmark-one-main|page-has-heading-one|region) ")
"""What axe asks of a whole page, and the settings' frame has to give."""
FORESEEN = "/admin/store/escalationstep/foreseen/"


def _asked(**changes: object) -> dict[str, object]:
    policy = SlaPolicy.objects.get()
    base = {"policy": policy.pk, "priority": 2, "category": "", "tier": "", "days": 14}
    return {**base, "opened": "2026-03-02T09:00", **changes}


def _foreseen(client: Client, **changes: object) -> list[tuple[str, str, str, str]]:
    answer = client.get(FORESEEN, _asked(**changes))
    assert answer.status_code == 200
    lines = answer.context["lines"]
    return [(one.at.strftime("%d %H:%M"), one.when, one.deed, one.then) for one in lines]


def test_what_would_happen_to_a_ticket_that_nobody_touches(desk_company: Company) -> None:
    _matrix(desk_company)
    ada = Client()
    ada.force_login(desk_company.users["ada"])
    page = ada.get(FORESEEN)
    assert page.status_code == 200
    assert page.context["lines"], "a usual ticket, opened now, before anybody has chosen"
    first, *broken = _foreseen(ada)
    assert first == ("02 11:00", "First reply promised: 50 %", "Tell the desk", "")
    assert {(at, deed) for at, _, deed, _ in broken} >= {
        ("02 13:00", "Give to a person: Ruth Okafor"),
        ("02 13:00", "Raise the priority"),
    }
    assert next((deed, then) for _, _, deed, then in broken if then) == (
        "Raise the priority",
        "Critical",
    )
    vip = _foreseen(ada, priority=1, tier="vip")
    assert ("02 09:30", "No answer from people: 30 min", "Tell the desk", "") in vip
    EscalationStep.objects.all().delete()
    assert _foreseen(ada) == []


def test_times_are_those_of_the_policys_calendar(desk_company: Company) -> None:
    _matrix(desk_company)
    Calendar.objects.update(time_zone="Australia/Lord_Howe")
    ada = Client()
    ada.force_login(desk_company.users["ada"])
    zone = ada.get(FORESEEN, _asked()).context["zone"]
    assert _foreseen(ada)[0][0] == "02 11:00"
    assert zone == calendar_for(SlaPolicy.objects.get()).zone


@pytest.mark.parametrize(
    "wrong", [{"days": 61}, {"days": "x"}, {"opened": "soon"}, {"priority": 9}, {"policy": "x"}]
)
def test_what_cannot_be_asked_is_told_at_its_field(
    desk_company: Company, wrong: dict[str, object]
) -> None:
    ada = Client()
    ada.force_login(desk_company.users["ada"])
    answer = ada.get(FORESEEN, _asked(**wrong))
    assert answer.status_code == 200
    assert answer.context["lines"] is None
    assert set(answer.context["form"].errors) == set(wrong)


def test_who_may_not_configure_foresees_nothing(desk_company: Company) -> None:
    for login, status in (("", 302), ("ruth", 302), ("otto", 403), ("ada", 200)):
        client = Client()
        if login:
            client.force_login(desk_company.users[login])
        assert client.get(FORESEEN).status_code == status, login


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("dark", [False, True])
def test_the_time_line_is_read_by_everybody(
    served: Served,  # noqa: F811
    axe: str,  # noqa: F811
    dark: bool,
) -> None:
    _matrix(served.day.company)
    page = served.page("ada", "/admin/store/escalationstep/")
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.locator("#foresee").click()
    expect(page.locator("#foreseen tbody tr").first).to_contain_text("First reply promised: 50 %")
    page.locator("#foreseen select[name=priority]").select_option("1")
    page.locator("#foreseen form button").click()
    expect(page.locator("#foreseen tbody")).to_contain_text("Raise the priority")
    if folder := os.environ.get("THREADLINE_PICTURES"):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            name = f"foreseen-{width}{'-dark' if dark else ''}.png"
            page.screenshot(path=Path(folder) / name, full_page=True)
    # The frame around it is the admin's own.
    page.evaluate("document.body.replaceChildren(document.querySelector('#foreseen'))")
    assert [one for one in found_by(page, axe) if not FRAME.match(one)] == []
