"""Running the brain's ASGI app on loopback, and switching it to new versions while it serves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import uvicorn
import uvloop

from bot.artefacts import Loaded, follow
from bot.brain import Brain, brain_app
from bot.brain_door import door
from bot.metrics_server import serve_metrics
from bot.settings import Settings
from core.errors import DialogueFailed
from core.ports import Encodes


def serve_brain(
    settings: Settings,
    build_brain: Callable[[Settings], Brain],
    encoder_of: Callable[[Settings], Encodes],
) -> None:
    """Serves until SIGTERM on THREADLINE_BRAIN_PORT, with THREADLINE_BRAIN_TOKEN required of callers.

    Raises DialogueFailed where these are not set.
    """
    port, token = os.environ.get("THREADLINE_BRAIN_PORT"), os.environ.get("THREADLINE_BRAIN_TOKEN")
    if not port or not token:
        raise DialogueFailed(
            "THREADLINE_BRAIN_PORT and THREADLINE_BRAIN_TOKEN say where to listen and for whom: `threadline up` sets them."
        )
    brain = build_brain(settings)
    app = brain_app(brain, token)
    config = uvicorn.Config(
        app,
        http=door(app.state.together, token),
        host="127.0.0.1",
        port=int(port),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )

    async def run() -> None:
        loaded = Loaded(dict(brain.versions))
        following = asyncio.create_task(follow(settings, encoder_of, brain, loaded))
        stop = serve_metrics(settings.metrics, "brain")
        try:
            await uvicorn.Server(config).serve()
        finally:
            following.cancel()
            stop()

    uvloop.run(run())
