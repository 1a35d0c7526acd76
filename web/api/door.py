"""The door of the API, before Django's views: who asks, how often, how much; and every error leaves as a problem.

A stranger is told 401 whatever else is wrong, so that nobody learns which addresses exist. Scopes are
`web.api.operations`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import cast

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from bot.clock import system_clock
from bot.tokens import Caller, caller_of
from core.errors import BadSignature, MalformedPayload
from store.models import ApiToken
from store.tokens import note_use
from web.account.second_step import lacks_second_step
from web.api import problems
from web.house import house
from web.storable import refuse_nul_in_json

log = structlog.get_logger()

ROOT = "/api/"
DESCRIPTION = "/api/v1/openapi.json"
"""The only address that is open to all: it says what there is, not what is in it."""
_UPLOAD = re.compile(r"/api/v1/tickets/\d+/files\Z")
_BEARER = re.compile(r"^bearer +(\S+)$", re.IGNORECASE)


class ApiDoor:
    """Middleware; other paths pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._next = get_response
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(ROOT):
            return self._next(request)
        try:
            response = self._answer(request)
        except (OperationalError, InterfaceError) as error:
            log.warning("api_database_away", problem=type(error).__name__)
            response = problems.away()
        response = _as_problem(response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == DESCRIPTION:
            return self._next(request)
        try:
            caller = caller_of(house(), bearer(request.headers.get("Authorization", "")))
        except BadSignature:
            return problems.stranger()
        if caller.token.kind == ApiToken.Kind.PERSONAL and lacks_second_step(caller.user):
            return problems.problem(
                403, "Your role needs a second step at sign-in: set it up first."
            )
        counted = self._count(caller)
        if "Retry-After" in counted:
            response = problems.problem(429, "Too many requests with this token.", counted)
        else:
            _note_use(caller)
            request.caller = caller  # type: ignore[attr-defined]
            response = _as_problem(_refused(request) or self._next(request))
        for name, value in counted.items():
            response[name] = value
        return response

    def _count(self, caller: Caller) -> dict[str, str]:
        """The headers that tell how much is left; `Retry-After` among them once nothing is."""
        most = house().settings.web.api_per_minute
        item, who = RateLimitItemPerMinute(most), str(caller.token.id)
        is_within = self._limiter.hit(item, who)
        window = self._limiter.get_window_stats(item, who)
        again = max(1, math.ceil(window.reset_time - system_clock().timestamp()))
        headers = {
            "RateLimit-Policy": f"{most};w=60",
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(0, window.remaining)),
            "RateLimit-Reset": str(again),
        }
        return headers if is_within else {**headers, "Retry-After": str(again)}


def bearer(header: str) -> str:
    """The token in an Authorization header. Raises `BadSignature`."""
    found = _BEARER.match(header.strip())
    if found is None:
        raise BadSignature
    return found[1]


def caller_in(request: HttpRequest) -> Caller:
    """Who passed the door with this request."""
    return cast(Caller, request.caller)  # type: ignore[attr-defined]


def _note_use(caller: Caller) -> None:
    try:
        note_use(caller.token, house().clock())
    except OperationalError:
        # Somebody writes for long; who only reads does not have to fail for that.
        log.info("token_use_not_noted")


def _refused(request: HttpRequest) -> HttpResponse | None:
    """A problem when the body is too large, not declared as JSON, or holds what no database takes; a request may have none. A file that is uploaded
    is read, and measured, by its operation."""
    if request.method == "POST" and _UPLOAD.match(request.path_info):
        return None
    try:
        size = len(request.body)
    except RequestDataTooBig:
        return problems.problem(413)
    if size > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
        return problems.problem(413)
    if size and request.content_type != "application/json":
        return problems.problem(415)
    try:
        refuse_nul_in_json(request.body)
    except MalformedPayload as refusal:
        return problems.problem(422, str(refusal))
    return None


def _as_problem(response: HttpResponse) -> HttpResponse:
    """What Django or a middleware says of an error in HTML becomes a problem; `Allow` stays."""
    is_error = response.status_code >= 400
    if not is_error or response.headers.get("Content-Type", "").startswith(problems.MEDIA_TYPE):
        return response
    kept = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
    return problems.problem(response.status_code, headers=kept)
