"""The visitor's side of the chat channel. There is no provider: replies are read from our own stream."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from channels.contract import Arrival
from channels.webchat import Webchat, WebchatSettings
from core.ids import ConversationId, InboxId
from core.message import AddressKind, Outbound, Receipt, Sender
from tests.contract.provider import Delivered

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWN = "https://help.example.org"
INBOX = InboxId(UUID(int=7))
CONVERSATION = ConversationId(UUID(int=70))
VISITOR = UUID(int=700)
SECRET, OLD_SECRET = "chat-secret-" + "s" * 32, "chat-older-" + "o" * 32


class WebchatProvider:
    """See `tests.contract.provider.Provider`."""

    secrets = (SECRET, OLD_SECRET)

    def __init__(self) -> None:
        values = {"signing_secret": SECRET, "previous_secret": OLD_SECRET}
        self.channel = Webchat(INBOX, WebchatSettings.model_validate(values))
        self._said = 0

    def start(self) -> None:
        """Nothing listens."""

    def stop(self) -> None:
        """Nothing listens."""

    def arrival(self, text: str) -> Arrival:
        self._said += 1
        return self._posted({"client_id": f"said-{self._said}", "text": text})

    def _posted(self, body: object, *, token: str = "", **headers: str) -> Arrival:
        token = token or self.channel.issue_token(CONVERSATION, VISITOR, NOW)
        return Arrival(
            "chat",
            body if isinstance(body, bytes) else json.dumps(body).encode(),
            NOW,
            {"authorization": f"Bearer {token}", "origin": OWN, **headers},
            url=OWN,
            meta={"conversation": str(CONVERSATION)},
        )

    def retried(self, arrival: Arrival) -> Arrival:
        """A widget that lost the answer posts again, later and with a newer token."""
        later = NOW + timedelta(minutes=3)
        token = self.channel.issue_token(CONVERSATION, VISITOR, later)
        headers = {**arrival.headers, "authorization": f"Bearer {token}"}
        return dataclasses.replace(arrival, headers=headers, received_at=later)

    def forgeries(self) -> Mapping[str, Arrival]:
        body = {"client_id": "x", "text": "hello"}
        foreign = Webchat(INBOX, WebchatSettings.model_validate({"signing_secret": "f" * 40}))
        elsewhere = Webchat(InboxId(UUID(int=8)), self.channel.settings)
        good = self.channel.issue_token(CONVERSATION, VISITOR, NOW)
        altered = good[:40] + ("B" if good[40] == "A" else "A") + good[41:]
        other = self.channel.issue_token(ConversationId(UUID(int=71)), VISITOR, NOW)
        stale = self.channel.issue_token(CONVERSATION, VISITOR, NOW - timedelta(days=90))
        return {
            "altered token": self._posted(body, token=altered),
            "token of a foreign secret": self._posted(
                body, token=foreign.issue_token(CONVERSATION, VISITOR, NOW)
            ),
            "token of another inbox": self._posted(
                body, token=elsewhere.issue_token(CONVERSATION, VISITOR, NOW)
            ),
            "token of another conversation": self._posted(body, token=other),
            "stale token": self._posted(body, token=stale),
            "no token": self._posted(body, authorization=""),
            "a token that is not ASCII": self._posted(body, token="\u00e9" * 119),
            "foreign origin": self._posted(body, origin="https://evil.example"),
        }

    def with_body(self, body: bytes) -> Arrival:
        return self._posted(body)

    def echoes(self) -> list[Arrival]:
        """Our replies never come back: the stream has one direction."""
        return []

    def outbound(self, text: str) -> Outbound:
        return Outbound(key="row-1", to=Sender(AddressKind.VISITOR, str(VISITOR)), text=text)

    def behave(self, outcome: str) -> None:
        raise AssertionError(f"nothing is sent, so nothing can be {outcome}")

    def sent(self) -> list[Delivered]:
        return []

    def answer(self, receipt: Receipt) -> Arrival:
        return self.arrival("thank you")


def provider() -> WebchatProvider:
    """What the contract suite asks for."""
    return WebchatProvider()
