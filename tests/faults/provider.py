"""Providers whose memory is a folder, so that they outlive every process that talks to them. What they do stands in the words."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from channels.contract import Answer, Arrival, Capabilities
from core.errors import OptedOut, PermanentFailure, TemporaryFailure
from core.ids import ExternalId, ThreadKey
from core.message import (
    AddressKind,
    Attached,
    Delivery,
    Inbound,
    Outbound,
    Receipt,
    Report,
    Sender,
)
from core.onlooker import OpenTicket
from tests.company import NOON


class Memory:
    """What the provider took and was asked, a line each; written as one, also by processes that die."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def note(self, name: str, value: Any) -> None:
        """Adds a line."""
        line = (json.dumps(value) + "\n").encode()
        file = os.open(self._folder / name, os.O_APPEND | os.O_CREAT | os.O_WRONLY, 0o600)
        os.write(file, line)
        os.close(file)

    def noted(self, name: str) -> list[Any]:
        """All lines so far."""
        file = self._folder / name
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


class Hook:
    """Brings what customers say by webhook, and cannot be asked what became of a sending.

    A customer's words: `refused` is never taken, `later` not at the first attempt, `unsubscribed` never again.
    """

    name: ClassVar[str] = "hook"
    Settings: ClassVar[type[BaseModel]] = BaseModel
    can: ClassVar[Capabilities] = Capabilities(text_length=2_000, address=AddressKind.OTHER)

    def __init__(self, memory: Memory) -> None:
        self.memory = memory

    def verify(self, arrival: Arrival) -> None:
        """Everything is genuine here."""

    def parse(self, arrival: Arrival) -> list[Inbound]:
        said = json.loads(arrival.body)
        return [self._inbound(said)] if "text" in said else []

    def _inbound(self, said: dict[str, Any]) -> Inbound:
        key = ThreadKey(f"{self.name}:{said['customer']}")
        files = tuple(
            Attached(name, "text/plain", b"", problem="not fetched yet", reference=name)
            for name in said.get("files", ())
        )
        return Inbound(
            ExternalId(f"{self.name}:{said['id']}"),
            Sender(self.can.address, f"{self.name}-{said['customer']}"),
            said["text"],
            NOON,
            (key,),
            (key,),
            attachments=files,
        )

    def acknowledge(self, arrival: Arrival) -> Answer:
        return Answer()

    async def send(self, outbound: Outbound) -> Receipt:
        asked = self.memory.noted("asked").count(outbound.key)
        self.memory.note("asked", outbound.key)
        if "unsubscribed" in outbound.text:
            raise OptedOut("wants no messages")
        if "refused" in outbound.text:
            raise PermanentFailure("nobody of that name")
        if "later" in outbound.text and not asked:
            raise TemporaryFailure("busy")
        self.memory.note("taken", {"key": outbound.key, "text": outbound.text})
        return Receipt(f"taken-{outbound.key}")

    def reports(self, arrival: Arrival) -> list[Report]:
        key = json.loads(arrival.body).get("delivered")
        return [Report(Delivery.DELIVERED, provider_id=f"taken-{key}")] if key else []

    async def react(self, arrival: Arrival) -> None:
        self.memory.note("reacted", arrival.body.decode())

    def onlooker(self, arrival: Arrival) -> Sender | None:
        customer = json.loads(arrival.body).get("looks")
        return Sender(self.can.address, f"{self.name}-{customer}") if customer else None

    async def show_tickets(self, onlooker: Sender, tickets: list[OpenTicket]) -> None:
        self.memory.note("shown", len(tickets))


class Mailbox(Hook):
    """Is fetched from, keeps files, and can be asked what became of a sending."""

    name: ClassVar[str] = "mailbox"

    async def arrivals(
        self, cursor: dict[str, Any]
    ) -> AsyncIterator[tuple[Arrival, dict[str, Any]]]:
        place = int(cursor.get("place", 0))
        while True:
            for said in self.memory.noted("mails")[place:]:
                place += 1
                yield Arrival("mail", json.dumps(said).encode(), NOON), {"place": place}
            await asyncio.sleep(0.02)

    async def settled(self, arrival: Arrival) -> None:
        self.memory.note("settled", arrival.body.decode())

    async def find(self, outbound: Outbound) -> Receipt | None:
        taken = any(one["key"] == outbound.key for one in self.memory.noted("taken"))
        return Receipt(f"taken-{outbound.key}") if taken else None

    async def fetch(self, reference: str) -> bytes:
        self.memory.note("fetched", reference)
        if reference.startswith("gone"):
            raise PermanentFailure("that file is gone")
        if reference.startswith("slow") and self.memory.noted("fetched").count(reference) == 1:
            raise TemporaryFailure("not now")
        return f"the words of {reference}".encode()


class Telephone(Hook):
    """The reply travels in the response to the call."""

    name: ClassVar[str] = "telephone"
    inline_seconds: ClassVar[float] = 4800.0
    """By the fast clock of the stage; eight seconds of ours: on a busy machine an answer takes a while."""

    def render(self, arrival: Arrival, outbound: list[Outbound]) -> tuple[Answer, list[Receipt]]:
        said = " / ".join(one.text for one in outbound)
        return Answer(200, said.encode()), [Receipt(f"taken-{one.key}") for one in outbound]

    def holding(self, arrival: Arrival) -> Answer:
        return Answer(200, b"One moment")
