"""The load: so many conversations at once, each asking its next question when the last was answered."""

from __future__ import annotations

import asyncio
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import choice
from statistics import median
from uuid import uuid4

from tests.bench.http import Connection

QUESTIONS = (
    "How do I reset my password?",
    "How long do I have to return a device in Europe?",
    "How do I cancel my monthly plan?",
    "How do I download my invoices?",
    "My Hub is offline, what should I do?",
    "How do I set up two-step sign-in?",
    "How do I create an API key?",
    "How do I connect Fernhill to Home Assistant?",
    "How do I calibrate the Sense?",
    "How do I track my parcel?",
)
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Round:
    """Figures of one round. Times are from the posted message to the bot's first words, in ms."""

    concurrency: int
    messages: int
    seconds: float
    times_ms: tuple[float, ...]
    failures: int
    generator_cpu_seconds: float
    handed_over: int = 0
    """Conversations that the bot gave to people, who are not there."""

    @property
    def per_second(self) -> float:
        return self.messages / self.seconds

    def quantile(self, share: float) -> float:
        ordered = sorted(self.times_ms)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


Ask = Callable[[str], Awaitable[None]]


class Chat:
    """A visitor of Threadline's web chat: posts over one connection, reads the stream over another."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._answered = asyncio.Event()
        self._is_with_people = False
        self.handed_over = 0

    async def open(self) -> None:
        """Begins a conversation and follows its events."""
        self._is_with_people = False
        connection = Connection(self._port)
        status, opened = await connection.post("/chat/v1/conversations", {})
        connection.close()
        if status != 201:
            raise ConnectionError(f"opening a conversation: status {status}")
        self._path = f"/chat/v1/conversations/{opened['conversation']}"
        self._post = Connection(self._port, opened["token"])
        self._stream = Connection(self._port, opened["token"])
        self._follower = asyncio.create_task(self._follow())
        await asyncio.sleep(0.05)

    async def ask(self, text: str) -> None:
        """Posts a message and waits for the first words of the answer. In another conversation where the bot has given
        this one to people: it says nothing more there, and what is typed oddly enough is given to them."""
        if self._is_with_people:
            await self.close()
            await self.open()
        self._answered.clear()
        body = {"client_id": uuid4().hex, "text": unlike(text)}
        status, _ = await self._post.post(f"{self._path}/messages", body)
        if status != 202:
            raise ConnectionError(f"posting: status {status}")
        await asyncio.wait_for(self._answered.wait(), PATIENCE)

    async def close(self) -> None:
        """Leaves."""
        self._follower.cancel()
        await asyncio.gather(self._follower, return_exceptions=True)
        self._post.close()
        self._stream.close()

    async def _follow(self) -> None:
        async for event in self._stream.events(f"{self._path}/events"):
            if event["type"] == "message" and event["from"] != "customer":
                self._answered.set()
            if event["type"] == "speaker_changed" and event["speaker"] != "bot":
                self._is_with_people = True
                self.handed_over += 1


def unlike(text: str) -> str:
    """The same question, typed like no other: what was encoded before would be remembered, not encoded."""
    typed = (choice((word, word.capitalize())) for word in text.split())
    return "".join(word + choice((" ", "  ")) for word in typed).strip()


class RestBot:
    """A customer of a stock Rasa bot over its REST channel, which answers in the response."""

    handed_over = 0

    def __init__(self, port: int) -> None:
        self._connection = Connection(port)
        self._sender = uuid4().hex

    async def open(self) -> None:
        """Nothing to do before the first message."""

    async def ask(self, text: str) -> None:
        """Posts a message; the answer is in the response."""
        body = {"sender": self._sender, "message": text}
        status, said = await self._connection.post("/webhooks/rest/webhook", body)
        if status != 200 or not said:
            raise ConnectionError(f"the bot said nothing: status {status}")

    async def close(self) -> None:
        """Leaves."""
        self._connection.close()


async def run_round(
    make: Callable[[], Chat | RestBot], texts: tuple[str, ...], concurrency: int, seconds: float
) -> Round:
    """Opens the conversations, lets them talk for so long, and counts."""
    talkers = [make() for _ in range(concurrency)]
    await asyncio.gather(*(talker.open() for talker in talkers))
    times: list[float] = []
    failures = 0
    start = time.perf_counter()
    cpu = _cpu()

    async def talk(number: int, talker: Chat | RestBot) -> None:
        nonlocal failures
        turn = number
        while time.perf_counter() - start < seconds:
            began = time.perf_counter()
            try:
                await talker.ask(texts[turn % len(texts)])
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as problem:
                print(f"failed: {type(problem).__name__} {problem}", file=sys.stderr)
                failures += 1
                return
            times.append((time.perf_counter() - began) * 1000)
            turn += 1

    await asyncio.gather(*(talk(number, talker) for number, talker in enumerate(talkers)))
    took = time.perf_counter() - start
    used = _cpu() - cpu
    await asyncio.gather(*(talker.close() for talker in talkers))
    handed = sum(talker.handed_over for talker in talkers)
    return Round(concurrency, len(times), took, tuple(times), failures, used, handed)


def summary(rounds: list[Round]) -> dict[str, float | int]:
    """Medians over rounds of the same load."""
    return {
        "concurrency": rounds[0].concurrency,
        "rounds": len(rounds),
        "messages": sum(item.messages for item in rounds),
        "failures": sum(item.failures for item in rounds),
        "handed_over": sum(item.handed_over for item in rounds),
        "messages_per_second": round(median(item.per_second for item in rounds), 2),
        "p50_ms": round(median(item.quantile(0.5) for item in rounds), 1),
        "p95_ms": round(median(item.quantile(0.95) for item in rounds), 1),
        "p99_ms": round(median(item.quantile(0.99) for item in rounds), 1),
        "generator_cpu_share": round(
            median(item.generator_cpu_seconds / item.seconds for item in rounds), 3
        ),
    }


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
