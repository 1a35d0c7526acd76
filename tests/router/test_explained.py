"""Every question has a probability of its own, and a decision names the examples that it is most like."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decision import Case, Priority
from core.understanding import Scored
from router.classify import Seen
from router.embedding import packed, unpacked
from router.model import load_model
from router.needs import needs
from router.neighbours import MOST, Examples, examples_of, restored, stored
from router.policy import Verdict, default_policy, policy_from
from router.route import Router
from tests.router.conftest import ToyEncoder

ANGRY = "This is the third time!! you charged my card twice and nobody answers, refund me NOW"


def case(text: str = ANGRY, **changes: object) -> Case:
    return replace(Case(text, "en", "email"), **changes)


def test_every_question_is_answered_with_a_probability(model_folder: Path) -> None:
    languages = (Scored("en", 0.9), Scored("de", 0.1))
    found = Router(load_model(model_folder)).route(case(languages=languages))
    asked = (found.categories, found.priorities, found.teams, found.urgencies, found.sentiments)
    for scored in asked:
        assert sum(one.confidence for one in scored) == pytest.approx(1, abs=1e-4)
    assert {one.name for one in found.urgencies} == {"now", "soon", "whenever"}
    assert found.languages == languages
    chances = {one.name: one.confidence for one in found.needs}
    assert chances["de"] == pytest.approx(0.1 * sum(c.confidence for c in found.categories if c.confidence >= 0.02), abs=1e-4)  # fmt: skip
    likeliest = found.categories[0]
    assert chances[likeliest.name] == pytest.approx(likeliest.confidence, abs=1e-4)
    assert found.guess is not None
    assert (found.guess.urgency, found.guess.sentiment) == (
        found.urgencies[0].name,
        found.sentiments[0].name,
    )
    assert any(sentence.startswith("The customer ") for sentence in found.why)


def test_rules_may_ask_for_mood_and_urgency(model_folder: Path) -> None:
    when = [
        {"field": "sentiment", "in": ["upset", "calm", "pleased"]},
        {"field": "urgency_confidence", "at_least": 0.2},
    ]
    rule = {"name": "r", "because": "So.", "when": when, "then": {"priority": "critical"}}
    policy = policy_from({"name": "p", "rules": [rule]})
    assert Router(load_model(model_folder), policy).route(case()).rules == ("r",)
    assert Router(None, policy).route(case()).rules == (), "without a model nothing is known of it"


def test_a_skill_is_as_likely_as_all_that_asks_for_it() -> None:
    verdict = Verdict(case("hello"), "billing", Priority.LOW, "a", 0.9, 0.5)
    categories = (Scored("billing", 0.5), Scored("api", 0.3), Scored("plans", 0.01))
    found = needs(default_policy(), verdict, categories, (Scored("de", 0.75), Scored("en", 0.25)))
    assert {one.name: one.confidence for one in found} == {
        "de": pytest.approx(0.75 * 0.8),
        "billing": pytest.approx(0.5),
        "api": pytest.approx(0.3),
    }
    assert [one.confidence for one in found] == sorted((o.confidence for o in found), reverse=True)
    assert needs(policy_from({"name": "none"}), verdict, categories, ()) == ()


def test_the_router_reads_a_case_itself_and_decides_the_same_from_what_it_kept(
    model_folder: Path,
) -> None:
    model = load_model(model_folder)
    live = Router(model, encoder=ToyEncoder()).route(case())
    assert live.embedding
    assert live.categories != Router(model).route(case()).categories
    again = Router(model).route(case(embedding=live.embedding))
    assert replace(again, embedding=live.embedding) == live

    class Other(ToyEncoder):
        name = "another"

    assert not Router(model, encoder=Other()).route(case()).embedding


def test_an_encoder_that_fails_stops_no_decision(model_folder: Path) -> None:
    class Broken(ToyEncoder):
        def encode(self, texts: object) -> np.ndarray:
            raise RuntimeError("no session")

    found = Router(load_model(model_folder), encoder=Broken()).route(case())
    assert found == Router(load_model(model_folder)).route(case())


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=64))
def test_a_packed_embedding_points_the_same_way(values: list[float]) -> None:
    vector = np.array(values)
    text = packed(vector)
    found = unpacked(text)
    if not np.any(vector):
        assert (text, found) == ("", None)
        return
    assert found is not None
    largest = np.abs(vector).max()
    assert np.abs(found / np.abs(found).max() - vector / largest).max() <= 0.5 / 127 + 1e-6
    assert packed(found) == text


@pytest.mark.parametrize("wrong", ["", "not base64!", "AA==", "\u00e9"])
def test_what_is_no_embedding_is_none(wrong: str) -> None:
    assert unpacked(wrong) is None
    assert packed([float("nan"), 1.0]) == ""


ROWS = [
    {"text": f"text {at}", "category": "c", "priority": "low", "team": "t", "example": example}
    for at, example in enumerate(["#12", "zendesk 4711", "shipped", "", "#x"])
]


def seen(concepts: list[float]) -> Seen:
    nothing = np.zeros(0)
    return Seen(nothing, nothing, np.array(concepts, np.float32), None, nothing)


def test_only_shipped_examples_keep_their_words() -> None:
    found = examples_of(ROWS, np.eye(5, dtype=np.float32), None, are_shipped=False)
    assert [(one.ticket, one.source, one.text) for one in found.about] == [
        (12, "", ""),
        (0, "zendesk 4711", ""),
        (0, "shipped", "text 2"),
        (0, "", ""),
        (0, "", ""),
    ]
    assert "text 1" not in stored(found)[1]
    shipped = examples_of(ROWS, np.eye(5, dtype=np.float32), None, are_shipped=True)
    assert shipped.about[3].text == "text 3"


def test_the_nearest_comes_first_and_what_is_unlike_is_left_out() -> None:
    concepts = np.array([[1, 0], [1, 1], [0, 1], [-1, 0], [0.9, 0.1]], np.float32)
    found = examples_of(ROWS, concepts, None, are_shipped=False).nearest(seen([2.0, 0.0]))
    assert [one.ticket for one in found] == [12, 0, 0]
    likeness = [one.likeness for one in found]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] == pytest.approx(1)
    assert likeness[2] == pytest.approx(0.7071, abs=1e-3)


def test_examples_survive_the_disk_and_a_damaged_file_is_refused() -> None:
    found = examples_of(ROWS, np.eye(5, dtype=np.float32), np.eye(5, dtype=np.float32), False)
    arrays, about = stored(found)
    again: Examples = restored(arrays["concepts"], arrays["vectors"], about)
    assert again.about == found.about
    assert np.abs(again.concepts - found.concepts).max() < 0.01
    with pytest.raises(ValueError, match="as many"):
        restored(arrays["concepts"][:2], arrays["vectors"], about)


def test_many_rows_are_thinned_and_own_tickets_stay() -> None:
    rows = [{**ROWS[1], "example": "#7" if at == 3 else ""} for at in range(MOST + 900)]
    found = examples_of(rows, np.ones((len(rows), 2), np.float32), None, are_shipped=False)
    assert len(found.about) == MOST
    assert [one.ticket for one in found.about if one.ticket] == [7]


def test_a_decision_names_examples_and_can_be_kept(model_folder: Path) -> None:
    router = Router(load_model(model_folder))
    found = router.route(case("I was charged twice for one invoice, please refund the payment."))
    assert 1 <= len(found.neighbours) <= 3
    assert found.neighbours[0].category == "billing"
    json.dumps(asdict(found), allow_nan=False)
