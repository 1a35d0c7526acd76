"""A call through the web process's own app, a worker, and the database: answers in the response, tickets, cards."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx2
import pytest

from bot.company import make_inbox
from bot.dialogue import Dialogue
from bot.house import House
from bot.settings import Work
from bot.work import Worker
from channels.voice import Voice
from core.ids import InboxId
from store.models import Attachment, Conversation, InboxRow, Job, Message, OutboxRow, Ticket
from tests.bot.scripted import ScriptedDialogue, hands_over, says
from tests.channels.voice.provider import voice_settings
from tests.company import Company
from tests.fakes.twilio import ACCOUNT, NUMBER, TOKEN, Call, FakeTwilio
from tests.fakes.twilio_call import FakeCall
from web.arrivals import ArrivalApp
from web.streams import StreamApp

CARD = "4111111111111111"


@dataclass
class Line:
    """A running house with a telephone number."""

    house: House
    call: FakeCall
    dialogue: ScriptedDialogue
    client: httpx2.AsyncClient

    async def do(self, deed: str, *arguments: object) -> None:
        """What the caller does; Twilio's calls go to the app meanwhile."""
        await asyncio.to_thread(getattr(self.call, deed), *arguments)

    async def read(self, look: object) -> object:
        return await self.house.database.read(look)  # type: ignore[arg-type]


class Tick:
    """Time passes as on the wall, from a fixed day."""

    def __init__(self) -> None:
        self._loop_began: float | None = None

    def __call__(self) -> datetime:
        now = time.monotonic()
        self._loop_began = self._loop_began or now
        return datetime(2027, 3, 2, 12, tzinfo=UTC) + timedelta(seconds=now - self._loop_began)


@pytest.fixture
def wired(house: House, company: Company, twilio: FakeTwilio) -> House:
    """The company has a telephone number."""
    settings = {
        "account_sid": ACCOUNT,
        "number": NUMBER,
        "auth_token": TOKEN,
        "api_url": twilio.url,
    }
    inbox = make_inbox(house, company.brand, "line", "Telephone", "voice", settings)
    usual, voice = house.channel_of, Voice(InboxId(inbox.id), voice_settings(twilio.url))
    return replace(
        house,
        clock=Tick(),
        channel_of=lambda box: voice if box.id == inbox.id else usual(box),
        settings=house.settings.model_copy(update={"work": Work(poll_seconds=0.05)}),
    )


@asynccontextmanager
async def calling(house: House, twilio: FakeTwilio) -> AsyncIterator[Line]:
    dialogue = ScriptedDialogue()
    worker = Worker(house, cast("Dialogue", dialogue), "tested")
    app = ArrivalApp(house, StreamApp(house))
    loop = asyncio.get_running_loop()
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(
        transport=transport, base_url=house.settings.public_url
    ) as client:

        async def deliver(call: Call) -> tuple[int, bytes]:
            answer = await client.post(call.path, content=call.body, headers=call.headers)
            return answer.status_code, answer.content

        def post(call: Call) -> tuple[int, bytes]:
            return asyncio.run_coroutine_threadsafe(deliver(call), loop).result(20)

        webhook = f"{house.settings.public_url}/webhooks/voice/line"
        running = asyncio.create_task(worker.run())
        try:
            yield Line(house, FakeCall(twilio, webhook, post), dialogue, client)
        finally:
            worker.stop()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(running, 20)


def test_a_call_from_ring_to_ticket(wired: House, company: Company, twilio: FakeTwilio) -> None:
    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.turns.extend([says("It comes tomorrow."), hands_over()])
            await line.do("dial")
            await line.do("say", "Where is my order?")
            assert line.call.heard[-1] == "It comes tomorrow."
            await line.do("say", "I want a person")
            assert line.call.state == "record"
            assert "number" in " ".join(line.call.heard[-2:])
            await line.do("leave_message", 33)
            twilio.files[line.call.recordings[0]] = b"a voice"
            await line.do("transcribe", "it is about order four seven one one")
            assert line.call.state == "ended"

    asyncio.run(run())
    assert line_texts(company) == [
        "Where is my order?",
        "I want a person",
        "Voicemail, 33 seconds",
        "it is about order 4711",
    ]
    assert Ticket.objects.count() == Conversation.objects.count() == 1
    assert Attachment.objects.get().media_type == "audio/mpeg"
    assert Job.objects.get(kind="fetch_files").state in {Job.State.WAITING, Job.State.DONE}
    assert set(OutboxRow.objects.values_list("state", flat=True)) == {OutboxRow.State.SENT}


def line_texts(company: Company) -> list[str]:
    return company.texts(Message.Author.CUSTOMER)


def test_a_message_without_a_word_before_opens_a_ticket(
    wired: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.turns.append(hands_over())
            await line.do("dial")
            await line.do("wait")
            await line.do("wait")
            await line.do("leave_message", 9)
            assert line.call.state == "ended"

    asyncio.run(run())
    assert line_texts(company) == ["Voicemail, 9 seconds"]
    assert Ticket.objects.count() == 1


def test_a_late_answer_is_said_in_the_call_that_waits(
    wired: House, company: Company, twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr(Voice, "inline_seconds", 0.3)

    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.thinking = lambda: free.wait(10)
            await line.do("dial")
            await line.do("say", "hard question")
            assert (line.call.state, line.call.heard[-1]) == ("pause", "One moment, please.")
            free.set()
            for _ in range(200):
                if line.call.state == "gather":
                    break
                await asyncio.sleep(0.05)
            assert line.call.heard[-1] == "Answer to: hard question"

    asyncio.run(run())
    assert OutboxRow.objects.get().state == OutboxRow.State.SENT


def test_the_last_words_are_said_once_more(
    wired: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.turns.extend([says("It comes tomorrow."), says("At noon.")])
            await line.do("dial")
            await line.do("press", "*")
            assert line.call.heard[0] == line.call.heard[1], "nothing was said but the greeting"
            await line.do("say", "Where is my order?")
            await line.do("say", "When exactly?")
            for deed, how in (
                ("press", "*"),
                ("say", "Pardon?"),
                ("say", "Can you repeat that, please"),
            ):
                before = len(line.call.heard)
                await line.do(deed, how)
                assert line.call.heard[before:] == ["At noon."]
            await line.do("say", "Thank you")

    asyncio.run(run())
    assert line_texts(company) == ["Where is my order?", "When exactly?", "Thank you"]
    assert OutboxRow.objects.count() == 3, "nothing is sent twice"


@pytest.mark.parametrize("by", ["press", "say"])
def test_card_numbers_are_never_stored(
    wired: House, company: Company, twilio: FakeTwilio, tmp_path: Path, by: str
) -> None:
    spelled = "four " + " ".join(["one"] * 15)

    async def run() -> None:
        async with calling(wired, twilio) as line:
            await line.do("dial")
            await line.do(by, CARD if by == "press" else spelled)
            assert line.dialogue.heard == ["411111******1111"]
            assert CARD not in " ".join(line.call.documents)

    asyncio.run(run())
    assert line_texts(company) == ["411111******1111"]
    rows = list(InboxRow.objects.filter(inbox__slug="line"))
    assert rows
    for row in rows:
        assert row.raw_cipher, "the raw payload is kept, without the number"
        address = Message.objects.first().address  # type: ignore[union-attr]
        raw = wired.vault.open(
            address.key_wrapped, address.id, f"inboxrow.raw:{row.id}", bytes(row.raw_cipher)
        ).decode()
        assert CARD not in raw
        assert "one+one+one" not in raw
        assert "one one one" not in raw


def test_forged_calls_are_refused_and_never_a_fault(
    wired: House, company: Company, twilio: FakeTwilio
) -> None:
    async def run() -> list[int]:
        async with calling(wired, twilio) as line:
            await line.do("dial")
            genuine = line.call.brought[0]
            statuses = []
            for body, headers in (
                (genuine.body + b"&x=1", genuine.headers),
                (b"\xff\xfe", genuine.headers),
                (genuine.body, {"content-type": "application/x-www-form-urlencoded"}),
                (genuine.body, {**genuine.headers, "x-twilio-signature": "A" * 28}),
                (b"{}", {**genuine.headers, "content-type": "application/json"}),
                (b"", genuine.headers),
            ):
                answer = await line.client.post(genuine.path, content=body, headers=headers)
                statuses.append(answer.status_code)
            answer = await line.client.post(
                genuine.path + "?do=heard&step=0.1", content=genuine.body, headers=genuine.headers
            )
            return [*statuses, answer.status_code]

    assert asyncio.run(run()) == [401] * 7
