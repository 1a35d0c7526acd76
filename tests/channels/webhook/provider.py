"""The other side of the signed webhook: a small attached system, and a customer called Ann in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

from channels.contract import Arrival
from channels.webhook import Webhook
from channels.webhook_settings import WebhookSettings
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.forms import page_looks
from tests.contract.provider import Delivered
from tests.fakes.serving import unused_url
from tests.fakes.webhook import (
    INCOMING,
    OLD_INCOMING,
    OLD_OUTGOING,
    OUTGOING,
    FakeSystem,
    Signed,
    running,
    secret_of,
)

INBOX = InboxId(UUID(int=43))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def webhook_settings(url: str = "http://127.0.0.1:9", **changes: object) -> WebhookSettings:
    """Settings for the fake at this address."""
    values: dict[str, object] = {
        "source": "shop",
        "url": f"{url}/replies",
        "incoming_secret": INCOMING,
        "previous_incoming_secret": OLD_INCOMING,
        "outgoing_secret": OUTGOING,
        "previous_outgoing_secret": OLD_OUTGOING,
        "seconds": 1.5,  # the silence of the fake takes 2
    }
    return WebhookSettings.model_validate({**values, **changes})


def arrived(call: Signed, at: datetime = NOW) -> Arrival:
    """A call as the web process hands it over."""
    return Arrival(
        "webhook",
        call.body,
        at,
        dict(call.headers),
        url="https://help.example.org/webhooks/webhook/shop",
        meta={"inbox": "shop"},
    )


class WebhookProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (INCOMING, OLD_INCOMING, OUTGOING, OLD_OUTGOING)

    def __init__(self) -> None:
        self.system = FakeSystem(clock=NOW.timestamp)
        self.channel = Webhook(INBOX, webhook_settings())
        self._running = ExitStack()
        self._to = "ann"
        self._rows = 0

    def start(self) -> None:
        self._running.enter_context(running(self.system))
        self.behave("taken")

    def stop(self) -> None:
        self._running.close()

    def arrival(self, text: str) -> Arrival:
        return arrived(self.system.say("ann", "c-1", text))

    def retried(self, arrival: Arrival) -> Arrival:
        """The same body, signed anew a minute later."""
        later = NOW + timedelta(minutes=1)
        return arrived(self.system.signed(arrival.body, shift=60), later)

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")
        name, told = genuine.headers["webhook-id"], genuine.headers["webhook-signature"]

        def changed(**headers: str) -> Arrival:
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            return dataclasses.replace(genuine, headers={**genuine.headers, **named})

        foreign = dataclasses.replace(self.system, incoming=secret_of("x"))
        dotted = dataclasses.replace(
            genuine,
            body=b"1." + genuine.body,
            headers={**genuine.headers, "webhook-id": f"{name}.1"},
        )
        return {
            "unsigned": dataclasses.replace(genuine, headers={}),
            "altered body": dataclasses.replace(genuine, body=genuine.body + b" "),
            "another id": changed(webhook_id="msg_other"),
            "another time": changed(webhook_timestamp=str(int(NOW.timestamp()) - 1)),
            "a time with a zero": changed(
                webhook_timestamp="0" + genuine.headers["webhook-timestamp"]
            ),
            "a time that is none": changed(webhook_timestamp="²³"),
            "an id with a dot": dotted,
            "too old": dataclasses.replace(genuine, received_at=NOW + timedelta(seconds=302)),
            "of the future": dataclasses.replace(genuine, received_at=NOW - timedelta(seconds=302)),
            "another version": changed(webhook_signature=told.replace("v1", "v1a")),
            "half a signature": changed(webhook_signature=told[:20]),
            "many signatures": changed(webhook_signature=" ".join(["v1,AAAA"] * 5000) + " " + told),
            "no ASCII": changed(webhook_signature="v1,é"),
            "by our own secret": arrived(
                dataclasses.replace(self.system, incoming=OUTGOING).say("ann", "c-1", "x")
            ),
            "foreign secret": arrived(foreign.say("ann", "c-1", "x")),
            "by GET": dataclasses.replace(genuine, method="GET"),
            "a mail": dataclasses.replace(genuine, kind="mail"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return arrived(self.system.signed(body))

    def echoes(self) -> list[Arrival]:
        """A reply of ours that comes back, a word on one, and a kind that we do not know."""
        words: list[dict[str, object]] = [
            {"type": "reply", "id": "row-1", "text": "echo"},
            {"type": "delivery", "message": "row-1", "state": "delivered"},
            {"type": "weather", "sun": True},
        ]
        return [arrived(self.system.signed(word)) for word in words]

    def outbound(self, text: str) -> Outbound:
        self._rows += 1
        return Outbound(
            key=f"row-{self._rows}",
            to=Sender(AddressKind.OTHER, f"shop:{self._to}"),
            text=text,
            in_reply_to=(ThreadKey("shop/c-1"),),
            author="Maya",
            at=NOW - timedelta(hours=3),
            sent_at=NOW,
        )

    def behave(self, outcome: str) -> None:
        self.system.script.clear()
        self.system.replies.clear()
        self._to, url, changes = "ann", self.system.url, {}
        match outcome:
            case "busy":
                self.system.script.append(429)
            case "broken":
                self.system.script.append(503)
            case "silent":
                self.system.script.append("silence")
            case "away":
                url = unused_url()
            case "unauthorised":
                changes = {"outgoing_secret": secret_of("x"), "previous_outgoing_secret": None}
            case "unknown recipient":
                self._to = "nobody"
        self.channel = Webhook(INBOX, webhook_settings(url, **changes))

    def sent(self) -> list[Delivered]:
        return [
            Delivered(
                one["text"], len(one["buttons"]), len(one["files"]), page_looks(one.get("html", ""))
            )
            for one in self.system.replies.values()
        ]

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def provider() -> WebhookProvider:
    """What the contract suite asks for."""
    return WebhookProvider()
