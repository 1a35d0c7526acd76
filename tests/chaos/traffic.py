"""Customers who write on every channel, in order within a conversation. How each channel brings it is `providers`."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpx2

from tests.chaos.patience import NotInTime
from tests.chaos.providers import FOR_EVER, Call, Side

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
LANES = 16
"""Connection pools to each `web`: one pool looks at every connection it has for each call, and with hundreds of
customers who wait that was half of the generator's time, which was then counted as ours."""
TWICE = 0.05
"""So often a provider brings again what we acknowledged."""


class Traffic:
    """All customers, what was accepted from them so far, and how deliveries went."""

    def __init__(self, ports: Sequence[int], seed: int) -> None:
        """`ports`: of every `web`; deliveries go to them in turn."""
        self.accepted: dict[tuple[int, int], str] = {}
        """(customer, n-th message) to channel."""
        self.given_up: Counter[str] = Counter()
        self.trouble: Counter[str] = Counter()
        self.refused_because: Counter[str] = Counter()
        """In whose words we did not take it: `web` that has no room, its database, or who stands in for it."""
        self.brought_again = 0
        self.in_flight = 0
        self.answers: dict[int, Any] = {}
        self._said: Counter[int] = Counter()
        self._turns: dict[int, asyncio.Lock] = {}
        self._random = random.Random(seed)
        self.acknowledged: list[float] = []
        """Seconds that each acknowledgement took."""
        self._looking = {port: _client(port) for port in ports}
        self._clients = [_client(port) for _ in range(LANES) for port in ports]
        self._turn = itertools.cycle(self._clients)
        self.serving: set[int] = set()
        """Ports at which a `web` answered when `parts` was asked last."""
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
        start = time.monotonic()
        try:
            answer = await next(self._turn).post(
                call.path, content=call.body, headers=call.headers, timeout=patience
            )
            if answer.is_success:
                self.acknowledged.append(time.monotonic() - start)
                if call.path == "/chat/v1/conversations":
                    self.answers[id(call)] = answer.json()
                return None
            self.trouble[f"{call.path.split('/')[2]} {answer.status_code}"] += 1
            if answer.is_server_error:
                self.refused_because[reason(answer.text)] += 1
            return float(answer.headers.get("retry-after", 0))
        except httpx2.HTTPError as problem:
            self.trouble[type(problem).__name__] += 1
            return 0.0
        finally:
            self.in_flight -= 1

    async def say_in_chat(self, conversation: str, token: str, words: str) -> None:
        """A visitor whose chat is open already says something; it is not held against the ledger."""
        path = f"/chat/v1/conversations/{conversation}/messages"
        body = json.dumps({"client_id": words, "text": words}).encode()
        call = Call(path, body, {"authorization": f"Bearer {token}"})
        await self._bring(lambda attempt: call, FOR_EVER, 10.0)

    async def until_accepted(self, seconds: float) -> None:
        """Waits for everything that was released. Raises `NotInTime`."""
        try:
            async with asyncio.timeout(seconds):
                while self._tasks:
                    await asyncio.gather(*self._tasks)
        except TimeoutError as problem:
            what = "everything said was accepted, or given up by its provider"
            raise NotInTime(f"Not within {seconds:.0f} s: {what}.") from problem

    async def parts(self) -> dict[str, str]:
        """Part to state, as `/health` of each `web` tells it, the best of them; empty while nobody answers."""
        best: dict[str, str] = {}
        found = await asyncio.gather(*(self._parts_of(port) for port in self._looking))
        for name, state in (part for parts in found for part in parts.items()):
            if best.get(name) != "ok":
                best[name] = state
        return best

    async def _parts_of(self, port: int) -> dict[str, str]:
        try:
            answer = await self._looking[port].get("/health", timeout=5)
            parts = {name: str(part["state"]) for name, part in answer.json()["parts"].items()}
        except (httpx2.HTTPError, ValueError, KeyError):
            self.serving.discard(port)
            return {}
        self.serving.add(port)
        return parts

    async def close(self) -> None:
        for client in (*self._clients, *self._looking.values()):
            await client.aclose()


def _client(port: int) -> httpx2.AsyncClient:
    """With as many connections as there are calls under way."""
    return httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}",
        timeout=30,
        trust_env=False,
        limits=httpx2.Limits(max_connections=None),
    )


def reason(body: str) -> str:
    """The sentence of a problem JSON, or the body's first words where it is none."""
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return body[:60]
