"""The brain's HTTP face over small fakes of the rooms that know things."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from bot import wire
from bot.brain import Brain, brain_app, reconciled
from core.decision import Case, Priority, Routed
from core.errors import IndexStale
from core.knowledge import Answer, Answering, Passage, Question, Said
from core.understanding import Act, Understood

TOKEN = "secret-of-this-start"
VECTOR = (0.6, 0.8)


class Parts:
    """Understands by the first word, answers everything, routes to billing; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Question, tuple[float, ...]]] = []
        self.encoded: list[str] = []
        self.prepared: list[list[str]] = []
        self.threads: set[str] = set()
        self.fails = False
        self.passages = 0

    def prepare(self, texts: Sequence[str]) -> None:
        self.prepared.append(list(texts))
        if "bad" in texts:
            raise RuntimeError("bad")

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        self.encoded.append(text)
        self.threads.add(threading.current_thread().name)
        act = {"no": Act.DENY, "hi": Act.GREET}.get(text.split()[0], Act.ASK)
        also = (Act.ASK,) if "?" in text and act is not Act.ASK else ()
        return Understood(act, 0.9, also=also, language=language_hint or "en", vector=VECTOR)

    def answer(self, question: Question, vector: Sequence[float] = ()) -> Answer:
        if self.fails:
            raise IndexStale
        self.asked.append((question, tuple(vector)))
        one = Passage("p", "a", "r", "T", "s", "/a", "", "So.", "en", 0.9)
        return Answer(Answering.ANSWER, 0.9, "So.", passages=(one,) * self.passages)

    def route(self, case: Case) -> Routed:
        return Routed("billing", Priority.HIGH, "billing", why=(case.text,))


@pytest.fixture
def parts() -> Parts:
    return Parts()


@pytest.fixture
def brain(parts: Parts) -> Brain:
    return Brain(understander=parts, answerer=parts, router=parts, versions={"acts": "3"})


def client(brain: Brain, token: str = TOKEN) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=brain_app(brain, TOKEN))
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://brain", headers=headers)


def asking(text: str, *history: Said) -> dict[str, Any]:
    return {
        "text": text,
        "history": wire.said_to_json(history),
        "language_hint": "",
        "brand": "acme",
        "audience": ["customers", "public"],
    }


async def understand(brain: Brain, text: str, *history: Said) -> dict[str, Any]:
    async with client(brain) as http:
        response = await http.post("/understand", json=asking(text, *history))
    assert response.status_code == 200
    return dict(response.json())


@pytest.mark.parametrize("token", ["", "wrong", "secret-of-this-star", "ungültig"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/understand"), ("POST", "/route"), ("GET", "/health")],
)
async def test_nobody_enters_without_the_token(
    brain: Brain, token: str, method: str, path: str
) -> None:
    transport = httpx2.ASGITransport(app=brain_app(brain, TOKEN))
    headers = {"Authorization": f"Bearer {token}".encode()}
    async with httpx2.AsyncClient(transport=transport, base_url="http://brain") as http:
        response = await http.request(method, path, json={}, headers=headers)
    assert response.status_code == 401


async def test_one_encoding_and_its_vector_serve_the_search(brain: Brain, parts: Parts) -> None:
    got = await understand(brain, "where is it?")
    assert parts.encoded == ["where is it?"]
    ((question, vector),) = parts.asked
    assert vector == VECTOR
    assert question.brand == "acme"
    assert question.audience == frozenset({"public", "customers"})
    assert wire.answer_from_json(got["answer"]).text == "So."
    assert wire.understood_from_json(got["understood"]).vector == (), "nobody reads it there"


async def test_the_models_do_not_run_on_the_event_loop(brain: Brain, parts: Parts) -> None:
    await understand(brain, "where is it?")
    assert all(name.startswith("brain") for name in parts.threads)


async def test_messages_that_come_at_once_are_read_at_once(brain: Brain, parts: Parts) -> None:
    """A message that cannot be read with the others, or at all, spoils nobody else's answer."""
    bodies = [asking("one"), asking("bad"), {"text": "half"}, asking("two")]
    async with client(brain) as http:
        got = await asyncio.gather(*(http.post("/understand", json=body) for body in bodies))
    assert [response.status_code for response in got] == [200, 200, 422, 200]
    assert parts.prepared == [["one", "bad", "half", "two"]]
    assert parts.encoded == ["one", "bad", "two"]


async def test_no_more_passages_travel_than_are_read(brain: Brain, parts: Parts) -> None:
    parts.passages = 10
    asked = await understand(brain, "where is it?")
    denied = await understand(brain, "no", Said("customer", "where?"), Said("bot", "There."))
    assert [len(got["answer"]["passages"]) for got in (asked, denied)] == [3, 10]


async def test_the_history_goes_with_the_question(brain: Brain, parts: Parts) -> None:
    earlier = Said("customer", "monthly?"), Said("bot", "So.")
    await understand(brain, "and annual plans?", *earlier)
    assert parts.asked[0][0].history == earlier


async def test_no_is_searched_as_the_question_it_denies(brain: Brain, parts: Parts) -> None:
    history = (
        Said("customer", "hello"),
        Said("bot", "Hello!"),
        Said("customer", "cancel"),
        Said("customer", "my annual plan"),
        Said("bot", "So."),
        Said("bot", "Did that help?"),
    )
    await understand(brain, "no", *history)
    ((question, vector),) = parts.asked
    assert question.text == "cancel\nmy annual plan"
    assert question.history == history[:2]
    assert vector == (), "the vector of the no is not that of the question"


async def test_a_greeting_is_not_searched_but_a_question_in_it_is(
    brain: Brain, parts: Parts
) -> None:
    got = await understand(brain, "hi there")
    assert parts.asked == []
    assert got["answer"]["decision"] == "handoff"
    await understand(brain, "hi where is it?")
    assert len(parts.asked) == 1


async def test_a_failing_search_becomes_a_handoff(brain: Brain, parts: Parts) -> None:
    parts.fails = True
    got = await understand(brain, "where is it?")
    assert got["answer"]["decision"] == "handoff"
    assert got["understood"]["act"] == "ask"


async def test_without_parts_it_still_answers() -> None:
    got = await understand(Brain(), "where is it?")
    assert (got["understood"]["act"], got["understood"]["confidence"]) == ("ask", 0.0)
    assert got["answer"]["decision"] == "handoff"
    case = wire.case_to_json(Case("x", "en", "chat", is_urgent=True))
    async with client(Brain()) as http:
        routed = wire.routed_from_json((await http.post("/route", json=case)).json())
        health = (await http.get("/health")).json()
    assert (routed.team, routed.priority, routed.abstained) == ("triage", Priority.HIGH, True)
    assert health["status"] == "degraded"


async def test_a_case_is_routed(brain: Brain) -> None:
    case = Case("charged twice", "en", "email", vector=VECTOR, facts={"orders": 2})
    async with client(brain) as http:
        response = await http.post("/route", json=wire.case_to_json(case))
    assert wire.routed_from_json(response.json()).why == ("charged twice",)


async def test_health_names_parts_and_versions(brain: Brain) -> None:
    async with client(brain) as http:
        health = (await http.get("/health")).json()
    assert health["parts"] == {
        "encoder": False,
        "understander": True,
        "answerer": True,
        "router": True,
    }
    assert health["versions"] == {"acts": "3"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/understand", {"text": "x"}, 422),
        ("/understand", {**asking("x"), "history": "nonsense"}, 422),
        ("/route", {"text": 7}, 422),
    ],
)
async def test_nonsense_is_refused(brain: Brain, path: str, body: Any, status: int) -> None:
    async with client(brain) as http:
        assert (await http.post(path, json=body)).status_code == status


@pytest.mark.parametrize(
    ("act", "confidence", "decision", "becomes"),
    [
        (Act.OUT_OF_SCOPE, 0.95, Answering.ANSWER, Act.ASK),
        (Act.OUT_OF_SCOPE, 0.95, Answering.CLARIFY, Act.OUT_OF_SCOPE),
        (Act.STOP, 0.5, Answering.ANSWER, Act.ASK),
        (Act.STOP, 0.9, Answering.ANSWER, Act.STOP),
        (Act.STOP, 0.5, Answering.HANDOFF, Act.STOP),
        (Act.DENY, 0.5, Answering.ANSWER, Act.DENY),
    ],
)
def test_what_our_articles_answer_was_a_question(
    act: Act, confidence: float, decision: Answering, becomes: Act
) -> None:
    found = Answer(decision, 0.9)
    assert reconciled(Understood(act, confidence), found).act is becomes
