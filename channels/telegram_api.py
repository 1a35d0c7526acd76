"""Calls of Telegram's Bot API: one attempt each, its outcome as our errors. What is said is `telegram`."""

from __future__ import annotations

import json
import re
from io import BytesIO
from typing import Any

import aiohttp

from channels.bounded import LIMIT, MEGABYTE, bounded
from channels.telegram_settings import TelegramSettings
from core.errors import Failed, PermanentFailure, TemporaryFailure
from core.message import Attached

Json = dict[str, Any]

_REASONS = {
    "bot was blocked by the user": "the person has blocked the bot",
    "bot can't initiate conversation": "the person has never written to the bot",
    "bot was kicked": "the bot was removed from the group",
    "bot is not a member": "the bot is not in the group",
    "user is deactivated": "the account was deleted",
    "chat not found": "there is no such chat",
    "upgraded to a supergroup": "the group has another id now",
    "message is too long": "the text is too long",
    "file is too big": "larger than 20 MB, which is all that Telegram gives to bots",
}


_NO_PHOTO = ("PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED", "TOO BIG FOR A PHOTO")
_UPLOADED = MEGABYTE
"""Bytes for which the answer is waited for a second longer."""


class PhotoRefused(PermanentFailure):
    """Telegram does not take this file as a picture. Nothing was said by that."""


class TelegramApi:
    """One bot. Its token stands in each address, so the client must be one that logs none: aiohttp is."""

    def __init__(self, settings: TelegramSettings) -> None:
        self._settings = settings

    async def call(self, method: str, arguments: Json) -> Json:
        """The result, {} where it is no object. Raises `TemporaryFailure`, with `certain=False` where Telegram
        may have carried it out, and `PermanentFailure`."""
        return await self._ask(method, json=arguments)

    async def send_file(self, method: str, field: str, file: Attached, arguments: Json) -> Json:
        """`call` with a file beside the arguments, which travel as a form. Raises as `call` does."""
        form = aiohttp.FormData(quote_fields=False)
        for name, value in arguments.items():
            form.add_field(name, json.dumps(value))
        name = re.sub(r'[\x00-\x1f\x7f"\\/]+', "_", file.name) or "file"
        content = BytesIO(file.content)
        form.add_field(field, content, filename=name, content_type=file.media_type)
        return await self._ask(method, len(file.content) / _UPLOADED, data=form)

    async def download(self, file: str) -> bytes:
        """A file by Telegram's id of it. Raises `TemporaryFailure`, and `PermanentFailure` where it never comes: bots
        get files of 20 MB at most."""
        path = str((await self.call("getFile", {"file_id": file})).get("file_path", ""))
        if not re.fullmatch(r"[A-Za-z0-9_./-]{1,300}", path) or ".." in path:
            raise PermanentFailure("Telegram names no place of the file")
        token = self._settings.bot_token.get_secret_value()
        url = f"{self._settings.api_url}/file/bot{token}/{path}"
        timeout = aiohttp.ClientTimeout(total=self._settings.seconds + LIMIT / _UPLOADED)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(url, allow_redirects=False) as answer,
            ):
                if answer.status in (404, 410):
                    raise PermanentFailure("gone from Telegram")
                if answer.status != 200:
                    raise TemporaryFailure(f"Telegram gives no file: {answer.status}")
                return await bounded(answer.content.iter_chunked(64 * 1024))
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TemporaryFailure(f"the file did not come: {type(error).__name__}") from None

    async def _ask(self, method: str, longer: float = 0.0, **content: Any) -> Json:
        token = self._settings.bot_token.get_secret_value()
        url = f"{self._settings.api_url}/bot{token}/{method}"
        timeout = aiohttp.ClientTimeout(total=self._settings.seconds + longer, connect=5.0)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, allow_redirects=False, **content) as answer,
            ):
                status, body = answer.status, _json(await answer.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise TemporaryFailure(f"Telegram is away: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"no answer to {method}: {type(error).__name__}"
            raise TemporaryFailure(reason, certain=False) from None
        if status == 200 and body.get("ok") is True:
            result = body.get("result")
            return result if isinstance(result, dict) else {}
        raise _failure(method, status, body)


def _json(content: bytes) -> Json:
    """The body; {} where a proxy answered something else."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _failure(method: str, status: int, body: Json) -> Failed:
    """What a refusal means. Telegram's words are not told, only those of ours that they stand for."""
    words = str(body.get("description", ""))
    reason = next(
        (ours for theirs, ours in _REASONS.items() if theirs in words), f"status {status}"
    )
    told = f"{method}: {reason}"
    about = body.get("parameters")
    wait = about.get("retry_after") if isinstance(about, dict) else None
    if status == 429:
        return TemporaryFailure(told, retry_after=float(wait) if isinstance(wait, int) else None)
    if status in (401, 404):
        # A token that is unknown makes an address that is unknown; the message is not at fault.
        return TemporaryFailure(f"{method}: Telegram does not know the bot's token")
    if status == 400 and method == "sendPhoto" and any(word in words.upper() for word in _NO_PHOTO):
        return PhotoRefused(told)
    if status in (400, 403, 413):
        return PermanentFailure(told)
    # 503 is "not now"; behind any other 5xx, and a 200 that cannot be read, it may have been carried out.
    return TemporaryFailure(told, certain=status == 503 or (300 <= status < 500 and status != 408))
