"""A message is answered at the door exactly as the application answers it: the same calls, odd ones too, are played both ways."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db.utils import OperationalError
from starlette.types import Receive, Scope, Send

import web.bodies
from bot.house import House
from bot.settings import Web as WebSettings
from store.bodies import open_body
from store.models import Conversation, InboxRow, Message
from tests.company import Company
from web import serve
from web.arrivals import ArrivalApp
from web.gate import Allowance
from web.streams import StreamApp

pytestmark = pytest.mark.enable_socket

USUAL = {"client_id": "m1", "text": "Where is my parcel?"}
NOWHERE = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Talk:
    """A visitor's conversation."""

    conversation: str
    token: str

    @property
    def path(self) -> str:
        return f"/chat/v1/conversations/{self.conversation}/messages"


@dataclass(slots=True)
class Way:
    """A server. `calls`: what its application was asked."""

    server: serve.Server
    calls: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.servers[0].sockets[0].getsockname()[1])

    async def talk(self) -> Talk:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(call("POST", "/chat/v1/conversations", b"{}", "Connection: close"))
        said = json.loads((await one(reader)).content)
        writer.close()
        return Talk(said["conversation"], said["token"])


@dataclass(frozen=True, slots=True)
class Said:
    """An answer as it came, without the date."""

    status: str
    headers: tuple[str, ...]
    content: bytes


Play = Callable[[Talk, Talk], Iterable[bytes]]
"""From a conversation, and another of the same visitor's, to the pieces of what is sent."""


@asynccontextmanager
async def serving(house: House, *, at_the_door: bool, **options: Any) -> AsyncIterator[Way]:
    streams = StreamApp(house)
    allowance = options.pop("allowance", None) or Allowance(1000, 1000, 1000)
    arrivals = ArrivalApp(house, streams, allowance)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for state in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{state}.complete"})
            return
        way.calls.append(f"{scope['method']} {scope['path'].rpartition('/')[2]}")
        await arrivals(scope, receive, send)

    if at_the_door:
        options["messages"] = arrivals.messages
    way = Way(serve.Server(app, lambda: None, port=0, **options))
    running = asyncio.create_task(way.server.serve())
    async with asyncio.timeout(30):
        while not way.server.started:  # noqa: ASYNC110  a server of another's tells nobody
            await asyncio.sleep(0.01)
    try:
        yield way
    finally:
        way.server.should_exit = True
        await running


def call(method: str, path: str, content: bytes, *headers: str, version: str = "1.1") -> bytes:
    lines = (f"{method} {path} HTTP/{version}", "Host: help.example", *headers)
    return "\r\n".join((*lines, f"Content-Length: {len(content)}", "", "")).encode() + content


def post(talk: Talk, body: Any = None, *headers: str, method: str = "POST", **more: str) -> bytes:
    """A visitor's message, as the widget brings it."""
    usual = USUAL if body is None else body
    content = usual if isinstance(usual, bytes) else json.dumps(usual).encode()
    token = f"Authorization: Bearer {more.pop('token', talk.token)}"
    path = more.pop("path", talk.path)
    return call(method, path, content, token, "Content-Type: application/json", *headers, **more)


async def one(reader: asyncio.StreamReader, *, is_head: bool = False) -> Said:
    """The next answer; nothing where the connection has ended."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError as ended:
        return Said("", (), ended.partial)
    status, *lines = head.strip().split("\r\n")
    headers = tuple(sorted(line for line in lines if not line.lower().startswith("date:")))
    assert status.split()[1] == "100" or len(headers) == len(lines) - 1, "each answer has its date"
    named = dict(line.lower().split(": ", 1) for line in lines)
    length = 0 if is_head else int(named.get("content-length", 0))
    return Said(status, headers, await reader.readexactly(length))


def plain(said: Said, talks: Iterable[Talk]) -> Said:
    """With names in place of what is each conversation's own."""
    content, head = said.content.decode(), "\n".join(said.headers)
    for number, talk in enumerate(talks):
        content = content.replace(talk.conversation, f"<{number}>")
        head = head.replace(talk.conversation, f"<{number}>")
    content = re.sub(r'"[0-9a-f-]{36}"', '"<new>"', content)
    content = re.sub(r'"[\w-]{119}"', '"<token>"', content)
    return replace(said, headers=tuple(head.split("\n")), content=content.encode())


def stored(company: Company) -> list[tuple[str, str, int, int]]:
    """Conversation, content, public number and arrivals of every message."""
    rows = Message.objects.select_related("address").order_by("accepted_at", "seq")
    arrivals = Counter(InboxRow.objects.values_list("message_id", flat=True))
    return [
        (
            str(row.conversation_id),
            repr(open_body(company.house.vault, row)),
            row.seq,
            arrivals[row.id],
        )
        for row in rows
    ]


PLAYS: dict[str, tuple[int, Play]] = {
    # How many answers are waited for, and what is sent.
    "a message": (1, lambda talk, _: [post(talk)]),
    "the same again": (2, lambda talk, _: [post(talk) + post(talk)]),
    "other words under its name": (2, lambda t, _: [post(t), post(t, {**USUAL, "text": "No"})]),
    "two over one connection": (
        2, lambda t, _: [post(t), b"pause", post(t, {"client_id": "m2", "text": "And where?"})],
    ),
    "three at once": (
        3, lambda t, _: [b"".join(post(t, {"client_id": f"m{n}", "text": "?"}) for n in range(3))],
    ),
    "something else behind it": (2, lambda t, _: [post(t) + call("GET", "/chat/v1/look", b"")]),
    "behind something else": (2, lambda t, _: [call("GET", "/chat/v1/look", b"") + post(t)]),
    "no sense behind it": (1, lambda t, _: [post(t), b"pause", b"\x00\x01 nonsense\r\n\r\n"]),
    "in two pieces": (1, lambda t, _: [post(t)[:-20], b"pause", post(t)[-20:]]),
    "the head in pieces": (1, lambda t, _: [post(t)[:50], b"pause", post(t)[50:]]),
    "sign by sign": (1, lambda t, _: [bytes([sign]) for sign in post(t)]),
    "with another one in pieces behind": (
        2, lambda t, _: [post(t) + post(t)[:200], b"pause", post(t)[200:]],
    ),
    "a body that never comes": (1, lambda t, _: [post(t)[:-10]]),
    "the wrong token and a body that never comes": (1, lambda t, _: [post(t, token="x")[:-10]]),
    "a wrong token": (1, lambda t, _: [post(t, token="A" * 119)]),
    "no token": (1, lambda t, _: [call("POST", t.path, b"{}")]),
    "a token that is spelled otherwise": (
        1, lambda t, _: [call("POST", t.path, json.dumps(USUAL).encode(), f"AUTHORIZATION:  bearer   {t.token} ")],
    ),
    "another way to sign in": (
        1, lambda t, _: [call("POST", t.path, b"{}", f"Authorization: Basic {t.token}")],
    ),
    "two tokens": (1, lambda t, _: [post(t, None, "Authorization: Bearer x")]),
    "two tokens the other way round": (
        1, lambda t, _: [call("POST", t.path, json.dumps(USUAL).encode(), "Authorization: Bearer x", f"Authorization: Bearer {t.token}")],
    ),
    "another one's token": (1, lambda t, other: [post(t, token=other.token)]),
    "a conversation that is nowhere": (
        1, lambda t, _: [post(t, path=f"/chat/v1/conversations/{NOWHERE}/messages")],
    ),
    "no identifier": (
        1, lambda t, _: [post(t, path=f"/chat/v1/conversations/{'-' * 36}/messages")],
    ),
    "in capitals": (1, lambda t, _: [post(t, path=t.path.upper())]),
    "its identifier in capitals": (
        1, lambda t, _: [post(t, path=t.path.replace(t.conversation, t.conversation.upper()))],
    ),
    "a question": (1, lambda t, _: [post(t, path=f"{t.path}?after=1")]),
    "a token in the address": (1, lambda t, _: [post(t, path=f"{t.path}?token={t.token}", token="")]),
    "a slash behind": (1, lambda t, _: [post(t, path=f"{t.path}/")]),
    "escaped": (1, lambda t, _: [post(t, path=t.path.replace("-", "%2D"))]),
    "a whole address": (1, lambda t, _: [post(t, path=f"http://help.example{t.path}")]),
    "a fragment": (1, lambda t, _: [post(t, path=f"{t.path}#x")]),
    "plain text": (1, lambda t, _: [call("POST", t.path, json.dumps(USUAL).encode(), f"Authorization: Bearer {t.token}", "Content-Type: text/plain")]),
    "no type": (1, lambda t, _: [call("POST", t.path, json.dumps(USUAL).encode(), f"Authorization: Bearer {t.token}")]),
    "nothing": (1, lambda t, _: [post(t, b"")]),
    "no length and nothing": (1, lambda t, _: [post(t, b"").replace(b"Content-Length: 0\r\n", b"")]),
    "no JSON": (1, lambda t, _: [post(t, b"{")]),
    "a list": (1, lambda t, _: [post(t, b"[]")]),
    "no Unicode": (1, lambda t, _: [post(t, b"\xff")]),
    "nested": (1, lambda t, _: [post(t, b"[" * 30_000)]),
    "no words": (1, lambda t, _: [post(t, {"client_id": "m1", "text": " \n "})]),
    "no name": (1, lambda t, _: [post(t, {"text": "a"})]),
    "an odd name": (1, lambda t, _: [post(t, {"client_id": "ä", "text": "a"})]),
    "a number for words": (1, lambda t, _: [post(t, {"client_id": "m1", "text": 1})]),
    "an odd language": (1, lambda t, _: [post(t, {**USUAL, "language": "English"})]),
    "an odd page": (1, lambda t, _: [post(t, {**USUAL, "page": "javascript:1"})]),
    "all that there is": (
        1, lambda t, _: [post(t, {**USUAL, "language": "es", "page": "https://a.example/b", "more": [1]})],
    ),
    "signs that no column keeps": (1, lambda t, _: [post(t, {**USUAL, "text": "a\x00b\x07c"})]),
    "half a sign": (1, lambda t, _: [post(t, b'{"client_id": "m1", "text": "a\\ud800b"}')]),
    "signs of all kinds": (1, lambda t, _: [post(t, {**USUAL, "text": "مرحبا 👍🏽 ¿dónde?"})]),
    "a card's number": (1, lambda t, _: [post(t, {**USUAL, "text": "4111 1111 1111 1111"})]),
    "as long as may be": (1, lambda t, _: [post(t, {**USUAL, "text": "x" * 4_000})]),
    "too long": (1, lambda t, _: [post(t, {**USUAL, "text": "x" * 4_001})]),
    "too large": (1, lambda t, _: [post(t, {**USUAL, "more": "x" * 70_000})]),
    "told to be too large": (1, lambda t, _: [post(t).replace(b"Content-Length: ", b"Content-Length: 99999")]),
    "an odd length": (1, lambda t, _: [post(t).replace(b"Content-Length: ", b"Content-Length: x")]),
    "two lengths": (1, lambda t, _: [post(t, None, "Content-Length: 5")]),
    "in chunks": (1, lambda t, _: [chunked(t, json.dumps(USUAL).encode())]),
    "too large in chunks": (1, lambda t, _: [chunked(t, b"x" * 70_000)]),
    "from here": (1, lambda t, _: [post(t, None, "Origin: http://127.0.0.1:8000")]),
    "from elsewhere": (1, lambda t, _: [post(t, None, "Origin: https://evil.test")]),
    "from nowhere": (1, lambda t, _: [post(t, None, "Origin: null")]),
    "an odd origin": (1, lambda t, _: [post(t, None, "Origin: \xe4:[")]),
    "an empty origin": (1, lambda t, _: [post(t, None, "Origin:")]),
    "refused and from here": (1, lambda t, _: [post(t, b"{", "Origin: http://localhost:8000")]),
    "may I": (1, lambda t, _: [post(t, b"", "Origin: http://127.0.0.1:8000", method="OPTIONS")]),
    "may I from elsewhere": (1, lambda t, _: [post(t, b"", "Origin: https://evil.test", method="OPTIONS")]),
    "reading": (1, lambda t, _: [post(t, b"", method="GET")]),
    "putting": (1, lambda t, _: [post(t, method="PUT")]),
    "an odd method": (1, lambda t, _: [post(t, method="PROPFIND")]),
    "no method": (1, lambda t, _: [post(t, method="POOST")]),
    "may I go on": (2, lambda t, _: [post(t, None, "Expect: 100-continue")]),
    "closing": (1, lambda t, _: [post(t, None, "Connection: close")]),
    "keeping": (1, lambda t, _: [post(t, None, "Connection: keep-alive")]),
    "the old protocol": (1, lambda t, _: [post(t, version="1.0")]),
    "the old protocol kept": (1, lambda t, _: [post(t, None, "Connection: keep-alive", version="1.0")]),
    "no protocol": (1, lambda t, _: [post(t, version="7.1")]),
    "another protocol": (
        1, lambda t, _: [post(t, None, "Connection: Upgrade", "Upgrade: h2c")],
    ),
    "for somebody": (1, lambda t, _: [post(t, None, "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https")]),
    "an odd host": (1, lambda t, _: [post(t).replace(b"help.example", b"a b<>")]),
    "a header of several lines": (1, lambda t, _: [post(t, None, "X-Odd: a\r\n b")]),
    "an odd header": (1, lambda t, _: [post(t, None, "X-Odd: \xfc\xff", "x_odd: 1")]),
    "a file": (1, lambda t, _: [post(t, b"bytes", path=t.path.replace("messages", "files?client_id=f&name=a.txt"))]),
}  # fmt: skip


def chunked(talk: Talk, content: bytes) -> bytes:
    head = post(talk, b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)


async def played(way: Way, company: Company, count: int, play: Play) -> tuple[Any, ...]:
    """The answers, whether the connection is still used after them, and what is stored."""
    talks = (await way.talk(), await way.talk())
    reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
    answers = []
    async with asyncio.timeout(60):
        for piece in play(*talks):
            if piece == b"pause":
                await asyncio.sleep(0.05)
            else:
                writer.write(piece)
                await writer.drain()
        answers = [plain(await one(reader), talks) for _ in range(count)]
        writer.write(call("GET", "/chat/v1/nothing", b"", "Connection: close"))
        is_open = (await one(reader)).status.endswith("404 Not Found")
    writer.close()
    ids = {talk.conversation: number for number, talk in enumerate(talks)}
    kept = await company.house.database.read(stored, company)
    return answers, is_open, [(ids[row[0]], *row[1:]) for row in kept if row[0] in ids]


ENDLESS = {
    "a body that never comes",
    "the wrong token and a body that never comes",
    "told to be too large",
    "another protocol",
}
"""The rest of the connection belongs to a body."""


async def test_what_is_played_both_ways_is_answered_and_stored_alike(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.bodies, "BODY_SECONDS", 0.5)
    async with (
        serving(company.house, at_the_door=True) as door,
        serving(company.house, at_the_door=False) as app,
    ):
        for name, (count, play) in PLAYS.items():
            if name not in ENDLESS:
                here = await played(door, company, count, play)
                assert here == await played(app, company, count, play), name
    assert len(door.calls) < len(app.calls) - 30


@pytest.mark.parametrize("name", sorted(ENDLESS))
async def test_a_body_that_never_comes_is_waited_for_alike(
    company: Company, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(web.bodies, "BODY_SECONDS", 0.5)
    answers = []
    for at_the_door in (True, False):
        async with serving(company.house, at_the_door=at_the_door) as way:
            talk = await way.talk()
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            for piece in PLAYS[name][1](talk, talk):
                writer.write(piece)
            async with asyncio.timeout(60):
                answers.append(await one(reader))
            writer.close()
    assert answers[0] == answers[1]
    assert answers[0].status.split()[1] in {"400", "401", "413"}


async def both(house: House, company: Company, play: Play, **options: Any) -> list[Any]:
    """What is answered at the door and by the application."""
    found = []
    for at_the_door in (True, False):
        async with serving(company.house, at_the_door=at_the_door) as opener:
            talk = await opener.talk()
        async with serving(house, at_the_door=at_the_door, **options) as way:
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            async with asyncio.timeout(60):
                for piece in play(talk, talk):
                    writer.write(piece)
                answer = plain(await one(reader), [talk])
            writer.close()
            assert bool(way.calls) is not at_the_door, "each went its own way"
            found.append(replace(answer, headers=tuple(_unsaid(answer.headers))))
    return found


def _unsaid(headers: Iterable[str]) -> Iterable[str]:
    """When to come again is another moment for each."""
    return (line for line in headers if not line.startswith("retry-after"))


def usual(talk: Talk, other: Talk) -> Iterable[bytes]:
    yield post(talk, None, "Origin: http://127.0.0.1:8000")


async def test_after_the_end_of_a_conversation_and_of_half_a_token_both_say_so(
    company: Company,
) -> None:
    def close() -> None:
        Conversation.objects.update(status=Conversation.Status.CLOSED)

    async with (
        serving(company.house, at_the_door=True) as door,
        serving(company.house, at_the_door=False) as app,
    ):
        said = []
        for way in (door, app):
            talk = await way.talk()
            await company.house.database.run(close)
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            writer.write(post(talk))
            said.append(plain(await one(reader), [talk]))
            writer.close()
        assert said[0] == said[1]
        assert set(json.loads(said[0].content)) == {"seq", "conversation", "token"}
        talks = [await way.talk() for way in (door, app)]
        company.house.clock.advance(days=20)  # type: ignore[attr-defined]
        said = []
        for way, talk in zip((door, app), talks, strict=True):
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            writer.write(post(talk))
            said.append(plain(await one(reader), [talk]))
            writer.close()
        assert said[0] == said[1]
        assert set(json.loads(said[0].content)) == {"seq", "token"}


class Broken:
    """A database that fails in its own way."""

    waiting = 0

    def __init__(self, house: House, problem: BaseException) -> None:
        self.read = house.database.read
        self._problem = problem

    async def run(self, *args: object) -> None:
        raise self._problem


@pytest.mark.parametrize(
    ("problem", "status"),
    [(OperationalError("gone"), 503), (OSError(28, "full"), 503), (RuntimeError("odd"), 500)],
)
async def test_what_cannot_be_stored_is_told_and_logged_alike(
    company: Company, caplog: pytest.LogCaptureFixture, problem: Exception, status: int
) -> None:
    house = replace(company.house, database=Broken(company.house, problem))  # type: ignore[arg-type]
    with caplog.at_level(logging.ERROR, "uvicorn.error"):
        here, there = await both(house, company, usual)
    assert here == there
    assert int(here.status.split()[1]) == status
    logged = [record for record in caplog.records if record.name == "uvicorn.error"]
    assert len(logged) == (2 if status == 500 else 0)
    assert len({record.getMessage() for record in logged}) <= 1


async def test_who_finds_no_room_or_asks_too_often_is_told_alike(company: Company) -> None:
    settings = company.house.settings.model_copy(update={"web": WebSettings(most_waiting=1)})
    goes_on = threading.Event()
    blocked = asyncio.create_task(company.house.database.run(goes_on.wait))
    full = replace(company.house, settings=settings)
    async with serving(company.house, at_the_door=True) as way:
        await asyncio.sleep(0)
        house = replace(full, database=Full(company.house))  # type: ignore[arg-type]
        goes_on.set()
        await blocked
        here, there = await both(house, company, usual)
        assert here == there
        assert here.status.endswith("503 Service Unavailable")
        assert way.calls == []
    here, there = await both(company.house, company, usual, allowance=Allowance(9, 0, 0))
    assert here == there
    assert here.status.endswith("429 Too Many Requests")


class Full(Broken):
    """A database behind which too many wait."""

    waiting = 1

    def __init__(self, house: House) -> None:
        super().__init__(house, AssertionError("not asked"))


async def test_while_no_chat_can_be_read_both_say_so(company: Company) -> None:
    broken = Broken(company.house, AssertionError("not asked"))

    async def away(*args: object) -> None:
        raise OperationalError("gone")

    broken.read = away
    house = replace(company.house, database=broken)  # type: ignore[arg-type]
    here, there = await both(house, company, usual)
    assert here == there
    assert here.status.endswith("503 Service Unavailable")


async def test_a_proxy_that_is_trusted_says_who_asks(company: Company) -> None:
    """Each address has its own count; a stranger's word for it counts nothing."""
    for trusted, statuses in (("127.0.0.1", ["202", "429", "202"]), ("192.0.2.1", ["202", "429", "429"])):  # fmt: skip
        for at_the_door in (True, False):
            async with serving(
                company.house,
                at_the_door=at_the_door,
                allowance=Allowance(9, 1, 9),
                proxy_headers=True,
                forwarded_allow_ips=[trusted],
            ) as way:
                talk = await way.talk()
                reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
                said = []
                for address in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
                    writer.write(post(talk, None, f"X-Forwarded-For: 192.0.2.99, {address}"))
                    said.append((await one(reader)).status.split()[1])
                writer.close()
                assert said == statuses


@asynccontextmanager
async def nobody_writes(company: Company) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """All threads that write are held; what it gives returns when a post waits behind them."""
    database = company.house.database
    asked, goes_on = threading.Event(), threading.Event()

    def hold() -> None:
        asked.set()
        goes_on.wait(60)

    blocks = [asyncio.create_task(database.run(hold)) for _ in range(8)]
    await asyncio.to_thread(asked.wait, 30)

    async def waits() -> None:
        async with asyncio.timeout(60):
            while database.waiting <= len(blocks):  # noqa: ASYNC110  it tells nobody
                await asyncio.sleep(0.01)

    try:
        yield waits
    finally:
        goes_on.set()
        await asyncio.gather(*blocks)


async def test_at_the_end_what_is_in_hand_is_refused_and_what_comes_later_too(
    company: Company,
) -> None:
    answers = []
    for at_the_door in (True, False):
        async with serving(company.house, at_the_door=at_the_door, finish=0.05) as way:
            talk = await way.talk()
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            async with nobody_writes(company) as waits, asyncio.timeout(60):
                writer.write(post(talk))
                await waits()
                way.server._leaving.begin()
                answers.append([await one(reader)])
                writer.write(post(talk))
                answers[-1].append(await one(reader))
            writer.close()
            assert at_the_door == ("POST messages" not in way.calls)
    assert answers[0] == answers[1]
    assert [answer.status.split()[1] for answer in answers[0]] == ["503", "503"]


async def test_who_is_answered_while_it_stops_is_let_go_then(company: Company) -> None:
    for at_the_door in (True, False):
        async with serving(company.house, at_the_door=at_the_door, finish=60) as way:
            talk = await way.talk()
            reader, writer = await asyncio.open_connection("127.0.0.1", way.port)
            idle_reader, idle = await asyncio.open_connection("127.0.0.1", way.port)
            async with asyncio.timeout(60):
                async with nobody_writes(company) as waits:
                    writer.write(post(talk))
                    await waits()
                    way.server.should_exit = True
                    assert await idle_reader.read() == b"", "who waits for nothing is let go"
                answer = await one(reader)
                assert await reader.read() == b""
            for one_of_them in (writer, idle):
                one_of_them.close()
            assert answer.status.split()[1] == "202"
            assert "connection: close" in answer.headers
