"""`/metrics` of one process, on a port of its own that is not public; and the ages of queues, read when somebody asks.

What is counted stands in `bot.metrics`.
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from wsgiref.simple_server import WSGIServer, make_server

import structlog
from django.db import connection
from django.db.utils import DatabaseError
from prometheus_client import make_wsgi_app
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.exposition import ThreadingWSGIServer, _SilentHandler
from prometheus_client.registry import Collector

from bot.settings import Metrics
from core.clock import Clock
from store.drift import drift_now
from store.duties import beats
from store.overdue import Queue, queues

log = structlog.get_logger()

PLACES = {"web": 0, "work": 1, "brain": 2}
"""Each process listens so many ports above `metrics.port`."""
FRESH = timedelta(seconds=5)
"""What the database said is told to everybody who asks within this time."""
Respond = Callable[..., Any]


def serve_metrics(
    settings: Metrics, process: str, collectors: Iterable[Collector] = ()
) -> Callable[[], None]:
    """Serves in a thread until the returned function is called. Without a port nothing happens; where the port is
    taken (a second worker on this machine) that is logged, for the work matters more."""
    if not settings.port:
        return lambda: None
    for collector in collectors:
        REGISTRY.register(collector)
    app = BearerOrNothing(make_wsgi_app(), settings.token.get_secret_value())
    try:
        server: WSGIServer = make_server(
            settings.host,
            settings.port + PLACES[process],
            app,
            ThreadingWSGIServer,
            handler_class=_SilentHandler,
        )
    except OSError as problem:
        log.warning("metrics_not_served", problem=str(problem))
        return lambda: None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()

    def stop() -> None:
        server.shutdown()
        server.server_close()

    return stop


class BearerOrNothing:
    """Answers `/metrics` alone, and where there is a token only to who has it."""

    def __init__(self, app: Callable[..., Iterable[bytes]], token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode() if token else b""

    def __call__(self, environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        given = str(environ.get("HTTP_AUTHORIZATION", "")).encode()
        if self._expected and not hmac.compare_digest(given, self._expected):
            return _refuse(respond, "401 Unauthorized")
        if environ.get("PATH_INFO") != "/metrics":
            return _refuse(respond, "404 Not Found")
        return self._app(environ, respond)


def _refuse(respond: Respond, status: str) -> list[bytes]:
    respond(status, [("Content-Type", "text/plain"), ("Content-Length", "0")])
    return [b""]


class Waiting(Collector):
    """How long and how much waits, and who was last seen alive: the same from every `web`, read at most once in 5 s."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._read: tuple[datetime, list[Queue], dict[str, datetime], dict[str, Any]] | None = None

    def describe(self) -> list[Metric]:
        """Nothing: registering must not ask the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = self._clock()
        up = GaugeMetricFamily("threadline_database_up", "1 when the database answered.")
        try:
            found, seen, drifted = self._latest(now)
        except DatabaseError as problem:
            log.warning("metrics_without_database", problem=type(problem).__name__)
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _queues(found)
        silent = GaugeMetricFamily(
            "threadline_duty_silent_seconds", "Since a duty was last seen alive.", labels=["duty"]
        )
        for duty, beat in seen.items():
            silent.add_metric([duty], max(0.0, (now - beat).total_seconds()))
        yield silent
        yield from _drift(drifted)

    def _latest(self, now: datetime) -> tuple[list[Queue], dict[str, datetime], dict[str, Any]]:
        with self._lock:
            if self._read is None or not timedelta(0) <= now - self._read[0] < FRESH:
                try:
                    self._read = (now, queues(now), beats(), drift_now())
                finally:
                    connection.close()  # the thread that asked ends with its answer
            return self._read[1:]


def _drift(found: dict[str, Any]) -> Iterator[Metric]:
    value = GaugeMetricFamily(
        "threadline_router_drift", "How far tickets moved from the router's.", labels=["sign"]
    )
    alarm = GaugeMetricFamily(
        "threadline_router_drift_alarm", "1 where that is too far.", labels=["sign"]
    )
    for sign in found.get("signs", ()):
        value.add_metric([sign["name"]], sign["value"])
        alarm.add_metric([sign["name"]], float(sign["is_alarming"]))
    yield value
    yield alarm


def _queues(found: list[Queue]) -> Iterator[Metric]:
    age = GaugeMetricFamily(
        "threadline_queue_age_seconds", "How long the first one has waited.", labels=["queue"]
    )
    length = GaugeMetricFamily(
        "threadline_queue_length", "How many wait; not counted beyond 1,000.", labels=["queue"]
    )
    for queue in found:
        age.add_metric([queue.name], queue.age.total_seconds())
        length.add_metric([queue.name], queue.length)
    yield age
    yield length
