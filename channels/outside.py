"""Calls to addresses that somebody typed in: resolved once, checked, and connected to exactly what was checked. What is sent is the caller's."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from urllib.parse import urlsplit

import httpcore2

from core.errors import MalformedPayload, NotAllowed, PermanentFailure, TemporaryFailure
from core.outside import is_public

Resolve = Callable[[str, int], Awaitable[list[str]]]
_ANSWER_READ = 65_536
"""Bytes of an answer that are read, so that its connection can be used again."""


def checked_url(url: str, inside: Iterable[str] = ()) -> str:
    """The address, if it may be called: https, no name or password in it; http only to hosts named in `inside`.

    Raises `MalformedPayload`, `NotAllowed`. Where a name leads is checked at each connection, for that can change.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
        url.encode("ascii")
    except ValueError as problem:
        raise MalformedPayload("This is no address: it must begin with https://.") from problem
    is_inside = host in set(inside)
    if parts.scheme != "https" and not (is_inside and parts.scheme == "http"):
        raise NotAllowed("Messages go out by https only: the address must begin with https://.")
    if not host or "@" in parts.netloc or any(sign <= " " for sign in url):
        raise MalformedPayload("The address must name a host, and no user or password.")
    return url


async def resolved(host: str, port: int) -> list[str]:
    """All addresses of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


class _Checking(httpcore2.AsyncNetworkBackend):
    """Connects to addresses that were checked, and to no name: a name could lead elsewhere the second time."""

    def __init__(
        self, inside: frozenset[str], resolve: Resolve, network: httpcore2.AsyncNetworkBackend
    ) -> None:
        self._inside = inside
        self._resolve = resolve
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except OSError as problem:
            raise httpcore2.ConnectError("its name leads nowhere") from problem
        if host not in self._inside and not all(map(is_public, addresses)):
            raise PermanentFailure("its name leads into a network of our own")
        last: Exception = httpcore2.ConnectError("its name leads nowhere")
        for address in addresses:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore2.NetworkError as problem:
                last = problem
        raise last


class Outside:
    """One client for such calls. `inside`: hosts of our own network that may be called nevertheless."""

    def __init__(
        self,
        inside: Iterable[str] = (),
        resolve: Resolve = resolved,
        network: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._inside = frozenset(inside)
        self._checking = _Checking(self._inside, resolve, network or httpcore2.AnyIOBackend())
        self._pool: httpcore2.AsyncConnectionPool | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> int:
        """The status of the answer; redirects are answers, and followed nowhere.

        Raises `TemporaryFailure` where there was none within `seconds`, `PermanentFailure` or a refusal
        for an address that must not be called.
        """
        return (await self.ask(url, headers, body, seconds))[0]

    async def ask(
        self, url: str, headers: Mapping[str, str], body: bytes, seconds: float
    ) -> tuple[int, bytes]:
        """The same with the answer's body, of which no more is read than 64 KB. Raises as `post`."""
        checked_url(url, self._inside)
        limits = {
            "timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}
        }
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().stream(
                    "POST", url, headers=list(headers.items()), content=body, extensions=limits
                ) as answer,
            ):
                status: int = answer.status
                return status, await _read_some(answer)
        except (TimeoutError, httpcore2.TimeoutException) as problem:
            raise TemporaryFailure(f"no answer within {seconds:g} s", certain=False) from problem
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as problem:
            raise TemporaryFailure(_said(problem), certain=False) from problem

    async def close(self) -> None:
        """Ends what is open."""
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    def _opened(self) -> httpcore2.AsyncConnectionPool:
        loop = asyncio.get_running_loop()
        if self._pool is None or self._loop is not loop:
            self._loop = loop
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=ssl.create_default_context(),
                max_connections=32,
                keepalive_expiry=15.0,
                network_backend=self._checking,
            )
        return self._pool


async def _read_some(answer: httpcore2.Response) -> bytes:
    found = bytearray()
    async for part in answer.aiter_stream():
        found += part
        if len(found) > _ANSWER_READ:
            break
    return bytes(found[: _ANSWER_READ + 1])


def _said(problem: Exception) -> str:
    """Why there was no answer, without words of the other side."""
    if isinstance(problem, httpcore2.ConnectError | OSError):
        return f"no connection: {str(problem)[:120]}"
    return f"no answer: {type(problem).__name__}"
