"""The worker's way to the brain and to Rasa: understand a message, take a turn, route a case. What follows is Rasa's.

Every failure of either is a DialogueFailed within the deadline; `fallback` says what to do then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Self

from bot import texts, wire
from bot.breaker import Breaker
from bot.metrics import ASKED, timed
from bot.neighbour import Client, Neighbour
from bot.tracing import span, told_by_rasa, traceparent
from core.decision import Case, Routed
from core.errors import DialogueFailed
from core.knowledge import EVERYWHERE, Answer, Answering, Said, Within
from core.message import Reply
from core.understanding import Act, Effect, EffectKind, Turn, Understood

DEADLINE = 5.0
"""Seconds that one call may take in all."""
MAX_TEXT_BYTES = 16 * 1024
PASSAGES_IN_TURN = 4
BRAIN_RESTS = 1.0
"""Seconds between two looks at a brain that is away: without it nothing is understood, and it starts in seconds."""
USABLE = frozenset({"ok", "silent"})
_UNDERSTAND = ASKED.labels("brain", "understand")
_TURN = ASKED.labels("rasa", "turn")
_ROUTE = ASKED.labels("brain", "route")
_NAMES = {kind: {part.name for part in fields(kind)} for kind in (Understood, Answer)}
LANGUAGE_CERTAIN = 0.6
"""Below this probability the language of a message does not change the language of the dialogue."""


@dataclass(frozen=True, slots=True)
class Told:
    """A value, and the JSON that it was read from: whoever hands it on unchanged need not write it anew."""

    value: Understood | Answer
    json: wire.Json = field(repr=False)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a message meant and what the knowledge base says to it. `told`: as brain wrote them."""

    understood: Understood
    answer: Answer
    told: tuple[Told, ...] = field(default=(), repr=False, compare=False)

    def as_json(self) -> tuple[wire.Json, wire.Json]:
        """Both as `bot.wire` writes them; not to be changed."""
        meant = self._told(self.understood)
        found = self._told(self.answer)
        return (
            wire.understood_to_json(self.understood) if meant is None else meant,
            wire.answer_to_json(self.answer) if found is None else found,
        )

    def _told(self, value: Understood | Answer) -> wire.Json | None:
        return next((one.json for one in self.told if one.value is value), None)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What follows. `state`: to be stored and handed to the next turn. `actions`: executed, in order.
    `form`: the form that waits for the customer, or empty."""

    state: dict[str, Any]
    replies: tuple[Reply, ...]
    effects: tuple[Effect, ...]
    actions: tuple[str, ...] = ()
    form: str = ""


class Dialogue:
    """Client of brain and Rasa; one per worker process, safe for concurrent use in one event loop."""

    def __init__(
        self,
        brain: Neighbour,
        rasa: Neighbour,
        *,
        deadline: float = DEADLINE,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._brain = Client(brain, deadline)
        self._rasa = Client(rasa, deadline)
        self.brain_breaker = Breaker("brain", now, rest=BRAIN_RESTS)
        self.rasa_breaker = Breaker("rasa", now)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._brain.close()
        await self._rasa.close()

    async def understand(
        self,
        text: str,
        history: Sequence[Said] = (),
        language_hint: str = "",
        brand: str = "default",
        audience: Iterable[str] = ("public",),
        within: Within = EVERYWHERE,
    ) -> Understanding:
        """Encodes, understands and searches once. Raises DialogueFailed."""
        body = {
            "text": capped(text),
            "history": wire.said_to_json(tuple(history)),
            "language_hint": language_hint,
            "brand": brand,
            "audience": sorted(audience),
            "within": wire.within_to_json(within),
        }
        with self.brain_breaker.guard():
            with timed(_UNDERSTAND), span("ask brain"):
                got = await self._brain.call("POST", "/understand", body)
            try:
                return _understanding(got["understood"], got["answer"])
            except (ValueError, KeyError, TypeError) as error:
                raise DialogueFailed(f"brain answered nonsense: {error}") from error

    async def turn(self, turn: Turn) -> TurnResult:
        """One turn on Rasa. `turn.understood` and `turn.answer` as `bot.wire` writes them. Raises DialogueFailed."""
        with self.rasa_breaker.guard():
            with timed(_TURN), span("ask rasa"):
                got = await self._rasa.call("POST", "/webhooks/turn/turn", _turn_body(turn))
                told_by_rasa(got.get("traced") if isinstance(got, dict) else None, traceparent())
            if not isinstance(got, dict) or got.get("status") not in USABLE:
                raise DialogueFailed(f"Rasa gave no usable turn: {_brief(got)}")
            try:
                return _turn_result(got)
            except (ValueError, KeyError, TypeError) as error:
                raise DialogueFailed(f"Rasa answered nonsense: {error}") from error

    async def route(self, case: Case) -> Routed:
        """Raises DialogueFailed."""
        with self.brain_breaker.guard():
            with timed(_ROUTE), span("ask brain for a route"):
                got = await self._brain.call("POST", "/route", wire.case_to_json(case))
            try:
                return wire.routed_from_json(got)
            except ValueError as error:
                raise DialogueFailed(f"brain answered nonsense: {error}") from error

    async def again(self, case: dict[str, Any], versions: dict[str, str]) -> dict[str, Any]:
        """{routed}, a case decided once more by versions of then, or {gone: why}. Raises DialogueFailed."""
        got = await self._brain.call("POST", "/again", {"case": case, "versions": versions})
        return dict(got)

    async def brain_health(self) -> dict[str, Any]:
        """{status, parts, versions} of the brain. Raises DialogueFailed; does not count for the breaker."""
        got = await self._brain.call("GET", "/health")
        return dict(got)

    async def rasa_is_ready(self) -> bool:
        """Whether Rasa has loaded its rules. Raises DialogueFailed; does not count for the breaker."""
        got = await self._rasa.call("GET", "/webhooks/turn/")
        return bool(got["ready"])


def fallback(
    understanding: Understanding | None, state: dict[str, Any] | None = None
) -> TurnResult:
    """What to do when Rasa gives no turn: the knowledge base's answer if there is one, else people.

    `understanding` is None when the brain failed too. `state` is handed on unchanged.
    """
    kept = state or {}
    replies = _answers(understanding) if understanding is not None else ()
    if replies and understanding is not None and not understanding.answer.unanswered:
        return TurnResult(kept, replies, ())
    act = understanding.understood.act if understanding is not None else Act.ASK
    arguments = {
        "reason": "dialogue_unavailable",
        "urgent": act is Act.URGENT_COMPLAINT,
        "wants_person": act is Act.REQUEST_PERSON,
        "summary": _unanswered(understanding) if replies and understanding else "",
        "contact": "",
        "tried_answers": len(replies),
    }
    return TurnResult(kept, replies, (Effect(EffectKind.HANDOFF, arguments),))


def _answers(understanding: Understanding) -> tuple[Reply, ...]:
    """What the knowledge base answers, each question by itself."""
    understood = understanding.understood
    is_certain = understood.language_confidence >= LANGUAGE_CERTAIN
    language = understood.language if is_certain else ""
    said = wire.answer_from_json(as_said(wire.answer_to_json(understanding.answer), language))
    return tuple(
        Reply(one.text, one.citations, one.suggestions, kind="answer", asked=one.asked)
        for one in said.parts or (said,)
        if one.decision is Answering.ANSWER
    )


def _unanswered(understanding: Understanding) -> str:
    return " / ".join(part.asked for part in understanding.answer.unanswered)


def _understanding(understood: Any, answer: Any) -> Understanding:
    meant, found = wire.understood_from_json(understood), wire.answer_from_json(answer)
    told = (Told(meant, understood), Told(found, answer))
    return Understanding(meant, found, tuple(one for one in told if _is_whole(one)))


def _is_whole(told: Told) -> bool:
    """Whether it names all that ours does, and nothing else: a brain of another version may not."""
    parts = told.json.get("parts") or ()
    return all(one.keys() == _NAMES[type(told.value)] for one in (told.json, *parts))


def capped(text: str) -> str:
    """At most MAX_TEXT_BYTES of UTF-8, cut between characters."""
    encoded = text.encode()
    return (
        text if len(encoded) <= MAX_TEXT_BYTES else encoded[:MAX_TEXT_BYTES].decode(errors="ignore")
    )


def _turn_body(turn: Turn) -> dict[str, Any]:
    # Only a second try after "no" looks at passages, and at few; each costs time in every hop.
    tries_again = turn.understood["act"] == Act.DENY.value
    passages = _one_of_each_article(turn.answer.get("passages", ())) if tries_again else []
    parse_data = _parse_data(turn.understood, turn.facts)
    answer = {**as_said(turn.answer, parse_data["language"]), "passages": passages}
    return {
        "turn": turn.turn,
        "conversation": turn.conversation,
        "text": capped(turn.text),
        "parse_data": parse_data,
        "state": turn.state,
        "metadata": {"understood": turn.understood, "answer": answer, "facts": turn.facts},
    }


def as_said(answer: dict[str, Any], language: str) -> dict[str, Any]:
    """The answer with what is said around it: in which language its article is, and what another one says otherwise."""
    if parts := answer.get("parts"):
        return {**answer, "parts": [_under_its_question(part, language) for part in parts]}
    cited, others = answer.get("citations") or [], answer.get("contradicting") or []
    if not cited:
        return answer
    otherwise = [(one["title"], one["quote"]) for one in others]
    said = texts.answered(answer["text"], language, cited[0].get("language", ""), otherwise)
    return {**answer, "text": said, "citations": [*cited, *others], "contradicting": []}


def _under_its_question(part: dict[str, Any], language: str) -> dict[str, Any]:
    """One of several answers, below what it answers; what was found beside it stays here."""
    said = as_said({**part, "passages": []}, language)
    heading = texts.heading(part["asked"], language)
    text = f"{heading}\n{said['text']}" if said["text"] else ""
    return {**said, "heading": heading, "text": text}


def _one_of_each_article(passages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first, which is the best, passage of each article: a second try is another article's."""
    best: dict[str, dict[str, Any]] = {}
    for passage in passages:
        best.setdefault(passage["article"], passage)
    return list(best.values())[:PASSAGES_IN_TURN]


def _parse_data(understood: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """What was understood, in the shape Rasa gives its own parser's results, plus `language`."""
    certain = understood.get("language_confidence", 0.0) >= LANGUAGE_CERTAIN
    return {
        "intent": {"name": understood["act"], "confidence": understood["confidence"]},
        "entities": [
            {
                "entity": e["kind"],
                "value": e["value"],
                "start": e["start"],
                "end": e["end"],
            }
            for e in understood.get("entities", [])
        ],
        "language": understood["language"] if certain else facts.get("language", ""),
    }


def _turn_result(got: dict[str, Any]) -> TurnResult:
    state = got["state"]
    if not isinstance(state, dict) or "version" not in state:
        raise ValueError("no dialogue state")
    return TurnResult(
        state,
        wire.replies_from_json(got["replies"]),
        wire.effects_from_json(got["effects"]),
        tuple(got["actions"]),
        str(got.get("form", "")),
    )


def _brief(got: Any) -> str:
    if not isinstance(got, dict):
        return type(got).__name__
    return f"status {got.get('status')!r}, failed {got.get('failed_actions')}"
