"""A small real system that is attached by the signed webhook: it signs what it brings, and checks what it is given."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.fakes.serving import serving

Json = dict[str, Any]


def secret_of(letter: str) -> str:
    """A secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(letter.encode() * 32).decode()


INCOMING, OLD_INCOMING = secret_of("i"), secret_of("j")
OUTGOING, OLD_OUTGOING = secret_of("o"), secret_of("p")
PEOPLE = frozenset({"ann", "ben"})


@dataclass(frozen=True)
class Signed:
    """A call. Header names are lower case, as they arrive."""

    body: bytes
    headers: dict[str, str]


def signature(secret: str, name: str, at: str, body: bytes) -> str:
    """By the words of the specification: base64(HMAC-SHA256(secret, id.timestamp.body))."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{name}.{at}.".encode() + body, "sha256")
    return f"v1,{base64.b64encode(mac).decode()}"


@dataclass
class FakeSystem:
    """The system and its switches."""

    clock: Callable[[], float] = time.time
    url: str = ""
    incoming: str = INCOMING
    outgoing: str = OUTGOING
    script: list[int | str] = field(default_factory=list)
    """What the next replies meet, used up in order: a status, or `silence`."""
    replies: dict[str, Json] = field(default_factory=dict)
    """By id: one that comes twice counts once."""
    calls: int = 0
    _counter: int = 0

    def __post_init__(self) -> None:
        self.app = Starlette(routes=[Route("/replies", self._take, methods=["POST"])])

    def say(self, person: str, conversation: str, text: str, **more: Any) -> Signed:
        """A message."""
        self._counter += 1
        message = {
            "type": "message",
            "id": f"m-{self._counter}",
            "conversation": conversation,
            "sender": {"id": person, "name": person.title()},
            "text": text,
        }
        return self.signed({**message, **more})

    def signed(self, said: Json | bytes, shift: int = 0) -> Signed:
        """Anything, signed for now."""
        self._counter += 1
        body = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
        name, at = f"msg_{self._counter}", str(int(self.clock()) + shift)
        headers = {
            "content-type": "application/json",
            "webhook-id": name,
            "webhook-timestamp": at,
            "webhook-signature": signature(self.incoming, name, at, body),
        }
        return Signed(body, headers)

    async def _take(self, request: Request) -> Response:
        self.calls += 1
        body, told = await request.body(), request.headers
        name, at = told["webhook-id"], told["webhook-timestamp"]
        wanted = signature(self.outgoing, name, at, body)
        is_fresh = abs(self.clock() - int(at)) <= 300
        if wanted not in told["webhook-signature"].split(" ") or not is_fresh:
            return Response(status_code=401)
        behaviour = self.script.pop(0) if self.script else None
        if isinstance(behaviour, int):
            headers = {"retry-after": "30"} if behaviour == 429 else {}
            return Response(status_code=behaviour, headers=headers)
        reply = json.loads(body)
        if reply.get("type") == "ping":
            return Response(status_code=204)
        if reply["to"]["id"] not in PEOPLE:
            return Response(status_code=404)
        self.replies.setdefault(name, reply)
        if behaviour == "silence":
            await asyncio.sleep(2)
        return Response(status_code=204)


@contextmanager
def running(system: FakeSystem, port: int = 0) -> Iterator[FakeSystem]:
    """Serves it on loopback."""
    with serving(system.app, port) as system.url:
        yield system
