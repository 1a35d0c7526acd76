"""The doorbell between machines: the names of bells over Redis pub/sub, under a prefix of this installation.

It carries no work and no words, and may be lost like any ring; who hears nothing still polls. Nobody ever waits for Redis.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
import redis.asyncio
import redis.asyncio.retry
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger()

ANSWER = 1.0
"""Seconds within which Redis answers, or is taken for away."""
QUIET = 5.0
"""Seconds without a ring after which a listener asks whether Redis is still there."""
GATHER = 0.01
"""Seconds between two publishings of one process; what rings meanwhile is told together."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
CONNECTING = "not connected yet"
SCHEMES = ("redis", "rediss", "unix")
BOUNDED: dict[str, Any] = {
    "socket_timeout": ANSWER,
    "socket_connect_timeout": ANSWER,
    "protocol": 2,
}
BOOT = Path("/proc/sys/kernel/random/boot_id")


def checked(url: str) -> str:
    """Where `url` leads, without the password, fit for logs. Raises ValueError, without the password too."""
    try:
        parts = urlsplit(url)
        place = f"{parts.hostname or ''}:{parts.port or 6379}"
    except ValueError:
        # The reason would quote what stands after the colon, which may be the password.
        raise ValueError("redis.url cannot be read: redis://user:password@host:port/0") from None
    if parts.scheme not in SCHEMES:
        raise ValueError("redis.url must begin with redis://, rediss:// or unix://")
    return f"{parts.scheme}://{parts.path if parts.scheme == 'unix' else place}"


def knock(url: str) -> str:
    """Asks Redis once, for `ANSWER` seconds at most: empty when it answered, else the kind of problem."""
    try:
        checked(url)
        with redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **BOUNDED) as client:
            client.ping()
    except Exception as problem:  # noqa: BLE001 - a border: its words might hold the address with the password
        return type(problem).__name__
    return ""


class FarBell:
    """Rings and hears over Redis; safe from any thread. Whoever shares `folder` on this machine has a nearer bell.

    url: may hold a password, which is never logged. prefix: the same on all machines of an installation.
    Raises ValueError for an address that cannot be one.
    """

    def __init__(self, url: str, prefix: str, folder: Path) -> None:
        self._where = checked(url)
        self._client = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **BOUNDED)
        self._url = url
        self._prefix = prefix
        self._folder = folder
        self._waiting: set[str] = set()
        self._changed = threading.Condition()
        self._ringer: threading.Thread | None = None
        self._closed = threading.Event()
        self._problems: dict[str, str] = {}
        self._place = ""

    def ring(self, *names: str) -> None:
        """Leaves the names for the thread that publishes; what it has not told yet is told once."""
        with self._changed:
            self._waiting.update(names)
            if self._ringer is None:
                self._ringer = self._begin()
            self._changed.notify_all()

    def _begin(self) -> threading.Thread | None:
        self._closed = threading.Event()
        ringer = threading.Thread(
            target=self._publish, args=(self._closed,), name="far-bell", daemon=True
        )
        try:
            ringer.start()
        except RuntimeError:  # the system gives no thread: the next ring asks again
            self._note("rings", "no thread")
            return None
        return ringer

    def listen(self, name: str, heard: Callable[[], None]) -> Callable[[], None]:
        """Calls `heard` in the running loop at each ring from afar; the result ends that."""
        part = f"hears {name}"
        self._problems.setdefault(part, CONNECTING)
        task = asyncio.get_running_loop().create_task(self._hear(name, part, heard))

        def stop() -> None:
            task.cancel()
            self._problems.pop(part, None)

        return stop

    def state(self) -> tuple[str, str]:
        """`ok` or `degraded`, and what does not go."""
        bad = [f"{part}: {problem}" for part, problem in self._problems.copy().items() if problem]
        return ("degraded", ", ".join(bad)) if bad else ("ok", "")

    def close(self) -> None:
        """Ends ringing."""
        with self._changed:
            ringer, self._ringer = self._ringer, None
            self._closed.set()
            self._changed.notify_all()
        if ringer is not None:
            ringer.join(2 * ANSWER)
        self._client.close()

    def _publish(self, closed: threading.Event) -> None:
        pause = FIRST_PAUSE
        while names := self._next(closed):
            try:
                self._tell(names)
            except Exception as problem:  # noqa: BLE001 - a border: a hint is not worth a thread
                self._note("rings", type(problem).__name__)
                with self._changed:
                    self._waiting |= names
                closed.wait(pause * random.uniform(0.5, 1))
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._note("rings", "")
                pause = FIRST_PAUSE
                closed.wait(GATHER)

    def _next(self, closed: threading.Event) -> set[str]:
        """What has been rung since the last time; empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or closed.is_set())
            if closed.is_set():
                return set()
            names, self._waiting = self._waiting, set()
            return names

    def _tell(self, names: set[str]) -> None:
        here = self._here()
        with self._client.pipeline(transaction=False) as together:
            for name in names:
                together.publish(self._prefix + name, here)
            together.execute()

    async def _hear(self, name: str, part: str, heard: Callable[[], None]) -> None:
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while True:
            began = loop.time()
            try:
                await self._hear_once(name, part, heard)
            except Exception as problem:  # noqa: BLE001 - a border: without Redis we hear by polling
                self._note(part, type(problem).__name__)
            if loop.time() - began > LONGEST_PAUSE + QUIET:
                pause = FIRST_PAUSE
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _hear_once(self, name: str, part: str, heard: Callable[[], None]) -> None:
        """Until the connection ends, or does not answer. Raises what redis does, and TimeoutError."""
        retry = redis.asyncio.retry.Retry(NoBackoff(), 0)
        async with (
            redis.asyncio.Redis.from_url(self._url, retry=retry, **BOUNDED) as client,
            client.pubsub() as ear,
        ):
            await ear.subscribe(self._prefix + name)
            is_asked = True  # a subscription is confirmed
            while True:
                said = await ear.get_message(timeout=ANSWER if is_asked else QUIET)
                if said is None and is_asked:
                    raise TimeoutError
                if said is None:
                    await ear.ping()
                elif said["type"] == "subscribe":
                    self._note(part, "")
                    heard()  # what was rung while nobody listened
                elif said["type"] == "message" and said["data"].decode() != self._here():
                    heard()
                is_asked = said is None

    def _here(self) -> str:
        """The same for all who hear one another's datagrams, which is one folder on one running kernel."""
        if not self._place:
            with suppress(OSError):  # no folder: nobody listens nearby, and nobody need know us
                place = self._folder.stat()
                name = f"{BOOT.read_text()}{place.st_dev}:{place.st_ino}"
                self._place = hashlib.sha256(name.encode()).hexdigest()[:16]
        return self._place

    def _note(self, part: str, problem: str) -> None:
        before = self._problems.get(part)
        self._problems[part] = problem
        if problem and before in {None, "", CONNECTING}:
            log.warning("redis_away", part=part, where=self._where, problem=problem)
        elif before and not problem:
            log.info("redis_here", part=part, where=self._where)
