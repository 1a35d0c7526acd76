"""Very many open event streams on which nothing happens: what they cost `web`, those who post, and its end."""

from __future__ import annotations

import asyncio
import resource
import time
from dataclasses import dataclass
from typing import Any

from tests.chaos.pace import of
from tests.chaos.patience import NotInTime, until
from tests.chaos.run import problems, settle
from tests.chaos.stage import Stage
from tests.chaos.traffic import Traffic
from tests.chaos.victims import Victim, alive
from tests.chaos.viewers import client, opened

PER_CONVERSATION = 15
MOST_MB = 400.0
MOST_THREADS = 30
SLOWER = 1.3
END_SECONDS = 1.0
AT_ONCE = 200
POSTS = 300
FEW_POSTS = 40
"""In a short form: thinking about the answers would cost more than the rest."""


@dataclass(slots=True)
class Held:
    """Open streams, their bytes unread: a reader for each would cost more than what is measured."""

    writers: list[asyncio.StreamWriter]
    readers: list[asyncio.StreamReader]

    async def end(self) -> float:
        """Seconds until the other side has closed all of them."""
        start = time.monotonic()
        await asyncio.gather(*(_to_the_end(reader) for reader in self.readers))
        return time.monotonic() - start


async def play(stage: Stage, streams: int, base: int = 0, seed: int = 1) -> dict[str, Any]:
    """Opens, measures, posts, and tells `web` to stop; `problems` names what was not kept."""
    _allow(streams)
    traffic = stage.traffic(seed)
    web = _web(stage)
    posts = POSTS if streams > 1000 else FEW_POSTS
    without = await _posting(stage, traffic, base, posts)
    before = web.process.memory_info().rss / 2**20
    held = await _open(stage, streams)
    try:
        await asyncio.sleep(2)
        memory, threads = web.process.memory_info().rss / 2**20, web.process.num_threads()
        with_them = await _posting(stage, traffic, base + POSTS, posts)
        web.process.terminate()
        ended = await _ended(held)
    finally:
        for writer in held.writers:
            writer.close()

    async def is_back() -> bool:
        return (await traffic.parts()).get("database") == "ok"

    await until(is_back, 60, "web was back after it had been told to stop")
    report = await settle(stage, traffic)
    await traffic.close()
    found = {
        "streams": len(held.writers),
        "web_mb_before": round(before, 1),
        "web_mb": round(memory, 1),
        "kb_a_stream": round((memory - before) * 1024 / streams, 1),
        "threads": threads,
        "posting_p99_without": round(without, 4),
        "posting_p99": round(with_them, 4),
        "ratio": round(with_them / without, 2),
        "all_closed_seconds": round(ended, 2),
    }
    most = {"web_mb": MOST_MB, "threads": MOST_THREADS}
    slowest = {"all_closed_seconds": END_SECONDS, "ratio": SLOWER}
    wrong = {name: found[name] for name, limit in most.items() if found[name] > limit}
    slow = {name: found[name] for name, limit in slowest.items() if found[name] > limit}
    return {**found, **report, "problems": wrong | problems(report), "too_slow": slow}


async def _ended(held: Held) -> float:
    try:
        return await asyncio.wait_for(held.end(), 60)
    except TimeoutError as problem:
        raise NotInTime("Not within 60 s: all streams were closed after SIGTERM.") from problem


def _allow(streams: int) -> None:
    """Raises the limit of open files, before `web` is asked for as many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most != resource.RLIM_INFINITY and most < streams + 500:
        raise SystemExit(f"ulimit -n allows {most} open files; {streams + 500} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _web(stage: Stage) -> Victim:
    return next(one for one in alive(stage.running) if one.name == "web")


async def _posting(stage: Stage, traffic: Traffic, base: int, posts: int) -> float:
    """The 99th percentile of posting one after the other, in seconds."""
    before = len(traffic.acknowledged)
    chat = stage.side("webchat")
    for number in range(posts):
        traffic.release(base + number % 20, chat)
        await traffic.until_accepted(60)
    return of(sorted(traffic.acknowledged[before:]), 0.99)


async def _open(stage: Stage, streams: int) -> Held:
    """That many streams, fifteen on each conversation, on the last `web`."""
    port = stage.ports[-1]
    async with client() as line:
        url = f"http://127.0.0.1:{port}"
        count = -(-streams // PER_CONVERSATION)
        chats = [await opened(line, url, number) for number in range(count)]
    held, room = Held([], []), asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        chat = chats[number // PER_CONVERSATION]
        async with room:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            path = f"/chat/v1/conversations/{chat.conversation}/events"
            writer.write(
                f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {chat.token}\r\n\r\n".encode()
            )
            status = await reader.readline()
            assert b" 200 " in status, status
            held.readers.append(reader)
            held.writers.append(writer)

    await asyncio.gather(*(one(number) for number in range(streams)))
    return held


async def _to_the_end(reader: asyncio.StreamReader) -> None:
    try:
        while await reader.read(4096):
            pass
    except ConnectionError:
        return
