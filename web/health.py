"""Whether messages can be accepted and answered or ticketed: `/health`, and the probes `/health/live` and `/health/ready`.

A part is `ok`, `degraded` or `down`. The whole is `down` when a message could not be stored or nobody would act
on it; it is `degraded` when people would have to do what machines do otherwise.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx2
from django.db.utils import DatabaseError, InterfaceError
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Receive, Scope, Send

from bot.house import House
from store.duties import FETCH, beats
from store.overdue import sending_waits, turn_waits

EVERY = 2.0
SILENT = timedelta(seconds=20)
"""The watcher beats every 5 s and a mailbox every 10; after this long without one, nobody does it."""
PROMPT = ("watch", "offer")
"""Duties that beat every few seconds, as mailboxes do; the others take up to 20."""
LATE = timedelta(seconds=60)
"""After so long without a thought or a sending, somebody has stopped doing that, whatever else still beats."""
ROOM = {"degraded": 500 * 2**20, "down": 50 * 2**20}
"""Free bytes of the state folder below which there is something to do, and below which nothing is accepted soon."""
WORTH = {"ok": 1.0, "degraded": 0.5, "down": 0.0}
VITAL = ("database", "work", "disk")


class Health:
    """Looks at every part every two seconds, and answers from what it saw last."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parts: dict[str, tuple[str, datetime]] = {}
        self._details: dict[str, str] = {}
        self._duties: set[str] = set()
        self._has_looked = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to look."""
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> None:
        """Ends looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        if path == "/health/live":
            await _json(send, 200, {"status": "ok"})
            return
        report = self.report()
        if path not in {"/health", "/health/ready"}:
            await _json(send, 404, {"status": "unknown"})
            return
        await _json(send, 503 if report["status"] == "down" else 200, report)

    def report(self) -> dict[str, object]:
        """The JSON of `/health`."""
        states = self.states()
        if any(states.get(name, "down") == "down" for name in VITAL):
            status = "down"
        elif self._has_looked and all(state == "ok" for state in states.values()):
            status = "ok"  # of every part, not only of those that were looked at first
        else:
            status = "degraded"
        parts = {}
        for name, (state, since) in sorted(self._parts.items()):
            parts[name] = {"state": state, "since": since.isoformat()}
            if name in self._details:
                parts[name]["detail"] = self._details[name]
        return {"status": status, "parts": parts}

    def states(self) -> dict[str, str]:
        """Each part and how it does; nothing before the first look."""
        return {name: state for name, (state, _) in self._parts.items()}

    async def _watch(self) -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=2) as client:
            while True:
                await self.look(client)
                await asyncio.sleep(EVERY)

    async def look(self, client: httpx2.AsyncClient) -> None:
        """Examines every part once."""
        try:
            async with asyncio.timeout(5):
                seen, late = await self._house.database.read(_seen, self._house.clock())
        except (DatabaseError, InterfaceError, TimeoutError) as problem:
            self._note("database", "down", type(problem).__name__)
            self._note("work", "down", "unknown without the database")
        else:
            self._note("database", "ok")
            self._look_at_duties(seen)
            for part, waited in late.items():
                told = f"due for {waited.total_seconds():.0f} s" if waited > LATE else ""
                self._note(part, "degraded" if told else "ok", told)
        self._look_at_disk()
        # A hint, so never down: without it other machines look by themselves.
        if (far := self._house.doorbell.far_state()) is not None:
            self._note("redis", *far)
        await self._look_at_brain(client)
        await self._look_at_rasa(client)
        self._has_looked = True

    def _look_at_duties(self, seen: dict[str, datetime]) -> None:
        now = self._house.clock()
        for gone in self._duties - set(seen):
            self._parts.pop(gone, None)  # nobody has to do that any more
            self._details.pop(gone, None)
        self._duties = set(seen) - {"watch"}
        for name, beat in seen.items():
            part = "work" if name == "watch" else name
            late = now - beat > SILENT * (1 if name in PROMPT or name.startswith(FETCH) else 3)
            bad = "down" if part == "work" else "degraded"
            self._note(part, bad if late else "ok", "no heartbeat" if late else "")
        if "watch" not in seen:
            self._note("work", "down", "never seen")

    def _look_at_disk(self) -> None:
        free = shutil.disk_usage(self._house.settings.state).free
        state = next((name for name in ("down", "degraded") if free < ROOM[name]), "ok")
        self._note("disk", state, "" if state == "ok" else f"{free // 2**20} MB left")

    async def _look_at_brain(self, client: httpx2.AsyncClient) -> None:
        url, token = (
            os.environ.get("THREADLINE_BRAIN_URL"),
            os.environ.get("THREADLINE_BRAIN_TOKEN"),
        )
        names = ("encoder", "understander", "answerer", "router")
        if not url:
            self._not_here("brain", "not started")
            return
        try:
            headers = {"Authorization": f"Bearer {token}"}
            response = await client.get(f"{url}/health", headers=headers)
            present = response.json()["parts"]
        except (httpx2.HTTPError, ValueError, KeyError) as problem:
            self._note("brain", "degraded", type(problem).__name__)
            return
        self._note("brain", "ok")
        for name in names:
            there = bool(present.get(name))
            self._note(name, "ok" if there else "degraded", "" if there else "not loaded")

    async def _look_at_rasa(self, client: httpx2.AsyncClient) -> None:
        url, token = os.environ.get("THREADLINE_RASA_URL"), os.environ.get("THREADLINE_TURN_TOKEN")
        if not url:
            self._not_here("rasa", "not installed: answers come without it")
            return
        try:
            headers = {"Authorization": f"Bearer {token}"}
            response = await client.get(f"{url}/webhooks/turn/", headers=headers)
            ready = response.status_code == 200 and bool(response.json()["ready"])
        except (httpx2.HTTPError, ValueError, KeyError) as problem:
            self._note("rasa", "degraded", type(problem).__name__)
            return
        self._note("rasa", "ok" if ready else "degraded", "" if ready else "loading")

    def _not_here(self, part: str, why: str) -> None:
        """On PostgreSQL others may think on other machines: whether anybody does is seen in what waits."""
        if self._house.settings.is_sqlite:
            self._note(part, "degraded", why)

    def _note(self, part: str, state: str, detail: str = "") -> None:
        before = self._parts.get(part)
        if before is None or before[0] != state:
            self._parts[part] = (state, self._house.clock())
        if detail:
            self._details[part] = detail
        else:
            self._details.pop(part, None)


class Parts(Collector):
    """What `/health` says, for Prometheus: 1 ok, 0.5 degraded, 0 down."""

    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        told = GaugeMetricFamily("threadline_part", "1 ok, 0.5 degraded, 0 down.", labels=["part"])
        for part, state in self._health.states().items():
            told.add_metric([part], WORTH[state])
        yield told


def _seen(now: datetime) -> tuple[dict[str, datetime], dict[str, timedelta]]:
    """Signs of life of each duty, and how long thinking and sending have been due."""
    return beats(), {"turns": turn_waits(now), "delivery": sending_waits(now)}


async def _json(send: Send, status: int, body: dict[str, object]) -> None:
    content = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
