"""The OpenTelemetry side of `bot.tracing`: the only module that imports it. What is traced is decided by callers."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from bot.settings import Tracing

_wanted: ContextVar[tuple[int, int] | None] = ContextVar("wanted", default=None)
"""Trace and span id that the next span gets instead of random ones."""
Place = tuple[int, int]


class Tracer:
    """Spans of one process, and of others that cannot tell theirs; sent in the background."""

    def __init__(
        self, settings: Tracing, process: str, exporter: SpanExporter | None = None
    ) -> None:
        self._exporter = exporter or _otlp(settings.endpoint)
        self._providers: dict[str, TracerProvider] = {}
        self._mine = self._of(process)

    @contextmanager
    def span(
        self, name: str, parent: Place | None, about: Mapping[str, str | int]
    ) -> Iterator[None]:
        """A span around the block; `parent` None: a part of what runs here, or nothing where nothing does."""
        if parent is None and not trace.get_current_span().get_span_context().is_valid:
            yield
            return
        context = _context(*parent) if parent is not None else None
        with self._mine.start_as_current_span(name, context, attributes=dict(about)):
            yield

    def root(self, name: str, trace_id: int, span_id: int, since: int, **about: str) -> None:
        """A span without parent that has just ended, with these ids."""
        token = _wanted.set((trace_id, span_id))
        try:
            self._mine.start_span(name, Context(), start_time=since, attributes=about).end()
        finally:
            _wanted.reset(token)

    def foreign(
        self, process: str, name: str, parent: Place, span_id: int, began: int, ended: int
    ) -> None:
        """A span of another process, in its name and with its times (nanoseconds)."""
        token = _wanted.set((parent[0], span_id))
        try:
            tracer = self._of(process)
            tracer.start_span(name, _context(*parent), start_time=began).end(ended)
        finally:
            _wanted.reset(token)

    def traceparent(self) -> str:
        """The header for what runs here; empty outside of any span."""
        here = trace.get_current_span().get_span_context()
        return f"00-{here.trace_id:032x}-{here.span_id:016x}-01" if here.is_valid else ""

    def flush(self) -> None:
        """Waits until everything is sent."""
        for provider in self._providers.values():
            provider.force_flush()

    def _of(self, process: str) -> trace.Tracer:
        if process not in self._providers:
            resource = Resource.create({"service.name": f"threadline-{process}"})
            provider = TracerProvider(resource=resource, id_generator=_Ids())
            provider.add_span_processor(BatchSpanProcessor(self._exporter))
            self._providers[process] = provider
        return self._providers[process].get_tracer("threadline")


class _Ids(IdGenerator):
    """Random ids, but for spans whose ids are known."""

    def generate_span_id(self) -> int:
        wanted = _wanted.get()
        return wanted[1] if wanted is not None else random.getrandbits(64) or 1

    def generate_trace_id(self) -> int:
        wanted = _wanted.get()
        return wanted[0] if wanted is not None else random.getrandbits(128) or 1


def _context(trace_id: int, span_id: int) -> Context:
    """What another process has begun, as something to be a part of."""
    sampled = TraceFlags(TraceFlags.SAMPLED)
    begun = SpanContext(trace_id, span_id, is_remote=True, trace_flags=sampled)
    return trace.set_span_in_context(NonRecordingSpan(begun), Context())


def _otlp(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(endpoint=endpoint)
