"""The one sign that no database takes (NUL), kept out at the door: of addresses, questions, forms and JSON. Nothing else is judged here."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from core.errors import MalformedPayload
from web.middleware import problem_page

Next = Callable[[HttpRequest], HttpResponse]

NUL = "\x00"
_ESCAPED = b"\\u0000"
API = "/api/"
"""The API says first who may ask, and then what is wrong with that: its own door asks `refuse_nul_in_json`."""


class Storable:
    """Of the address and the question: no address has the sign, and no question means it."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if NUL in request.path and not request.path.startswith(API):
            raise Http404
        asked = request.META.get("QUERY_STRING", "")
        request.META["QUERY_STRING"] = asked.replace("%00", "").replace(NUL, "")
        return self._next(request)


class StorableForms:
    """Of forms. After the check of where a form comes from, so that nothing is read which that refuses."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._next(request)

    def process_view(self, request: HttpRequest, *view: object) -> HttpResponse | None:
        if request.path_info.startswith(API):
            return None
        try:
            said = request.POST
        except UnreadablePostError:
            return None  # whoever sent it is gone
        if not _holds_nul(said.lists()):
            return None
        return problem_page(request, _refusal())


def refuse_nul_in_json(body: bytes) -> None:
    """Raises `MalformedPayload`. A body that is no JSON is left to whoever reads it; a raw NUL never is JSON."""
    if _ESCAPED not in body:
        return
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return
    if _holds_nul([said]):
        raise _refusal()


def _refusal() -> MalformedPayload:
    return MalformedPayload(
        "A sign in it cannot be kept (NUL). Take it out, and send the rest again."
    )


def _holds_nul(values: Iterable[Any]) -> bool:
    """In keys as well as in values. Flat, because what strangers send may be nested deeply."""
    waiting = list(values)
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if NUL in one:
                return True
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple):
            waiting += one
    return False
