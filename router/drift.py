"""Has the world moved away from what the router learned? Compares recent tickets with the training rows. Retraining does not belong here.

Three signs, each a number with an alarm: the shares of the labels (what customers come with), the confidence
(how sure the router still is), and the share of words that it never saw (new products, new language).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.decision import Routed
from core.understanding import Scored
from router.classify import Array
from router.features import TextFeatures
from router.words import words

BINS = 10
SHIFTED = 0.25
"""A population stability index above this is a major shift; 0.1 to 0.25 a moderate one (credit-scoring practice)."""
FEWEST = 200
"""Below this many recent tickets chance alone moves the index too far: nothing is alarmed."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What the router said of the training rows while they were held back; kept in the model's manifest.

    `labels`: question to label to mean probability (first choices would exaggerate frequent labels).
    `confidence`: question to shares of `BINS` equal bins of the first choice's probability.
    `unknown`: mean share of a text's words that occur in no other training text.
    """

    labels: Mapping[str, Mapping[str, float]]
    confidence: Mapping[str, Sequence[float]]
    unknown: float

    def as_data(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "labels": {name: dict(shares) for name, shares in self.labels.items()},
            "confidence": {name: list(shares) for name, shares in self.confidence.items()},
            "unknown": self.unknown,
        }


def profile_from(data: Mapping[str, Any]) -> Profile:
    """The profile that `as_data` wrote."""
    return Profile(data["labels"], data["confidence"], float(data["unknown"]))


@dataclass(frozen=True, slots=True)
class Sign:
    """One comparison. `value`: the stability index, or for words the share of unknown ones."""

    name: str
    value: float
    is_alarming: bool
    says: str


def profile(texts: Sequence[str], held_out: Mapping[str, tuple[Sequence[str], Array]]) -> Profile:
    """The profile of training rows; `held_out`: question to its labels and probabilities (rows, labels)."""
    once = Counter(word for text in texts for word in set(words(text)))
    lonely = [_share(words(text), lambda word: once[word] == 1) for text in texts]
    return Profile(
        {
            name: dict(zip(labels, map(float, found.mean(axis=0)), strict=True))
            for name, (labels, found) in held_out.items()
        },
        {name: _histogram(found.max(axis=1)) for name, (_, found) in held_out.items()},
        float(np.mean(lonely)),
    )


def drift(
    past: Profile, features: TextFeatures, recent: Sequence[tuple[str, Routed]]
) -> tuple[Sign, ...]:
    """The signs, most alarming first; `recent`: texts with what was decided about them, without which there are none."""
    if not recent:
        return ()
    can_alarm = len(recent) >= FEWEST
    signs = []
    for name, shares in past.labels.items():
        scored = [getattr(routed, _FIELDS[name]) for _, routed in recent]
        signs.append(_sign(f"{name} labels", stability(shares, _means(scored)), can_alarm))
        confidence = np.array([found[0].confidence for found in scored if found])
        bins = dict(enumerate(past.confidence[name]))
        value = stability(bins, dict(enumerate(_histogram(confidence))))
        signs.append(_sign(f"{name} confidence", value, can_alarm))
    known = set(features.views[0].terms)
    unknown = float(
        np.mean([_share(words(text), lambda word: word not in known) for text, _ in recent])
    )
    is_new = can_alarm and unknown > max(2 * past.unknown, past.unknown + 0.05)
    says = f"{unknown:.0%} of the words are unknown to the router; in training it was {past.unknown:.0%}."
    signs.append(Sign("unknown words", round(unknown, 4), is_new, says))
    return tuple(sorted(signs, key=lambda sign: (not sign.is_alarming, -sign.value)))


_FIELDS = {"category": "categories", "priority": "priorities", "team": "teams"}


def stability(past: Mapping[Any, float], now: Mapping[Any, float]) -> float:
    """Population stability index between two tables of shares; 0 for equal ones.

    Sum of (now - past) x ln(now / past); a share below 0.1 % counts as 0.1 %, so that nothing is infinite.
    """
    total = 0.0
    for key in past.keys() | now.keys():
        one, other = max(past.get(key, 0.0), 1e-3), max(now.get(key, 0.0), 1e-3)
        total += (other - one) * float(np.log(other / one))
    return total


def _sign(name: str, value: float, can_alarm: bool) -> Sign:
    is_alarming = can_alarm and value > SHIFTED
    size = "far" if value > SHIFTED else "somewhat" if value > 0.1 else "hardly"
    few = "" if can_alarm else ", but these are too few tickets to say so"
    says = f"The {name}: {size} moved from training (stability index {value:.2f}){few}."
    return Sign(name, round(value, 4), is_alarming, says)


def _means(scored: Sequence[tuple[Scored, ...]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for found in scored:
        for one in found:
            sums[one.name] = sums.get(one.name, 0.0) + one.confidence
    return {name: total / len(scored) for name, total in sums.items()}


def _histogram(confidence: Array) -> list[float]:
    counts, _ = np.histogram(np.clip(confidence, 0.0, 1.0), bins=BINS, range=(0.0, 1.0))
    return [float(count) for count in counts / max(len(confidence), 1)]


def _share(found: Sequence[str], is_counted: Any) -> float:
    return sum(map(is_counted, found)) / len(found) if found else 0.0
