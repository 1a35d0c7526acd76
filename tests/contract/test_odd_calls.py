"""Thousands of calls with one odd thing in them, genuine by their signature: each is read, or refused as malformed; what is
read is stored, whatever it says, and nothing is left half done."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bot.receive import receive
from channels.contract import (
    Arrival,
    Channel,
    Repeats,
    Reports,
    ShowsTickets,
)
from channels.contract_board import HasBoard
from channels.contract_files import HandsOver
from channels.contract_line import HoldsLine
from channels.contract_posts import SeesPosts
from channels.registry import names
from core.errors import MalformedPayload, Rejected, TemporaryFailure
from core.ids import ExternalId
from store.models import Message
from tests.channels.graph.provider import GraphProvider
from tests.company import Company
from tests.contract.forging import VENDORS
from tests.contract.odd import calls_of
from tests.contract.test_every_channel import provider_of

SEED = 3
TRIED = int(os.environ.get("THREADLINE_ODD_CALLS", "150"))
"""Calls a channel."""
CHANNELS = sorted({*VENDORS, "webchat", "messenger", "instagram"})


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> Iterator[tuple[str, Channel]]:
    name = request.param
    is_metas = name in ("messenger", "instagram")
    made = GraphProvider(name) if is_metas else provider_of(name)
    made.start()
    yield "graph" if is_metas else name, made.channel
    made.stop()


def test_every_channel_that_is_called_is_tried() -> None:
    assert set(CHANNELS) >= set(names()) - {"email"}


def _readers(channel: Channel) -> list[Callable[[Arrival], Any]]:
    """All that is read of a call before it is acknowledged."""
    found: list[Callable[[Arrival], Any]] = [channel.acknowledge]
    if isinstance(channel, Reports):
        found.append(channel.reports)
    if isinstance(channel, HandsOver):
        found.append(channel.wanted)
    if isinstance(channel, SeesPosts):
        found.append(channel.posts)
    if isinstance(channel, ShowsTickets):
        found.append(channel.onlooker)
    if isinstance(channel, Repeats):
        found.append(channel.wants_again)
    if isinstance(channel, HoldsLine):
        found.append(channel.line_step)
    if isinstance(channel, HasBoard):
        found.append(channel.board.step_in)
    return found


def test_an_odd_call_is_read_or_refused_and_what_is_read_is_stored(
    company: Company, channel: tuple[str, Channel]
) -> None:
    name, adapter = channel
    chance, calls = random.Random(SEED), calls_of(name)
    readers, stored = _readers(adapter), 0
    for number in range(TRIED):
        arrival = chance.choice(calls).with_one_odd_thing(chance)
        for read in readers:
            with suppress(MalformedPayload):
                read(arrival)
        try:
            inbounds = adapter.parse(arrival)
        except MalformedPayload:
            continue
        # The same recording many times: without names of their own most would be repetitions.
        apart = [
            replace(one, external_id=ExternalId(f"{one.external_id}~{number}")) for one in inbounds
        ]
        stored += sum(not one.is_duplicate for one in receive(company.house, company.mail, apart))
    assert stored
    assert Message.objects.count() <= stored


ODD_QUERIES = (
    "&".join(f"a{number}=1" for number in range(200)), "&" * 6_000, ";" * 4_000, "a=" * 3_000, "%", "%ff=%fe", "=",
    "hub.mode=subscribe&hub.mode=x&hub.verify_token=%00", "do=heard&step=1.1&step=2.2&times=-1", "bodySHA256=zz",
)  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_odd_query_is_refused_or_means_nothing(
    channel: tuple[str, Channel], method: str
) -> None:
    """It is read before anybody has proven anything."""
    name, adapter = channel
    arrival = calls_of(name)[0].arrival
    for query in ODD_QUERIES:
        asked = replace(arrival, method=method, query=query)
        for read in (adapter.verify, adapter.parse, *_readers(adapter)):
            with suppress(Rejected, TemporaryFailure):
                read(asked)
