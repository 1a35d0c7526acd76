"""Errors as RFC 9457 problem JSON, for everything that answers before Django. Which status is `web.errors`' decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from core.errors import BadSignature, TemporaryFailure, ThreadlineError
from web.errors import status_of

RETRY_SECONDS = 2


class TooMany(ThreadlineError):
    """Too many requests. `retry_after`: seconds until the next one is welcome."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many requests; slow down a little.")
        self.retry_after = retry_after


def problem(error: ThreadlineError, headers: Mapping[str, str] | None = None) -> Response:
    """What is told about an error of ours; a bad signature is told in the same words whatever was wrong."""
    status = 429 if isinstance(error, TooMany) else status_of(error)
    detail = BadSignature.__doc__ if isinstance(error, BadSignature) else str(error)
    more = dict(headers or {})
    if isinstance(error, TooMany | TemporaryFailure):
        more["retry-after"] = str(max(1, round(error.retry_after or RETRY_SECONDS)))
    if status == 401:
        more["www-authenticate"] = "Bearer"
    return say_problem(status, detail or "", more)


def say_problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """A problem without an error of ours behind it (405, 500)."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    content = json.dumps(body, ensure_ascii=False).encode()
    plain = {"cache-control": "no-store", "x-content-type-options": "nosniff", **(headers or {})}
    return Response(content, status, plain, media_type="application/problem+json")
