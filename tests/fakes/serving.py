"""Serves a fake provider on a loopback port in a thread of its own. What it answers is the fakes' business."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import uvicorn
from starlette.types import ASGIApp


@contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """The address, as long as it is served; a free port by default."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", port))
    listener.listen(128)  # before anybody is told the port
    config = uvicorn.Config(
        app,
        log_level="critical",
        timeout_graceful_shutdown=0,
        # Each test has its own event loop, and a kept connection would outlive it.
        headers=[("connection", "close")],
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)
        listener.close()


def fetched(url: str) -> tuple[int, str, bytes]:
    """Status, type and content of what stands there, as a provider gets a file that it was told of; 0: nobody answers."""
    try:
        answer = httpx2.get(url, timeout=10.0, trust_env=False)
    except httpx2.HTTPError:
        return 0, "", b""
    return answer.status_code, answer.headers.get("content-type", ""), answer.content


def unused_url() -> str:
    """An address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"
