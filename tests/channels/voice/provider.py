"""The other side of a telephone line: a fake Twilio with a call in progress."""

from __future__ import annotations

import dataclasses
import re
import socket
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID
from xml.etree import ElementTree

from channels.contract import Arrival
from channels.voice import Voice
from channels.voice_settings import VoiceSettings
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.provider import Delivered
from tests.fakes.twilio import (
    ACCOUNT,
    CUSTOMER,
    NUMBER,
    START,
    TOKEN,
    Call,
    FakeTwilio,
    signed,
    signed_json,
)
from tests.fakes.twiml import checked

INBOX = InboxId(UUID(int=32))
URL = "https://help.acme.example/webhooks/voice/line"
OLD_TOKEN = "twilio-older-token-" + "o" * 13
IN_PROGRESS, ENDED = "CA" + "1" * 32, "CA" + "2" * 32


def voice_settings(api_url: str = "https://api.twilio.com", **changes: object) -> VoiceSettings:
    """Settings for this Twilio."""
    values: dict[str, object] = {
        "account_sid": ACCOUNT,
        "number": NUMBER,
        "auth_token": TOKEN,
        "previous_auth_token": OLD_TOKEN,
        "api_url": api_url,
        "api_seconds": 1.5,  # the silence of the fake takes 2
        "company": "Acme",
    }
    return VoiceSettings.model_validate({**values, **changes})


def arrived(call: Call) -> Arrival:
    """A call of Twilio's as `web.arrivals` makes an Arrival of it."""
    query = urlsplit(call.url).query
    return Arrival("webhook", call.body, START, call.headers, url=URL, query=query)


def fields_of_call(call: str = IN_PROGRESS, **more: str) -> dict[str, str]:
    """What Twilio tells of a call in progress."""
    return {
        "CallSid": call,
        "AccountSid": ACCOUNT,
        "From": CUSTOMER,
        "To": NUMBER,
        "Direction": "inbound",
        "CallStatus": "in-progress",
        **more,
    }


class VoiceProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (TOKEN, OLD_TOKEN)

    def __init__(self) -> None:
        self.twilio = FakeTwilio()
        self.twilio.calls[IN_PROGRESS] = checked
        self.channel = Voice(INBOX, voice_settings())
        self._call = IN_PROGRESS
        self._step = 0

    def start(self) -> None:
        self.twilio.start()
        self.behave("taken")

    def stop(self) -> None:
        self.twilio.stop()

    def said(self, text: str, step: str, **more: str) -> Call:
        fields = fields_of_call(SpeechResult=text, Confidence="0.9", **more)
        return signed(f"{URL}?do=heard&step={step}", fields)

    def arrival(self, text: str) -> Arrival:
        self._step += 1
        return arrived(self.said(text, f"0.{self._step}"))

    def retried(self, arrival: Arrival) -> Arrival:
        """Twilio calls again."""
        headers = {**arrival.headers, "user-agent": "TwilioProxy/1.2"}
        return dataclasses.replace(arrival, headers=headers)

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")
        fields = fields_of_call(SpeechResult="hello")
        without = {name: value for name, value in fields.items() if name != "CallSid"}
        here = f"{URL}?do=heard&step=0.1"
        return {
            "another place in the call": dataclasses.replace(genuine, query="do=heard&step=0.999"),
            "no place": dataclasses.replace(genuine, query=""),
            "altered words": dataclasses.replace(genuine, body=genuine.body + b"x"),
            "words moved into the name": dataclasses.replace(
                genuine, body=genuine.body.replace(b"SpeechResult=hello", b"SpeechResulthello=")
            ),
            "foreign token": arrived(signed(here, fields, "f" * 32)),
            "foreign account": arrived(signed(here, {**fields, "AccountSid": "AC" + "6" * 32})),
            "no call": arrived(signed(here, without)),
            "no signature": dataclasses.replace(genuine, headers={}),
            "JSON with another hash": dataclasses.replace(
                arrived(signed_json(here, fields)), body=b"{}"
            ),
            "by GET": dataclasses.replace(genuine, method="GET"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return dataclasses.replace(self.arrival("hello"), body=body)

    def echoes(self) -> list[Arrival]:
        """What Twilio tells of a call beside words: that it began, was silent, waited, ended."""
        ended = fields_of_call(CallStatus="completed", CallDuration="31")
        places = ("", "?do=silent&step=0.1", "?do=wait&step=0.1", "?do=heard&step=0.1")
        return [
            *(arrived(signed(URL + place, fields_of_call())) for place in places),
            arrived(signed(URL, ended)),
        ]

    def outbound(self, text: str) -> Outbound:
        return Outbound(
            key="row-1",
            to=Sender(AddressKind.PHONE, CUSTOMER),
            text=text,
            in_reply_to=(ThreadKey("conversation:7"), ThreadKey(f"call:{self._call}")),
            at=START,
            extra={"webhook": URL},
        )

    def behave(self, outcome: str) -> None:
        self.twilio.behaviour.clear()
        self._call, api_url, changes = IN_PROGRESS, self.twilio.url, {}
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
                self._call = ENDED
        self.channel = Voice(INBOX, voice_settings(api_url, **changes))

    def sent(self) -> list[Delivered]:
        """What was said first; choices stand in a sentence each behind it."""
        found = []
        for item in self.twilio.asked:
            gather = ElementTree.fromstring(item["Twiml"]).find("Gather")
            assert gather is not None
            texts = [say.text or "" for say in gather.iter("Say")]
            choices = len(re.findall(r"press [1-9]\.", " ".join(texts[1:])))
            found.append(Delivered(texts[0], buttons=choices))
        return found

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def provider() -> VoiceProvider:
    """What the contract suite asks for."""
    return VoiceProvider()
