"""The client against a small server that answers as told; no Rasa needed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from pydantic_core import from_json

from bot import wire
from bot.dialogue import (
    MAX_TEXT_BYTES,
    Dialogue,
    Understanding,
    as_said,
    capped,
    fallback,
)
from bot.neighbour import Neighbour
from core.errors import DialogueFailed
from core.knowledge import Answer, Answering, Citation, Passage
from core.message import Button
from core.understanding import Act, EffectKind, Turn, Understood

GOOD: dict[str, Any] = {
    "status": "ok",
    "replies": [
        {
            "text": "So.",
            "kind": "answer",
            "citations": [{"article": "a", "title": "A", "url": "/a", "quote": "So.", "revision": "1"}],
            "suggestions": [],
            "buttons": [{"title": "Yes", "value": "Yes"}],
        }
    ],
    "effects": [{"kind": "handoff", "arguments": {"urgent": True}}],
    "state": {"version": 1},
    "actions": ["action_answer", "action_listen"],
}  # fmt: skip


class Server:
    """Answers every request with `reply`, and keeps what it was sent."""

    def __init__(self) -> None:
        self.reply: Any = GOOD
        self.status = 200
        self.got: list[dict[str, Any]] = []
        self.tokens: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.tokens.append(request.headers.get("Authorization", ""))
        if isinstance(self.reply, str):
            return web.Response(text=self.reply, status=self.status)
        return web.json_response(self.reply, status=self.status)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    fake = Server()
    app = web.Application()
    app.router.add_post("/{path:.*}", fake.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield fake, f"http://127.0.0.1:{port}"
    await runner.cleanup()


@pytest_asyncio.fixture
async def dialogue(server: tuple[Server, str]) -> AsyncIterator[Dialogue]:
    _, url = server
    async with Dialogue(Neighbour(url, "brain"), Neighbour(url, "rasa"), deadline=2.0) as client:
        yield client


def passage(article: str, number: int) -> Passage:
    return Passage(f"p{number}", article, "1", "T", "", "/", "", "text", "en", 0.9)


def turn(**more: Any) -> Turn:
    understood = Understood(Act.ASK, 0.9, language_confidence=0.9)
    passages = tuple(passage(article, n) for n, article in enumerate("aaabbcdefg"))
    answer = Answer(Answering.HANDOFF, 0.1, passages=passages)
    values: dict[str, Any] = {
        "conversation": "c",
        "turn": "t",
        "text": "hello",
        "understood": asdict(understood),
        "answer": asdict(answer),
        "state": {},
        "facts": {},
    }
    return Turn(**(values | more))


async def test_a_turn_becomes_typed_values(dialogue: Dialogue, server: tuple[Server, str]) -> None:
    result = await dialogue.turn(turn())
    assert result.replies[0].citations == (Citation("a", "A", "/a", "So.", "1"),)
    assert result.replies[0].buttons == (Button("Yes", "Yes"),)
    assert result.effects[0].kind is EffectKind.HANDOFF
    assert result.actions == ("action_answer", "action_listen")
    assert server[0].tokens == ["Bearer rasa"]


READ = Understanding(
    Understood(Act.ASK, 0.9, language_confidence=0.9, also=(Act.GREET,), versions=(("a", "1"),)),
    Answer(
        Answering.ANSWER,
        0.8,
        "So.",
        (Citation("a", "A", "/a", "So.", "1"),),
        passages=(passage("a", 1),),
        parts=(Answer(Answering.HANDOFF, 0.1, asked="And?"),),
    ),
)


async def test_what_brain_wrote_is_handed_on_as_it_is(
    dialogue: Dialogue, server: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = READ.as_json()
    server[0].reply = wire.read_to_bytes(READ.understood, READ.answer).decode()
    read = await dialogue.understand("hello")
    assert read == READ
    for name in ("understood_to_json", "answer_to_json"):
        monkeypatch.setattr(wire, name, lambda value: pytest.fail("written anew"))
    assert read.as_json() == written


@pytest.mark.parametrize("where", ["understood", "answer", "part"])
@pytest.mark.parametrize("more", [{}, {"new": 1}])
async def test_what_another_version_of_brain_wrote_is_written_anew(
    dialogue: Dialogue, server: tuple[Server, str], where: str, more: dict[str, Any]
) -> None:
    """Rasa's actions find all that they may look for, and nothing that nobody knows."""
    reply = from_json(wire.read_to_bytes(READ.understood, READ.answer))
    of_another = reply["answer"]["parts"][0] if where == "part" else reply[where]
    of_another |= more
    if not more:
        del of_another["entities" if where == "understood" else "suggestions"]
    server[0].reply = reply
    read = await dialogue.understand("hello")
    assert read == READ
    assert read.as_json() == READ.as_json()


async def test_what_was_meant_otherwise_is_not_told_as_brain_wrote_it(
    dialogue: Dialogue, server: tuple[Server, str]
) -> None:
    server[0].reply = wire.read_to_bytes(READ.understood, READ.answer).decode()
    read = await dialogue.understand("hello")
    asked = replace(read.understood, act=Act.REQUEST_PERSON)
    meant, found = replace(read, understood=asked).as_json()
    assert (meant["act"], found) == ("request_person", READ.as_json()[1])


async def test_little_travels(dialogue: Dialogue, server: tuple[Server, str]) -> None:
    await dialogue.turn(turn(text="ü" * 20_000))
    (body,) = server[0].got
    assert body["metadata"]["answer"]["passages"] == []
    assert len(body["text"].encode()) <= MAX_TEXT_BYTES


async def test_a_second_try_sees_the_best_passage_of_four_articles(
    dialogue: Dialogue, server: tuple[Server, str]
) -> None:
    await dialogue.turn(turn(understood=asdict(Understood(Act.DENY, 0.9))))
    (body,) = server[0].got
    assert [p["id"] for p in body["metadata"]["answer"]["passages"]] == ["p0", "p3", "p5", "p6"]


@pytest.mark.parametrize(("confidence", "language"), [(0.9, "es"), (0.3, "de")])
async def test_an_uncertain_language_gives_way_to_the_conversations(
    dialogue: Dialogue, server: tuple[Server, str], confidence: float, language: str
) -> None:
    understood = asdict(Understood(Act.ASK, 0.9, language="es", language_confidence=confidence))
    await dialogue.turn(turn(understood=understood, facts={"language": "de"}))
    assert server[0].got[0]["parse_data"]["language"] == language


@pytest.mark.parametrize(
    "reply",
    [
        "not json",
        [],
        {},
        {**GOOD, "status": "unhandled"},
        {**GOOD, "status": "action_failed"},
        {**GOOD, "status": "stuck"},
        {**GOOD, "state": {}},
        {**GOOD, "state": None},
        {**GOOD, "replies": [{"kind": "answer"}]},
        {**GOOD, "effects": [{"kind": "delete_customer", "arguments": {}}]},
        {key: value for key, value in GOOD.items() if key != "actions"},
    ],
)
async def test_nonsense_is_a_failure(
    dialogue: Dialogue, server: tuple[Server, str], reply: Any
) -> None:
    server[0].reply = reply
    with pytest.raises(DialogueFailed):
        await dialogue.turn(turn())


@pytest.mark.parametrize("status", [401, 404, 413, 500, 503, 504])
async def test_any_other_status_is_a_failure(
    dialogue: Dialogue, server: tuple[Server, str], status: int
) -> None:
    server[0].status = status
    with pytest.raises(DialogueFailed, match=str(status)):
        await dialogue.turn(turn())


async def test_the_circuit_of_rasa_leaves_the_brain_alone(
    dialogue: Dialogue, server: tuple[Server, str]
) -> None:
    server[0].reply = {}
    for _ in range(5):
        with pytest.raises(DialogueFailed):
            await dialogue.turn(turn())
    assert len(server[0].got) <= 5
    assert dialogue.rasa_breaker.state == "open"
    assert dialogue.brain_breaker.state == "closed"


async def test_nonsense_of_the_brain_is_a_failure(
    dialogue: Dialogue, server: tuple[Server, str]
) -> None:
    server[0].reply = {"understood": {"act": "fly"}, "answer": {}}
    with pytest.raises(DialogueFailed, match="nonsense"):
        await dialogue.understand("hello")


def test_without_rasa_what_is_known_is_said() -> None:
    cited = Citation("a", "A", "/a", "So.", "1")
    known = Understanding(
        Understood(Act.ASK, 0.9), Answer(Answering.ANSWER, 0.9, "So.", citations=(cited,))
    )
    result = fallback(known, {"version": 1})
    assert [(reply.text, reply.citations) for reply in result.replies] == [("So.", (cited,))]
    assert result.effects == ()
    assert result.state == {"version": 1}


@pytest.mark.parametrize(
    ("act", "urgent", "person"),
    [
        (Act.ASK, False, False),
        (Act.URGENT_COMPLAINT, True, False),
        (Act.REQUEST_PERSON, False, True),
    ],
)
def test_without_rasa_what_is_not_known_goes_to_people(
    act: Act, urgent: bool, person: bool
) -> None:
    result = fallback(Understanding(Understood(act, 0.9), Answer(Answering.HANDOFF, 0.1)))
    (effect,) = result.effects
    assert effect.kind is EffectKind.HANDOFF
    assert (effect.arguments["urgent"], effect.arguments["wants_person"]) == (urgent, person)


def test_without_anything_people_take_over() -> None:
    assert [effect.kind for effect in fallback(None).effects] == [EffectKind.HANDOFF]


@pytest.mark.parametrize("text", ["short", "ü" * 8192, "ü" * 8193, "x" + "🙂" * 5000])
def test_a_cut_text_is_still_text(text: str) -> None:
    cut = capped(text)
    assert len(cut.encode()) <= MAX_TEXT_BYTES
    assert text.startswith(cut)


def test_an_answer_in_another_language_says_so_and_contradictions_are_told() -> None:
    quote = Citation("a", "A", "/a", "Es dauert 5 Tage.", "r1", language="de")
    other = Citation("b", "B", "/b", "Es dauert 14 Tage.", "r2", language="de")
    found = Answer(Answering.ANSWER, 0.9, quote.quote, (quote,), contradicting=(other,))
    for language, first in (
        ("en", "This is only written in German so far:"),
        ("es", "Por ahora esto solo está escrito en alemán:"),
        ("fr", "Ceci n'existe pour l'instant qu'en allemand :"),
        ("it", "This is only written in German so far:"),
        ("de", quote.quote),
        ("", quote.quote),
    ):
        said = as_said(wire.answer_to_json(found), language)
        assert said["text"].startswith(first), language
        assert quote.quote in said["text"]
        assert said["text"].endswith(other.quote)
        assert [one["article"] for one in said["citations"]] == ["a", "b"]
    understood = Understood(Act.ASK, 0.9, language="en", language_confidence=0.99)
    (reply,) = fallback(Understanding(understood, found)).replies
    assert reply.text.startswith("This is only written in German so far:")
    lacking = wire.answer_to_json(Answer(Answering.HANDOFF, 0.1))
    assert as_said(lacking, "de") is lacking
