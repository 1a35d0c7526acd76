"""The two shapes in which Slack's calls arrive, over the webhook and over the socket, as one. Reading them is `slack_events` and `slack_actions`."""

from __future__ import annotations

import json
from typing import Any

from channels.contract import Arrival
from channels.slack_actions import fields_of
from channels.slack_socket import frame_of


def action_in(arrival: Arrival) -> dict[str, Any] | None:
    """What was pressed, typed as a command or sent off, None in an event. Over the webhook events come as
    JSON and everything else as a form. Raises `MalformedPayload`."""
    if arrival.kind == "frame":
        frame = frame_of(arrival.body)
        return None if frame.type == "events_api" else frame.payload
    if "form-urlencoded" in arrival.headers.get("content-type", "").lower():
        return fields_of(arrival.body)
    return None


def event_in(arrival: Arrival) -> bytes:
    """The JSON of an event."""
    if arrival.kind == "frame":
        return json.dumps(frame_of(arrival.body).payload).encode()
    return arrival.body
