"""A content-free hint that there is work; it may be lost, a poll remains behind it.

On one machine it is a datagram to every listening socket in the state folder; on PostgreSQL also a NOTIFY
is sent by `store` users that wish to reach other machines.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LONGEST = 100
"""Bytes of a path that every system takes as the address of a socket."""


class Doorbell:
    """Rings and hears bells named after what waits: `turns`, `outbox`, `events`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened = -1
        self._socket: socket.socket | None = None

    def ring(self, *names: str) -> None:
        """Tells every listener of these bells; never waits and never fails."""
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        for name in names:
            for path in self._listeners(name):
                try:
                    self._socket.sendto(b"", self._address(path))
                except ConnectionRefusedError:
                    path.unlink(missing_ok=True)  # its listener died without taking it away
                except OSError:
                    continue  # full: the listener is awake anyway

    def _listeners(self, name: str) -> list[Path]:
        try:
            found = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        return [self._folder / file for file in found if file.startswith(f"{name}-")]

    def close(self) -> None:
        """Ends ringing; listeners end by what `listen` gave them."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._opened >= 0:
            os.close(self._opened)
            self._opened = -1

    def listen(self, name: str, heard: Callable[[], None]) -> Callable[[], None]:
        """Calls `heard` in the running loop at each ring; the result ends that."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}-{os.getpid()}-{id(heard):x}.bell"
        path.unlink(missing_ok=True)
        ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        ear.setblocking(False)
        ear.bind(self._address(path))
        path.chmod(0o600)
        loop = asyncio.get_running_loop()

        def on_ring() -> None:
            with suppress(BlockingIOError):
                while True:
                    ear.recv(16)
            heard()

        loop.add_reader(ear.fileno(), on_ring)

        def stop() -> None:
            loop.remove_reader(ear.fileno())
            ear.close()
            path.unlink(missing_ok=True)

        return stop

    def _address(self, path: Path) -> str:
        """The path as a socket takes it: a longer one is reached through the opened folder (Linux)."""
        if len(os.fsencode(path)) <= LONGEST:
            return str(path)
        if self._opened < 0:
            self._opened = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._opened}/{path.name}"
