"""The other side of text messages: a fake Twilio, and a customer with a phone."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID

from channels.contract import Arrival
from channels.sms import Sms
from channels.sms_settings import SmsSettings
from core.ids import InboxId
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.provider import Delivered
from tests.fakes.twilio import (
    ACCOUNT,
    CUSTOMER,
    NUMBER,
    START,
    TOKEN,
    UNREACHABLE,
    Call,
    FakeTwilio,
    signed,
    signed_json,
)

INBOX = InboxId(UUID(int=31))
URL = "https://help.acme.example/webhooks/sms/texts"
OLD_TOKEN = "twilio-older-token-" + "o" * 13


def sms_settings(api_url: str = "https://api.twilio.com", **changes: object) -> SmsSettings:
    """Settings for this Twilio."""
    values: dict[str, object] = {
        "account_sid": ACCOUNT,
        "number": NUMBER,
        "auth_token": TOKEN,
        "previous_auth_token": OLD_TOKEN,
        "api_url": api_url,
        "api_seconds": 1.5,  # the silence of the fake takes 2
    }
    return SmsSettings.model_validate({**values, **changes})


def arrived(call: Call) -> Arrival:
    """A call as `web.arrivals` makes an Arrival of it: the address is the configured one."""
    query = urlsplit(call.url).query
    return Arrival("webhook", call.body, START, call.headers, url=URL, query=query)


class SmsProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (TOKEN, OLD_TOKEN)

    def __init__(self) -> None:
        self.twilio = FakeTwilio()
        self.channel = Sms(INBOX, sms_settings())
        self._to = CUSTOMER

    def start(self) -> None:
        self.twilio.start()
        self.behave("taken")

    def stop(self) -> None:
        self.twilio.stop()

    def arrival(self, text: str) -> Arrival:
        return arrived(signed(URL, self.twilio.text(text)))

    def retried(self, arrival: Arrival) -> Arrival:
        """Twilio calls again, under another connection and the same token."""
        headers = {**arrival.headers, "user-agent": "TwilioProxy/1.2"}
        return dataclasses.replace(arrival, headers=headers)

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")
        fields = self.twilio.text("hello")
        foreign = {**fields, "AccountSid": "AC" + "6" * 32}
        shifted = genuine.body.replace(b"Body=hello", b"B=odyhello")
        signature = genuine.headers["x-twilio-signature"]

        def with_signature(value: str) -> Arrival:
            headers = {**genuine.headers, "x-twilio-signature": value}
            return dataclasses.replace(genuine, headers=headers)

        hashed = signed_json(URL, fields)
        return {
            "no signature": with_signature(""),
            "altered signature": with_signature(
                ("B" if signature[0] == "A" else "A") + signature[1:]
            ),
            "a signature that is not ASCII": with_signature("\u00e9" * 28),
            "altered text": dataclasses.replace(genuine, body=genuine.body + b"x"),
            "moved between name and value": dataclasses.replace(genuine, body=shifted),
            "another address": dataclasses.replace(genuine, url=URL + "/"),
            "a query of one's own": dataclasses.replace(genuine, query="outbox=1"),
            "foreign token": arrived(signed(URL, fields, "f" * 32)),
            "foreign account": arrived(signed(URL, foreign)),
            "signed for another address": arrived(signed("https://evil.example/", fields)),
            "JSON with another hash": dataclasses.replace(arrived(hashed), body=hashed.body + b" "),
            "JSON without a hash": dataclasses.replace(
                arrived(signed(URL, {})),
                body=hashed.body,
                headers={
                    **hashed.headers,
                    "x-twilio-signature": signed(URL, {}).headers["x-twilio-signature"],
                },
            ),
            "by GET": dataclasses.replace(genuine, method="GET"),
            "a mail": dataclasses.replace(genuine, kind="mail"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return dataclasses.replace(self.arrival("hello"), body=body)

    def echoes(self) -> list[Arrival]:
        """Words on our own messages, and a message of our own number to itself."""
        message = {
            "sid": "SM" + "1" * 32,
            "to": CUSTOMER,
            "from": NUMBER,
            "callback": URL + "?outbox=row-1",
        }
        states = ("queued", "sent", "delivered", "undelivered")
        calls = [self.twilio.status(message, state) for state in states]
        return [*map(arrived, calls), arrived(signed(URL, self.twilio.text("echo", sender=NUMBER)))]

    def outbound(self, text: str) -> Outbound:
        return Outbound(
            key="row-1",
            to=Sender(AddressKind.PHONE, self._to),
            text=text,
            at=START,
            extra={"webhook": URL},
        )

    def behave(self, outcome: str) -> None:
        self.twilio.behaviour.clear()
        self._to, api_url, changes = CUSTOMER, self.twilio.url, {}
        match outcome:
            case "busy":
                self.twilio.behaviour.append(20429)
            case "broken":
                self.twilio.behaviour.append(500)
            case "silent":
                self.twilio.behaviour.append("silent")
            case "away":
                with socket.socket() as unused:
                    unused.bind(("127.0.0.1", 0))
                    api_url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            case "unauthorised":
                changes = {"auth_token": "wrong-token"}
            case "unknown recipient":
                self._to = UNREACHABLE
        self.channel = Sms(INBOX, sms_settings(api_url, **changes))

    def sent(self) -> list[Delivered]:
        return [
            Delivered(item["Body"], attachments=int("MediaUrl" in item))
            for item in self.twilio.asked
        ]

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def provider() -> SmsProvider:
    """What the contract suite asks for."""
    return SmsProvider()
