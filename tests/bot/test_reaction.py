"""What a channel shows beside an acknowledgement holds it up for a moment at most."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.inline import MANY_WAIT, begin_to_react, react
from channels.contract import Arrival
from tests.company import Company, ScriptedChannel


class Hanging(ScriptedChannel):
    """Its provider never answers."""

    async def react(self, arrival: Arrival) -> None:
        await asyncio.Event().wait()


async def test_a_provider_that_hangs_holds_up_no_acknowledgement(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inline.REACTION_SECONDS", 0.05)
    house = replace(company.house, channel_of=lambda inbox: Hanging())
    async with asyncio.timeout(30):
        await react(house, company.mail, Arrival("webhook", b"", house.clock()))


async def test_what_is_shown_slowly_is_shown_after_the_acknowledgement(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.inline.SHOWN_SECONDS", 0.05)
    house = replace(company.house, channel_of=lambda inbox: Hanging())
    async with asyncio.timeout(30):
        showing = await begin_to_react(house, company.mail, Arrival("webhook", b"", house.clock()))
    assert showing is not None
    assert not showing.done()
    showing.cancel()


class Signing(ScriptedChannel):
    """Shows that somebody writes; its provider takes its time."""

    def __init__(self, *, is_mere_sign: bool) -> None:
        super().__init__()
        self.shown = 0
        self._is_mere_sign = is_mere_sign

    def is_mere_sign(self, arrival: Arrival) -> bool:
        return self._is_mere_sign

    async def react(self, arrival: Arrival) -> None:
        await asyncio.sleep(0)
        self.shown += 1


async def _begun(company: Company, channel: Signing) -> asyncio.Task[None] | None:
    house = replace(company.house, channel_of=lambda inbox: channel)
    return await begin_to_react(house, company.mail, Arrival("webhook", b"", house.clock()))


@pytest.mark.parametrize("is_mere_sign", [True, False])
async def test_no_acknowledgement_waits_for_the_sign_that_we_write(
    company: Company, is_mere_sign: bool
) -> None:
    channel = Signing(is_mere_sign=is_mere_sign)
    showing = await _begun(company, channel)
    assert channel.shown == (0 if is_mere_sign else 1)
    assert showing is not None
    await showing
    assert channel.shown == 1


@pytest.mark.parametrize(("is_mere_sign", "shown"), [(True, 0), (False, 1)])
async def test_while_many_wait_the_sign_is_left_out_and_nothing_else(
    company: Company, monkeypatch: pytest.MonkeyPatch, is_mere_sign: bool, shown: int
) -> None:
    monkeypatch.setattr(company.house.database, "waiting", MANY_WAIT + 1)
    channel = Signing(is_mere_sign=is_mere_sign)
    showing = await _begun(company, channel)
    assert (showing is None) == is_mere_sign
    assert channel.shown == shown


async def test_a_channel_that_shows_nothing_costs_no_task(company: Company) -> None:
    house = replace(company.house, channel_of=lambda inbox: ScriptedChannel())
    arrival = Arrival("webhook", b"", house.clock())
    assert await begin_to_react(house, company.mail, arrival) is None
