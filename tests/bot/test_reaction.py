"""What a channel shows beside an acknowledgement holds it up for a moment at most."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.inline import begin_to_react, react
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
    assert not showing.done()
    showing.cancel()
