"""R15: thousands of forged calls to every webhook channel through the product's web app, none accepted, none that breaks us;
and a thousand that the vendors' own libraries sign, all accepted. Prints its figures as one line of JSON."""

from __future__ import annotations

import json
import logging
import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr
from slack_sdk.signature import Clock, SignatureVerifier
from twilio.request_validator import RequestValidator

from bot.company import make_inbox
from bot.house import House
from bot.settings import Web
from channels.contract import Arrival
from channels.registry import names
from store.models import InboxRow
from tests.channels.graph.provider import NOW as MOMENT
from tests.channels.graph.provider import GraphProvider
from tests.channels.voice.provider import URL as VOICE
from tests.channels.voice.provider import arrived as from_twilio
from tests.channels.voice.provider import fields_of_call
from tests.company import Company
from tests.contract.forging import FORGERIES, VENDORS, Case, genuine
from tests.contract.provider import Provider
from tests.fakes.slack import SIGNING_SECRET
from tests.fakes.twilio import TOKEN
from tests.fakes.twilio import signed as twilio_signed
from web.arrivals import ArrivalApp
from web.streams import StreamApp

SEED = 15
WANTED = int(os.environ.get("THREADLINE_FORGERIES", "5200"))
SIGNED = int(os.environ.get("THREADLINE_GENUINE", "1000"))
NOT_HERE = {"email", "webchat"}
"""Channels without a webhook: a mailbox, and our own protocol with its own suite."""


class Moment:
    """The house's clock: the providers' moment, moved by a test."""

    def __init__(self) -> None:
        self.aside = 0

    def __call__(self) -> Any:
        return MOMENT + timedelta(seconds=self.aside)


class Front:
    """The product's web app with an inbox for every webhook channel."""

    def __init__(self, company: Company) -> None:
        self.clock = Moment()
        web = Web(public_url="https://help.acme.example")
        settings = company.house.settings.model_copy(update={"web": web})
        self.house: House = replace(company.house, settings=settings, clock=self.clock)
        app = ArrivalApp(self.house, StreamApp(self.house))
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url=settings.public_url)
        self.providers: dict[str, tuple[str, str, Provider]] = {}
        """By a name for people: channel, slug, provider."""
        for channel in sorted(set(names()) - NOT_HERE - {"graph"}):
            provider = import_module(f"tests.channels.{channel}.provider").provider()
            # Twilio signs the address; slugs of the others may be any.
            address = provider.arrival("hello").url.rpartition("/")[2]
            slug = address if channel in ("sms", "voice") else channel
            self._add(company, channel, channel, slug, provider)
        for product in ("whatsapp", "messenger", "instagram"):
            self._add(company, product, "graph", product, GraphProvider(product))

    def _add(
        self, company: Company, name: str, channel: str, slug: str, provider: Provider
    ) -> None:
        provider.start()
        shown = {
            key: value.get_secret_value() if isinstance(value, SecretStr) else value
            for key, value in provider.channel.settings  # type: ignore[attr-defined]
            if value is not None
        }
        shown = {
            key: getattr(value, "model_dump", lambda value=value: value)()
            for key, value in shown.items()
        }
        make_inbox(self.house, company.mail.brand, slug, name, channel, shown)
        self.providers[name] = (channel, slug, provider)

    async def bring(self, name: str, case: Case) -> int:
        """Brings a call as the provider would; the status of the answer."""
        channel, slug, _ = self.providers[name]
        arrival, self.clock.aside = case.arrival, case.late
        query = f"?{arrival.query}" if arrival.query else ""
        path = f"/webhooks/{channel}/{slug}"
        if channel in ("sms", "voice"):
            path = urlsplit(arrival.url).path
        answer = await self.http.request(
            arrival.method,
            path + query,
            content=arrival.body,
            headers={key: value.encode() for key, value in arrival.headers.items()},
        )
        self.clock.aside = 0
        return answer.status_code


@pytest.fixture
def front(company: Company) -> Iterator[Front]:
    made = Front(company)
    yield made
    for _, _, provider in made.providers.values():
        provider.stop()


def test_every_webhook_channel_is_tried() -> None:
    assert set(VENDORS) == set(names()) - NOT_HERE


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_no_forgery_is_accepted_and_none_breaks_us(
    front: Front, caplog: pytest.LogCaptureFixture
) -> None:
    chance, told = random.Random(SEED), {name: Counter[int]() for name in front.providers}
    kinds: Counter[str] = Counter()
    accepted: list[str] = []
    while sum(kinds.values()) < WANTED:
        for name, (channel, _, provider) in front.providers.items():
            for kind, forge in FORGERIES.items():
                case = forge(provider, VENDORS[channel], chance)
                if case is None:
                    continue
                status = await front.bring(name, case)
                told[name][status] += 1
                kinds[kind] += 1
                if status < 300:
                    accepted.append(f"{name}: {kind}: {case.arrival.headers} {case.arrival.body!r}")
    statuses = sum(told.values(), Counter[int]())
    broken = [
        record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR
    ]
    print(
        json.dumps(
            {
                "variants": sum(kinds.values()),
                "accepted": len(accepted),
                "status_5xx": sum(count for status, count in statuses.items() if status >= 500),
                "tracebacks": len(broken),
                "by_channel": {name: dict(sorted(count.items())) for name, count in told.items()},
                "by_kind": dict(kinds),
            }
        )
    )
    assert accepted == []
    assert not [status for status in statuses if status >= 500]
    assert broken == []
    assert await front.house.database.run(InboxRow.objects.count) == 0
    assert len(kinds) == len(FORGERIES)
    assert min(sum(count.values()) for count in told.values()) >= WANTED // 20


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_what_the_vendors_sign_is_accepted(front: Front) -> None:
    class Standing(Clock):
        def now(self) -> float:
            return MOMENT.timestamp()

    chance, told = random.Random(SEED), Counter[str]()
    slack, twilio = SignatureVerifier(SIGNING_SECRET, Standing()), RequestValidator(TOKEN)

    def signed(name: str, number: int) -> Arrival:
        """A genuine call, signed anew by the vendor's library where there is one."""
        arrival = (
            _call_begun(number) if name == "voice" else genuine(front.providers[name][2], chance)
        )
        if name == "slack":
            at = str(int(MOMENT.timestamp()) + chance.randrange(-300, 301))
            mark = slack.generate_signature(timestamp=at, body=arrival.body) or ""
            own = {"x-slack-request-timestamp": at, "x-slack-signature": mark}
        elif name in ("sms", "voice"):
            form = dict(parse_qsl(arrival.body.decode(), keep_blank_values=True))
            url = f"{arrival.url}?{arrival.query}" if arrival.query else arrival.url
            mark = twilio.compute_signature(url, form)
            own = {"x-twilio-signature": mark, "i-twilio-idempotency-token": uuid4().hex}
        else:
            return arrival
        return replace(arrival, headers={**arrival.headers, **own})

    by_vendor = ("slack", "sms", "voice")
    for number in range(SIGNED):
        name = by_vendor[number % len(by_vendor)]
        status = await front.bring(name, Case(signed(name, number)))
        assert status == 200, f"{name} answered {status}"
        told[name] += 1
    for name in set(front.providers) - set(by_vendor):
        for number in range(SIGNED // 20):
            assert await front.bring(name, Case(signed(name, number))) == 200
            told[name] += 1
    figures = {"signed_by_vendors": sum(told[name] for name in by_vendor), "accepted": dict(told)}
    print(json.dumps(figures))
    assert figures["signed_by_vendors"] == SIGNED


def _call_begun(number: int) -> Arrival:
    """A telephone rings: the one call that is answered without waiting for a turn of the bot."""
    fields = fields_of_call(f"CA{number:032x}", CallStatus="ringing")
    return from_twilio(twilio_signed(VOICE, fields))
