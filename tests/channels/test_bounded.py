"""What a provider sends is read to a limit, whatever it announced."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from channels.bounded import bounded
from core.errors import PermanentFailure


async def parts(*sizes: int) -> AsyncIterator[bytes]:
    for size in sizes:
        yield b"x" * size


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of ten bytes."""
    monkeypatch.setattr("channels.bounded.LIMIT", 10)


async def test_all_of_it_up_to_the_limit() -> None:
    assert await bounded(parts()) == b""
    assert await bounded(parts(4, 6)) == b"x" * 10


async def test_nothing_is_read_beyond_it() -> None:
    source = parts(4, 6, 1, 1_000)
    with pytest.raises(PermanentFailure, match="not fetched"):
        await bounded(source)
    assert [len(rest) async for rest in source] == [1_000]
