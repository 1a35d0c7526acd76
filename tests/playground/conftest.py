"""The playground beside a company's web app, both served on loopback, and its pages called as a browser would."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx2
import pytest

from bot.boards import show_some
from bot.converse import Speaker
from bot.deliver import deliver_some
from bot.dialogue import Dialogue
from bot.house import House
from bot.jobs import run_some
from bot.playground import make_playground
from bot.reply import Outcome, finish_turn
from bot.settings import Web
from core.message import Button, Reply
from demo.playground.app import playground
from store.boards import note_news
from store.turns import claim
from tests.bot.scripted import ScriptedDialogue
from tests.company import Company, StandingClock
from tests.fakes.serving import serving, unused_url
from web.arrivals import ArrivalApp
from web.streams import StreamApp

Json = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "playground":
            item.add_marker(pytest.mark.enable_socket)


class Wall(StandingClock):
    """The real time, for the fakes sign for it."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
def clock() -> Wall:
    return Wall()


@dataclass
class Play:
    """The pages, and the product behind them. `about`: what the playground was told."""

    house: House
    company: Company
    url: str
    about: Json

    async def do(self, slug: str, deed_name: str, /, **told: Any) -> int:
        """What a person does on a page; the status."""
        async with httpx2.AsyncClient(base_url=self.url, timeout=30) as client:
            return (await client.post(f"/play/{slug}/{deed_name}", json=told)).status_code

    async def say(self, slug: str, text: str, place: str = "", thread: str = "") -> None:
        assert await self.do(slug, "say", place=place, text=text, thread=thread) == 204

    async def view(self, slug: str, place: str = "") -> Json:
        """What the page shows."""
        async with httpx2.AsyncClient(base_url=self.url, timeout=30) as client:
            shown: Json = (await client.get(f"/play/{slug}/view", params={"place": place})).json()
            return shown

    async def answer(self, text: str, *buttons: str) -> None:
        """The bot's turn in every conversation that waits, and its delivery."""
        await self.house.database.run(self._turn, text, buttons)
        await deliver_some(self.house, "test", 10)

    async def run_jobs(self) -> None:
        """What a worker brings later."""
        speaker = Speaker(self.house, cast("Dialogue", ScriptedDialogue()))
        while await run_some(speaker, "test"):
            pass

    async def keep_boards(self) -> None:
        """What a worker does for colleagues."""
        while await self.house.database.run(note_news, self.house.clock()):
            pass
        while await show_some(self.house, "test"):
            pass

    def _turn(self, text: str, buttons: tuple[str, ...]) -> None:
        reply = Reply(text, buttons=tuple(Button(name, name.lower()) for name in buttons))
        self.turn(Outcome((reply,)))

    def turn(self, outcome: Outcome) -> None:
        """This comes of every conversation that waits."""
        waiting = claim(self.house.vault, "test", timedelta(minutes=1), 10, self.house.clock())
        for claimed in waiting:
            finish_turn(self.house, claimed, outcome)


@pytest.fixture
def play(company: Company) -> Iterator[Play]:
    port = int(unused_url().rpartition(":")[2])
    settings = company.house.settings.model_copy(update={"web": Web(port=port), "demo": True})
    house = replace(company.house, settings=settings)
    settings.state.mkdir(exist_ok=True)
    make_playground(house)
    about = json.loads((settings.state / "playground.json").read_text())
    with (
        serving(ArrivalApp(house, StreamApp(house)), port),
        serving(playground(about), about["port"]) as url,
    ):
        yield Play(house, company, url, about)


async def until(look: Any, wanted: Any) -> Any:
    """Looks until what is wanted is there; what was last seen."""
    found = None
    for _ in range(100):
        found = await look()
        if wanted(found):
            return found
        await asyncio.sleep(0.1)
    return found
