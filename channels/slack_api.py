"""Calls of Slack's Web API by the vendor's client: one attempt each, its outcome as our errors. What is said is `slack_blocks`."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from channels.slack_settings import SlackSettings
from core.errors import Failed, PermanentFailure, TemporaryFailure

_SPARE = 1.05
"""The ways to Slack are not equally long, and it counts at its end."""
_MOST_WAIT = 5.0
_PLACES = 1000
Call = Callable[[AsyncWebClient], Awaitable[AsyncSlackResponse]]

_REFUSED = frozenset(
    [
        "cannot_dm_bot",
        "cant_update_message",
        "cannot_reply_to_message",
        "channel_is_limited_access",
        "blocked_file_type",
        "channel_not_found",
        "file_type_not_allowed",
        "file_upload_size_restricted",
        "file_uploads_disabled",
        "file_uploads_except_images_disabled",
        "invalid_blocks",
        "invalid_blocks_format",
        "is_archived",
        "edit_window_closed",
        "is_inactive",
        "message_not_found",
        "malware_detected",
        "messages_tab_disabled",
        "metadata_must_be_sent_from_app",
        "metadata_too_large",
        "metadata_invalid_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "not_in_channel",
        "posting_to_channel_denied",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "slack_connect_blocked_file_type",
        "slack_connect_canvas_sharing_blocked",
        "slack_connect_file_upload_sharing_blocked",
        "thread_not_found",
        "too_many_attachments",
        "too_many_contact_cards",
        "user_disabled",
        "user_not_found",
        "user_not_in_channel",
        "user_not_visible",
    ]
)
"""This message can never reach this place. Everything else (our credentials, scopes, their outages,
codes that are new to us) may be mended while the message waits."""

_HALF_DONE = frozenset({"fatal_error", "internal_error", "request_timeout"})
"""Slack says of these that a part of the call may have been carried out."""

_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})


class SlackApi:
    """The Web API for one token. After a 429 a method is left alone until Slack's Retry-After is over."""

    def __init__(self, settings: SlackSettings) -> None:
        self._client = AsyncWebClient(
            token=settings.token or None,
            base_url=settings.api_url,
            timeout=settings.seconds,  # type: ignore[arg-type]  # aiohttp takes fractions
            retry_handlers=[],
        )
        self._quiet_until: dict[str, float] = {}
        self._free_at: dict[str, float] = {}
        self._apart = settings.seconds_apart * _SPARE

    async def call(self, method: str, call: Call, *, place: str = "") -> dict[str, Any]:
        """The answer of one call. Raises `TemporaryFailure`, with `certain=False` where Slack may have
        carried it out, and `PermanentFailure`. `place`: a channel in which this is one more message."""
        if not self._client.token:
            raise PermanentFailure("the app is in no Slack workspace (any more): add it again")
        if place:
            await self._in_turn(place)
        wait = self._quiet_until.get(method, 0.0) - time.monotonic()
        if wait > 0:
            raise TemporaryFailure(f"{method} must rest", retry_after=wait, is_untried=True)
        try:
            response = await call(self._client)
        except SlackApiError as error:
            failure = failure_of(method, error)
            if isinstance(failure, TemporaryFailure) and failure.retry_after:
                self._quiet_until[method] = time.monotonic() + failure.retry_after
            raise failure from None
        except aiohttp.ClientConnectorError as error:
            raise TemporaryFailure(f"Slack is away: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = f"no answer to {method}: {type(error).__name__}"
            raise TemporaryFailure(reason, certain=False) from None
        assert isinstance(response.data, dict)
        return response.data

    async def _in_turn(self, place: str) -> None:
        """Turns are given where all processes see them; they are a second apart, but the ways there are not equally
        long, so whoever comes early waits."""
        now = time.monotonic()
        at = max(now, self._free_at.get(place, 0.0))
        if at - now > _MOST_WAIT:
            wait = at - now
            raise TemporaryFailure(f"{place} is busy", retry_after=wait, is_untried=True)
        if len(self._free_at) > _PLACES:
            self._free_at = {name: free for name, free in self._free_at.items() if free > now}
        self._free_at[place] = at + self._apart
        await asyncio.sleep(at - now)


def failure_of(method: str, error: SlackApiError) -> Failed:
    """What a refusal means. Slack's words may repeat ours, so only status and code are told."""
    response = error.response
    data = getattr(response, "data", None)
    code = data.get("error", "") if isinstance(data, dict) else ""
    code = code if re.fullmatch(r"[a-z_]{1,80}", str(code)) else ""
    # Of an answer that is no JSON the client hands over the raw response, which names its status otherwise.
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    said = f"{method}: {code or status}"
    if status == 429 or code in _LIMITED:
        return TemporaryFailure(said, retry_after=_retry_after(response))
    if code in _REFUSED:
        return PermanentFailure(said)
    # 503 is Slack's "not now"; behind any other 5xx, and a 200 that cannot be read, the call may have run.
    is_unclear = code in _HALF_DONE or (
        not code and status != 503 and status not in range(300, 500)
    )
    return TemporaryFailure(said, certain=not is_unclear)


def _retry_after(response: Any) -> float | None:
    told = str(getattr(response, "headers", {}).get("Retry-After", ""))
    return float(told) if re.fullmatch(r"[0-9]{1,6}", told) else None
