"""A company's own intents of messages that ask for one thing, for several, or for nothing that it trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from core.understanding import Act, Understood
from nlu.intents import Prediction
from nlu.named import Namer

LABELS = ("cancel", "hours", "refund")
WORDS = {"cancel": 0, "open": 1, "money": 2}


@dataclass(frozen=True)
class Threshold:
    threshold: float = 0.5


class ByWords:
    """Each known word speaks for one intent; together they look like the third, as two read at once often do."""

    labels = LABELS
    scope = Threshold()

    def __init__(self, sureness: float = 0.9) -> None:
        self.sureness = sureness

    def predict(self, texts: Sequence[str]) -> Prediction:
        chances = np.full((len(texts), 3), (1 - self.sureness) / 2)
        in_scope = np.zeros(len(texts))
        for row, text in enumerate(texts):
            said = [intent for word, intent in WORDS.items() if word in text.lower()]
            if said:
                chances[row, said[0] if len(said) == 1 else 2] = self.sureness
                in_scope[row] = 1.0
        return Prediction(chances, in_scope)


def namer(sureness: float = 0.9) -> Namer:
    return Namer(ByWords(sureness))  # type: ignore[arg-type]


def names(text: str, sureness: float = 0.9) -> tuple[str, ...]:
    found = namer(sureness).named(text)
    return Understood(Act.ASK, 1.0, intents=found.intents, also_intents=found.also).named


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("please cancel it", {"cancel"}),
        ("Please cancel it. Until when are you open?", {"cancel", "hours"}),
        ("cancel it, and when are you open", {"cancel", "hours"}),
        ("Please cancel it.\nI want my money back.", {"cancel", "refund"}),
        ("Cancel it. When are you open? And my money?", {"cancel", "hours", "refund"}),
        ("Cancel it. Do cancel it!", {"cancel"}),
        ("Hello, I am Ann. I bought it in May. Please cancel it.", {"cancel"}),
        ("What a day. The sun shines.", set()),
        ("", set()),
    ],
)
def test_every_clause_may_mean_something(text: str, meant: set[str]) -> None:
    found = names(text)
    assert set(found) == meant
    assert len(found) == len(meant)


def test_a_blend_of_two_is_no_third() -> None:
    """Read together they look like a refund, which no clause asks for."""
    assert "refund" not in names("Please cancel it. Until when are you open?")


def test_a_clause_that_may_be_anything_adds_nothing() -> None:
    assert names("please cancel it. When are you open?", 0.45) == ("refund",)


def test_the_alternatives_are_those_of_the_surest_part() -> None:
    found = namer().named("Please cancel it. Until when are you open?")
    assert found.intents[0].name in {"cancel", "hours"}
    assert len(found.intents) == 3
    assert sum(scored.confidence for scored in found.intents) == pytest.approx(1.0, abs=0.01)
    assert len(found.also) == 1
