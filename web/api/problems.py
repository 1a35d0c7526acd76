"""Every error of the API as RFC 9457 problem JSON. Which of our errors is which status is `web.errors`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse
from ninja.errors import ValidationError

from core.errors import BadSignature, Failed, ThreadlineError
from web.errors import sentence_of, status_of
from web.problems import RETRY_SECONDS

MEDIA_TYPE = "application/problem+json"
_SAID: Mapping[int, str] = {
    400: "The request cannot be read: its body must be JSON.",
    404: "There is nothing at this address.",
    405: "This address does not know that method.",
    413: "The request is larger than what is accepted here.",
    415: "Send the body as application/json.",
    500: "Something went wrong on our side.",
}


def problem(
    status: int, detail: str = "", headers: Mapping[str, str] | None = None, **more: Any
) -> HttpResponse:
    """The answer; `more`: further members of the object. ASCII only: what was sent may be no text at all."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _SAID.get(status, HTTPStatus(status).description),
        **more,
    }
    response = HttpResponse(json.dumps(body), status=status, content_type=MEDIA_TYPE)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def problem_of(error: ThreadlineError) -> HttpResponse:
    """What is told about an error of ours."""
    if isinstance(error, BadSignature):
        return stranger()
    headers = {}
    if isinstance(error, Failed):
        wanted = getattr(error, "retry_after", None) or RETRY_SECONDS
        headers["Retry-After"] = str(max(1, round(wanted)))
    # `StaleVersion` as `stale_version`: what a program can tell apart within one status.
    code = re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()
    return problem(status_of(error), sentence_of(error), headers, code=code)


def stranger(detail: str = "Send a token: Authorization: Bearer <token>.") -> HttpResponse:
    """401: whatever is wrong with a token is told in the same words."""
    return problem(401, detail, {"WWW-Authenticate": 'Bearer realm="threadline"'})


def away() -> HttpResponse:
    """503: the database cannot be reached or is busy for too long."""
    headers = {"Retry-After": str(RETRY_SECONDS)}
    return problem(503, "This cannot be answered now; nothing was changed.", headers)


def invalid(error: ValidationError) -> HttpResponse:
    """422: which parts of the request do not fit, as JSON pointers into it, without repeating them."""
    errors: Sequence[dict[str, Any]] = [
        {
            "pointer": _pointer(one.get("loc", ())),
            "detail": str(one.get("msg", "")),
            "type": str(one.get("type", "")),
        }
        for one in error.errors
    ]
    return problem(422, "Parts of the request do not fit.", errors=errors)


def _pointer(steps: Sequence[object]) -> str:
    """`/body/text`: django-ninja names a body twice, by its place and by the parameter."""
    named = [str(step) for step in steps]
    return "/" + "/".join(named[1:] if named[:2] == ["body", "body"] else named)
