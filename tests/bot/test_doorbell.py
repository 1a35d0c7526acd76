"""The doorbell wakes, and may be lost without anybody waiting longer than a poll."""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path

from bot.doorbell import Doorbell


async def test_everybody_who_listens_hears_a_ring(tmp_path: Path) -> None:
    bell, heard = Doorbell(tmp_path), [asyncio.Event(), asyncio.Event()]
    stops = [bell.listen("turns", event.set) for event in heard]
    other = asyncio.Event()
    stops.append(bell.listen("outbox", other.set))
    bell.ring("turns")
    for event in heard:
        await asyncio.wait_for(event.wait(), 5)
    assert not other.is_set()
    for stop in stops:
        stop()
    bell.close()
    assert os.listdir(tmp_path) == []


async def test_a_listener_that_died_is_forgotten(tmp_path: Path) -> None:
    bell = Doorbell(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as dead:
        dead.bind(str(tmp_path / "turns-1-1.bell"))
    bell.ring("turns")
    bell.close()
    assert os.listdir(tmp_path) == []


async def test_ringing_never_waits_for_somebody_who_does_not_listen(tmp_path: Path) -> None:
    bell = Doorbell(tmp_path)
    stop = bell.listen("turns", lambda: None)
    for _ in range(5_000):
        bell.ring("turns")
    stop()
    bell.close()


async def test_a_state_folder_deep_down_has_a_bell_too(tmp_path: Path) -> None:
    folder = tmp_path / ("deep-" * 20) / ("down-" * 20)
    bell, heard = Doorbell(folder), asyncio.Event()
    stop = bell.listen("turns", heard.set)
    other = Doorbell(folder)
    other.ring("turns")
    await asyncio.wait_for(heard.wait(), 5)
    stop()
    other.close()
    bell.close()
    assert os.listdir(folder) == []
