"""The signed webhook: signatures both ways, what its page says, and an uncertain reply that is sent again."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.webhook import Webhook
from channels.webhook_signature import check, signatures
from core.errors import BadSignature, MalformedPayload, PermanentFailure, TemporaryFailure
from core.message import Delivery, Report
from tests.channels.webhook.provider import (
    INBOX,
    NOW,
    WebhookProvider,
    arrived,
    webhook_settings,
)
from tests.fakes.webhook import (
    INCOMING,
    OLD_INCOMING,
    OLD_OUTGOING,
    OUTGOING,
    FakeSystem,
    Signed,
    running,
    secret_of,
    signature,
)

PAGE = Path(__file__).parents[3] / "docs/channels/webhook.md"
pytestmark = pytest.mark.enable_socket


@pytest.fixture
def system() -> Iterator[FakeSystem]:
    with running(FakeSystem(clock=NOW.timestamp)) as fake:
        yield fake


@pytest.fixture
def channel(system: FakeSystem) -> Webhook:
    return Webhook(INBOX, webhook_settings(system.url))


def test_no_altered_call_is_accepted() -> None:
    channel, chance = Webhook(INBOX, webhook_settings()), random.Random(15)
    system = FakeSystem(clock=NOW.timestamp)
    for _ in range(500):
        call = system.say("ann", "c-1", chance.choice(["hello", "¿qué?", "x" * 500]))
        name = chance.choice(["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
        told = call.body if name == "body" else call.headers[name].encode()
        place = chance.randrange(len(told))
        other = bytes([told[place] ^ (1 << chance.randrange(7))])
        told = told[:place] + other + told[place + 1 :]
        headers = call.headers if name == "body" else {**call.headers, name: told.decode()}
        forged = Signed(told if name == "body" else call.body, headers)
        with pytest.raises(BadSignature):
            channel.verify(arrived(forged))


def test_every_genuine_call_is_accepted() -> None:
    channel, chance = Webhook(INBOX, webhook_settings()), random.Random(15)
    for _ in range(200):
        secret = chance.choice([INCOMING, OLD_INCOMING])
        system = FakeSystem(clock=NOW.timestamp, incoming=secret)
        call = system.signed(
            {"type": "x", "text": "é" * chance.randrange(99)}, chance.randint(-300, 300)
        )
        others = [secret_of("q"), secret]
        chance.shuffle(others)
        name, at = call.headers["webhook-id"], call.headers["webhook-timestamp"]
        told = " ".join(signature(one, name, at, call.body) for one in others)
        channel.verify(arrived(Signed(call.body, {**call.headers, "webhook-signature": told})))


async def test_a_reply_is_signed_by_both_secrets_for_the_moment_of_sending(
    channel: Webhook, system: FakeSystem
) -> None:
    provider = WebhookProvider()
    for secret in (OUTGOING, OLD_OUTGOING):
        system.outgoing = secret
        await channel.send(provider.outbound("hello"))
    assert system.calls == 2
    system.clock = (NOW + timedelta(hours=7)).timestamp
    with pytest.raises(TemporaryFailure):
        await channel.send(provider.outbound("hello"))
    await channel.send(replace(provider.outbound("hello"), sent_at=NOW + timedelta(hours=7)))
    with pytest.raises(PermanentFailure):
        await channel.send(replace(provider.outbound("hello"), sent_at=None, at=None))


async def test_what_is_sent_again_counts_once(channel: Webhook, system: FakeSystem) -> None:
    outbound = WebhookProvider().outbound("hello")
    system.script.append("silence")
    with pytest.raises(TemporaryFailure) as silence:
        await channel.send(outbound)
    assert not silence.value.certain
    assert await channel.find(outbound) is None
    await channel.send(outbound)
    assert (system.calls, len(system.replies)) == (2, 1)


@pytest.mark.parametrize(
    ("status", "error", "certain"),
    [
        (429, TemporaryFailure, True),
        (503, TemporaryFailure, True),
        (500, TemporaryFailure, False),
        (302, TemporaryFailure, True),
        (403, TemporaryFailure, True),
        (410, PermanentFailure, True),
        (422, PermanentFailure, True),
    ],
)
async def test_refusals_mean_what_the_page_says(
    channel: Webhook, system: FakeSystem, status: int, error: type[Exception], certain: bool
) -> None:
    system.script.append(status)
    with pytest.raises(error) as caught:
        await channel.send(WebhookProvider().outbound("hello"))
    assert getattr(caught.value, "certain", True) is certain


def test_words_on_replies_are_reports_and_slips_are_named(channel: Webhook) -> None:
    system = FakeSystem(clock=NOW.timestamp)
    word = {"type": "delivery", "message": "row-1", "state": "failed", "problem": "full"}
    (report,) = channel.reports(arrived(system.signed(word)))
    assert report == Report(Delivery.FAILED, key="row-1", problem="full")
    assert channel.reports(arrived(system.say("ann", "c-1", "hello"))) == []
    with pytest.raises(MalformedPayload, match=r"sender\.nmae"):
        channel.parse(arrived(system.say("ann", "c-1", "x", sender={"id": "a", "nmae": "A"})))


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://shop.example/replies"},
        {"url": "https://user@shop.example/"},
        {"url": "file:///etc/passwd"},
        {"incoming_secret": "whsec_c2hvcnQ="},
        {"outgoing_secret": OUTGOING.removeprefix("whsec_")},
        {"previous_outgoing_secret": "whsec_not base64"},
    ],
)
def test_settings_that_are_not_safe_are_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"must be|go by https") as refused:
        webhook_settings(**changes)
    assert OUTGOING.removeprefix("whsec_") not in str(refused.value)


async def test_the_example_of_the_page_works(channel: Webhook, system: FakeSystem) -> None:
    found = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    example: dict[str, Any] = {"__name__": "example"}
    exec(found[1], example)
    now = datetime.fromtimestamp(time.time(), UTC)
    person = {"id": "u-1", "name": "Ann"}
    said = {"type": "message", "id": "m", "conversation": "c", "sender": person, "text": "hi"}
    body, headers = example["signed"](INCOMING, said)
    arrival = arrived(Signed(body, headers), now)
    channel.verify(arrival)
    assert [item.text for item in channel.parse(arrival)] == ["hi"]
    at = int(now.timestamp())
    told = signatures(webhook_settings().outgoing_keys, "row-1", at, b"{}")
    reply = {"webhook-id": "row-1", "webhook-timestamp": str(at), "webhook-signature": told}
    assert example["is_genuine"](OUTGOING, reply, b"{}")
    assert not example["is_genuine"](OUTGOING, reply, b"{} ")
    check(reply, b"{}", webhook_settings().outgoing_keys, now)
