"""Customers who write on every channel, in order within a conversation. How each channel brings it is `providers`."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import httpx2

from tests.chaos.providers import Call, Side

QUESTIONS = (
    "How do I reset my password?",
    "How long do I have to return a device in Europe?",
    "How do I download my invoices?",
    "How do I create an API key?",
    "When will I get my refund?",
    "My hub is offline, what can I do?",
    "Which plans are there?",
    "My payment failed, what happens now?",
)
TWICE = 0.05
"""So often a provider brings again what we acknowledged."""


class Traffic:
    """All customers, what was accepted from them so far, and how deliveries went."""

    def __init__(self, port: int, seed: int) -> None:
        self.accepted: dict[tuple[int, int], str] = {}
        """(customer, n-th message) to channel."""
        self.given_up: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()
        self.brought_again = 0
        self.in_flight = 0
        self.answers: dict[int, Any] = {}
        self._said: Counter[int] = Counter()
        self._turns: dict[int, asyncio.Lock] = {}
        self._random = random.Random(seed)
        self._client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False
        )
        self._tasks: set[asyncio.Task[None]] = set()

    def release(self, customer: int, side: Side) -> None:
        """The customer says one more thing, as soon as what they said before is accepted."""
        question = self._random.choice(QUESTIONS)
        task = asyncio.create_task(self._say(customer, side, question))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _say(self, customer: int, side: Side, question: str) -> None:
        async with self._turns.setdefault(customer, asyncio.Lock()):
            number = self._said[customer]
            self._said[customer] += 1
            # A mark that no other message has, so that everything can be reconciled by it.
            words = f"{question} [{customer}.{number}]"
            if await side.say(customer, words, self._bring):
                self.accepted[customer, number] = side.channel
            else:
                self.given_up[side.channel] += 1

    async def _bring(
        self, made: Callable[[int], Call], pauses: Iterable[float], patience: float
    ) -> bool:
        waits = iter(pauses)
        attempt = 0
        while True:
            call = made(attempt)
            pause = next(waits, None)
            asked = await self._post(call, patience)
            if asked is None:
                if self._random.random() < TWICE:
                    self.brought_again += 1
                    await self._post(made(attempt), patience)
                return True
            if pause is None:
                return False
            await asyncio.sleep(max(pause, asked))
            attempt += 1

    async def _post(self, call: Call, patience: float) -> float | None:
        """None when it was accepted; else how long we are asked to wait."""
        self.in_flight += 1
        try:
            answer = await self._client.post(
                call.path, content=call.body, headers=call.headers, timeout=patience
            )
            if answer.is_success:
                if call.path == "/chat/v1/conversations":
                    self.answers[id(call)] = answer.json()
                return None
            self.trouble[f"{call.path.split('/')[2]} {answer.status_code}"] += 1
            return float(answer.headers.get("retry-after", 0))
        except httpx2.HTTPError as problem:
            self.trouble[type(problem).__name__] += 1
            return 0.0
        finally:
            self.in_flight -= 1

    async def until_accepted(self, seconds: float) -> None:
        """Waits for everything that was released."""
        async with asyncio.timeout(seconds):
            while self._tasks:
                await asyncio.gather(*self._tasks)

    async def parts(self) -> dict[str, str]:
        """Part to state, as `/health` tells it; empty while nobody answers."""
        try:
            answer = await self._client.get("/health", timeout=5)
            return {name: part["state"] for name, part in answer.json()["parts"].items()}
        except (httpx2.HTTPError, ValueError, KeyError):
            return {}

    async def close(self) -> None:
        await self._client.aclose()
