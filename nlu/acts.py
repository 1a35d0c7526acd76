"""What a message does in the dialogue: ask, greet, deny, ask for a person ... Training is `nlu.train`; deciding what follows is not here.

A linear classifier over two embeddings (MiniLM and the multilingual one) and the shape of the message, in numpy, with
probabilities calibrated by one temperature. Messages of several clauses are read clause by clause as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.ports import Encodes
from core.understanding import Act, Scored
from nlu.entities import EntityFinder
from nlu.manifest import Manifest, read_manifest
from nlu.shape import is_mash, is_wordless, shape

Array = np.ndarray[Any, np.dtype[Any]]

NAME: Final = "dialogue_acts"

BLOCKS: Final = (1.0, 1.5, 0.3)
"""Weights of the three blocks (embedding, multilingual embedding, shape), chosen by cross-validation on the training rows."""

_RANK: Final[Mapping[Act, int]] = {
    Act.REQUEST_PERSON: 0,
    Act.URGENT_COMPLAINT: 1,
    Act.STOP: 2,
    Act.TICKET_STATUS: 3,
    Act.LANGUAGE_SWITCH: 3,
    Act.ASK: 4,
    Act.GIVE_DETAILS: 5,
    Act.OUT_OF_SCOPE: 6,
    Act.DENY: 7,
    Act.AFFIRM: 7,
    Act.CHIT_CHAT: 8,
    Act.THANK: 9,
    Act.GOODBYE: 9,
    Act.GREET: 10,
}
"""Which act of a message with several is answered: what the customer needs comes before what is polite."""

POLITE: Final = frozenset({Act.GREET, Act.THANK, Act.GOODBYE, Act.CHIT_CHAT, Act.AFFIRM, Act.DENY})
"""Acts that give way when the same message also wants something."""

_ALONE: Final = 0.8
"""Probability from which a clause counts as an act of its own; chosen on training rows and joined pairs of them."""

_SENTENCE = re.compile(r"(?<=[.!?;…])\s+|\n+")
_CLAUSE = re.compile(
    r"(?<=[.!?;…])\s+|\n+|,\s+|\s+[-–—]+\s+|\s+(?=(?:but|also|pero|aber|además|außerdem)\s)",
    re.IGNORECASE,
)
_LONG_TEXT = 30
"""Words from which only sentences are told apart: commas of a long story do not start new acts."""

_MOST_CLAUSES = 6


@dataclass(frozen=True, slots=True)
class Reading:
    """The acts of one message. `acts`: every act with its probability, best first, the message's own act on top."""

    act: Act
    confidence: float
    acts: tuple[Scored, ...]
    also: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class ActModel:
    """The trained classifier. `weights`: float32, shape (labels, features); `bias`: (labels,)."""

    labels: tuple[Act, ...]
    weights: Array
    bias: Array
    temperature: float
    version: str

    def probabilities(self, rows: Array) -> Array:
        """Shape (rows, labels); each row sums to 1."""
        return softmax((rows @ self.weights.T + self.bias) / self.temperature)

    def read(self, rows: Array) -> Reading:
        """From the features of the whole message (first row) and of its clauses, if there are several."""
        scores = self.probabilities(rows)
        whole = self.labels[int(scores[0].argmax())]
        found = {whole: float(scores[0].max())}
        for act, score in self._tops(scores[1:]):
            if score >= _ALONE:
                found[act] = max(score, found.get(act, 0.0))
        if self._is_blend(whole, found, scores[1:]):
            del found[whole]
        act = whole if whole in found and whole not in POLITE else _foremost(found)
        return self._reading(act, found, scores[0])

    def scored(self, rows: Array) -> list[tuple[Scored, ...]]:
        """Every act of each row with its probability, best first; each row is read alone."""
        return [
            tuple(Scored(self.labels[n].value, float(row[n])) for n in (-row).argsort())
            for row in self.probabilities(rows)
        ]

    def _tops(self, scores: Array) -> list[tuple[Act, float]]:
        return [(self.labels[int(row.argmax())], float(row.max())) for row in scores]

    def _is_blend(self, whole: Act, found: Mapping[Act, float], scores: Array) -> bool:
        """The act of the whole is that of no clause: two acts read together look like a third."""
        supported = any(act is whole and score >= 0.5 for act, score in self._tops(scores))
        return len(found) > 2 and not supported and found[whole] < 0.9

    def _reading(self, act: Act, found: Mapping[Act, float], whole: Array) -> Reading:
        scored = {label: float(score) for label, score in zip(self.labels, whole, strict=True)}
        scored[act] = found[act]
        order = sorted(scored, key=lambda label: (label is not act, -scored[label]))
        also = sorted((other for other in found if other is not act), key=lambda name: _RANK[name])
        acts = tuple(Scored(label.value, round(scored[label], 4)) for label in order)
        return Reading(act, round(found[act], 4), acts, tuple(also))


def _foremost(found: Mapping[Act, float]) -> Act:
    return min(found, key=lambda act: (_RANK[act], -found[act]))


NOTHING_SAID: Final = Reading(Act.OUT_OF_SCOPE, 1.0, (Scored(Act.OUT_OF_SCOPE.value, 1.0),))


def says_nothing(text: str) -> bool:
    """Empty, emoji only, or keyboard mash: no model is asked."""
    return is_wordless(text) or is_mash(text)


def clauses(text: str) -> list[str]:
    """The parts of a message that may each do something; empty when it is one part only."""
    pattern = _SENTENCE if len(text.split()) > _LONG_TEXT else _CLAUSE
    parts = [part.strip() for part in pattern.split(text) if part and not is_wordless(part)]
    return parts[:_MOST_CLAUSES] if len(parts) > 1 else []


def features(
    texts: Sequence[str], vectors: Array, multilingual: Array, finder: EntityFinder
) -> Array:
    """float32, shape (len(texts), features): the three blocks side by side. `vectors`, `multilingual`: a row a text."""
    shapes = np.stack([shape(text, finder.find(text)) for text in texts])
    blocks = (vectors, multilingual, shapes)
    weighed = [weight * block for weight, block in zip(BLOCKS, blocks, strict=True)]
    return np.hstack(weighed).astype(np.float32)


def encode_all(
    texts: Sequence[str], encoder: Encodes, multilingual: Encodes, finder: EntityFinder
) -> Array:
    """`features` of texts that are not encoded yet."""
    return features(texts, encoder.encode(texts), multilingual.encode(texts), finder)


def softmax(logits: Array) -> Array:
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Array = exponents / exponents.sum(axis=1, keepdims=True)
    return result


def load_acts(folder: Path) -> tuple[ActModel, Manifest]:
    """Raises ModelUnavailable when the artefact is absent or altered."""
    manifest = read_manifest(folder, NAME)
    with np.load(folder / "acts.npz", allow_pickle=False) as arrays:
        weights, bias = arrays["weights"], arrays["bias"]
    labels = tuple(Act(label) for label in manifest.settings["labels"])
    temperature = float(manifest.settings["temperature"])
    return ActModel(labels, weights, bias, temperature, manifest.version), manifest
