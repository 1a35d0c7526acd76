"""A call through the web process's own app, a worker, and the database: answers in the response, tickets, cards."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bot.house import House
from channels.voice import Voice
from store.models import Attachment, Conversation, InboxRow, Job, Message, OutboxRow, Ticket
from tests.bot.scripted import hands_over, says
from tests.channels.voice.telephone import calling
from tests.company import Company
from tests.fakes.twilio import FakeTwilio

CARD = "4111111111111111"


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
