"""What Prometheus is told: this process's counts and times. Serving them, and what only the database knows, is `bot.metrics_server`.

On a message's way nothing is done but counting; every name here is explained in docs/operations.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import Counter, Histogram
from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.breaker import Breaker
from store.tallies import expired_leases

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)

ACCEPTED = Counter("threadline_messages_accepted", "Stored and acknowledged.", ["channel"])
REPEATED = Counter(
    "threadline_deliveries_repeated", "Brought again by a provider, and known.", ["channel"]
)
ANSWERED = Counter("threadline_turns_answered", "Turns that ended with words alone.", ["channel"])
HANDED_OFF = Counter("threadline_turns_handed_off", "Turns that ended with people.", ["channel"])
TURN = Histogram(
    "threadline_answer_seconds",
    "From the acceptance of the oldest waiting message to the commit of its turn.",
    ["channel"],
    buckets=SLOW,
)
SENT = Counter(
    "threadline_sendings", "Attempts to send, by what came of them.", ["channel", "outcome"]
)
BREACHED = Counter("threadline_sla_breaches", "Promises that were broken.", ["clock"])
ASKED = Histogram(
    "threadline_neighbour_seconds", "Calls to brain and Rasa.", ["neighbour", "call"], buckets=FAST
)
ENCODED = Histogram("threadline_encode_seconds", "Texts turned into vectors.", buckets=FAST)
SEARCHED = Histogram(
    "threadline_search_seconds", "Questions answered from the index.", buckets=FAST
)
ROUTED = Histogram("threadline_route_seconds", "Cases routed.", buckets=FAST)

STATES = {"closed": 0.0, "half_open": 1.0, "open": 2.0}


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observes how long the block took, also when it fails."""
    start = perf_counter()
    try:
        yield
    finally:
        histogram.observe(perf_counter() - start)


class Leases(Collector):
    """Leases that ran out, as `store` has counted them."""

    def collect(self) -> Iterator[Metric]:
        told = CounterMetricFamily(
            "threadline_leases_expired", "Work whose holder had died or hung.", labels=["kind"]
        )
        for kind, count in expired_leases.items():
            told.add_metric([kind], count)
        yield told


class Circuits(Collector):
    """Whether neighbours are asked: 0 closed, 1 tried again, 2 open."""

    def __init__(self, *breakers: Breaker) -> None:
        self._breakers = breakers

    def collect(self) -> Iterator[Metric]:
        told = GaugeMetricFamily(
            "threadline_circuit", "0 closed, 1 half open, 2 open.", labels=["neighbour"]
        )
        for breaker in self._breakers:
            told.add_metric([breaker.name], STATES[breaker.state])
        yield told


REGISTRY.register(Leases())
