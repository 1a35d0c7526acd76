"""The running product as those who operate it see it: metrics of each process, and one message followed through all four."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Callable

import pytest

from tests.fakes.otlp import Collector
from tests.product import Running

pytestmark = [pytest.mark.slow, pytest.mark.rasa]
SERVICES = {"threadline-web", "threadline-work", "threadline-brain", "threadline-rasa"}


def post(url: str, body: dict[str, object], token: str = "") -> dict[str, str]:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, str] = json.load(answer)
        return found


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.1)


def metrics(running: Running, offset: int) -> str:
    url = f"http://127.0.0.1:{running.metrics + offset}/metrics"
    with urllib.request.urlopen(url, timeout=30) as answer:
        text: str = answer.read().decode()
        return text


def ask(running: Running, text: str) -> None:
    """A visitor's message on the website."""
    site = f"http://127.0.0.1:{running.port}/chat/v1/conversations"
    opened = post(site, {})
    url = f"{site}/{opened['conversation']}/messages"
    post(url, {"text": text, "client_id": f"watched-{time.monotonic_ns()}"}, opened["token"])


def test_a_message_is_followed_through_all_four_processes(
    running: Running, collector: Collector
) -> None:
    def whole() -> list[str]:
        """Traces with a span of each process, to the end of the turn."""
        traces = {span.trace for span in list(collector.seen)}
        found = {trace: collector.trace(trace) for trace in traces}
        return [
            trace
            for trace, spans in found.items()
            if {s.service for s in spans} >= SERVICES and any(s.name == "converse" for s in spans)
        ]

    for _ in range(
        6
    ):  # on a machine with no time Rasa may miss its deadline: then it was not asked through
        ask(running, "How do I reset my password?")
        with contextlib.suppress(AssertionError):
            until(lambda: bool(whole()), seconds=25)
            break
    spans = collector.trace(whole()[0])
    by_id = {span.span: span for span in spans}
    roots = [span for span in spans if not span.parent]
    assert [(root.service, root.name) for root in roots] == [("threadline-web", "receive")]
    assert {span.parent for span in spans if span.parent} <= set(by_id), "no span hangs in the air"
    (turn,) = [span for span in spans if span.service == "threadline-rasa"]
    assert by_id[turn.parent].name == "ask rasa"


def test_each_process_tells_its_metrics(running: Running) -> None:
    ask(running, "Where can I download my invoices?")
    until(
        lambda: (
            'threadline_neighbour_seconds_count{call="turn",neighbour="rasa"}'
            in metrics(running, 1)
        )
    )
    web, work, brain = (metrics(running, offset) for offset in range(3))
    assert 'threadline_messages_accepted_total{channel="webchat"}' in web
    assert 'threadline_part{part="rasa"} 1.0' in web
    assert 'threadline_queue_age_seconds{queue="turns"}' in web
    assert 'threadline_duty_silent_seconds{duty="watch"}' in web
    assert 'threadline_circuit{neighbour="rasa"} 0.0' in work
    assert "threadline_search_seconds_count" in brain
