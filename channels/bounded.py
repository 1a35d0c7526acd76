"""Reading a file that a provider sends, up to a limit. Which addresses are asked, and what a refusal means, is each channel's."""

from __future__ import annotations

from collections.abc import AsyncIterable

from core.errors import PermanentFailure

MEGABYTE = 1024 * 1024
LIMIT = 25 * MEGABYTE
"""Bytes of one file that are fetched from any provider."""


async def bounded(chunks: AsyncIterable[bytes]) -> bytes:
    """All of it. Raises `PermanentFailure` as soon as there is more than `LIMIT`, whatever length was announced."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > LIMIT:
            raise PermanentFailure(f"larger than {LIMIT // MEGABYTE} MB, not fetched")
    return bytes(content)
