"""What every generated client begins with: asking, trying again, pages and problems. Standard library only; copied, not imported."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any


class Problem(Exception):
    """What the API refused or could not do: `status`, `code` where it is an error with a name, and `errors` of a 422."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status}: {body.get('detail') or body.get('title') or 'no answer'}")
        self.status = status
        self.code: str = body.get("code", "")
        self.errors: list[dict[str, Any]] = body.get("errors", [])


class _Straight(urllib.request.HTTPRedirectHandler):
    """The API redirects nowhere, and a token must not be carried to where somebody else points."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


class Asking:
    """One installation and one token. `tries`: how often what may safely be sent again is sent."""

    def __init__(self, url: str, token: str, *, timeout: float = 30.0, tries: int = 3) -> None:
        self.etag = ""
        if not url.startswith(("https://", "http://")):
            raise ValueError("The address of an installation begins with https://.")
        self._url = url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._tries = tries
        self._opener = urllib.request.build_opener(_Straight)

    def each(self, operation: Callable[..., Any], /, *args: Any, **asked: Any) -> Iterator[Any]:
        """All items of a list, page after page: `for ticket in api.each(api.tickets_list_tickets, status="open")`."""
        while True:
            page = operation(*args, **asked)
            yield from page["items"]
            if not page.get("next") or page.get("is_end"):
                return
            asked["cursor"] = page["next"]

    def _ask(
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        headers: dict[str, str | None],
        body: Any = None,
        raw: bool = False,
    ) -> Any:
        """The answer as JSON, or as bytes where it is none; `etag` is then that of this answer. Raises `Problem`."""
        asked = {name: value for name, value in query.items() if value is not None}
        url = self._url + path + (f"?{urllib.parse.urlencode(asked)}" if asked else "")
        sent = {name: value for name, value in headers.items() if value is not None}
        is_file = isinstance(body, bytes)
        data = None if body is None else body if is_file else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/octet-stream" if is_file else "application/json"
        sent["Authorization"] = f"Bearer {self._token}"
        is_safe = method == "GET" or "Idempotency-Key" in sent
        for left in range(self._tries - 1 if is_safe else 0, -1, -1):
            request = urllib.request.Request(url, data, sent, method=method)  # noqa: S310 - checked
            try:
                with self._opener.open(request, timeout=self._timeout) as answer:
                    self.etag = answer.headers.get("ETag", "")
                    content = answer.read()
                return content if raw else json.loads(content or b"null")
            except urllib.error.HTTPError as error:
                with error:
                    found = _problem(error)
                if not left or error.code not in {429, 503}:
                    raise found from None
                time.sleep(min(60.0, float(error.headers.get("Retry-After", "1"))))
            except OSError:
                if not left:
                    raise
        raise AssertionError("not reached")


def _problem(error: urllib.error.HTTPError) -> Problem:
    try:
        body = json.loads(error.read())
    except ValueError:
        body = {}
    return Problem(error.code, body if isinstance(body, dict) else {})
