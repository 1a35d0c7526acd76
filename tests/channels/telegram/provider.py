"""The other side of the Telegram channel: a small Telegram, and a customer called Ann in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from uuid import UUID

from channels.contract import Arrival
from channels.telegram import Telegram
from channels.telegram_settings import TelegramSettings
from core.ids import InboxId, ThreadKey
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.forms import telegram_looks
from tests.contract.provider import Delivered
from tests.fakes.serving import unused_url
from tests.fakes.telegram import (
    ANN,
    BLOCKER,
    BOT,
    GROUP,
    SECRET,
    TOKEN,
    USERNAME,
    Brought,
    FakeTelegram,
    running,
)

INBOX = InboxId(UUID(int=42))
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLD_SECRET = "hook-" + "o" * 30
HEADER = "x-telegram-bot-api-secret-token"


def telegram_settings(url: str = "http://127.0.0.1:9", **changes: object) -> TelegramSettings:
    """Settings for the fake at this address."""
    values: dict[str, object] = {
        "bot_token": TOKEN,
        "username": USERNAME,
        "secret_token": SECRET,
        "previous_secret_token": OLD_SECRET,
        "api_url": url,
        "seconds": 15.0,  # a busy machine is no silent provider
    }
    return TelegramSettings.model_validate({**values, **changes})


def arrived(call: Brought, at: datetime = NOW, **headers: str) -> Arrival:
    """A call as the web process hands it over."""
    return Arrival(
        "webhook",
        call.body,
        at,
        {**call.headers, **headers},
        url="https://help.example.org/webhooks/telegram/acme",
        meta={"inbox": "acme"},
    )


class TelegramProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (TOKEN, SECRET, OLD_SECRET)

    def __init__(self) -> None:
        self.telegram = FakeTelegram(clock=NOW.timestamp)
        self.channel = Telegram(INBOX, telegram_settings())
        self._running = ExitStack()
        self._to = ANN

    def start(self) -> None:
        self._running.enter_context(running(self.telegram))
        self.behave("taken")

    def stop(self) -> None:
        self._running.close()

    def arrival(self, text: str) -> Arrival:
        return arrived(self.telegram.say(ANN, ANN, text))

    def retried(self, arrival: Arrival) -> Arrival:
        return dataclasses.replace(arrival)

    def forgeries(self) -> Mapping[str, Arrival]:
        genuine = self.arrival("hello")

        def secret(value: str) -> Arrival:
            return dataclasses.replace(genuine, headers={**genuine.headers, HEADER: value})

        return {
            "no secret": dataclasses.replace(genuine, headers={}),
            "an empty one": secret(""),
            "half of it": secret(SECRET[:10]),
            "more than it": secret(SECRET + "s"),
            "another case": secret(SECRET.upper()),
            "of another bot": secret("hook-" + "x" * 30),
            "the token": secret(TOKEN),
            "no ASCII": secret("é" * 30),
            "20,000 characters": secret("s" * 20_000),
            "by GET": dataclasses.replace(genuine, method="GET"),
            "a mail": dataclasses.replace(genuine, kind="mail"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return dataclasses.replace(self.arrival("hello"), body=body)

    def echoes(self) -> list[Arrival]:
        """Our own message, news of the chat, and a channel's post."""
        telegram = self.telegram
        own = {
            "message_id": 5,
            "from": telegram.own(),
            "chat": {"id": GROUP, "type": "supergroup"},
            "date": int(NOW.timestamp()),
            "text": f"@{USERNAME} echo",
        }
        member = {"chat": {"id": ANN, "type": "private"}, "date": 1, "old_chat_member": {}}
        return [
            arrived(telegram.update(message=own)),
            arrived(telegram.update(edited_message=own)),
            arrived(telegram.update(my_chat_member=member)),
            arrived(telegram.update(channel_post=own)),
        ]

    def outbound(self, text: str) -> Outbound:
        return Outbound(
            key="row-1",
            to=Sender(AddressKind.SOCIAL, f"telegram:{self._to}"),
            text=text,
            in_reply_to=(ThreadKey(f"{BOT}/{self._to}"), ThreadKey(f"{BOT}/{self._to}/1")),
            at=NOW,
        )

    def behave(self, outcome: str) -> None:
        self.telegram.script.clear()
        self._to, url, changes = ANN, self.telegram.url, {}
        match outcome:
            case "busy":
                self.telegram.script.append(429)
            case "broken":
                self.telegram.script.append(503)
            case "silent":
                self.telegram.script.append("silence")
                changes = {"seconds": 0.5}
            case "away":
                url = unused_url()
            case "unauthorised":
                changes = {"bot_token": f"{BOT}:AArevoked-" + "r" * 30}
            case "unknown recipient":
                self._to = BLOCKER
        self.channel = Telegram(INBOX, telegram_settings(url, **changes))

    def sent(self) -> list[Delivered]:
        return [
            Delivered(
                one["text"],
                len(one.get("reply_markup", {}).get("inline_keyboard", ())),
                len({"photo", "document"} & set(one)),
                telegram_looks(one["text"], one.get("entities", [])),
            )
            for one in self.telegram.said(ANN)
        ]

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def provider() -> TelegramProvider:
    """What the contract suite asks for."""
    return TelegramProvider()
