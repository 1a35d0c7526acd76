"""How far the confidence of answers can be trusted here: asks every rated question again. Drawing it is `core.curves`'s."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.artefacts import answerer_of
from bot.house import House
from bot.ingest import indexing_encoder
from core.knowledge import Question
from store.learning import rated_answers

DAYS = 180
LEAST = 20
"""Ratings below which a diagram says nothing."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What was measured: confidences and whether each answer was right. `at`: when."""

    at: datetime
    confidences: tuple[float, ...]
    right: tuple[bool, ...]


def measure_trust(house: House, brand: str = "default") -> dict[str, Any]:
    """Confidence today in the article that was rated then; where another article is found today, nothing is known."""
    now = house.clock()
    rated = rated_answers(house.vault, brand, now - timedelta(days=DAYS))
    answerer = answerer_of(house, indexing_encoder(house), brand)
    confidences, right = [], []
    for one in rated:
        answer = answerer.answer(Question(one.text, language=one.language))
        if answer.passages and answer.passages[0].article in one.cited:
            confidences.append(round(answer.confidence, 4))
            right.append(one.helpful)
    path = house.settings.state / "learning" / f"trust-{brand}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".fresh")
    measured = {"at": now.isoformat(), "confidences": confidences, "right": right}
    fresh.write_text(json.dumps(measured))
    fresh.replace(path)
    return {"rated": len(rated), "comparable": len(confidences), "helped": sum(right)}


def measured_trust(house: House, brand: str = "default") -> Trust | None:
    """What was measured last; None where there is nothing yet."""
    path = house.settings.state / "learning" / f"trust-{brand}.json"
    if not path.is_file():
        return None
    kept = json.loads(path.read_text())
    at = datetime.fromisoformat(kept["at"])
    return Trust(at, tuple(kept["confidences"]), tuple(kept["right"]))
