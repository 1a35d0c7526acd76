"""One message followed through all processes with OpenTelemetry; does nothing, and imports nothing, until it is switched on.

A message's trace id is its own id, so that every process knows it from the ledger's rows and none must be told:
the span of its acceptance, which is the root, has the id that `_root` makes from it. Counting is `bot.metrics`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

from bot.settings import Tracing
from core.errors import PermanentFailure

if TYPE_CHECKING:
    from bot.tracing_export import Tracer

_NOTHING: AbstractContextManager[None] = nullcontext()
_tracer: Tracer | None = None


def set_up_tracing(settings: Tracing, process: str) -> None:
    """Switches it on for this process where the settings name a collector. Raises `PermanentFailure` without
    the `otel` extra."""
    global _tracer
    if not settings.endpoint:
        return
    try:
        from bot.tracing_export import Tracer
    except ImportError as problem:
        raise PermanentFailure(
            "Traces need another package: pip install 'threadline[otel]'"
        ) from problem
    _tracer = Tracer(settings, process)


def is_on() -> bool:
    """Whether anybody is told."""
    return _tracer is not None


def now() -> int:
    """Nanoseconds, for `accepted`; 0 while it is off."""
    return time.time_ns() if _tracer is not None else 0


def accepted(message: UUID, channel: str, since: int) -> None:
    """The root of a message's trace: from `since` until now it was received and stored."""
    if _tracer is not None:
        _tracer.root("receive", message.int, _root(message), since, channel=channel)


def span(
    name: str, message: UUID | None = None, header: str = "", **about: str | int
) -> AbstractContextManager[Any]:
    """The block as a part of what runs around it, of this message, or of what a `traceparent` header names."""
    if _tracer is None:
        return _NOTHING
    parent = (message.int, _root(message)) if message is not None else parse(header)
    return _tracer.span(name, parent, about)


def traceparent() -> str:
    """The header that makes what another process does a part of what runs here; empty while it is off."""
    return "" if _tracer is None else _tracer.traceparent()


def told_by_rasa(told: dict[str, Any] | None, header: str) -> None:
    """The span of a turn in Rasa, which has no OpenTelemetry: it says when it began and ended, we pass it on."""
    parent = parse(header)
    if _tracer is not None and told is not None and parent is not None:
        _tracer.foreign("rasa", "turn", parent, int(told["span"], 16), told["began"], told["ended"])


@contextmanager
def told_to(tracer: Tracer) -> Iterator[None]:
    """Switched on to this tracer for the block; for tests."""
    global _tracer
    before, _tracer = _tracer, tracer
    try:
        yield
    finally:
        _tracer = before


def parse(header: str) -> tuple[int, int] | None:
    """Trace and span of a `traceparent` header; None for anything else, for strangers may send what they like."""
    parts = header.split("-")
    if len(parts) != 4 or [len(part) for part in parts] != [2, 32, 16, 2]:
        return None
    try:
        trace, span_id = int(parts[1], 16), int(parts[2], 16)
    except ValueError:
        return None
    return (trace, span_id) if trace and span_id else None


def _root(message: UUID) -> int:
    return int.from_bytes(blake2b(message.bytes, digest_size=8).digest()) or 1
