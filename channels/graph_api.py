"""Calls of Meta's Graph API: one attempt each, its outcome as our errors; and files, from where Meta keeps them."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx2

from channels.bounded import bounded
from channels.graph_errors import failure_of
from channels.graph_people import UNTOLD
from channels.graph_settings import GraphSettings
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Attached

Json = dict[str, Any]

_STORAGE = (".fbsbx.com", ".fbcdn.net", ".cdninstagram.com")
_MEDIA_HOST = "lookaside.fbsbx.com"
_MEDIA = re.compile(r"media:([0-9]{1,40})")


class GraphApi:
    """One account. The client is made at the first call, in whichever event loop that runs."""

    def __init__(self, settings: GraphSettings) -> None:
        self._settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(self, body: Json, path: str = "") -> Json:
        """What Meta made of a message, or of an answer at another `path`. Raises `TemporaryFailure`, not certain once the request may have been
        heard, and `PermanentFailure`, `OptedOut` among them."""
        url = f"{self._base}/{path or f'{self._settings.account}/messages'}"
        return await self._ask("POST", url, json=body)

    async def upload(self, file: Attached) -> str:
        """WhatsApp's id of a file that a message may name. Nothing is said by that, so every failure is certain."""
        url = f"{self._base}/{self._settings.account}/media"
        fields = {"messaging_product": "whatsapp", "type": file.media_type}
        try:
            made = await self._ask("POST", url, data=fields, files={"file": _part(file)})
        except TemporaryFailure as failure:
            again = failure.retry_after
            raise TemporaryFailure(str(failure), retry_after=again) from failure
        mark = made.get("id")
        if not isinstance(mark, str) or not re.fullmatch(r"[0-9]{1,40}", mark):
            raise TemporaryFailure("Meta's answer names no file")
        return mark

    async def post_file(self, body: Json, file: Attached) -> Json:
        """`post` with a file beside the message: its fields travel as a form, each as JSON where it is no word."""
        url = f"{self._base}/{self._settings.account}/messages"
        fields = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in body.items()
        }
        return await self._ask("POST", url, data=fields, files={"filedata": _part(file)})

    async def account(self) -> Json:
        """What Meta tells of our own account. Raises as `post` does; reading changes nothing."""
        is_number = self._settings.product == "whatsapp"
        fields = "display_phone_number,verified_name" if is_number else "id,name"
        return await self._ask("GET", f"{self._base}/{self._settings.account}", fields=fields)

    async def about(self, node: str, fields: str) -> Json:
        """What Meta tells of something. Raises as `post` does; reading changes nothing."""
        return await self._ask("GET", f"{self._base}/{node}", fields=fields)

    async def person(self, person: str, fields: str) -> Json:
        """What Meta tells of somebody who wrote to us. Raises as `post` does; `PermanentFailure` where it does not tell."""
        return await self._ask("GET", f"{self._base}/{person}", fields=fields, untold=UNTOLD)

    async def download(self, reference: str) -> bytes:
        """A file that a message named: `media:` and its id, or an address of Meta's storage. The token goes to
        the API and to WhatsApp's storage alone, and no redirect is followed. Raises as `post` does."""
        found = _MEDIA.fullmatch(reference)
        if not found:
            return await self._file(reference, "")
        about = await self._ask("GET", f"{self._base}/{found[1]}")
        return await self._file(str(about.get("url", "")), str(about.get("sha256", "")))

    @property
    def _base(self) -> str:
        return f"{self._settings.api_url}/{self._settings.version}"

    def _login(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._settings.access_token.get_secret_value()}"}

    def _proof(self) -> str:
        """With it a stolen token alone is of no use; Meta can be told to require it."""
        token = self._settings.access_token.get_secret_value().encode()
        secret = self._settings.app_secret.get_secret_value().encode()
        return hmac.new(secret, token, sha256).hexdigest()

    async def _ask(
        self,
        method: str,
        url: str,
        fields: str = "",
        untold: frozenset[int] = frozenset(),
        **content: Any,
    ) -> Json:
        """`untold`: the codes that say no more than that this is not told to us."""
        proof = {"appsecret_proof": self._proof(), **({"fields": fields} if fields else {})}
        try:
            answer = await self._opened().request(
                method, url, params=proof, headers=self._login(), **content
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise TemporaryFailure(f"Meta is away: {type(error).__name__}") from None
        except httpx2.HTTPError as error:
            reason = f"no answer from Meta: {type(error).__name__}"
            raise TemporaryFailure(reason, certain=method == "GET") from None
        body = _json(answer.content)
        problem = body.get("error")
        if answer.status_code == 200 and problem is None and body:
            return body
        about = problem if isinstance(problem, dict) else {}
        code, subcode = about.get("code"), about.get("error_subcode")
        if code in untold:
            raise PermanentFailure(f"Meta does not tell: error {code}")
        raise failure_of(
            answer.status_code,
            code if isinstance(code, int) else None,
            subcode if isinstance(subcode, int) else 0,
            _rest(answer.headers),
        )

    async def _file(self, url: str, digest: str) -> bytes:
        headers = self._login() if self._takes_token(url) else {}
        if not headers and not _is_storage(url):
            raise PermanentFailure("not kept at Meta itself")
        try:
            async with self._opened().stream("GET", url, headers=headers) as answer:
                if answer.status_code in (403, 404, 410):
                    raise PermanentFailure("gone from Meta")
                if not answer.is_success:
                    raise TemporaryFailure(f"Meta gives no file: {answer.status_code}")
                content = await bounded(answer.aiter_bytes())
        except httpx2.HTTPError as error:
            raise TemporaryFailure(f"the file did not come: {type(error).__name__}") from None
        if digest and not hmac.compare_digest(sha256(content).hexdigest(), digest.lower()):
            raise TemporaryFailure("the file did not come whole")
        return content

    def _takes_token(self, url: str) -> bool:
        if url.startswith(f"{self._settings.api_url}/"):
            return True
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc) == ("https", _MEDIA_HOST)

    def _opened(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(self._settings.seconds, connect=5.0),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _part(file: Attached) -> tuple[str, bytes, str]:
    return file.name, file.content, file.media_type


def _is_storage(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.username or ":" in parts.netloc:
        return False
    return f".{parts.hostname or ''}".endswith(_STORAGE)


def _json(content: bytes) -> Json:
    """The body; {} where a proxy answered something else."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _rest(headers: httpx2.Headers) -> float | None:
    """Seconds to wait: Meta names them like anybody, or as minutes within its account of use."""
    asked = headers.get("retry-after", "")
    if re.fullmatch(r"[0-9]{1,6}", asked):
        return float(asked)
    use = headers.get("x-business-use-case-usage", "")[:5000]
    minutes = re.findall(r'"estimated_time_to_regain_access"\s*:\s*([0-9]{1,5})\b', use)
    longest = max(map(int, minutes), default=0)
    return longest * 60.0 or None
