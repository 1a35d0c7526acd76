"""What Prometheus is told is true, costs little, is not public, and is all that the dashboard and the alarms name."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import yaml
from django.db import connection
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext
from prometheus_client.core import REGISTRY, CollectorRegistry
from pydantic import ValidationError

from bot import metrics_server
from bot.breaker import Breaker
from bot.metrics import ENCODED, Circuits, timed
from bot.metrics_server import Waiting, serve_metrics
from bot.receive import receive
from bot.settings import Metrics
from core.errors import DialogueFailed
from store.overdue import queues
from store.turns import claim
from tests.architecture.source import ROOT
from tests.bot.test_deliver import deliver, replies
from tests.company import Company, StandingClock, Writer
from tests.product import free_port
from web.health import Health, Parts

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "threadline.json"
TOKEN = "sixteen letters or more"


def told(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_message_is_counted_once_however_often_it_is_brought(company: Company) -> None:
    names = ("threadline_messages_accepted_total", "threadline_deliveries_repeated_total")
    before = [told(name, channel="email") for name in names]
    mail = Writer().mail("hello")
    for _ in range(3):
        receive(company.house, company.mail, [mail])
    after = [told(name, channel="email") for name in names]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 2]


def test_what_came_of_a_sending_is_counted(company: Company) -> None:
    sent = told("threadline_sendings_total", channel="email", outcome="sent")
    replies(company, "one", to="m@customers.example")
    deliver(company)
    assert told("threadline_sendings_total", channel="email", outcome="sent") == sent + 1


def test_a_lease_that_ran_out_is_counted_and_one_given_back_is_not(company: Company) -> None:
    house = company.house
    receive(house, company.mail, [Writer().mail("hello")])
    before = told("threadline_leases_expired_total", kind="turn")
    assert claim(house.vault, "dies", timedelta(seconds=-1), 1, house.clock())
    assert told("threadline_leases_expired_total", kind="turn") == before
    assert claim(house.vault, "comes", timedelta(seconds=30), 1, house.clock())
    assert told("threadline_leases_expired_total", kind="turn") == before + 1


def test_queues_have_ages_and_cost_a_bounded_number_of_queries(
    company: Company, clock: StandingClock
) -> None:
    receive(company.house, company.mail, [Writer().mail("hello")])
    replies(company, "waits", to="b@customers.example")
    now = clock.advance(seconds=90)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = {queue.name: queue for queue in queues(now)}
    assert found["turns"].age == timedelta(seconds=90)
    assert found["turns"].length == 2
    assert found["delivery"].age == timedelta(seconds=90)
    assert found["delivery"].length == 1
    assert found["late"].length == 0
    assert len(asked) <= 14
    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"]]
    assert counts
    assert all("LIMIT 1000" in sql for sql in counts), "however much waits"


def test_the_database_is_asked_once_in_five_seconds_and_its_absence_is_told(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def counted(now: Any) -> Any:
        asked.append(now)
        return queues(now)

    monkeypatch.setattr(metrics_server, "queues", counted)
    registry = CollectorRegistry()
    registry.register(Waiting(clock))
    for _ in range(3):
        assert registry.get_sample_value("threadline_database_up") == 1
    assert len(asked) == 1
    clock.advance(seconds=6)

    def gone(now: Any) -> Any:
        raise OperationalError("the server is away")

    monkeypatch.setattr(metrics_server, "queues", gone)
    assert registry.get_sample_value("threadline_database_up") == 0


def test_circuits_and_parts_are_told(company: Company, clock: StandingClock) -> None:
    registry = CollectorRegistry()
    breaker = Breaker("rasa", lambda: 0.0, limit=1)
    health = Health(company.house)
    registry.register(Circuits(breaker))
    registry.register(Parts(health))
    assert registry.get_sample_value("threadline_circuit", {"neighbour": "rasa"}) == 0
    with pytest.raises(DialogueFailed), breaker.guard():
        raise DialogueFailed("no")
    assert registry.get_sample_value("threadline_circuit", {"neighbour": "rasa"}) == 2
    health._note("disk", "degraded", "10 MB left")
    assert registry.get_sample_value("threadline_part", {"part": "disk"}) == 0.5


def test_time_is_told_also_where_the_deed_fails() -> None:
    before = told("threadline_encode_seconds_count")
    with pytest.raises(ValueError, match="no"), timed(ENCODED):
        raise ValueError("no")
    assert told("threadline_encode_seconds_count") == before + 1


# ---- who may ask ----------------------------------------------------------------------------------


@pytest.fixture
def served() -> Iterator[int]:
    port = free_port()
    stop = serve_metrics(Metrics(port=port, token=TOKEN), "web")  # type: ignore[arg-type]
    yield port
    stop()


def ask(port: int, path: str = "/metrics", token: str = TOKEN) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_only_who_has_the_token_is_told(served: int) -> None:
    status, text = ask(served)
    assert status == 200
    assert "threadline_messages_accepted_total" in text
    for wrong in ("", "another", "ünlike"):
        assert ask(served, token=wrong.encode().decode("latin-1")) == (401, "")


def test_there_is_nothing_else_to_see(served: int) -> None:
    assert ask(served, "/") == (404, "")
    assert ask(served, "/metrics/x") == (404, "")


def test_it_is_served_nowhere_unless_asked_for_and_a_taken_port_stops_nobody(served: int) -> None:
    assert Metrics().port == 0
    serve_metrics(Metrics(), "work")()
    serve_metrics(Metrics(port=served), "web")()
    assert ask(served)[0] == 200


def test_others_than_this_machine_need_a_token() -> None:
    with pytest.raises(ValidationError, match="token"):
        Metrics(port=9640, host="0.0.0.0")
    assert Metrics(port=9640, host="0.0.0.0", token=TOKEN).port  # type: ignore[arg-type]


# ---- the dashboard and the alarms -----------------------------------------------------------------


def named(text: str) -> set[str]:
    return set(re.findall(r"\bthreadline_[a-z_]+", text))


def known(company: Company) -> set[str]:
    """Every name that some process tells."""
    registry = CollectorRegistry()
    health = Health(company.house)
    health._note("disk", "ok")
    for collector in (
        Waiting(company.house.clock),
        Parts(health),
        Circuits(Breaker("x", lambda: 0.0)),
    ):
        registry.register(collector)
    found = set()
    for metric in (*REGISTRY.collect(), *registry.collect()):
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
        found |= {metric.name + end for end in ends.get(metric.type, ("",))}
    return found


def expressions() -> Iterator[str]:
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def test_every_metric_that_the_dashboard_and_the_alarms_name_is_told_by_some_process(
    company: Company,
) -> None:
    wanted = set().union(*map(named, expressions()))
    assert len(wanted) > 12
    assert wanted - known(company) == set()


def test_every_metric_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    ours = {m.name for m in REGISTRY.collect() if m.name.startswith("threadline_")}
    assert {name for name in ours if name not in page} == set()


def test_alarms_are_whole(tmp_path: Any) -> None:
    names = []
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            assert {"alert", "expr", "labels", "annotations"} <= set(rule), rule
            assert rule["labels"]["severity"] in {"page", "ticket"}
            assert rule["annotations"].keys() == {"summary", "description"}
            names.append(rule["alert"])
    assert sorted(set(names)) == sorted(names)
    for expression in expressions():
        for left, right in ("()", "{}", "[]"):
            assert expression.count(left) == expression.count(right), expression


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_itself_reads_them() -> None:
    folder = ROOT / "deploy" / "prometheus"
    for what, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        done = subprocess.run(
            ["promtool", "check", what, file],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
