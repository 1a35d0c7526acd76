"""A company's own intents of one message, as the product hands them on. Training is `nlu.intents_store`.

A message of several clauses is read clause by clause as well, for customers ask for two things at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.ports import Encodes
from core.understanding import Named, Scored
from nlu.acts import clauses
from nlu.intents import IntentModel
from nlu.intents_store import load_intents
from nlu.shared import shared_multilingual

_TOLD = 5
_ALONE = 0.5
"""Probability from which a clause counts as an intent of its own, chosen on joined pairs of messages (docs/measured.md)."""


class Namer:
    """Satisfies `core.ports.Names`."""

    def __init__(self, model: IntentModel) -> None:
        self._model = model

    def named(self, text: str) -> Named:
        """What the message means, and nothing where it means none of them."""
        if not text.strip():
            return Named()
        whole, *parts = self._readings([text, *clauses(text)])
        found: dict[str, Sequence[Scored]] = {whole[0].name: whole} if whole else {}
        for reading in parts:
            known = found.get(reading[0].name) if reading else None
            if reading and reading[0].confidence >= max(_ALONE, _sure(known)):
                found[reading[0].name] = reading
        if whole and len(found) > 2 and _is_blend(whole, parts):
            del found[whole[0].name]
        surest = sorted(found.values(), key=lambda reading: -reading[0].confidence)
        if not surest:
            return Named()
        return Named(tuple(surest[0]), tuple(reading[0] for reading in surest[1:]))

    def _readings(self, texts: Sequence[str]) -> list[Sequence[Scored]]:
        """The likeliest of each text, best first; empty where it means none of them."""
        predicted = self._model.predict(texts)
        least = self._model.scope.threshold if self._model.scope is not None else 0.0
        readings: list[Sequence[Scored]] = []
        for chances, in_scope in zip(predicted.probabilities, predicted.in_scope, strict=True):
            weighed = chances * in_scope
            order = sorted(range(len(weighed)), key=lambda at: (-weighed[at], at))[:_TOLD]
            labels = self._model.labels
            scored = [Scored(labels[at], round(float(weighed[at]), 4)) for at in order]
            readings.append(scored if in_scope >= least else ())
        return readings


def _sure(reading: Sequence[Scored] | None) -> float:
    return reading[0].confidence if reading else 0.0


def _is_blend(whole: Sequence[Scored], parts: Sequence[Sequence[Scored]]) -> bool:
    """The intent of the whole is that of no clause: two read together look like a third."""
    name = whole[0].name
    return not any(part and part[0].name == name and part[0].confidence >= _ALONE for part in parts)


def load_namer(folder: Path, encoder: Encodes) -> Namer:
    """From the folder that `nlu.intents_store` wrote. Raises ModelUnavailable."""
    return Namer(load_intents(folder, encoder, shared_multilingual()))
