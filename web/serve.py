"""Running the ASGI app under uvicorn; streams end at once when the process is told to stop."""

from __future__ import annotations

import signal
from types import FrameType

import uvicorn
import uvloop

from bot.house import House


class _Server(uvicorn.Server):
    """Ends the event streams before uvicorn waits for open connections."""

    def __init__(self, config: uvicorn.Config, end_streams: object) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if callable(self._end_streams):
            self._end_streams()
        super().handle_exit(sig, frame)


def serve(house: House) -> None:
    """Serves until SIGTERM or SIGINT."""
    from bot.metrics_server import Waiting, serve_metrics
    from web.asgi import Web
    from web.health import Parts

    app = Web(house)
    settings = house.settings.web
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        backlog=4096,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
        timeout_graceful_shutdown=5,
        lifespan="on",
    )
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    stop = serve_metrics(house.settings.metrics, "web", [Waiting(house.clock), Parts(app.health)])
    uvloop.run(_Server(config, app.streams.end_all).serve())
    stop()
