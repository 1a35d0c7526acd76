"""Twilio's REST API over one kept-alive client: what a status and an error code mean for a sending. Who calls what is the adapters'."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import httpx2

from channels.bounded import bounded
from channels.twilio_settings import TwilioSettings
from core.errors import Failed, OptedOut, PermanentFailure, TemporaryFailure

VERSION = "2010-04-01"

OPTED_OUT = 21610
HOPS = 4
STORAGE = (".twilio.com", ".twiliocdn.com", ".s3-external-1.amazonaws.com")
"""Where Twilio's API sends those who ask for a file."""
_OURS_TO_MEND = frozenset({20003, 20005, 20006, 10001})
"""Credentials refused, account suspended, access denied: the message is not at fault."""
_LATER = {20429: None, 14107: None, 21611: 60.0, 30001: 60.0, 63038: 3600.0}
"""Too many requests, too many in this number's queue, the day's limit: seconds to wait where Twilio names none."""
_REASONS = {
    21211: "this is not a phone number that can be written to",
    21220: "the call has ended",
    21408: "sending to this country is not allowed in the Twilio account",
    21604: "no recipient was named",
    21606: "the Twilio number cannot send to this recipient",
    21608: "a trial account writes to verified numbers only",
    21612: "Twilio has no route from this number to the recipient",
    21614: "this number cannot receive text messages",
    21617: "the text is too long",
    21620: "Twilio does not take the file's address: is public_url one that others reach?",
    21623: "Twilio takes no more files with one message",
}


class TwilioApi:
    """One account. The client is made at the first call, in whichever event loop that runs."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(self, resource: str, fields: Mapping[str, str]) -> dict[str, Any]:
        """What Twilio made of it (201, 200). Raises `TemporaryFailure`, not certain once the request may have
        been heard, and `PermanentFailure`, `OptedOut` among them."""
        return await self._ask("POST", resource, data=fields)

    async def get(self, resource: str, query: Mapping[str, str]) -> dict[str, Any]:
        """A resource. Raises as `post` does; reading changes nothing, so every failure is certain."""
        try:
            return await self._ask("GET", resource, params=query)
        except TemporaryFailure as failure:
            raise TemporaryFailure(str(failure), retry_after=failure.retry_after) from failure

    async def own_number(self, number: str) -> str:
        """What the account calls this number of its own. Raises as `get` does, and `PermanentFailure` where it has
        no such number. A short code is looked for among short codes."""
        kind = "IncomingPhoneNumbers" if number.startswith("+") else "SMS/ShortCodes"
        by = "PhoneNumber" if number.startswith("+") else "ShortCode"
        page = await self.get(kind, {by: number})
        found = page.get("incoming_phone_numbers") or page.get("short_codes") or []
        if not isinstance(found, list) or not found or not isinstance(found[0], dict):
            raise PermanentFailure(f"the Twilio account has no number {number}")
        return str(found[0].get("friendly_name") or number)

    async def download(self, url: str) -> bytes:
        """A file that Twilio keeps for this account. Its way leads from the API to Twilio's storage, and our
        secret is shown to the API alone. Raises as `post` does."""
        for hop in range(HOPS):
            is_api = any(_is_within(url, place) for place in self.places)
            if not is_api and (hop == 0 or not self._is_storage(url)):
                raise PermanentFailure("this is not where Twilio keeps files")
            auth = self._settings.login if is_api else None
            try:
                async with self._opened().stream("GET", url, auth=auth) as response:
                    if response.is_success:
                        return await bounded(response.aiter_bytes())
                    status, onward = response.status_code, response.headers.get("location", "")
            except httpx2.HTTPError as error:
                raise TemporaryFailure(f"Twilio is away: {type(error).__name__}") from None
            if status == 404:
                raise TemporaryFailure("Twilio has no such file, or not yet")
            if not 300 <= status < 400:
                raise _failure(status, {}, "")
            try:
                url = urljoin(url, onward)
            except ValueError:
                raise PermanentFailure("this is not where Twilio keeps files") from None
        raise PermanentFailure("the file's address leads in a circle")

    @property
    def places(self) -> tuple[str, ...]:
        """What addresses of this account's own files begin with."""
        own = f"/{VERSION}/Accounts/{self._settings.account_sid}/"
        return (f"https://api.twilio.com{own}", self._settings.api_url + own)

    def _is_storage(self, url: str) -> bool:
        try:
            parts, port = urlsplit(url), urlsplit(url).port
        except ValueError:
            return False
        # A fake may have its whole API, storage too, below a path of this machine.
        if _is_within(url, f"{self._settings.api_url}/"):
            return True
        host = "." + (parts.hostname or "")
        return parts.scheme == "https" and port in {None, 443} and host.endswith(STORAGE)

    async def close(self) -> None:
        """Gives the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _ask(self, method: str, resource: str, **content: Any) -> dict[str, Any]:
        settings = self._settings
        url = f"{settings.api_url}/{VERSION}/Accounts/{settings.account_sid}/{resource}.json"
        try:
            response = await self._opened().request(method, url, **content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise TemporaryFailure(f"Twilio is away: {type(error).__name__}") from None
        except httpx2.HTTPError as error:
            # The request was on its way; whether it was heard is unknown.
            reason = f"no answer from Twilio: {type(error).__name__}"
            raise TemporaryFailure(reason, certain=False) from None
        body = _json(response)
        if response.status_code in {200, 201}:
            return body
        raise _failure(response.status_code, body, response.headers.get("retry-after", ""))

    def _opened(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx2.AsyncClient(
                auth=self._settings.login,
                timeout=httpx2.Timeout(self._settings.api_seconds, connect=5.0),
                # A redirect would carry our secret to wherever it points.
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _is_within(url: str, place: str) -> bool:
    """Whether the address is below the place, which ends with a slash, by no step out of it."""
    steps = unquote(url).replace("\\", "/").split("/")
    return url.startswith(place) and not {".", ".."} & set(steps)


def _json(response: httpx2.Response) -> dict[str, Any]:
    """The body; {} where a proxy answered something else."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(status: int, body: Mapping[str, Any], retry_after: str) -> Failed:
    """The error's meaning by its code, then by its status. Twilio's own words may repeat the number or the text,
    so they are not told."""
    code = body.get("code")
    code = code if isinstance(code, int) else 0
    told = f"Twilio refused it: {_REASONS.get(code, f'status {status}, code {code}')}"
    wait = float(retry_after) if retry_after.isdecimal() else None
    if code == OPTED_OUT:
        return OptedOut()
    if status == 429 or code in _LATER:
        return TemporaryFailure(told, retry_after=wait or _LATER.get(code))
    if code in _OURS_TO_MEND or (status in {401, 403} and code != 21408):
        return TemporaryFailure(f"Twilio refused our credentials: status {status}, code {code}")
    if status >= 500 or status in {408, 425}:
        # A gateway that gives up says nothing about what stands behind it.
        return TemporaryFailure(told, retry_after=wait, certain=status not in {408, 502, 504})
    if 300 <= status < 400 or status < 300:
        return TemporaryFailure(f"something else than Twilio answered: status {status}")
    return PermanentFailure(told)
