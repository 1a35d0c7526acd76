"""The process that holds the models: understanding, answering and routing over loopback HTTP.

Building the models does not belong here (`bot/bootstrap.py` does), nor does deciding what follows.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic_core import from_json
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import wire
from bot.metrics import ROUTED, SEARCHED, timed
from bot.together import Together
from bot.tracing import span
from core.decision import Case, Priority, Routed
from core.errors import ThreadlineError
from core.knowledge import Answer, Answering, Question, Said
from core.ports import Answers, Encodes, Names, Routes, Understands
from core.understanding import Act, Understood

NEEDS_NO_SEARCH = frozenset(
    {
        Act.GREET,
        Act.THANK,
        Act.GOODBYE,
        Act.AFFIRM,
        Act.REQUEST_PERSON,
        Act.TICKET_STATUS,
        Act.LANGUAGE_SWITCH,
        Act.STOP,
        Act.CHIT_CHAT,
    }
)


SURE = 0.7
"""Probability from which a dialogue act is believed whatever the articles say."""
EASILY_MISTAKEN = frozenset(
    {
        Act.STOP,
        Act.URGENT_COMPLAINT,
        Act.CHIT_CHAT,
        Act.GIVE_DETAILS,
        Act.TICKET_STATUS,
        Act.LANGUAGE_SWITCH,
    }
)
"""Acts that questions are mistaken for ("cancel my plan" is no wish to stop talking)."""


@dataclass(slots=True)
class Brain:
    """The parts, each of which may be missing or be exchanged while running. `versions`: model name to version."""

    encoder: Encodes | None = None
    understander: Understands | None = None
    answerer: Answers | None = None
    router: Routes | None = None
    namer: Names | None = None
    versions: dict[str, str] = field(default_factory=dict)
    again: Callable[[dict[str, Any], dict[str, str]], Any] | None = None
    """Decides a case by versions of then (`bot.again.derived`)."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Several messages are read at once, before each is understood. Where that fails, each fails by itself."""
        if self.understander is not None and len(texts) > 1:
            with suppress(Exception):
                self.understander.prepare(texts)

    def understand(self, text: str, language_hint: str) -> Understood:
        """Without an understander everything is a question of unknown meaning."""
        if self.understander is None:
            return Understood(Act.ASK, 0.0, language=language_hint or "en")
        try:
            understood = self.understander.understand(text, language_hint=language_hint)
            if self.namer is not None:
                named = self.namer.named(understood.gist or text)
                understood = replace(understood, intents=named.intents, also_intents=named.also)
            return understood
        except ThreadlineError:
            return Understood(Act.ASK, 0.0, language=language_hint or "en")

    def answer(self, question: Question, understood: Understood) -> Answer:
        """What the knowledge base says; without one, that it cannot say."""
        is_sure = understood.confidence >= SURE and Act.ASK not in understood.also
        asks = understood.act not in NEEDS_NO_SEARCH or not is_sure
        if self.answerer is None or not asks:
            return Answer(Answering.HANDOFF, 0.0)
        question = replace(question, text=understood.gist or question.text)
        vector = understood.vector
        if understood.act is Act.DENY:
            # "No" is about the question before it; a second try needs that question's passages.
            question, vector = _asked_before(question), ()
        try:
            with timed(SEARCHED):
                return self.answerer.answer(question, vector)
        except ThreadlineError:
            return Answer(Answering.HANDOFF, 0.0)

    def route(self, case: Case) -> Routed:
        """Without a router everything goes to triage. Where the last message told no language (an address, a number), the
        whole need is asked for it."""
        if self.router is None:
            priority = Priority.HIGH if case.is_urgent else Priority.MEDIUM
            why = ("No routing model is loaded, so a person decides.",)
            return Routed("general", priority, "triage", abstained=True, why=why)
        with timed(ROUTED):
            return self.router.route(case if case.languages else self._heard(case))

    def _heard(self, case: Case) -> Case:
        if self.understander is None:
            return case
        with suppress(ThreadlineError):
            understood = self.understander.understand(case.text, language_hint=case.language)
            return replace(case, languages=understood.languages)
        return case

    def health(self) -> dict[str, Any]:
        """Parts that are there, and versions."""
        parts = {
            "encoder": self.encoder,
            "understander": self.understander,
            "answerer": self.answerer,
            "router": self.router,
        }
        present = {name: part is not None for name, part in parts.items()}
        return {
            "status": "ok" if all(present.values()) else "degraded",
            "parts": present,
            "versions": self.versions,
        }


READ_AT_ONCE = 8
"""Messages that are read together: more would not be cheaper, and the first would wait for the last."""
TOLD_PASSAGES = 3
"""Passages that travel with an answer: nobody beyond this process looks at more, but for a second try after "no"."""


def brain_app(brain: Brain, token: str) -> Starlette:
    """The ASGI application; every request needs `Authorization: Bearer <token>`.

    POST /understand {text, history, language_hint, brand, audience, within} -> {understood, answer}
    POST /route      a Case -> a Routed
    POST /again      {case, versions} -> {routed}, or {gone: why}
    GET  /health     {status, parts, versions}
    """
    # One thread reads messages; the others are for cases to be decided meanwhile.
    pool = ThreadPoolExecutor(4, thread_name_prefix="brain")

    def read(bodies: Sequence[Mapping[str, Any]]) -> list[bytes | Exception]:
        return _read_all(brain, bodies)

    face = _Face(brain, pool, Together(read, pool, most=READ_AT_ONCE))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        pool.shutdown(wait=False, cancel_futures=True)

    app = Starlette(
        routes=[
            Route("/understand", face.understand, methods=["POST"]),
            Route("/route", face.route, methods=["POST"]),
            Route("/again", face.again, methods=["POST"]),
            Route("/health", face.health),
        ],
        middleware=[Middleware(BearerOnly, token=token)],
        exception_handlers={ValueError: _unprocessable, KeyError: _unprocessable},
        lifespan=lifespan,
    )
    # For `bot.brain_door`.
    app.state.together = face.together
    return app


@dataclass(frozen=True, slots=True)
class _Face:
    """The endpoints. Models run in the pool, so that the event loop stays free."""

    brain: Brain
    pool: ThreadPoolExecutor
    together: Together[Mapping[str, Any], bytes]

    async def understand(self, request: Request) -> Response:
        body = from_json(await request.body())
        with span("understand", header=_parent(request)):
            read = await self.together.ask(body)
        return Response(read, media_type="application/json")

    async def route(self, request: Request) -> JSONResponse:
        case = wire.case_from_json(await request.json())
        with span("route", header=_parent(request)):
            routed = await self._in_pool(lambda: wire.routed_to_json(self.brain.route(case)))
        return JSONResponse(routed)

    async def again(self, request: Request) -> JSONResponse:
        body, again = await request.json(), self.brain.again
        if again is None:
            return JSONResponse({"gone": "This process keeps no earlier versions."})
        try:
            routed = await self._in_pool(lambda: again(body["case"], body["versions"]))
        except ThreadlineError as error:
            return JSONResponse({"gone": str(error)})
        return JSONResponse({"routed": routed})

    async def health(self, request: Request) -> JSONResponse:
        return JSONResponse(self.brain.health())

    async def _in_pool(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, work)


def _parent(request: Request) -> str:
    return request.headers.get("traceparent", "")


class BearerOnly:
    """Answers 401 to every HTTP request without the token; compares in constant time."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = b"Bearer " + token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"")
            if not hmac.compare_digest(given, self._expected):
                await JSONResponse({"error": "unauthorized"}, 401)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _read_all(brain: Brain, bodies: Sequence[Mapping[str, Any]]) -> list[bytes | Exception]:
    """The response of each, or what is wrong with it."""
    brain.prepare([str(body.get("text", "")) for body in bodies])
    read: list[bytes | Exception] = []
    for body in bodies:
        try:
            read.append(_understand(brain, body))
        except Exception as problem:  # noqa: BLE001  it is raised by the one who asked
            read.append(problem)
    return read


def _understand(brain: Brain, body: Mapping[str, Any]) -> bytes:
    understood = brain.understand(body["text"], body["language_hint"])
    question = Question(
        body["text"],
        history=wire.said_from_json(body["history"]),
        language=understood.language,
        brand=body["brand"],
        audience=frozenset(body["audience"]),
        within=wire.within_from_json(body.get("within") or {}),
    )
    found = brain.answer(question, understood)
    # Nobody beyond this process reads the vector; as JSON it would cost more than the rest of the answer.
    meant = replace(reconciled(understood, found), vector=())
    if meant.act is not Act.DENY:
        found = _with_few_passages(found)
    return wire.read_to_bytes(meant, found)


def reconciled(understood: Understood, found: Answer) -> Understood:
    """What was meant, in the light of what we know: a message that our articles answer is no stranger's
    topic, and one that might be many things is a question when there is a better answer than guess."""
    is_answered = found.decision is Answering.ANSWER or bool(found.parts)
    is_stranger = understood.act is Act.OUT_OF_SCOPE
    is_guess = (
        understood.act in EASILY_MISTAKEN
        and understood.confidence < SURE
        and found.confidence > understood.confidence
    )
    if is_answered and (is_stranger or is_guess):
        return replace(understood, act=Act.ASK, confidence=found.confidence)
    return understood


def _with_few_passages(found: Answer) -> Answer:
    parts = tuple(replace(part, passages=part.passages[:TOLD_PASSAGES]) for part in found.parts)
    return replace(found, passages=found.passages[:TOLD_PASSAGES], parts=parts)


def _asked_before(question: Question) -> Question:
    """The question that the last reply of the bot was about, with what preceded it as history."""
    history = list(question.history)
    while history and history[-1].speaker != "customer":
        history.pop()
    asked: list[str] = []
    while history and history[-1].speaker == "customer":
        asked.insert(0, history.pop().text)
    if not asked:
        return question
    earlier: tuple[Said, ...] = tuple(history)
    return replace(question, text="\n".join(asked), history=earlier)


async def _unprocessable(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": f"{type(error).__name__}: {error}"}, status_code=422)
