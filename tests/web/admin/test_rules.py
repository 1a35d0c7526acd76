"""Rules of routing, edited: shown on last week's tickets before they serve, put into service, re-derived byte for byte."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import expect

from bot import rules
from bot.again import decided_again
from bot.handoff import case_of, packet_of
from bot.house import House
from bot.policies import checked, policy_in_service, use_policy
from bot.reply import Outcome, finish_turn
from core.decision import Priority
from core.errors import MalformedPayload, NotAllowed, NotFound
from router.plans import read_policy
from router.policy import policy_from
from router.route import Router
from store.models import AuditEntry, ModelVersion, QueueEntry, RoutingRule, Ticket
from store.turns import claim
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import LEASE, Company, says, visitor


def decided(company: Company, words: str) -> int:
    """A ticket as the router in service decides it. No model: the rules alone."""
    house = company.house
    chat = visitor(company, "Noor")
    says(company, chat, words)
    got = next(
        one
        for one in claim(house.vault, "w", LEASE, 5, house.clock())
        if one.conversation == chat[0]
    )
    case = case_of(got, None, {}, (), house.clock())
    policy = policy_from(read_policy(policy_in_service(house.settings)))
    routed = Router(None, policy).route(case)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(house, got, Outcome(routed=routed, case=case, packet=packet))
    assert number is not None
    return number


def add_rule(company: Company, **more: Any) -> RoutingRule:
    rules.begin_editing(company.house)
    given = {
        "brand": company.brand,
        "position": 5,
        "name": "outage",
        "because": 'It speaks of an outage ("{found}").',
        "when": rules.conditions_of("text says outage, down"),
        "then": {"team": "technical", "priority": "high"},
        "is_on": False,
        **more,
    }
    return RoutingRule.objects.create(**given)


@pytest.fixture
def company(desk_company: Company) -> Company:
    return desk_company


def test_a_rule_shows_beforehand_what_it_would_have_changed(company: Company) -> None:
    moved = decided(company, "our site is down since nine")
    decided(company, "where is my invoice")
    rule = add_rule(company)
    assert rules.preview(company.house).changed == [], "it is off"
    effect = rules.preview(company.house, also=rule)
    assert (effect.tickets, effect.untold, effect.moved, effect.reprioritised) == (2, 0, 1, 1)
    (changed,) = effect.changed
    assert (changed.number, changed.team) == (moved, ("triage", "technical"))
    assert changed.priority == (Priority.MEDIUM, Priority.HIGH)
    assert Ticket.objects.get(number=moved).team.slug == "triage", "nothing happened yet"


def test_a_rule_that_only_changes_whom_it_is_for_says_so(company: Company) -> None:
    decided(company, "our site is down since nine")
    rings = [
        {"team": "technical", "skills": ["api"]},
        {"minutes": 5, "agent": "last"},
        {"minutes": 9},
    ]
    rule = add_rule(company, then={"targets": rings}, is_on=True)
    (changed,) = rules.preview(company.house).changed
    after = "technical with api; 5 min: last agent in triage; 9 min: triage"
    assert (changed.meant[1], changed.team) == (after, ("triage", "technical"))
    client = Client()
    client.force_login(company.users["ada"])
    page = client.get("/admin/store/routingrule/preview/").content.decode()
    assert f"<b>{after}</b>" in page
    rule.then = {"skills": ["api", "de"]}
    rule.save()
    assert rules.preview(company.house).changed[0].meant[1].endswith("api, de")


def test_of_very_many_tickets_the_newest_are_decided_once_more_and_it_says_so(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(company, "our site is down since nine")
    company.clock.advance(minutes=1)
    newest = decided(company, "the shop is down")
    add_rule(company, is_on=True)
    assert not rules.preview(company.house).is_cut
    monkeypatch.setattr(rules, "MOST", 1)
    effect = rules.preview(company.house)
    assert (effect.is_cut, [one.number for one in effect.changed]) == (True, [newest])


def test_only_the_last_seven_days_count(company: Company) -> None:
    decided(company, "our site is down since nine")
    company.clock.advance(days=7, seconds=1)
    effect = rules.preview(company.house, also=add_rule(company))
    assert effect.tickets == 0


def test_what_is_enabled_decides_the_next_ticket_and_can_be_taken_back(company: Company) -> None:
    rule = add_rule(company, is_on=True)
    made = rules.enable(company.house, company.users["ada"])
    number = decided(company, "everything is down")
    row = Ticket.objects.select_related("decision", "team").get(number=number)
    assert (row.team.slug, row.priority) == ("technical", 2)
    assert row.decision is not None
    assert row.decision.versions["policy"] == made["version"][:16]
    assert not rules.preview(company.house).is_new
    kinds = AuditEntry.objects.filter(action="model.activate").values_list("actor", flat=True)
    assert list(kinds)[-1] == f"user:{company.users['ada'].id}"
    assert ModelVersion.objects.filter(kind="policy").count() == 2, "the shipped one is kept"
    rule.delete()
    rules.start_over(company.house, company.users["ada"])
    assert RoutingRule.objects.filter(name="outage").exists()
    with pytest.raises(NotAllowed):
        rules.enable(company.house, company.users["ruth"])


def test_the_export_is_the_policy_that_would_serve(company: Company) -> None:
    add_rule(company, is_on=True)
    text = rules.as_toml(company.house)
    assert next(rule["name"] for rule in tomllib.loads(text)["rules"]) == "outage"
    policy_from(tomllib.loads(text))


def test_targets_of_a_rule_are_the_plan_of_the_ticket(company: Company) -> None:
    targets = rules.targets_of("technical with api\n5 min: technical\n20 min: billing")
    add_rule(company, is_on=True, then={"targets": targets})
    rules.enable(company.house, company.users["ada"])
    number = decided(company, "everything is down")
    entry = QueueEntry.objects.select_related("team").get(ticket__number=number)
    assert (entry.team.slug, entry.skills) == ("technical", ["api"])
    assert [one["minutes"] for one in entry.plan] == [0.0, 5.0, 20.0]


def test_a_rule_asks_only_colleagues_who_are_here(company: Company) -> None:
    house, ruth, ada = company.house, company.users["ruth"], company.users["ada"]
    named = {"targets": rules.targets_of(f"agent {ruth.email} in technical\n5 min: technical")}
    rule = add_rule(company, is_on=True, then=named)
    rules.check_rule(rule)
    rules.enable(house, ada)
    number = decided(company, "everything is down")
    plan = QueueEntry.objects.get(ticket__number=number).plan
    assert [one["agent"] for one in plan] == [ruth.email, ""]
    ruth.is_active = False
    ruth.save()
    left = f"Rule 'outage': {ruth.email} no longer works here."
    assert rules.preview(house).problems == [left]
    file = house.settings.state / "left.toml"
    file.write_text(rules.as_toml(house), encoding="utf-8")
    assert tomllib.loads(file.read_text("utf-8"))["rules"][0]["then"] == named
    assert checked(file, (), ["technical"])["problems"] == [left]
    assert checked(file, (), ())["problems"] == [], "where there is no installation"
    for refused in (
        lambda: rules.check_rule(rule),
        lambda: rules.enable(house, ada),
        lambda: use_policy(house, file),
    ):
        with pytest.raises(MalformedPayload, match="no longer works here"):
            refused()
    ruth.email = "otherwise@firm.example"
    ruth.save()
    with pytest.raises(MalformedPayload, match="nobody who takes conversations here has the"):
        use_policy(house, file)
    assert decided_again(house, number)["is_same"]


def test_a_rule_that_cannot_be_read_is_refused_in_words(company: Company) -> None:
    rule = add_rule(company, then={})
    with pytest.raises(MalformedPayload, match="Say what the rule changes"):
        rules.check_rule(rule)
    client = Client()
    client.force_login(company.users["ada"])
    form = {"name": "x", "position": "1", "because": "y", "priority": "high"}
    answer = client.post("/admin/store/routingrule/add/", {**form, "conditions": "tier is vip"})
    assert "there is no field &#x27;tier&#x27;" in answer.content.decode()


def test_a_decision_is_derived_again_byte_for_byte(company: Company) -> None:
    number = decided(company, "everything is down")
    add_rule(company, is_on=True)
    rules.enable(company.house, company.users["ada"])
    found = decided_again(company.house, number)
    assert found["is_same"], found
    later = decided(company, "it is down again")
    assert decided_again(company.house, later)["is_same"]
    with pytest.raises(NotFound):
        decided_again(company.house, 9999)


def test_another_verdict_is_noticed(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    number = decided(company, "everything is down")
    route = Router.route
    monkeypatch.setattr(
        Router, "route", lambda self, case: replace(route(self, case), team="orders")
    )
    assert decided_again(company.house, number)["different"] == ["team"]


@pytest.fixture
def pictured() -> Any:
    def take(page: Any, name: str) -> None:
        if folder := os.environ.get("THREADLINE_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_an_admin_edits_a_rule_previews_it_enables_it_and_sees_it_decide(
    served: Served,  # noqa: F811
    pictured: Any,
) -> None:
    company = served.day.company
    _brain_free(company.house)
    old = decided(company, "our site is down since nine")
    page = served.page("ada", "/admin/store/routingrule/")
    expect(page.get_by_text("danger to people").first).to_be_visible()
    pictured(page, "rules")
    page.goto(f"{served.url}/admin/store/routingrule/add/")
    page.fill("#id_name", "outage")
    page.fill("#id_position", "5")
    page.fill("#id_conditions", "text says outage, down")
    page.select_option("#id_priority", "high")
    page.select_option("#id_team", "technical")
    page.fill("#id_because", 'It speaks of an outage ("{found}").')
    page.locator("[name=_continue]").click()
    expect(page.locator("#effect")).to_contain_text("This rule fires on 1 of 1 tickets")
    pictured(page, "rule")
    page.check("#id_is_on")
    page.locator("[name=_save]").click()
    page.locator("#preview").click()
    expect(page.locator("#changed")).to_contain_text(f"#{old}")
    expect(page.locator("#changed")).to_contain_text("triage → technical")
    pictured(page, "rules-preview")
    page.locator("#enable").click()
    expect(page.get_by_text("In service:")).to_be_visible()
    new = decided(company, "the whole office is down")
    page.goto(f"{served.url}/desk/tickets/{new}/")
    expect(page.locator("#context")).to_contain_text('It speaks of an outage ("down").')
    page.locator("#decision summary").click()
    expect(page.locator("#decision")).to_contain_text("outage")
    assert Ticket.objects.get(number=new).team.slug == "technical"


def _brain_free(house: House) -> None:
    """The day's own tickets have no case; only what is decided here counts."""
    Ticket.objects.update(decision=None)
