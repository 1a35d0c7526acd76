"""The sockets that `web` listens on, kept by whoever starts it: while it is started again calls wait there instead of being refused."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Sequence

from core.errors import PermanentFailure

LISTENING = "THREADLINE_LISTENING"
"""In the environment of `web`: the descriptors that it was handed, with commas between."""
SERVING = "THREADLINE_SERVING"
"""In the environment of `web`: the descriptor of the pipe on which it says that it serves; closed, that it leaves."""
BACKLOG = 4096


def listen(host: str, port: int) -> list[socket.socket]:
    """One socket for each address of this host. Raises `PermanentFailure` where somebody else has the port."""
    made: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        for family, address in dict.fromkeys((one[0], one[4]) for one in found):
            made.append(socket.socket(family, socket.SOCK_STREAM))
            made[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                made[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made[-1].bind(address)
            made[-1].listen(BACKLOG)
    except OSError as problem:
        for one in made:
            one.close()
        raise PermanentFailure(
            f"Port {port} of {host} cannot be used: {problem.strerror}"
        ) from problem
    return made


def told(sockets: Sequence[socket.socket]) -> str:
    """What LISTENING is to say."""
    return ",".join(str(one.fileno()) for one in sockets)


def handed() -> list[socket.socket] | None:
    """The sockets that this process was handed; None: it makes its own."""
    numbers = os.environ.get(LISTENING, "").split(",")
    return [socket.socket(fileno=int(number)) for number in numbers if number] or None


def say_serving() -> None:
    """Tells whoever keeps the sockets that calls are answered here from now on."""
    with contextlib.suppress(OSError):  # nobody keeps them any more
        for pipe in _serving():
            os.write(pipe, b"1")


def say_leaving() -> None:
    """Tells them that no further calls are; safe in a signal handler, and more than once."""
    for pipe in _serving():
        os.environ.pop(SERVING)
        os.close(pipe)


def _serving() -> list[int]:
    return [int(number) for number in os.environ.get(SERVING, "").split()]
