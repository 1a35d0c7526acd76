"""A TCP proxy that behaves like a train's wifi: connections are cut, or go silent while they stay open."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class _Line:
    """One connection through the proxy; `is_silent`: bytes are taken and go nowhere."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    is_silent: bool = False


@dataclass
class BadNetwork:
    """`url` leads to the server; `cuts` and `silences` count what was done. The seed decides what comes next."""

    upstream: int
    spell: tuple[float, float]
    seed: int
    port: int = 0
    cuts: int = 0
    silences: int = 0
    _lines: set[_Line] = field(default_factory=set)
    _is_over: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Carries until `over`, and misbehaves after each spell."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        weather = asyncio.create_task(self._weather())
        ready.set()
        await over.wait()
        weather.cancel()
        server.close()
        self._cut()

    def calm(self) -> None:
        """No more trouble from now on; what is silent already stays so."""
        self._is_over = True

    async def _weather(self) -> None:
        chance = random.Random(self.seed)
        while True:
            await asyncio.sleep(chance.uniform(*self.spell))
            if self._is_over:
                continue
            if chance.random() < 0.5:
                self.cuts += 1
                self._cut()
            else:
                self.silences += 1
                for line in self._lines:
                    line.is_silent = True

    def _cut(self) -> None:
        for line in list(self._lines):
            for writer in line.writers:
                writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            theirs, ours = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            writer.transport.abort()
            return
        line = _Line((writer, ours))
        self._lines.add(line)
        try:
            await asyncio.gather(_pump(line, reader, ours), _pump(line, theirs, writer))
        finally:
            self._lines.discard(line)
            for end in line.writers:
                end.transport.abort()


async def _pump(line: _Line, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(65_536):
            if not line.is_silent:
                sink.write(data)
                await sink.drain()
    if not line.is_silent:
        sink.transport.abort()


@contextmanager
def bad_network(upstream: int, spell: tuple[float, float], seed: int) -> Iterator[BadNetwork]:
    """A proxy before the server on this port, in a thread of its own."""
    network = BadNetwork(upstream, spell, seed)
    ready, loop, over = threading.Event(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(network.serve(ready, over)), daemon=True
    )
    thread.start()
    assert ready.wait(10)
    yield network
    loop.call_soon_threadsafe(over.set)
    thread.join(10)
    loop.close()
