"""Any other system, attached by signed webhooks in both directions. The signature is `webhook_signature`, the words are `webhook_schema`."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import datetime
from typing import ClassVar

import httpx2
from pydantic import BaseModel

from channels.contract import Answer, Arrival, Capabilities, InOrder
from channels.contract_forms import EVERY_LOOK
from channels.webhook_schema import CustomerMessage, DeliveryWord, read, written
from channels.webhook_settings import WebhookSettings
from channels.webhook_signature import ID, SIGNATURE, TIME, check, signatures
from core.errors import BadSignature, Failed, PermanentFailure, TemporaryFailure
from core.ids import ExternalId, InboxId, ThreadKey
from core.message import AddressKind, Inbound, Outbound, Receipt, Report, Sender, Verified

BUTTONS = 20
FILES = 25 * 1024 * 1024
"""Of one reply together; they are told by address."""


class Webhook:
    """One attached system. Keeps no state but its client."""

    name: ClassVar[str] = "webhook"
    Settings: ClassVar[type[BaseModel]] = WebhookSettings
    can: ClassVar[Capabilities] = Capabilities(
        text_length=10_000,
        address=AddressKind.OTHER,
        buttons=BUTTONS,
        citations=True,
        threads=True,
        takes_once=True,
        tells_reuse=True,
        attachment_bytes=FILES,
        file_links=True,
    )
    shows = EVERY_LOOK

    def __init__(self, inbox_id: InboxId, settings: WebhookSettings) -> None:
        self.inbox_id = inbox_id
        self.settings = settings
        self._client: httpx2.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"Webhook({self.settings.source})"

    # ---- what arrives ---------------------------------------------------------------------------

    def verify(self, arrival: Arrival) -> None:
        """Signed as Standard Webhooks says by the incoming secret, old or new, at most five minutes ago."""
        if arrival.kind != "webhook" or arrival.method != "POST":
            raise BadSignature
        keys = self.settings.incoming_keys
        check(arrival.headers, arrival.body, keys, arrival.received_at)

    def parse(self, arrival: Arrival) -> list[Inbound]:
        """The message; [] for words on replies and kinds that we do not know, our own among them."""
        said = read(arrival.body)
        if not isinstance(said, CustomerMessage):
            return []
        key, source = self._key(said.conversation), self.settings.source
        return [
            Inbound(
                external_id=ExternalId(f"message:{said.id}"),
                sender=Sender(
                    AddressKind.OTHER,
                    f"{source}:{said.sender.id}",
                    Verified.CHANNEL,
                    said.sender.name,
                ),
                text=said.text,
                at=said.at or arrival.received_at,
                thread_keys=(key,),
                own_keys=(key,),
                claims_conversation=True,
                opens=said.edits is None,
                revises=ExternalId(f"message:{said.edits}") if said.edits else None,
                language_hint=said.language,
                is_automatic=said.automatic,
                raw=arrival.body,
            )
        ]

    def reports(self, arrival: Arrival) -> list[Report]:
        """What became of a reply, named by the id that it was sent with."""
        said = read(arrival.body)
        if not isinstance(said, DeliveryWord):
            return []
        return [Report(said.delivery, key=said.message, problem=said.problem)]

    def acknowledge(self, arrival: Arrival) -> Answer:
        """An empty 200: it is stored."""
        return Answer()

    # ---- what is sent ---------------------------------------------------------------------------

    async def send(self, outbound: Outbound) -> Receipt:
        """One attempt, signed for the moment in which it is made. The id is the same in each."""
        at = outbound.sent_at or outbound.at
        if at is None:
            raise PermanentFailure("a reply without a time cannot be signed")
        conversation = self._conversation(outbound)
        person = outbound.to.value.removeprefix(f"{self.settings.source}:")
        await self._post(outbound.key, at, written(outbound, conversation, person))
        keys = (self._key(conversation),) if conversation else ()
        return Receipt(provider_id=outbound.key, own_keys=keys)

    async def try_out(self, at: datetime) -> list[InOrder]:
        """A signed `ping`, which says nothing: any 2xx will do."""
        key = f"ping-{int(at.timestamp())}"
        about = {"type": "ping", "id": key, "at": at.isoformat()}
        await self._post(key, at, json.dumps(about).encode())
        return [InOrder("answers", self.settings.url)]

    async def _post(self, key: str, at: datetime, body: bytes) -> None:
        seconds, keys = int(at.timestamp()), self.settings.outgoing_keys
        headers = {
            "content-type": "application/json",
            ID: key,
            TIME: str(seconds),
            SIGNATURE: signatures(keys, key, seconds, body),
        }
        try:
            answer = await self._opened().post(self.settings.url, content=body, headers=headers)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise TemporaryFailure(f"nobody is there: {type(error).__name__}") from None
        except httpx2.HTTPError as error:
            raise TemporaryFailure(f"no answer: {type(error).__name__}", certain=False) from None
        if not answer.is_success:
            raise _failure(answer)

    async def find(self, outbound: Outbound) -> Receipt | None:
        """None: it may be sent again whatever became of it, for the other side takes an id once."""
        return None

    def _key(self, conversation: str) -> ThreadKey:
        return ThreadKey(f"{self.settings.source}/{conversation}")

    def _conversation(self, outbound: Outbound) -> str | None:
        keys = outbound.in_reply_to or ((outbound.thread_key,) if outbound.thread_key else ())
        own = f"{self.settings.source}/"
        return next((key[len(own) :] for key in reversed(keys) if key.startswith(own)), None)

    def _opened(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:
            self._loop = loop
            self._client = httpx2.AsyncClient(
                timeout=httpx2.Timeout(self.settings.seconds, connect=5.0),
                # A redirect would carry customers' words to wherever it points.
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


def _failure(answer: httpx2.Response) -> Failed:
    """What a refusal means; the other side's words are not told, for they may repeat the customer's."""
    status, told = answer.status_code, f"it was refused: status {answer.status_code}"
    asked = answer.headers.get("retry-after", "")
    wait = float(asked) if re.fullmatch(r"[0-9]{1,6}", asked) else None
    if status in {400, 404, 409, 410, 413, 415, 422}:
        return PermanentFailure(told)
    is_clear = status in {429, 503} or status < 500
    return TemporaryFailure(told, retry_after=wait, certain=is_clear)
