"""Which chats are open, while the database is away."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from core.errors import NotFound, TemporaryFailure
from web import doors as module
from web.doors import Doors


class Reader:
    """A database that knows no chat, and can go away."""

    is_away = False
    asked = 0

    async def read(self, query: Any) -> list[Any]:
        self.asked += 1
        await asyncio.sleep(0)  # others come meanwhile
        if self.is_away:
            raise OperationalError("gone")
        return []


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def doors(reader: Reader) -> Doors:
    house: Any = SimpleNamespace(
        database=reader, settings=SimpleNamespace(public_url="https://help.example.org")
    )
    return Doors(house)


async def test_without_a_database_from_the_start_clients_are_told_to_come_again(
    doors: Doors, reader: Reader
) -> None:
    reader.is_away = True
    with pytest.raises(TemporaryFailure):
        await doors.named("")


async def test_what_was_known_stands_while_the_database_is_away(
    doors: Doors, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)  # every look would read again
    with pytest.raises(NotFound):
        await doors.named("")
    reader.is_away = True
    with pytest.raises(NotFound):
        await doors.named("")
    assert reader.asked == 2


async def test_few_looks_ask_the_database(doors: Doors, reader: Reader) -> None:
    for _ in range(10):
        await doors.headers_for("https://elsewhere.test")
    assert reader.asked == 1


async def test_a_crowd_asks_the_database_once(
    doors: Doors, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.gather(*(doors.headers_for("https://elsewhere.test") for _ in range(20)))
    assert reader.asked == 1
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    await asyncio.gather(*(doors.headers_for("https://elsewhere.test") for _ in range(20)))
    assert reader.asked == 2
