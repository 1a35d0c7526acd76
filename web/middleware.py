"""All HTTP concerns of Django's pages, in order: security headers, compression, and our errors as statuses. Pages do not belong here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from core.errors import ThreadlineError
from web.errors import sentence_of, status_of
from web.own_terms import own_terms_of

Next = Callable[[HttpRequest], HttpResponse]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Compressed(GZipMiddleware):
    """Compresses pages, and nothing that shows or takes a secret.

    Compression tells by its length whether something guessed stands in a page (BREACH). Django's masks differ
    at each answer and its compressor adds a random length; sign-in, second steps, recovery codes and tokens
    (`/account/`), the admin's inboxes, the keys of Slack's app, what its forms are answered with (a webhook's new secret) and every download
    stay as they are all the same.
    """

    PLAIN = ("/account/", "/admin/store/inbox/", "/desk/settings/slack/")
    ASKED_ALONE = "/admin/"

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        is_page = response.get("Content-Type", "").startswith("text/html")
        if not is_page or response.streaming or response.has_header("Content-Disposition"):
            return response
        if request.path.startswith(self.PLAIN):
            return response
        if request.method == "POST" and request.path.startswith(self.ASKED_ALONE):
            return response
        return super().process_response(request, response)


class SecurityHeaders:
    """Sets a strict Content-Security-Policy where a view has not set its own."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._next(request)
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=()"
        )
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class Problems:
    """Turns an error of ours into a page that says what happened, or a fragment for htmx."""

    def __init__(self, get_response: Next) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._next(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, ThreadlineError):
            return None
        return problem_page(request, error)


def problem_page(request: HttpRequest, error: ThreadlineError) -> HttpResponse:
    """What happened, in the language of who asks."""
    is_fragment = bool(getattr(request, "htmx", False))
    template = "problem_fragment.html" if is_fragment else "problem.html"
    # The door of the page, which had put its words into the person's language, is left by now.
    with own_terms_of(request):
        message = {"message": sentence_of(error)}
        return render(request, template, message, status=status_of(error))
