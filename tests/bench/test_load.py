"""The load's customer: what it does where nobody answers any more."""

from __future__ import annotations

from typing import Any

from tests.bench.load import Chat, run_round
from tests.channels.webchat.fake import FakeChat, running


async def test_who_is_given_to_people_asks_on_in_another_conversation() -> None:
    """The bot leaves the word to them: the next question there would be waited for in vain."""
    with running(FakeChat()) as server:

        def hands_over(text: str) -> list[dict[str, Any]]:
            changed = {"type": "speaker_changed", "from": "system", "speaker": "queue"}
            return [changed, {"type": "message", "text": "A colleague will answer."}]

        server.greeting = hands_over
        port = int(server.url.rpartition(":")[2])
        chat = Chat(port)
        await chat.open()
        for _ in range(3):
            await chat.ask("Where is my parcel?")
        await chat.close()
        assert [len(talk.posted) for talk in server.talks.values()] == [1, 1, 1]
        assert chat.handed_over == 3
        done = await run_round(lambda: Chat(port), ("Where?",), 2, 0.2)
    assert (done.failures, done.handed_over) == (0, done.messages)
