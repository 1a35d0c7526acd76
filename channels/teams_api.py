"""Calls of Teams' conversation API with our own token: one attempt each, its outcome as our errors. What is said is `teams_cards`."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Any

import httpx2

from channels.bounded import bounded
from channels.teams_settings import TeamsSettings
from core.errors import Failed, PermanentFailure, TemporaryFailure

Json = dict[str, Any]

_UPLOADED = 1024 * 1024
"""Bytes for which the answer is waited for a second longer."""
_PICTURE = re.compile(r"/v3/attachments/[A-Za-z0-9_-]{1,300}/views/[a-z]{1,40}$")
"""Our token opens nothing else there because a message says so."""
_EARLY = 300.0
"""A token is replaced so many seconds before it expires."""


class TeamsApi:
    """One bot. The client is made at the first call, in whichever event loop that runs."""

    def __init__(self, settings: TeamsSettings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._token = ""
        self._token_until = 0.0

    async def post(self, service_url: str, path: str, body: Json) -> Json:
        """What Teams made of it. Raises `TemporaryFailure`, not certain once the message may have been taken, and
        `PermanentFailure`. Our token goes to Teams' own hosts only."""
        return await self._ask("POST", service_url, path, json=body)

    async def delete(self, service_url: str, path: str) -> None:
        """Takes a message of ours away. Raises as `post` does."""
        await self._ask("DELETE", service_url, path)

    async def download(self, url: str) -> bytes:
        """A file that a message named: from OneDrive by the address alone, from Teams' own hosts with our token; from
        nowhere else. Raises `TemporaryFailure`, and `PermanentFailure` where it never comes."""
        headers = {}
        if self._settings.may_serve(url) and _PICTURE.search(url):
            headers = {"authorization": f"Bearer {await self._valid_token()}"}
        elif not self._settings.may_hold(url):
            raise PermanentFailure("not kept at Microsoft itself")
        try:
            async with self._opened().stream("GET", url, headers=headers) as answer:
                if answer.status_code in {401, 403, 404, 410}:
                    raise PermanentFailure("gone from Teams")
                if not answer.is_success:
                    wait = _retry_after(answer)
                    raise TemporaryFailure(f"no file: {answer.status_code}", retry_after=wait)
                return await bounded(answer.aiter_bytes())
        except httpx2.HTTPError as error:
            raise TemporaryFailure(f"the file did not come: {type(error).__name__}") from None

    async def upload(self, url: str, content: bytes) -> None:
        """Puts a file at an address that Teams named for it, which is all the authority there is: our token does not
        go along. Raises `TemporaryFailure` and `PermanentFailure`; to put it there again changes nothing."""
        if not self._settings.may_hold(url):
            raise PermanentFailure("this is not where Teams keeps files")
        size = len(content)
        headers = {"content-range": f"bytes 0-{size - 1}/{size}"}
        longer = self._settings.seconds + size / _UPLOADED
        try:
            answer = await self._opened().put(url, content=content, headers=headers, timeout=longer)
        except httpx2.HTTPError as error:
            raise TemporaryFailure(f"no answer from OneDrive: {type(error).__name__}") from None
        if answer.is_success:
            return
        told = f"OneDrive refused the file: status {answer.status_code}"
        if answer.status_code in {401, 403, 404, 410}:
            raise PermanentFailure(told)
        raise TemporaryFailure(told, retry_after=_retry_after(answer))

    async def _ask(self, method: str, service_url: str, path: str, **content: Any) -> Json:
        if not self._settings.may_serve(service_url):
            raise PermanentFailure("this is not where Teams takes messages")
        token = await self._valid_token()
        headers = {"authorization": f"Bearer {token}"}
        try:
            url = service_url + path
            answer = await self._opened().request(method, url, headers=headers, **content)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise TemporaryFailure(f"Teams is away: {type(error).__name__}") from None
        except httpx2.HTTPError as error:
            reason = f"no answer from Teams: {type(error).__name__}"
            raise TemporaryFailure(reason, certain=False) from None
        if answer.is_success:
            return _json(answer)
        if answer.status_code == 401:
            self._token = ""  # the next attempt asks for another one
        raise _failure(answer)

    async def sign_in(self) -> None:
        """Gets a new token. Raises `TemporaryFailure`."""
        self._token = ""
        await self._valid_token()

    async def close(self) -> None:
        """Gives the connections back."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _valid_token(self) -> str:
        """Our token, a new one shortly before it expires. Nothing was said yet, so every failure is certain."""
        if self._token and time.monotonic() < self._token_until:
            return self._token
        settings = self._settings
        url = (
            f"{settings.login_url}/{settings.login_tenant or settings.tenant_id}/oauth2/v2.0/token"
        )
        form = {
            "grant_type": "client_credentials",
            "client_id": settings.app_id,
            "client_secret": settings.app_secret.get_secret_value(),
            "scope": f"{settings.issuer}/.default",
        }
        try:
            answer = await self._opened().post(url, data=form)
        except httpx2.HTTPError as error:
            raise TemporaryFailure(f"no token from Microsoft: {type(error).__name__}") from None
        found = _json(answer)
        token, lasts = found.get("access_token"), str(found.get("expires_in"))
        if not answer.is_success or not isinstance(token, str) or not token:
            wait = _retry_after(answer)
            raise TemporaryFailure(
                f"no token from Microsoft: status {answer.status_code}", retry_after=wait
            )
        seconds = float(lasts) if re.fullmatch(r"[0-9]{1,7}", lasts) else 0.0
        self._token, self._token_until = token, time.monotonic() + seconds - _EARLY
        return token

    def _opened(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(self._settings.seconds, connect=5.0),
                # A redirect would carry our token to wherever it points.
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _json(answer: httpx2.Response) -> Json:
    """The body; {} where a proxy answered something else."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(answer: httpx2.Response) -> Failed:
    """What a refusal means. Teams' words may repeat ours, so only status and code are told."""
    status, error = answer.status_code, _json(answer).get("error")
    code = str(error.get("code", "")) if isinstance(error, dict) else ""
    code = code if re.fullmatch(r"[A-Za-z]{1,60}", code) else ""
    told = f"Teams refused it: status {status} {code}".rstrip()
    if status in {412, 425, 429}:
        return TemporaryFailure(told, retry_after=_retry_after(answer))
    if status == 503:
        return TemporaryFailure(told, retry_after=_retry_after(answer))
    if status >= 500 or status == 408:
        # Behind any other 5xx the message may have been taken; Teams has no key to look for it by.
        return TemporaryFailure(told, certain=False)
    if status == 401 or status < 400:
        return TemporaryFailure(told)
    return PermanentFailure(told)


def _retry_after(answer: httpx2.Response) -> float | None:
    told = answer.headers.get("retry-after", "")
    return float(told) if re.fullmatch(r"[0-9]{1,6}", told) else None
