"""What whoever brings an arrival is told where it could not be taken: our errors, the database's and the disk's, as answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from django.db import Error as DatabaseError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from core.errors import NotAllowed, TemporaryFailure, ThreadlineError
from web.problems import problem, say_problem

log = structlog.get_logger()


async def _on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ThreadlineError)
    if isinstance(error, NotAllowed):
        # Most often a site that somebody forgot to allow, or a public_url that is not the real one.
        log.warning("chat_origin_refused", origin=request.headers.get("origin", "")[:200])
    return problem(error)


async def _on_database(request: Request, error: Exception) -> Response:
    """Nothing was stored, so the client should come again: its ids make that safe."""
    log.warning("arrival_not_stored", problem=type(error).__name__)
    return problem(TemporaryFailure("The message could not be stored now; send it again."))


async def _on_disk(request: Request, error: Exception) -> Response:
    """A file could not be written: the disk is full or going. Nothing was stored here either."""
    log.error("arrival_not_written", problem=type(error).__name__, errno=getattr(error, "errno", 0))
    return problem(TemporaryFailure("The message could not be stored now; send it again."))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return say_problem(error.status_code, "", error.headers)


async def _on_leave(request: Request, error: Exception) -> Response:
    return say_problem(400, "The body was not complete.")


async def _on_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: logged in full by the server, told without any detail."""
    return say_problem(
        500, "This went wrong on our side; nothing was stored unless you were told so."
    )


ON_ERROR: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    ThreadlineError: _on_error,
    DatabaseError: _on_database,
    OSError: _on_disk,
    ClientDisconnect: _on_leave,
    HTTPException: _on_http,
    Exception: _on_fault,
}
"""By class, as Starlette asks for them."""


async def answer_to(error: Exception, origin: str | None) -> tuple[Response, Exception | None]:
    """The same for who answers without Starlette; and the error, where it is a fault of ours that is to be logged."""
    handler = next(ON_ERROR[kind] for kind in type(error).__mro__ if kind in ON_ERROR)
    headers = [] if origin is None else [(b"origin", origin.encode("latin-1"))]
    answer = await handler(Request({"type": "http", "headers": headers}), error)
    return answer, error if handler is _on_fault else None
