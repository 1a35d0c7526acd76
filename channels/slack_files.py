"""Files that people put into Slack, brought with the bot's token. Which files a message has is `slack_events`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import aiohttp

from channels.slack_settings import SlackSettings, is_slacks
from core.errors import PermanentFailure, TemporaryFailure

LIMIT = 25 * 1024 * 1024


async def download(url: str, settings: SlackSettings) -> bytes:
    """The file at an address of Slack's; the token goes to no other, and no redirect is followed.

    Raises `PermanentFailure` where it never comes, else `TemporaryFailure`.
    """
    if not is_slacks(url) and urlsplit(url)[:2] != urlsplit(settings.api_url)[:2]:
        raise PermanentFailure("not kept at Slack itself")
    headers = {"Authorization": f"Bearer {settings.bot_token.get_secret_value()}"}
    timeout = aiohttp.ClientTimeout(total=settings.seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            _check(answer)
            return await _read(answer)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TemporaryFailure(f"the file did not come: {type(error).__name__}") from None


def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status in (404, 410):
        raise PermanentFailure("gone from Slack")
    if answer.status == 429:
        told = answer.headers.get("Retry-After", "")
        wait = float(told) if re.fullmatch(r"[0-9]{1,6}", told) else None
        raise TemporaryFailure("files must rest", retry_after=wait)
    # A token without files:read is led to the page where people sign in, with 302 or with 200.
    is_page = answer.content_type == "text/html" and "Content-Disposition" not in answer.headers
    if answer.status != 200 or is_page:
        raise TemporaryFailure(f"Slack gives no file (is files:read granted?): {answer.status}")


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > LIMIT:
            raise PermanentFailure(f"larger than {LIMIT // 1024 // 1024} MB, not fetched")
    return bytes(content)
