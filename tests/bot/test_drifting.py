"""Drift is watched: measured once a day, kept with the router that it is of, shown, counted, told by the doctor, and noted once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from bot.doctor import _models
from bot.drifting import measure_drift
from bot.handoff import packet_of
from bot.house import House
from bot.learning import JOB, _asked
from bot.metrics_server import Waiting
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.versions import admit
from core.decision import Case
from core.errors import NotFound
from router.model import load_model
from router.route import Router
from store.drift import alarms, drift_now, look_when_due
from store.models import AuditEntry, Job
from store.turns import claim
from tests.bot.test_models import ready, tickets, trained
from tests.company import Company, StandingClock, Writer
from tests.web.desk.conftest import desk_company
from tests.web.seed import Company as Desk
from web.admin.drifted import told_drift

__all__ = ["desk_company", "ready", "trained"]


def decide(company: Company, router: Router, words: list[str]) -> None:
    """Each becomes a ticket, as this router decides it."""
    house = company.house
    for at, text in enumerate(words):
        writer = Writer(f"w{at}.{len(text)}@customers.example")
        receive(house, company.mail, [writer.mail(text, subject="")])
        for got in claim(house.vault, "w", timedelta(seconds=30), 5, house.clock()):
            case = Case(text, "en", "email")
            packet = packet_of(got, None, None, {"reason": "bot_failed"})
            finish_turn(house, got, Outcome(routed=router.route(case), case=case, packet=packet))


def test_a_measurement_is_asked_for_once_a_day(house: House, clock: StandingClock) -> None:
    assert not look_when_due(JOB, clock()), "a fresh installation has nothing to measure"
    clock.advance(days=1)
    assert look_when_due(JOB, clock())
    assert not look_when_due(JOB, clock())
    assert [job.payload for job in Job.objects.all()] == [{"verb": "drift"}]
    assert _asked("drift", {"verb": "drift"}) == ["learn", "drift"]
    clock.advance(days=1)
    assert look_when_due(JOB, clock())
    assert Job.objects.count() == 1, "one waits already"


def test_without_a_router_there_is_nothing_to_measure(house: House) -> None:
    with pytest.raises(NotFound):
        measure_drift(house)
    assert drift_now() == {}


def test_what_has_drifted_is_kept_told_and_noted_once(
    company: Company, ready: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("router.drift.FEWEST", 12)
    house = company.house
    admit(house, "router", *ready["one"])
    router = Router(load_model(house.settings.state / ready["one"][0]))
    decide(company, router, [row["text"] for row in tickets(5, 12)])
    assert measure_drift(house)["tickets"] == 12
    assert "unknown words" not in alarms(drift_now())
    strange = [f"the quarterly mortgage covenant escrow lien number {at}" for at in range(30)]
    decide(company, router, strange)
    measure_drift(house)
    assert "unknown words" in alarms(drift_now())
    assert _models()["state"] == "degraded"
    told = [
        sample
        for metric in Waiting(house.clock).collect()
        for sample in metric.samples
        if sample.name == "threadline_router_drift_alarm"
    ]
    assert {one.labels["sign"]: one.value for one in told}["unknown words"] == 1.0
    noted = AuditEntry.objects.filter(action="model.drifted").count()
    measure_drift(house)
    assert AuditEntry.objects.filter(action="model.drifted").count() == noted
    admit(house, "router", *ready["two"])
    assert drift_now() == {}, "what the new router has not decided says nothing of it"


def test_it_stands_on_the_page_of_the_rules(desk_company: Desk, ready: Any) -> None:
    admit(desk_company.house, "router", *ready["one"])
    measure_drift(desk_company.house)
    client = Client()
    client.force_login(desk_company.users["ada"])
    page = client.get("/admin/store/routingrule/").content.decode()
    assert "Too few tickets yet to say" in page
    assert "0 tickets of the last 28 days; below 200" in page
    assert "stability index" not in page


def test_what_the_page_says_of_drift_is_said_in_the_readers_language() -> None:
    signs = [
        {"name": "team labels", "value": 0.31, "is_alarming": True},
        {"name": "unknown words", "value": 0.2, "is_alarming": False},
    ]
    with translation.override("de"):
        told = told_drift({"tickets": 300, "fewest": 200, "days": 28, "signs": signs})
    assert told["is_alarming"]
    assert told["lines"] == [
        ("Teams, zu denen Kunden kommen: weit von dem, was er gelernt hat (Stabilitätsindex 0.31)", True),
        ("Wörter, die der Router nicht kennt: 20 %", False),
    ]  # fmt: skip
    few = told_drift({"tickets": 199, "days": 28, "signs": signs})
    assert (few["is_judged"], few["is_alarming"], few["lines"]) == (False, False, [])
