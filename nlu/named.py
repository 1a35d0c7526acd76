"""A company's own intents of one message, as the product hands them on. Training is `nlu.intents_store`."""

from __future__ import annotations

from pathlib import Path

from core.ports import Encodes
from core.understanding import Scored
from nlu.intents import IntentModel
from nlu.intents_store import load_intents
from nlu.shared import shared_multilingual

_TOLD = 5


class Namer:
    """Satisfies `core.ports.Names`."""

    def __init__(self, model: IntentModel) -> None:
        self._model = model

    def intents(self, text: str) -> tuple[Scored, ...]:
        """The likeliest, best first; empty when the message means none of them."""
        if not text.strip():
            return ()
        found = self._model.predict([text])
        scope = self._model.scope
        if scope is not None and found.in_scope[0] < scope.threshold:
            return ()
        chances = found.probabilities[0] * found.in_scope[0]
        order = sorted(range(len(chances)), key=lambda at: (-chances[at], at))[:_TOLD]
        return tuple(Scored(self._model.labels[at], round(float(chances[at]), 4)) for at in order)


def load_namer(folder: Path, encoder: Encodes) -> Namer:
    """From the folder that `nlu.intents_store` wrote. Raises ModelUnavailable."""
    return Namer(load_intents(folder, encoder, shared_multilingual()))
