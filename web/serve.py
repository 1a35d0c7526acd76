"""Running the ASGI app under uvicorn: what a start leaves to settle, and its end: streams end at once, the rest is finished or refused."""

from __future__ import annotations

import asyncio
import gc
import math
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
import uvloop
from django.urls import get_resolver
from starlette.types import ASGIApp

from bot.house import House
from bot.listening import BACKLOG, handed, say_leaving, say_serving
from web.leaving import FINISH_SECONDS, Leaving
from web.message_door import message_door
from web.messages import Messages

BEYOND = 1.5
"""Seconds until what has begun its answer is cut, after everything else was refused (`web.leaving`)."""


ACCEPTED_AT_ONCE = 32
"""Arrivals that share a commit on SQLite: where each process writes in its turn, a crowd must fit into those of `web`."""


class Server(uvicorn.Server):
    """Tells the app that the process is told to stop, before uvicorn waits for what is open."""

    def __init__(
        self,
        app: ASGIApp,
        on_stop: Callable[[], None],
        finish: float = FINISH_SECONDS,
        after_start: Callable[[], None] | None = None,
        messages: Messages | None = None,
        **config: object,
    ) -> None:
        """`on_stop` runs in the signal handler; `finish`: seconds until what has no answer then is refused.
        `after_start` runs in a thread once it serves. `messages`: answers visitors' messages before the app."""
        self._leaving = Leaving(app, finish)
        grace = math.ceil(finish + BEYOND)
        self._on_stop = on_stop
        self._after_start = after_start
        options = {"log_config": None, "access_log": False, "lifespan": "on", **config}
        if messages is not None:
            options["http"] = message_door(messages, self._leaving)
        super().__init__(
            uvicorn.Config(self._leaving, timeout_graceful_shutdown=grace, **options)  # type: ignore[arg-type]
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            say_serving()
            if self._after_start:
                asyncio.get_running_loop().run_in_executor(None, self._after_start)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        gc.disable()  # thousands of streams end now, and nothing of them is worth being looked through
        say_leaving()
        self._on_stop()
        self._leaving.begin()
        super().handle_exit(sig, frame)


def serve(house: House) -> None:
    """Serves until SIGTERM or SIGINT."""
    from bot.metrics_server import Waiting, serve_metrics
    from web.asgi import Web
    from web.health import Parts

    app = Web(house)
    if house.settings.is_sqlite:
        house.database.at_once = ACCEPTED_AT_ONCE
    settings = house.settings.web
    server = Server(
        app,
        app.streams.end_all,
        after_start=settle,
        messages=app.arrivals.messages,
        host=settings.host,
        port=settings.port,
        backlog=BACKLOG,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
    )
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    stop = serve_metrics(house.settings.metrics, "web", [Waiting(house.clock), Parts(app.health)])
    uvloop.run(server.serve(handed()))
    stop()


SEARCHES = (5_000, 10, 100)
"""New things until the newest are looked through, such searches until those that outlived one are, and of these until all are."""


def settle() -> None:
    """Reads the table of addresses, for which the first page would wait otherwise, and keeps what a start has made out
    of every later search for garbage: a whole one took 110 ms, in which nobody was answered. From now on it is looked for
    often and in little, not seldom as during the start: fifty tickets of a list leave two thousand things that hold one
    another, and a search through 50,000 took up to 35 ms."""
    _ = get_resolver().url_patterns
    gc.freeze()
    gc.set_threshold(*SEARCHES)
