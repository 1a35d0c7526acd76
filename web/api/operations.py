"""How operations are declared: the scope that each needs, the headers of writes, and doing a write exactly once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Header
from ninja.operation import Operation
from pydantic import Field

from bot.permissions import May, may, require, role_name
from bot.tokens import Caller, Scope, require_scope
from core.errors import NotAllowed
from store.answered import Answered, once
from store.models import User
from web.api import problems
from web.api.door import caller_in
from web.house import house

LARGEST = 2**63 - 1
Number = Annotated[int, Field(ge=1, le=LARGEST)]
Seq = Annotated[int, Field(ge=0, le=LARGEST)]
Limit = Annotated[int, Field(ge=1, le=100)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,48}$")]
Key = Annotated[
    str | None,
    Header(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Your name for this request: sent again within 24 hours it acts once and is answered the same.",
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        None,
        alias="If-Match",
        pattern=r'^(\*|"v[0-9]{1,18}")?$',
        description="The ETag that you saw. When the ticket changed since, nothing is done: 409.",
    ),
]


@dataclass(frozen=True, slots=True)
class Needs:
    """The check that django-ninja runs before it looks at the request: the token's scope, and a desk or the settings."""

    scope: Scope

    def __call__(self, request: HttpRequest) -> Caller:
        caller = caller_in(request)
        require_scope(caller, self.scope)
        if self.scope in {Scope.TICKETS_READ, Scope.TICKETS_WRITE}:
            require_desk(caller.user)
        if self.scope is Scope.REPORTS_READ:
            require(caller.user, May.SEE_REPORTS)
        if self.scope in {Scope.WEBHOOKS_READ, Scope.WEBHOOKS_WRITE}:
            require(caller.user, May.CONFIGURE)
        return caller


def needs(scope: Scope, *, tag: str) -> dict[str, Any]:
    """Keyword arguments of an operation that a token needs `scope` for."""
    return {
        "auth": Needs(scope),
        "tags": [tag],
        "openapi_extra": {"security": [{"token": [scope.value]}]},
    }


def etag_of(version: int) -> str:
    """The ETag of a ticket's version."""
    return f'"v{version}"'


def version_seen(if_match: str | None) -> int | None:
    """The version that the caller saw; None where they do not say, or say that any will do."""
    if if_match in {None, "", "*"}:
        return None
    return int(str(if_match).strip('"v'))


def knowing_its_parameters(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Around every operation: a query parameter that it does not have is refused. A filter that is spelled
    wrong would otherwise find everything."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }

    @wraps(run)
    def checked(request: HttpRequest, **values: Any) -> HttpResponse:
        unknown = [
            {
                "pointer": f"/query/{name}",
                "detail": "There is no such parameter.",
                "type": "unknown",
            }
            for name in request.GET
            if name not in known
        ]
        if unknown:
            return problems.problem(422, "Parts of the request do not fit.", errors=unknown)
        return run(request, **values)

    return checked


def done_once(request: HttpRequest, key: str | None, act: Callable[[], Answered]) -> HttpResponse:
    """Runs a write; with an idempotency key at most once, and its answer is given again."""
    caller = caller_in(request)
    if key is None:
        return _said(act())
    asked = hashlib.sha256()
    for part in (request.method or "", request.get_full_path(), ""):
        asked.update(part.encode() + b"\n")
    asked.update(request.body)
    answered = once(caller.token, key, asked.digest(), house().clock(), act)
    # The verb rang inside the transaction; whoever woke then has seen nothing yet.
    house().doorbell.ring("events", "outbox")
    return _said(answered)


def _said(answered: Answered) -> HttpResponse:
    response = JsonResponse(answered.body, status=answered.status)
    if answered.etag:
        response["ETag"] = answered.etag
    if answered.is_replay:
        response["Idempotency-Replayed"] = "true"
    return response


def require_desk(user: User) -> None:
    """Raises `NotAllowed` for a role that the desk lets in nowhere."""
    if not (may(user, May.WORK_TICKETS) or may(user, May.SEE_ALL_TICKETS)):
        raise NotAllowed("Your role (%(role)s) has no desk.", role=role_name(user))
