"""The whole of `web` as one ASGI app: streams and arrivals stand before Django, which serves the pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, cast

from django.core.asgi import get_asgi_application
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.house import House
from web.arrivals import ArrivalApp
from web.health import Health
from web.house import use
from web.streams import StreamApp


class Standing(Protocol):
    """A part that must be started and stopped with the process."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


class Web:
    """Chooses by path, and starts and stops what stands behind the paths."""

    def __init__(self, house: House) -> None:
        use(house)
        self.health = Health(house)
        self.streams = StreamApp(house)
        self.arrivals = ArrivalApp(house, self.streams)
        self.pages = cast(ASGIApp, get_asgi_application())
        self._standing: tuple[Standing, ...] = (self.health, self.streams)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self._start, self._stop)
            return
        await self._app_for(scope["path"])(scope, receive, send)

    def _app_for(self, path: str) -> ASGIApp:
        if path.startswith("/health"):
            return self.health
        if self.streams.serves(path):
            return self.streams
        if self.arrivals.serves(path):
            return self.arrivals
        return self.pages

    async def _start(self) -> None:
        for part in self._standing:
            await part.start()

    async def _stop(self) -> None:
        for part in reversed(self._standing):
            await part.stop()


async def _lifespan(
    receive: Receive,
    send: Send,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await start()
            await send({"type": "lifespan.startup.complete"})
        else:
            await stop()
            await send({"type": "lifespan.shutdown.complete"})
            return
