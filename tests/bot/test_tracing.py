"""Traces: nothing while they are off; on, every process's spans hang together in one trace that has the message's own id."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bot import tracing
from bot.receive import receive
from bot.settings import Tracing
from bot.tracing_export import Tracer
from store.models import OutboxRow
from store.turns import answered_by
from tests.bot.test_deliver import deliver, replies
from tests.company import Company, Writer


@dataclass(slots=True)
class Told:
    """What the collector was told."""

    tracer: Tracer
    exporter: InMemorySpanExporter

    def spans(self) -> dict[str, ReadableSpan]:
        self.tracer.flush()
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def told() -> Iterator[Told]:
    exporter = InMemorySpanExporter()
    tracer = Tracer(Tracing(endpoint="http://nobody.invalid"), "work", exporter)
    with tracing.told_to(tracer):
        yield Told(tracer, exporter)


def parent(span: ReadableSpan) -> int:
    assert span.parent is not None
    return int(span.parent.span_id)


def test_while_it_is_off_nothing_is_made_and_nothing_of_it_is_loaded() -> None:
    assert tracing.span("x") is tracing.span("y", uuid4())
    assert tracing.traceparent() == ""
    assert tracing.now() == 0
    code = (
        "import sys; from bot.bootstrap import set_up_django; set_up_django();"
        "import bot.work, bot.brain; print(any('opentelemetry' in name for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_acceptance_is_the_root_and_what_other_processes_do_hangs_below(
    company: Company, told: Told
) -> None:
    accepted = receive(company.house, company.mail, [Writer().mail("hello")])[0]
    with tracing.span("converse", accepted.message), tracing.span("ask brain"):
        header = tracing.traceparent()
    with tracing.span("understand", header=header):
        inner = tracing.traceparent()
    spans = told.spans()
    assert {span.context.trace_id for span in spans.values()} == {accepted.message.int}
    assert spans["receive"].parent is None
    assert spans["receive"].attributes == {"channel": "email"}
    assert parent(spans["converse"]) == spans["receive"].context.span_id
    assert parent(spans["ask brain"]) == spans["converse"].context.span_id
    assert parent(spans["understand"]) == spans["ask brain"].context.span_id
    assert inner.split("-")[2] == f"{spans['understand'].context.span_id:016x}"


def test_what_belongs_to_nothing_is_not_told(told: Told) -> None:
    with tracing.span("ask brain"):
        assert tracing.traceparent() == ""
    assert told.spans() == {}


def test_a_repeated_delivery_begins_no_second_trace(company: Company, told: Told) -> None:
    mail = Writer().mail("hello")
    for _ in range(2):
        receive(company.house, company.mail, [mail])
    told.tracer.flush()
    assert len(told.exporter.get_finished_spans()) == 1


def test_rasa_says_when_it_thought_and_the_worker_passes_it_on(told: Told) -> None:
    message = uuid4()
    with tracing.span("ask rasa", message):
        header = tracing.traceparent()
        tracing.told_by_rasa(
            {"span": "00000000000000ff", "began": 10**18, "ended": 10**18 + 5}, header
        )
    tracing.told_by_rasa(None, header)
    spans = told.spans()
    turn = spans["turn"]
    assert turn.context.trace_id == message.int
    assert turn.context.span_id == 255
    assert parent(turn) == spans["ask rasa"].context.span_id
    assert (turn.start_time, turn.end_time) == (10**18, 10**18 + 5)
    assert turn.resource.attributes["service.name"] == "threadline-rasa"
    assert spans["ask rasa"].resource.attributes["service.name"] == "threadline-work"


def test_a_sending_belongs_to_the_message_that_it_answers(company: Company, told: Told) -> None:
    row = replies(company, "an answer", to="b@customers.example")
    asked = row.message_set.get(author="customer")
    row.message_set.filter(author="customer").update(turn=row.turns)
    assert answered_by(OutboxRow.objects.get().id) == asked.id
    deliver(company)
    span = told.spans()["deliver"]
    assert span.context.trace_id == asked.id.int
    assert span.attributes == {"channel": "email", "attempt": 0}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "x",
        "00-" + "0" * 32 + "-" + "1" * 16 + "-01",
        "00-" + "g" * 32 + "-" + "1" * 16 + "-01",
        "a-b-c-d-e",
    ],
)
def test_a_strangers_header_is_no_parent(header: str) -> None:
    assert tracing.parse(header) is None
