"""What the rooms that know things offer to `bot`, which alone connects them. Implementations do not belong here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from core.decision import Case, Routed
from core.knowledge import Answer, Question
from core.understanding import Named, Understood


class Encodes(Protocol):
    """Turns texts into embeddings (nlu.encoder)."""

    name: str
    dimension: int

    def encode(self, texts: Sequence[str]) -> Any:
        """float32 numpy array, shape (len(texts), dimension), rows of unit length."""


class Understands(Protocol):
    """Says what a message meant (nlu)."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Reads several messages at once, which is cheaper; `understand` of each then finds it done."""

    def understand(self, text: str, *, language_hint: str = "") -> Understood: ...


class Names(Protocol):
    """Says which of the company's own intents a message has (nlu)."""

    def named(self, text: str) -> Named: ...


class Answers(Protocol):
    """Answers from what the knowledge base says, or says that it cannot (kb_index)."""

    def answer(self, question: Question, vector: Sequence[float] = ()) -> Answer:
        """`vector`: the embedding of `question.text` where the caller has it already."""


class Routes(Protocol):
    """Decides who should help and how fast (router). Never raises: without models it sends to triage."""

    def route(self, case: Case) -> Routed: ...
