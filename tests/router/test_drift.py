"""Drift: silent on the same kind of tickets, loud on others, and honest about small samples."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.decision import Case
from router.drift import FEWEST, Sign, drift, profile_from, stability
from router.model import load_model
from router.route import Router
from router.tables import read_rows


def signs(folder: Path, texts: list[str]) -> dict[str, Sign]:
    model = load_model(folder)
    router = Router(model)
    past = profile_from(json.loads(json.dumps(model.manifest["profile"])))
    recent = [(text, router.route(Case(text, "en", "email"))) for text in texts]
    return {sign.name: sign for sign in drift(past, model.reader.features, recent)}


def test_the_training_tickets_again_alarm_nobody(model_folder: Path, some_tickets: Path) -> None:
    texts = [row["text"] for row in read_rows(some_tickets, ["text"])]
    found = signs(model_folder, texts * 3)
    assert len(texts) * 3 >= FEWEST
    assert found["unknown words"].value == 0.0
    for name in ("category labels", "team labels", "priority labels", "unknown words"):
        assert not found[name].is_alarming, found[name].says


def test_another_trade_alarms(model_folder: Path) -> None:
    texts = [f"the quarterly mortgage covenant {word} escrow lien" for word in "abcdefgh"] * 30
    found = signs(model_folder, texts)
    assert found["unknown words"].is_alarming
    assert found["category labels"].is_alarming
    assert "far" in found["category labels"].says


def test_few_tickets_prove_nothing(model_folder: Path) -> None:
    found = signs(model_folder, ["the quarterly mortgage covenant"] * (FEWEST - 1))
    assert not any(sign.is_alarming for sign in found.values())
    assert "too few tickets" in found["team labels"].says
    assert signs(model_folder, []) == {}


def test_the_stability_index_by_hand() -> None:
    assert stability({"a": 0.5, "b": 0.5}, {"b": 0.5, "a": 0.5}) == 0.0
    moved = stability({"a": 0.5, "b": 0.5}, {"a": 0.8, "b": 0.2})
    assert moved == pytest.approx(0.3 * 0.470004 + 0.3 * 0.916291, abs=1e-5)
    assert stability({"a": 1.0}, {"b": 1.0}) == stability({"b": 1.0}, {"a": 1.0}) < 20
