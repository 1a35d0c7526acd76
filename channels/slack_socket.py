"""Slack's Socket Mode: the same calls as over the webhook, as frames of a socket that we open. Reading them is `slack`'s."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import aiohttp
from pydantic import ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from channels.payload import Payload
from channels.slack_settings import SlackSettings
from core.errors import MalformedPayload, TemporaryFailure

NO_TIME = datetime.fromtimestamp(0, UTC)
"""Frames carry no time of their arrival; who runs the socket sets it."""
_CONNECT_SECONDS = 15.0
_LOOK_SECONDS = 15.0
_AHEAD = 1000

# The client's own words may contain the socket's ticket; what matters of them we say ourselves.
_log = logging.getLogger("slack_socket")
_log.setLevel(logging.CRITICAL)


class Frame(Payload):
    """One envelope: `events_api`, `interactive` or `slash_commands`, with the payload of the webhook's call."""

    type: str
    envelope_id: str
    payload: dict[str, Any] = {}


def frame_of(body: bytes) -> Frame:
    """Raises `MalformedPayload`."""
    try:
        return Frame.model_validate_json(body)
    except ValidationError as error:
        raise MalformedPayload("this is no frame of Slack's") from error


class SlackSocket:
    """One app's socket, by the vendor's client: it answers pings and moves when Slack asks it to."""

    def __init__(self, settings: SlackSettings) -> None:
        assert settings.app_token is not None
        self._token = settings.app_token.get_secret_value()
        self._base_url = settings.api_url
        self._frames: asyncio.Queue[bytes] = asyncio.Queue(_AHEAD)
        self._client: SocketModeClient | None = None

    async def frames(self) -> AsyncGenerator[bytes]:
        """Each frame as JSON, in order, for ever. Raises `TemporaryFailure` when Slack is away."""
        try:
            self._client = client = await self._connected()
            while True:
                try:
                    async with asyncio.timeout(_LOOK_SECONDS):
                        frame = await self._frames.get()
                except TimeoutError:
                    if not await client.is_connected():
                        raise TemporaryFailure("the socket to Slack is away") from None
                else:
                    yield frame
        finally:
            await self._close()

    async def acknowledge(self, envelope: str, answer: dict[str, Any] | None) -> None:
        """Tells Slack that a frame is stored, with what the person shall see. If that gets lost, the frame
        comes again. Raises `TemporaryFailure`."""
        if self._client is None:
            raise TemporaryFailure("the socket to Slack is closed")
        try:
            response = SocketModeResponse(envelope_id=envelope, payload=answer)
            await self._client.send_socket_mode_response(response)
        except (aiohttp.ClientError, OSError) as error:
            raise TemporaryFailure(f"the socket is away: {type(error).__name__}") from None

    async def _connected(self) -> SocketModeClient:
        web = AsyncWebClient(base_url=self._base_url, logger=_log, retry_handlers=[])
        client = SocketModeClient(self._token, logger=_log, web_client=web)
        client.socket_mode_request_listeners.append(self._heard)
        self._client = client
        try:
            # The first address by ourselves: the client would ask for ever, whatever the answer is.
            answer = await web.apps_connections_open(app_token=self._token)
            client.wss_uri = answer["url"]
            async with asyncio.timeout(_CONNECT_SECONDS):
                await client.connect()  # type: ignore[no-untyped-call]
        except SlackApiError as error:
            code = error.response.get("error", "") if hasattr(error.response, "get") else ""
            raise TemporaryFailure(f"Slack opens no socket: {code}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TemporaryFailure(f"Slack is away: {type(error).__name__}") from None
        return client

    async def _heard(self, client: Any, request: SocketModeRequest) -> None:
        frame = {
            "type": request.type,
            "envelope_id": request.envelope_id,
            "payload": request.payload,
        }
        await self._frames.put(json.dumps(frame).encode())

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.close()  # type: ignore[no-untyped-call]
