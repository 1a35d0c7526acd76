"""The API put together: its routers, its errors, and its description at `/api/v1/openapi.json`."""

from __future__ import annotations

from functools import cache
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from core.errors import ThreadlineError
from web.api import (
    asides,
    company,
    conversations,
    deeds,
    dossier,
    events,
    hooks,
    kept,
    knowledge,
    lessons,
    macros,
    offers,
    onward,
    posts,
    problems,
    replies,
    reports,
    saved_views,
    setup,
    slots,
    telephones,
    tickets,
    writing,
)
from web.api.describe import described
from web.api.operations import knowing_its_parameters
from web.house import house

log = structlog.get_logger()

PREFIX = "/api/v1/"

api = NinjaAPI(title="Threadline", version="1.0.0", openapi_url=None, docs_url=None)
api.add_decorator(knowing_its_parameters, mode="view")
for _part in (
    company,
    tickets,
    saved_views,
    deeds,
    replies,
    onward,
    telephones,
    writing,
    macros,
    posts,
    kept,
    lessons,
    dossier,
    asides,
    offers,
    conversations,
    events,
    knowledge,
    hooks,
    reports,
    setup,
    slots,
):
    api.add_router("", _part.router)


@api.exception_handler(ThreadlineError)
def _ours(request: HttpRequest, error: ThreadlineError) -> HttpResponse:
    return problems.problem_of(error)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problems.invalid(error)


@api.exception_handler(HttpError)
def _ninjas(request: HttpRequest, error: HttpError) -> HttpResponse:
    """What django-ninja itself refuses: a body that is no JSON."""
    return problems.problem(error.status_code)


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.problem(404)


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("api_database_away", problem=type(error).__name__)
        return problems.away()
    log.exception("api_failed", problem=type(error).__name__)
    return problems.problem(500)


def nothing_here(request: HttpRequest) -> HttpResponse:
    """Every address below `/api/` that is no operation."""
    return problems.problem(404)


def description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI description, for everybody."""
    if request.method not in {"GET", "HEAD"}:
        return problems.problem(405, headers={"Allow": "GET, HEAD"})
    response = JsonResponse(openapi())
    response["Cache-Control"] = "public, max-age=300"
    return response


@cache
def openapi() -> dict[str, Any]:
    """What there is, with whole paths; computed once."""
    return described(api.get_openapi_schema(path_prefix=PREFIX), house().settings.public_url)
