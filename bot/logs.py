"""Structured logs: one event name a line, never the text of a message. Which events there are is up to their callers."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs(level: str, process: str) -> None:
    """JSON lines on standard error, or readable ones on a terminal; `process` is bound to each."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    readable = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
