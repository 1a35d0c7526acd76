"""Reading the body of a request within its limits, for everything that answers before Django."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from core.errors import MalformedPayload, TooLarge

BODY_SECONDS = 15.0


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises `TooLarge` as soon as that is known, `MalformedPayload` if it dawdles."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise too_large(limit)
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise too_large(limit)
    except TimeoutError as error:
        raise MalformedPayload("The body did not arrive in time.") from error
    return bytes(body)


def too_large(limit: int) -> TooLarge:
    """Of what has more bytes than that."""
    return TooLarge(f"The body may have at most {limit} bytes.")
