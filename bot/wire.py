"""Core values as JSON and back, at the two edges where dialogue crosses a process. What they mean is not decided here."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from core.decision import Case, Routed
from core.knowledge import Answer, Citation, Said, Suggestion, Within
from core.message import Reply
from core.understanding import Effect, TicketGlance, Understood

Json = dict[str, Any]

_understood = TypeAdapter(Understood)
_answer = TypeAdapter(Answer)
_citation = TypeAdapter(Citation)
_suggestion = TypeAdapter(Suggestion)
_replies = TypeAdapter(tuple[Reply, ...])
_effects = TypeAdapter(tuple[Effect, ...])
_said = TypeAdapter(tuple[Said, ...])
_within = TypeAdapter(Within)
_case = TypeAdapter(Case)
_routed = TypeAdapter(Routed)
_tickets = TypeAdapter(tuple[TicketGlance, ...])


def understood_to_json(understood: Understood) -> Json:
    return _json(_understood.dump_python(understood, mode="json"))


def read_to_bytes(understood: Understood, answer: Answer) -> bytes:
    """What was understood and found, as it travels from brain."""
    told = _understood.dump_json(understood), _answer.dump_json(answer)
    return b'{"understood":%b,"answer":%b}' % told


def understood_from_json(value: Any) -> Understood:
    """Raises ValueError on anything else."""
    return _understood.validate_python(value)


def answer_to_json(answer: Answer) -> Json:
    return _json(_answer.dump_python(answer, mode="json"))


def answer_from_json(value: Any) -> Answer:
    """Raises ValueError on anything else."""
    return _answer.validate_python(value)


def citation_to_json(citation: Citation) -> Json:
    return _json(_citation.dump_python(citation, mode="json"))


def suggestion_to_json(suggestion: Suggestion) -> Json:
    return _json(_suggestion.dump_python(suggestion, mode="json"))


def replies_from_json(value: Any) -> tuple[Reply, ...]:
    """Raises ValueError on anything else."""
    return _replies.validate_python(value)


def effects_from_json(value: Any) -> tuple[Effect, ...]:
    """Raises ValueError on anything else, an unknown kind included."""
    return _effects.validate_python(value)


def said_to_json(history: tuple[Said, ...]) -> list[Json]:
    return [{"speaker": said.speaker, "text": said.text} for said in history]


def said_from_json(value: Any) -> tuple[Said, ...]:
    """Raises ValueError on anything else."""
    return _said.validate_python(value)


def within_to_json(within: Within) -> Json:
    return _json(_within.dump_python(within, mode="json"))


def within_from_json(value: Any) -> Within:
    """Raises ValueError on anything else."""
    return _within.validate_python(value)


def case_to_json(case: Case) -> Json:
    return _json(_case.dump_python(case, mode="json"))


def case_from_json(value: Any) -> Case:
    """Raises ValueError on anything else."""
    return _case.validate_python(value)


def routed_to_json(routed: Routed) -> Json:
    return _json(_routed.dump_python(routed, mode="json"))


def routed_from_json(value: Any) -> Routed:
    """Raises ValueError on anything else."""
    return _routed.validate_python(value)


def tickets_from_json(value: Any) -> tuple[TicketGlance, ...]:
    """Raises ValueError on anything else."""
    return _tickets.validate_python(value)


def _json(value: Any) -> Json:
    assert isinstance(value, dict)
    return value
