"""Files in Slack: brought with the bot's token, and put there. Which files a message has is `slack_events`, where ours stand is `slack`."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from channels.bounded import LIMIT, MEGABYTE, bounded
from channels.slack_api import SlackApi
from channels.slack_settings import SlackSettings, is_slacks
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Attached


def objection_to(size: int) -> str:
    """Why a file of this size cannot go, for people; empty where it can. Slack itself takes 1 GB."""
    if not size:
        return "An empty file is not taken."
    return f"A file has at most {LIMIT // MEGABYTE} MB." if size > LIMIT else ""


def has_file(message: dict[str, Any], file: Attached, customer: str) -> bool:
    """Is it this file that stands there, and not of the customer's?"""
    about = (_name(file), len(file.content))
    found = [(one.get("name"), one.get("size")) for one in message.get("files") or ()]
    return message.get("user") != customer and about in found


async def upload(file: Attached, api: SlackApi, settings: SlackSettings) -> str:
    """Slack's id of a file that a message can then carry. Nothing is said by that, so every failure is certain.

    Raises `TemporaryFailure` and `PermanentFailure`.
    """
    name, size = _name(file), len(file.content)
    try:
        made = await api.call(
            "files.getUploadURLExternal",
            lambda client: client.files_getUploadURLExternal(filename=name, length=size),
        )
        await _put(str(made.get("upload_url", "")), file.content, settings)
    except TemporaryFailure as failure:
        raise TemporaryFailure(
            str(failure), retry_after=failure.retry_after, is_untried=failure.is_untried
        ) from failure
    return str(made.get("file_id", ""))


def _name(file: Attached) -> str:
    return file.name[:200] or "file"


async def _put(url: str, content: bytes, settings: SlackSettings) -> None:
    """The address is all that is needed: the token goes along to nobody."""
    if not _is_there(url, settings):
        raise TemporaryFailure("Slack named another place than its own for a file")
    timeout = aiohttp.ClientTimeout(total=settings.seconds + len(content) / MEGABYTE)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(url, data=BytesIO(content), allow_redirects=False) as answer,
        ):
            if answer.status == 413:
                raise PermanentFailure("Slack says that the file is too large")
            if answer.status != 200:
                raise TemporaryFailure(f"Slack does not take the file: {answer.status}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TemporaryFailure(f"the file did not get there: {type(error).__name__}") from None


def _is_there(url: str, settings: SlackSettings) -> bool:
    return is_slacks(url) or urlsplit(url)[:2] == urlsplit(settings.api_url)[:2]


async def download(url: str, settings: SlackSettings) -> bytes:
    """The file at an address of Slack's; the token goes to no other, and no redirect is followed.

    Raises `PermanentFailure` where it never comes, else `TemporaryFailure`.
    """
    if not _is_there(url, settings):
        raise PermanentFailure("not kept at Slack itself")
    if not settings.token:
        raise TemporaryFailure("the app is in no Slack workspace (any more): add it again")
    headers = {"Authorization": f"Bearer {settings.token}"}
    timeout = aiohttp.ClientTimeout(total=settings.seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(url, headers=headers, allow_redirects=False) as answer,
        ):
            _check(answer)
            return await bounded(answer.content.iter_chunked(64 * 1024))
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
