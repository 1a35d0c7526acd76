"""What an answer is: spans of cited passages, or the honest lack of one. Searching does not belong here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Citation:
    """A sentence of an answer and where it stands. `revision` names exactly one text of the article."""

    article: str
    title: str
    url: str
    quote: str
    revision: str
    anchor: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An article merely offered, not claimed to answer."""

    article: str
    title: str
    url: str


class Answering(StrEnum):
    """What the knowledge base can do for a question."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of an article that search found. `score` is the calibrated probability that it answers."""

    id: str
    article: str
    revision: str
    title: str
    section: str
    url: str
    anchor: str
    text: str
    language: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The decision of the knowledge base on one question.

    `text` is empty unless `decision` is ANSWER; each of its sentences is the quote of a citation.
    `confidence`: calibrated probability that `text` answers the question.
    `alternatives`: the choices to offer when `decision` is CLARIFY, best first.
    `passages`: what was found, best first, at most ten: for the handoff packet.
    `generation`: the index generation that was searched; `versions`: models used, name to version.
    `contradicting`: what another article says about the same, in other figures; said beside the answer.
    `parts`: of a message with several questions, the answer to each; then `decision` is ANSWER only if all are answered, and what
    is not answered is in the parts alone. `asked`: the question that a part belongs to, in the customer's words.
    """

    decision: Answering
    confidence: float
    text: str = ""
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    alternatives: tuple[Suggestion, ...] = ()
    passages: tuple[Passage, ...] = ()
    generation: str = ""
    versions: tuple[tuple[str, str], ...] = ()
    contradicting: tuple[Citation, ...] = ()
    asked: str = ""
    parts: tuple[Answer, ...] = ()

    @property
    def unanswered(self) -> tuple[Answer, ...]:
        """The parts that are not answered."""
        return tuple(part for part in self.parts if part.decision is not Answering.ANSWER)

    @property
    def known(self) -> Answer:
        """Of several questions those that are answered, as one answer, each answer below its question; else itself."""
        told = [part for part in self.parts if part.decision is Answering.ANSWER]
        if not told:
            return self
        return replace(
            self,
            decision=Answering.ANSWER,
            text="\n\n".join(f"{part.asked}\n{part.text}" for part in told),
            citations=tuple(cited for part in told for cited in part.citations),
            contradicting=tuple(cited for part in told for cited in part.contradicting),
        )


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier turn of the conversation, as context for a question. `speaker`: customer, bot or agent."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Within:
    """Which articles may answer: of one of these `sections` (none: of any), with every word of `title` in theirs, whatever
    its case and accents, and `since`: updated on that day or later; an article without a date is not."""

    sections: frozenset[str] = frozenset()
    title: str = ""
    since: date | None = None


EVERYWHERE = Within()


@dataclass(frozen=True, slots=True)
class Question:
    """What to look for. `language`: ISO 639-1 or empty; `audience`: visibilities the asker may see; `within`: where."""

    text: str
    history: tuple[Said, ...] = ()
    language: str = ""
    brand: str = "default"
    audience: frozenset[str] = frozenset({"public"})
    within: Within = EVERYWHERE
