"""A content-free hint that there is work; it may be lost, a poll remains behind it.

On one machine it is a datagram to every listening socket in the state folder; other machines hear it over Redis,
where `redis.url` is set (`bot.far_bell`).
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.far_bell import FarBell

LONGEST = 100
"""Bytes of a path that every system takes as the address of a socket."""


class Doorbell:
    """Rings and hears bells named after what waits: `turns`, `outbox`, `events`."""

    def __init__(self, folder: Path, far: FarBell | None = None) -> None:
        self._folder = folder
        self._inside = f"{folder}{os.sep}"
        self._far = far
        self._opened = -1
        self._socket: socket.socket | None = None
        self._opening = threading.Lock()

    def ring(self, *names: str) -> None:
        """Tells every listener of these bells; never waits and never fails."""
        if self._far is not None:
            self._far.ring(*names)
        mouth = self._socket or self._open()
        for file in self._listeners(names):
            try:
                mouth.sendto(b"", self._address(file))
            except ConnectionRefusedError:
                # its listener died without taking it away
                (self._folder / file).unlink(missing_ok=True)
            except OSError:
                continue  # full: the listener is awake anyway

    def _open(self) -> socket.socket:
        """The one socket that all threads ring with."""
        with self._opening:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            return self._socket

    def _listeners(self, names: Sequence[str]) -> list[str]:
        """Names of their files."""
        try:
            found = os.listdir(self._folder)
        except FileNotFoundError:
            return []
        begins = tuple(f"{name}-" for name in names)
        return [file for file in found if file.startswith(begins)]

    def close(self) -> None:
        """Ends ringing; listeners end by what `listen` gave them."""
        if self._far is not None:
            self._far.close()
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
        ear.bind(self._address(path.name))
        path.chmod(0o600)
        loop = asyncio.get_running_loop()

        def on_ring() -> None:
            with suppress(BlockingIOError):
                while True:
                    ear.recv(16)
            heard()

        loop.add_reader(ear.fileno(), on_ring)
        no_longer_far = self._far.listen(name, heard) if self._far is not None else None

        def stop() -> None:
            if no_longer_far is not None:
                no_longer_far()
            loop.remove_reader(ear.fileno())
            ear.close()
            path.unlink(missing_ok=True)

        return stop

    def far_state(self) -> tuple[str, str] | None:
        """How ringing between machines does, `ok` or `degraded` and why; None where it is not wanted."""
        return self._far.state() if self._far is not None else None

    def _address(self, file: str) -> str:
        """The file as a socket takes it: one whose path is longer is reached through the opened folder (Linux)."""
        path = f"{self._inside}{file}"
        if len(os.fsencode(path)) <= LONGEST:
            return path
        with self._opening:
            if self._opened < 0:
                self._opened = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._opened}/{file}"
