"""The other side of the Slack channel: a small Slack, and a customer called Ann in it."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from channels.contract import Arrival
from channels.slack import Slack
from channels.slack_settings import SlackSettings
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.forms import slack_looks, slack_text
from tests.contract.provider import Delivered
from tests.fakes.slack import (
    ANN,
    APP,
    BOT,
    BOT_TOKEN,
    BOT_USER,
    HELP,
    SIGNING_SECRET,
    TEAM,
    FakeSlack,
    Signed,
    running,
)

INBOX = InboxId(UUID(int=31))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD_SECRET = "6b" * 16
APP_TOKEN = "xapp-fake-" + "a" * 24


def slack_settings(url: str = "http://127.0.0.1:9", **changes: object) -> SlackSettings:
    """Settings for the fake at this address."""
    values: dict[str, object] = {
        "team": TEAM,
        "bot_token": BOT_TOKEN,
        "signing_secret": SIGNING_SECRET,
        "previous_signing_secret": OLD_SECRET,
        "channels": [HELP],
        "api_url": f"{url}/api/",
        "seconds": 1.5,  # the silence of the fake takes 2
        "seconds_apart": 0,
    }
    return SlackSettings.model_validate({**values, **changes})


def arrived(request: Signed, at: datetime = NOW, **headers: str) -> Arrival:
    """A request of Slack's as the web process hands it over."""
    return Arrival(
        "webhook",
        request.body,
        at,
        {**request.headers, **headers},
        url="https://help.example.org/webhooks/slack/acme",
        meta={"inbox": "acme"},
    )


class SlackProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (BOT_TOKEN, SIGNING_SECRET, OLD_SECRET)

    def __init__(self) -> None:
        self.slack = FakeSlack(clock=NOW.timestamp)
        self.channel = Slack(INBOX, slack_settings())
        self._running = ExitStack()
        self._root = ""

    def start(self) -> None:
        self._running.enter_context(running(self.slack))
        self.behave("taken")

    def stop(self) -> None:
        self._running.close()

    def arrival(self, text: str) -> Arrival:
        """Ann writes in the thread that she opened in the help channel."""
        if not self._root:
            self.slack.say(ANN, HELP, "Good morning")
            self._root = self.slack.messages[HELP][0]["ts"]
        (request,) = self.slack.say(ANN, HELP, text, thread=self._root)
        return arrived(request)

    def retried(self, arrival: Arrival) -> Arrival:
        first = Signed(arrival.body, dict(arrival.headers))
        later = NOW + timedelta(minutes=5)
        clock, self.slack.clock = self.slack.clock, later.timestamp
        again = self.slack.retried(first, 3)
        self.slack.clock = clock
        return arrived(again, later)

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")
        time, signature = "x-slack-request-timestamp", "x-slack-signature"
        foreign = FakeSlack(clock=NOW.timestamp, secret="7c" * 16).signed(genuine.body)
        unsigned = {
            key: value for key, value in genuine.headers.items() if not key.startswith("x-slack")
        }

        def changed(**headers: str) -> Arrival:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            return dataclasses.replace(genuine, headers={**genuine.headers, **named})

        return {
            "unsigned": dataclasses.replace(genuine, headers=unsigned),
            "by GET": dataclasses.replace(genuine, method="GET"),
            "of a foreign app": arrived(foreign),
            "altered body": dataclasses.replace(genuine, body=genuine.body + b" "),
            "body that is no UTF-8": dataclasses.replace(genuine, body=b"\xff" + genuine.body),
            "too old": dataclasses.replace(genuine, received_at=NOW + timedelta(seconds=302)),
            "of the future": dataclasses.replace(genuine, received_at=NOW - timedelta(seconds=302)),
            "another time": changed(x_slack_request_timestamp=str(int(NOW.timestamp()) - 1)),
            "a time that is no number": changed(x_slack_request_timestamp="nan"),
            "a time with spaces": changed(
                x_slack_request_timestamp=f" {genuine.headers[time]} ",
            ),
            "a time of 5,000 digits": changed(x_slack_request_timestamp="1" * 5000),
            "a signature that is not ASCII": changed(x_slack_signature="v0=é中"),
            "another version": changed(
                x_slack_signature=genuine.headers[signature].replace("v0", "v1")
            ),
            "half a signature": changed(x_slack_signature=genuine.headers[signature][:40]),
            "of no webhook": dataclasses.replace(genuine, kind="frame"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return arrived(self.slack.signed(body))

    def echoes(self) -> list[Arrival]:
        """Our message comes back as an event, with our app's marks; an edit of ours does too."""
        own: dict[str, Any] = {
            "type": "message",
            "user": BOT_USER,
            "bot_id": BOT,
            "app_id": APP,
            "bot_profile": {"id": BOT, "app_id": APP, "name": "threadline"},
            "text": "Our answer",
            "ts": "1795435200.000900",
            "thread_ts": "1795435200.000001",
            "channel": HELP,
            "channel_type": "channel",
        }
        edited = {"edited": {"user": BOT_USER, "ts": "1795435201.000000"}, "text": "Better"}
        changed = {
            "type": "message",
            "subtype": "message_changed",
            "channel": HELP,
            "message": {**own, **edited},
            "previous_message": own,
        }
        unmarked = {
            name: value for name, value in own.items() if not name.startswith(("bot", "app"))
        }
        file = {**unmarked, "text": "", "files": [{"id": "F1UP0", "name": "a.txt"}]}
        return [arrived(self.slack.event(event)) for event in (own, changed, file)]

    def outbound(self, text: str) -> Outbound:
        if not self._root:
            self.arrival("hello")
        return Outbound(
            key="row-1",
            to=Sender(AddressKind.SLACK, f"{TEAM}:{ANN}", display_name="Ann"),
            text=text,
            in_reply_to=(ThreadKey(f"{TEAM}/{HELP}/{self._root}"),),
            author="Maya",
            at=NOW,
        )

    def behave(self, outcome: str) -> None:
        changes: dict[str, object] = {}
        url = self.slack.url
        self.slack.scripts.clear()
        match outcome:
            case "busy":
                self.slack.scripts.append(("chat.postMessage", "429"))
            case "broken":
                self.slack.scripts.append(("chat.postMessage", "503"))
            case "silent":
                self.slack.scripts.append(("chat.postMessage", "silence"))
            case "away":
                with socket.socket() as unused:
                    unused.bind(("127.0.0.1", 0))
                    url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            case "unauthorised":
                changes = {"bot_token": "xoxb-revoked-" + "r" * 16}
            case "unknown recipient":
                self.slack.scripts.append(("chat.postMessage", "channel_not_found"))
        self.channel = Slack(INBOX, slack_settings(url, **changes))

    def sent(self) -> list[Delivered]:
        """As people see it: the sections' text, the buttons."""
        return [
            Delivered(
                shown_text(one),
                len(shown_buttons(one)),
                len(one.get("files", ())),
                slack_looks(one.get("blocks", [])),
            )
            for one in self.slack.said(HELP)
        ]

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def shown_text(message: Mapping[str, Any]) -> str:
    """The sections of a message, or its rich text, as a person reads them."""
    if formed := [one for one in message.get("blocks", ()) if one["type"] == "rich_text"]:
        return "\n".join(map(slack_text, formed))
    pieces = [one["text"]["text"] for one in message.get("blocks", ()) if one["type"] == "section"]
    text = re.sub(r"<([^<>|]+)(?:\|([^<>]+))?>", lambda m: m[2] or m[1], "\n".join(pieces))
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def shown_buttons(message: Mapping[str, Any]) -> list[str]:
    """The titles of its buttons."""
    rows = [one["elements"] for one in message.get("blocks", ()) if one["type"] == "actions"]
    return [button["text"]["text"] for row in rows for button in row]


def payload_of(arrival: Arrival) -> dict[str, Any]:
    """The JSON of an event."""
    payload = json.loads(arrival.body)
    assert isinstance(payload, dict)
    return payload


def provider() -> SlackProvider:
    """What the contract suite asks for."""
    return SlackProvider()
