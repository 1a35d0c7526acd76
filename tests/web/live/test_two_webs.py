"""Two web processes over one database, which know nothing of one another: what is said at one is seen at the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.web.live.conftest import Web


@pytest.fixture(scope="module")
def other(web: Web) -> Iterator[Web]:
    """A second process over the state and the database of the first; on PostgreSQL alone may there be two."""
    if not web.database:
        pytest.skip("SQLite has one web")
    second = Web(web.state)
    second.database = web.database
    second.start()
    yield second
    second.stop()


async def test_a_visitors_stream_at_one_shows_what_was_said_at_the_other(
    web: Web, other: Web
) -> None:
    chat = web.open()
    async with other.events(chat) as stream:
        assert stream.status == 200
        await asyncio.to_thread(web.post, chat, "at one")
        assert (await stream.next(20)).data["text"] == "at one"
        await asyncio.to_thread(other.post, chat, "at the other")
        assert (await stream.next(20)).data["text"] == "at the other"
        await asyncio.to_thread(web.do, "answer", text="from the bot")
        frame = await stream.next(20)
        assert (frame.id, frame.data["text"]) == ("3", "from the bot")


async def test_a_stream_that_loses_its_process_goes_on_at_the_other(web: Web, other: Web) -> None:
    chat = web.open()
    web.post(chat, "first")
    async with other.events(chat) as stream:
        last = (await stream.next(20)).id
        await asyncio.to_thread(other.stop)
        await stream.ended(20)
    other.start()
    web.post(chat, "meanwhile")
    async with web.events(chat, **{"Last-Event-ID": last}) as stream:
        assert (await stream.next(20)).data["text"] == "meanwhile"


async def test_the_desk_at_one_hears_of_what_happens_at_the_other(web: Web, other: Web) -> None:
    web.do("answer", text="")  # nothing of earlier tests waits
    async with other.desk(other.do("sign_in", login="ruth")) as stream:
        assert stream.status == 200
        chat = web.open()
        web.post(chat, "my parcel is lost")
        web.do("answer", text="", team="orders")
        kinds: set[str] = set()
        while "ticket_opened" not in kinds:
            frame = await stream.next(20)
            if frame.data.get("conversation") == chat.conversation:
                kinds.add(frame.data["type"])
        assert "message" in kinds


async def test_one_message_brought_to_both_is_one(web: Web, other: Web) -> None:
    chat = web.open()
    both = [asyncio.to_thread(one.post, chat, "once", "same") for one in (web, other) * 3]
    answers = await asyncio.gather(*both)
    assert {answer.status_code for answer in answers} == {202}
    assert {answer.json()["seq"] for answer in answers} == {1}
