"""Policies compared before they serve: simulations as jobs, and trials on a share of the tickets, asked for in the settings."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from playwright.sync_api import expect

from bot import comparing, rules
from bot.again import decided_again
from bot.artefacts import load_parts
from bot.brain import Brain
from bot.compared import measure_trial, play_simulation
from bot.comparing import Chosen
from bot.handoff import case_of, packet_of
from bot.house import House
from bot.learning import JOB
from bot.reply import Outcome, finish_turn
from core.decision import Routed
from core.errors import Conflict, IllegalTransition, MalformedPayload, NotAllowed, NotFound
from core.holdout import Arm
from router.route import Router
from store import simulations
from store.experiments import holdout_of, outcomes, running
from store.figures import follow
from store.jobs import take_jobs
from store.models import (
    AuditEntry,
    Decision,
    Experiment,
    Figures,
    Job,
    ModelVersion,
    Simulation,
    Ticket,
)
from store.turns import claim
from tests.web.admin.test_rules import add_rule
from tests.web.desk.test_browser import (  # noqa: F401 - fixtures
    Served,
    browser,
    own_day,
    served,
)
from tests.web.seed import LEASE, Company, says, visitor

MONTH = Chosen(comparing.MONTH, "round_robin", comparing.SERVICE, tickets=300)


@pytest.fixture
def company(desk_company: Company) -> Company:
    return desk_company


def decided(company: Company, brain: Brain, words: str) -> int:
    """A ticket as a brain that follows what is in service decides it."""
    house = company.house
    chat = visitor(company, f"Noor {uuid4().hex[:6]}")
    says(company, chat, words)
    got = next(
        one
        for one in claim(house.vault, "w", LEASE, 50, house.clock())
        if one.conversation == chat[0]
    )
    case = case_of(got, None, {}, (), house.clock())
    routed: Routed = brain.route(case)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(house, got, Outcome(routed=routed, case=case, packet=packet))
    assert number is not None
    return number


def tried(company: Company, share: int = 50) -> Experiment:
    """A trial of one more rule, which moves what is down to the technical team."""
    add_rule(company, is_on=True)
    ada = company.users["ada"]
    return Experiment.objects.get(
        id=comparing.begin_trial(company.house, ada, "outages", share, comparing.EDITED)
    )


def brain_of(house: House) -> tuple[Brain, Any]:
    brain = Brain(encoder=object(), router=Router(None))  # type: ignore[arg-type]
    return brain, load_parts(house.settings, lambda settings: object(), brain)  # type: ignore[arg-type, return-value]


def test_a_share_of_the_tickets_is_decided_otherwise_and_can_be_told_again(
    company: Company,
) -> None:
    row = tried(company)
    brain, loaded = brain_of(company.house)
    numbers = [decided(company, brain, "everything is down") for _ in range(8)]
    while len(numbers) < 60 and Decision.objects.values("arm").distinct().count() < 2:
        numbers.append(decided(company, brain, "everything is down"))
    holdout = holdout_of(row)
    arms = set()
    for one in Decision.objects.all():
        arm = holdout.arm(str(one.conversation_id))
        arms.add(arm)
        assert (one.experiment_id, one.arm) == (row.id, arm.value)
        assert one.team == ("technical" if arm is Arm.OTHER else "triage")
        version = row.other if arm is Arm.OTHER else row.present
        assert one.versions["policy"] == version[:16]
    assert arms == set(Arm)
    assert all(decided_again(company.house, number)["is_same"] for number in numbers)
    comparing.stop_trial(company.house, company.users["ada"], row.id)
    load_parts(company.house.settings, lambda settings: object(), brain, loaded)  # type: ignore[arg-type, return-value]
    assert "trial" not in brain.versions
    later = decided(company, brain, "everything is down")
    assert Ticket.objects.select_related("decision").get(number=later).decision.arm == ""
    assert all(decided_again(company.house, number)["is_same"] for number in [*numbers, later])


def test_only_one_trial_runs_and_only_who_configures_begins_it(company: Company) -> None:
    house, ada = company.house, company.users["ada"]
    with pytest.raises(NotAllowed):
        comparing.begin_trial(house, company.users["ruth"], "x", 10, comparing.BY_HAND)
    with pytest.raises(MalformedPayload):
        comparing.begin_trial(house, ada, "x", 51, comparing.BY_HAND)
    with pytest.raises(Conflict, match="nothing to try out"):
        comparing.begin_trial(house, ada, "x", 10, comparing.EDITED)
    row = tried(company)
    with pytest.raises(Conflict, match="running already"):
        comparing.begin_trial(house, ada, "another", 10, comparing.BY_HAND)
    for verb in (comparing.stop_trial, comparing.adopt_trial, comparing.measure_trial):
        with pytest.raises(NotAllowed):
            verb(house, company.users["ruth"], row.id)
    comparing.stop_trial(house, ada, row.id)
    with pytest.raises(IllegalTransition):
        comparing.adopt_trial(house, ada, row.id)
    with pytest.raises(NotFound):
        comparing.stop_trial(house, ada, uuid4())
    comparing.begin_trial(house, ada, "another", 10, comparing.BY_HAND)
    actions = AuditEntry.objects.filter(action__startswith="experiment.").order_by("id")
    assert list(actions.values_list("action", "actor")) == [
        (f"experiment.{deed}", f"user:{ada.id}") for deed in ("begin", "stopped", "begin")
    ]


def test_adopting_puts_what_was_tried_out_into_service(company: Company) -> None:
    row = tried(company)
    comparing.adopt_trial(company.house, company.users["ada"], row.id)
    row.refresh_from_db()
    assert row.state == Experiment.State.ADOPTED
    assert ModelVersion.objects.get(kind="policy", is_active=True).version == row.other
    assert running() is None
    assert AuditEntry.objects.filter(action="experiment.adopted").count() == 1


def test_another_policy_in_service_ends_the_trial(company: Company) -> None:
    row = tried(company)
    add_rule(company, name="more", is_on=True, position=7)
    rules.enable(company.house, company.users["ada"])
    row.refresh_from_db()
    assert row.state == Experiment.State.OVERTAKEN


def test_a_trial_reports_what_really_happened(company: Company) -> None:
    row = tried(company)
    brain, _ = brain_of(company.house)
    count = 0
    while count < 8 or (count < 60 and Decision.objects.values("arm").distinct().count() < 2):
        decided(company, brain, "everything is down")
        company.clock.advance(days=1)
        count += 1
    follow(company.house.clock())
    ended = list(outcomes(row, company.house.clock()))
    assert [one.waited for one in ended] == [86_400.0 * days for days in range(count, 0, -1)]
    present = [one.arm for one in ended].count("present")
    assert measure_trial(company.house, row.id)["tickets"] == count
    row.refresh_from_db()
    assert [plan["tickets"] for plan in row.report["plans"]] == [present, count - present]
    technical = [one.kept for one in ended if one.arm == "other"]
    assert False in technical, "high priority, unanswered for days"
    assert Figures.objects.count() == count


def test_a_simulation_is_asked_for_played_and_kept(company: Company) -> None:
    house, ada = company.house, company.users["ada"]
    asked = comparing.ask(house, ada, MONTH)
    job = Job.objects.get(kind=JOB)
    assert job.payload == {"verb": "simulate", "of": str(asked)}
    lived = replace(MONTH, history=comparing.WEEKS)
    few = comparing.ask(house, ada, lived)
    assert play_simulation(house, few)["state"] == "failed"
    assert "fewer than 20" in Simulation.objects.get(id=few).said


def test_weeks_of_this_installation_are_played_under_the_rules_of_then(company: Company) -> None:
    house, ada = company.house, company.users["ada"]
    brain, _ = brain_of(house)
    for at in range(24):
        number = decided(company, brain, "everything is down")
        if at % 4:
            Ticket.objects.filter(number=number).update(team=company.teams["technical"])
        company.clock.advance(hours=5)
    add_rule(company, is_on=True)
    weeks = Chosen(comparing.WEEKS, comparing.SERVICE, comparing.EDITED)
    asked = comparing.ask(house, ada, weeks)
    rules.enable(house, ada)
    found = play_simulation(house, asked)
    assert (found["state"], found["tickets"]) == ("done", 24)
    report = Simulation.objects.get(id=asked).report
    assert [one["plan"] for one in report["plans"]] == ["in_service", "edited"]
    assert report["policies"]["in_service"]["version"] != report["policies"]["edited"]["version"]
    service, edited = report["plans"]
    assert service["transfers"] > edited["transfers"], "the rule is right about three of four"
    page = _client(company, "ada").get(f"/admin/store/simulation/{asked}/change/")
    assert "The second is better." in page.content.decode()


def test_what_is_called_off_is_not_played(company: Company) -> None:
    house, ada = company.house, company.users["ada"]
    asked = comparing.ask(house, ada, MONTH)
    with pytest.raises(NotAllowed):
        comparing.cancel(house, company.users["ruth"], asked)
    assert simulations.begun(asked) is not None
    comparing.cancel(house, ada, asked)
    assert not simulations.tell(asked, "half of it")
    assert take_jobs("w", timedelta(seconds=5), 5, house.clock()) == []
    assert play_simulation(house, asked) == {"state": "cancelled"}
    with pytest.raises(IllegalTransition):
        comparing.cancel(house, ada, asked)
    with pytest.raises(NotFound):
        play_simulation(house, uuid4())


def test_what_makes_no_sense_is_refused_and_many_wait_their_turn(company: Company) -> None:
    house, ada = company.house, company.users["ada"]
    for wrong in (
        replace(MONTH, history="dreams"),
        replace(MONTH, tickets=10**6),
        replace(MONTH, weeks=0),
        replace(MONTH, other="round_robin"),
        replace(MONTH, one=comparing.EDITED),
    ):
        with pytest.raises(MalformedPayload):
            comparing.ask(house, ada, wrong)
    with pytest.raises(NotFound):
        comparing.ask(house, ada, replace(MONTH, other="abcdef"))
    with pytest.raises(NotAllowed):
        comparing.ask(house, company.users["ruth"], MONTH)
    for _ in range(simulations.MOST_WAITING):
        comparing.ask(house, ada, MONTH)
    with pytest.raises(Conflict):
        comparing.ask(house, ada, MONTH)


def _client(company: Company, login: str) -> Client:
    client = Client()
    client.force_login(company.users[login])
    return client


def test_deeds_of_both_pages_are_refused_to_others_and_told_in_words(company: Company) -> None:
    row = tried(company)
    asked = comparing.ask(company.house, company.users["ada"], MONTH)
    deeds = [
        "/admin/store/simulation/ask/",
        f"/admin/store/simulation/{asked}/cancel/",
        "/admin/store/experiment/begin/",
        *(f"/admin/store/experiment/{row.id}/{verb}/" for verb in ("stop", "adopt", "measure")),
    ]
    for login, status in (("ruth", 302), ("otto", 403)):
        client = _client(company, login)
        assert {client.post(deed).status_code for deed in deeds} == {status}, login
    row.refresh_from_db()
    assert row.state == Experiment.State.RUNNING
    ada = _client(company, "ada")
    assert {ada.get(deed).status_code for deed in deeds} == {405}
    told = ada.post(deeds[0], {"history": "month", "tickets": "many"}, follow=True)
    assert "many is no number." in told.content.decode()


def test_what_was_refused_is_corrected_and_not_typed_again(company: Company) -> None:
    ada = _client(company, "ada")
    typed = {"history": "weeks", "weeks": "many", "one": "by_hand", "people": "own", "agents": "7"}
    told = ada.post("/admin/store/simulation/ask/", typed, follow=True).content.decode()
    for kept in (
        'value="weeks" checked',
        'value="own" checked',
        'value="7"',
        'value="by_hand" selected',
    ):
        assert kept in told
    assert 'value="month" checked' in ada.get("/admin/store/simulation/").content.decode()
    typed = {"name": "Longer words", "share": "half", "other": "by_hand"}
    told = ada.post("/admin/store/experiment/begin/", typed, follow=True).content.decode()
    assert 'value="Longer words"' in told
    assert 'value="by_hand" selected' in told


REPORT = Path(__file__).with_name("comparison.json")


@pytest.fixture
def pictured() -> Any:
    def take(page: Any, name: str) -> None:
        folder = os.environ.get("THREADLINE_PICTURES")
        for scheme in ("light", "dark") if folder else ():
            page.evaluate(f"document.documentElement.className = '{scheme}'")
            page.screenshot(path=Path(str(folder)) / f"{name}-{scheme}.png", full_page=True)

    return take


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_an_admin_plays_two_policies_tries_one_out_and_adopts_it(
    served: Served,  # noqa: F811
    pictured: Any,
) -> None:
    company = served.day.company
    house = company.house
    page = served.page("ada", "/admin/store/simulation/")
    page.select_option("[name=one]", "round_robin")
    page.select_option("[name=other]", "in_service")
    pictured(page, "simulator")
    page.get_by_role("button", name="Play it").click()
    expect(page.get_by_text("It is being played")).to_be_visible()
    row = Simulation.objects.get()
    page.goto(f"{served.url}/admin/store/simulation/{row.id}/change/")
    expect(page.get_by_role("button", name="Cancel it")).to_be_visible()
    simulations.begun(row.id)
    simulations.over(row.id, Simulation.State.DONE, house.clock(), json.loads(REPORT.read_text()))
    expect(page.locator("#summary")).to_contain_text("The second is better in")
    expect(page.locator("#comparison")).to_contain_text(
        "No difference can be told apart from chance."
    )
    pictured(page, "simulation")
    page.set_viewport_size({"width": 390, "height": 860})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    pictured(page, "simulation-phone")
    page.set_viewport_size({"width": 1440, "height": 860})
    add_rule(company, is_on=True)
    page.goto(f"{served.url}/admin/store/experiment/")
    page.fill("[name=name]", "outages")
    page.fill("[name=share]", "25")
    pictured(page, "trials")
    page.get_by_role("button", name="Begin the trial").click()
    expect(page.get_by_text("The trial has begun.")).to_be_visible()
    trial = Experiment.objects.get()
    measure_trial(house, trial.id)
    Experiment.objects.filter(id=trial.id).update(report=_as_trial(json.loads(REPORT.read_text())))
    page.goto(f"{served.url}/admin/store/experiment/{trial.id}/change/")
    expect(page.locator("#comparison")).to_contain_text("Work a ticket")
    pictured(page, "trial")
    page.set_viewport_size({"width": 390, "height": 860})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    pictured(page, "trial-phone")
    page.locator("#adopt").click()
    expect(page.get_by_text("Adopted:")).to_be_visible()
    assert ModelVersion.objects.get(kind="policy", is_active=True).version == trial.other
    assert isinstance(trial.id, UUID)


def _as_trial(report: dict[str, Any]) -> dict[str, Any]:
    """The same figures as if they had been counted of a trial."""
    for plan in report["plans"]:
        plan["handled_mean"] = 540.0
        del plan["utilisation"]
    return report


@pytest.mark.parametrize(
    ("language", "none", "one"),
    [("en", "0 simulations", "1 simulation"), ("de", "0 Simulationen", "1 Simulation")],
)
def test_the_foot_of_the_list_counts_simulations(
    company: Company, language: str, none: str, one: str
) -> None:
    ada = company.users["ada"]
    ada.language = language
    ada.save()

    def foot() -> str:
        page = _client(company, "ada").get("/admin/store/simulation/").content.decode()
        assert "Simulator" in page, "as the side bar calls it"
        return page

    assert f'<div class="py-4">{none}</div>' in foot()
    comparing.ask(company.house, ada, MONTH)
    assert f'<div class="py-4">{one}</div>' in foot()
