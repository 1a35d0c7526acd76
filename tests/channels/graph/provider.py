"""The other side of the Graph channel: a small Meta, and a customer called Ann on one of its products."""

from __future__ import annotations

import dataclasses
import hmac
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from hashlib import sha1, sha256
from typing import Any
from uuid import UUID

from channels.contract import Arrival
from channels.graph import Graph
from channels.graph_places import person_key, sender_of
from channels.graph_settings import GraphSettings
from core.ids import InboxId
from core.message import Outbound, Receipt
from tests.contract.forms import whatsapp_looks
from tests.contract.provider import Delivered
from tests.fakes.graph import (
    ACCOUNTS,
    APP,
    APP_SECRET,
    NOWHERE,
    PEOPLE,
    TOKEN,
    VERIFY,
    Brought,
    FakeGraph,
    running,
)
from tests.fakes.serving import unused_url

INBOX = InboxId(UUID(int=42))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD_SECRET = "app-secret-" + "o" * 21
HEADER = "x-hub-signature-256"


def graph_settings(
    product: str, url: str = "http://127.0.0.1:9", **changes: object
) -> GraphSettings:
    """Settings for the fake at this address."""
    values: dict[str, object] = {
        "product": product,
        "account": ACCOUNTS[product],
        "app_id": APP,
        "app_secret": APP_SECRET,
        "previous_app_secret": OLD_SECRET,
        "verify_token": VERIFY,
        "access_token": TOKEN,
        "template": "we_answered",
        "api_url": url,
        "seconds": 15.0,  # a busy machine is no silent Meta
    }
    return GraphSettings.model_validate({**values, **changes})


def arrived(call: Brought, at: datetime = NOW, **changes: Any) -> Arrival:
    """A call as the web process hands it over."""
    arrival = Arrival(
        "webhook",
        call.body,
        at,
        call.headers,
        call.method,
        url="https://help.example.org/webhooks/graph/acme",
        query=call.query,
        meta={"inbox": "acme"},
    )
    return dataclasses.replace(arrival, **changes)


class GraphProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (APP_SECRET, OLD_SECRET, VERIFY, TOKEN)

    def __init__(self, product: str = "whatsapp") -> None:
        self.product = product
        self.graph = FakeGraph(clock=NOW.timestamp)
        self.ann = next(iter(PEOPLE[product]))
        self.channel = Graph(INBOX, graph_settings(product))
        self._running = ExitStack()
        self._to = self.ann

    def start(self) -> None:
        self._running.enter_context(running(self.graph))
        self.graph.heard[self.product, self.ann] = NOW.timestamp()
        self.behave("taken")

    def stop(self) -> None:
        self._running.close()

    def arrival(self, text: str) -> Arrival:
        return arrived(self.graph.say(self.product, self.ann, text))

    def retried(self, arrival: Arrival) -> Arrival:
        return dataclasses.replace(arrival)

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")
        told = genuine.headers[HEADER]

        def signature(value: str) -> Arrival:
            return dataclasses.replace(genuine, headers={**genuine.headers, HEADER: value})

        old = hmac.new(APP_SECRET.encode(), genuine.body, sha1).hexdigest()
        other = hmac.new(b"another app's secret", genuine.body, sha256).hexdigest()
        return {
            "no signature": dataclasses.replace(genuine, headers={}),
            "an empty one": signature(""),
            "no prefix": signature(told.removeprefix("sha256=")),
            "the old algorithm": signature(f"sha1={old}"),
            "half of it": signature(told[:40]),
            "upper case": signature("sha256=" + told[7:].upper()),
            "of another app": signature(f"sha256={other}"),
            "no ASCII": signature("sha256=" + "é" * 64),
            "20,000 characters": signature("sha256=" + "a" * 20_000),
            "another body": dataclasses.replace(genuine, body=genuine.body + b" "),
            "by PUT": dataclasses.replace(genuine, method="PUT"),
            "a mail": dataclasses.replace(genuine, kind="mail"),
            "a question with another word": arrived(self.graph.question("guess")),
            "a question with none": arrived(self.graph.question("")),
            "a question without a challenge": arrived(self.graph.question(challenge="")),
            "a question with a page": arrived(self.graph.question(challenge="<b>")),
            "a message by GET": dataclasses.replace(genuine, method="GET"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return dataclasses.replace(self.arrival("hello"), body=body)

    def echoes(self) -> list[Arrival]:
        """Our own words, what became of them, and Meta's question for the challenge."""
        graph = self.graph
        calls = [graph.question()]
        if self.product == "whatsapp":
            calls.append(graph.status("wamid.HBgL1", "delivered"))
        else:
            own = {"mid": "m_77", "text": "echo", "is_echo": True, "app_id": int(APP)}
            account = ACCOUNTS[self.product]
            calls += [
                graph.messaging_call(self.product, account, message=own),
                graph.messaging_call(self.product, self.ann, read={"watermark": 1}),
            ]
        return [arrived(call) for call in calls]

    def outbound(self, text: str) -> Outbound:
        settings = self.channel.settings
        return Outbound(
            key="row-1",
            to=sender_of(settings, self._to),
            text=text,
            in_reply_to=(person_key(settings, self._to),),
            at=NOW,
            sent_at=NOW,
            heard_at=NOW,
        )

    def behave(self, outcome: str) -> None:
        self.graph.script.clear()
        self._to, url, changes = self.ann, self.graph.url, {}
        match outcome:
            case "busy":
                self.graph.script.append(429)
            case "broken":
                self.graph.script.append(500)
            case "silent":
                self.graph.script.append("silence")
                changes = {"seconds": 0.5}
            case "away":
                url = unused_url()
            case "unauthorised":
                changes = {"access_token": "EAAG" + "r" * 40}
            case "unknown recipient":
                self._to = NOWHERE[self.product]
        self.channel = Graph(INBOX, graph_settings(self.product, url, **changes))

    def sent(self) -> list[Delivered]:
        return [
            Delivered(
                one["text"], len(one["choices"]), int("file" in one), whatsapp_looks(one["text"])
            )
            for one in self.graph.said(self.product, self.ann)
        ]

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def provider() -> GraphProvider:
    """What the contract suite asks for: WhatsApp. The other products pass it in `test_graph_products`."""
    return GraphProvider()
