"""A frugal HTTP/1.1 client over asyncio streams, so that the load generator leaves the processors to what is measured."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any


class Connection:
    """One kept-alive connection to a loopback port."""

    def __init__(self, port: int, token: str = "") -> None:
        self._port = port
        self._token = token
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """(status, JSON of the answer). A connection that was closed while nothing was said is opened again."""
        content, is_kept = json.dumps(body).encode(), self._writer is not None
        try:
            await self._send("POST", path, content)
            status, length, chunked = await self._head()
        except (asyncio.IncompleteReadError, ConnectionError):
            if not is_kept:
                raise
            self.close()
            return await self.post(path, body)
        assert self._reader is not None
        content = b"".join([c async for c in self._chunks()]) if chunked else b""
        content = content or await self._reader.readexactly(length)
        return status, json.loads(content) if content else None

    async def events(self, path: str) -> AsyncIterator[dict[str, Any]]:
        """The events of a stream, for as long as it lasts."""
        await self._send("GET", path, b"")
        status, _, chunked = await self._head()
        if status != 200 or not chunked:
            raise ConnectionError(f"{path}: status {status}")
        rest = b""
        async for chunk in self._chunks():
            rest += chunk
            while b"\n\n" in rest:
                block, rest = rest.split(b"\n\n", 1)
                lines = [line[5:] for line in block.split(b"\n") if line.startswith(b"data:")]
                if lines:
                    yield json.loads(b"\n".join(lines))

    def close(self) -> None:
        """Ends the connection."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    async def _send(self, method: str, path: str, body: bytes) -> None:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        authorization = f"Authorization: Bearer {self._token}\r\n" if self._token else ""
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n{authorization}"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        await self._writer.drain()

    async def _head(self) -> tuple[int, int, bool]:
        assert self._reader is not None
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        status = int(head.split(" ", 2)[1])
        length = 0
        for line in head.split("\r\n"):
            if line.startswith("content-length:"):
                length = int(line.split(":")[1])
        return status, length, "transfer-encoding: chunked" in head

    async def _chunks(self) -> AsyncIterator[bytes]:
        assert self._reader is not None
        while True:
            size = int(await self._reader.readline(), 16)
            chunk = await self._reader.readexactly(size + 2)
            if size == 0:
                return
            yield chunk[:-2]
