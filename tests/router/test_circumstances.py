"""What is known beside the words weighs where it tells tickets apart, and changes nothing where it is not known."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.decision import Case
from router.circumstances import Circumstances, known_of, known_of_case, learn_circumstances
from router.learn import HeldOut, learn_classifier, learn_reader
from router.model import load_model
from router.route import Router
from router.train import silent, train_router

Row = dict[str, str]
AROUND = ("channel", "tier", "earlier", "tried", "created")


def tickets(count: int, seed: int) -> list[Row]:
    """Words that leave two teams open, between which tier and hour decide in nine of ten cases; the other columns are drawn."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        topic = ("invoice refund card", "sensor hub offline")[int(random.integers(2))]
        tier, hour = ("vip", "standard")[int(random.integers(2))], int(random.integers(24))
        told = tier == "vip" or hour < 6
        team = "night watch" if told == (random.random() < 0.9) else topic.split()[0]
        said = random.permutation([*topic.split(), "please", "today", "again"]).tolist()
        rows.append(
            {
                "text": " ".join(said),
                "team": team,
                "category": topic.split()[0],
                "priority": ("low", "high")[int(random.integers(2))],
                "language": "en",
                "channel": ("email", "chat")[int(random.integers(2))],
                "tier": tier,
                "earlier": str(random.integers(6)),
                "tried": str(random.integers(3)),
                "created": f"2026-03-{int(random.integers(1, 28)):02}T{hour:02}:15:00+00:00",
            }
        )
    return rows


def learned(rows: list[Row], *, around: bool) -> tuple[float, float]:
    """Accuracy and log-likelihood of team, each row held back."""
    known = [known_of(row) for row in rows] if around else []
    _, seen = learn_reader([row["text"] for row in rows], None, silent, known)
    return _figures(learn_classifier(seen, [row["team"] for row in rows], silent)[1])


def _figures(held: HeldOut) -> tuple[float, float]:
    at = np.arange(len(held.truth))
    likely = np.log(held.probabilities[at, held.truth]).mean()
    return float((held.probabilities.argmax(axis=1) == held.truth).mean()), float(likely)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("router.learn._UPDATES", 60)


def test_they_decide_where_words_do_not() -> None:
    """The ablation: the same rows with and without the columns."""
    rows = tickets(400, 1)
    with_it, without = learned(rows, around=True), learned(rows, around=False)
    assert with_it[0] > 0.8
    assert without[0] < 0.7
    assert with_it[1] > without[1] + 0.2


def test_columns_that_are_not_there_change_nothing() -> None:
    """Nor do columns that say the same of every row: probabilities are equal to the last bit."""
    rows = tickets(120, 2)
    texts, labels = [row["text"] for row in rows], [row["team"] for row in rows]
    _, plain = learn_reader(texts, None, silent)
    _, first = learn_classifier(plain, labels, silent)
    for same in ({}, {"channel": "email", "tier": "vip"}):
        reader, seen = learn_reader(texts, None, silent, [known_of(same)] * len(rows))
        _, second = learn_classifier(seen, labels, silent)
        assert reader.circumstances == Circumstances()
        assert second.probabilities.tolist() == first.probabilities.tolist()


def test_what_tells_nothing_apart_is_not_weighed() -> None:
    """The drawn columns alone: no member is kept for them."""
    rows = tickets(300, 3)
    drawn = [known_of({name: row[name] for name in ("channel", "earlier")}) for row in rows]
    _, seen = learn_reader([row["text"] for row in rows], None, silent, drawn)
    assert seen.around.shape[1] > 2
    classifier, _ = learn_classifier(seen, [row["category"] for row in rows], silent)
    assert classifier.around is None


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_decision_says_which_weighed_and_a_case_without_them_is_decided_too(
    tmp_path: Path,
) -> None:
    rows = [{**row, "category": row["team"]} for row in tickets(300, 4)]
    train_router(write(tmp_path / "t.csv", rows), None, tmp_path / "m")
    router = Router(load_model(tmp_path / "m"))
    facts = {"at": "2026-03-03T02:00:00+00:00", "earlier_tickets": 1}
    case = Case(rows[0]["text"], "en", "email", customer_tier="vip", facts=facts)
    found = router.route(case)
    assert found.categories[0].name == "night watch"
    assert {one.name for one in found.circumstances} & {"tier: vip", "time: night"}
    assert any("tier: vip" in sentence for sentence in found.why)
    calm = replace(case, customer_tier="standard", facts={**facts, "at": "2026-03-03T14:00+00:00"})
    by_day = {one.name: one.confidence for one in router.route(calm).categories}
    assert by_day["night watch"] < found.categories[0].confidence - 0.2
    unknown = router.route(replace(case, customer_tier="martian", facts={}, channel="pigeon"))
    assert not any(one.name.startswith(("tier", "time")) for one in unknown.circumstances)
    assert 0.3 < unknown.categories[0].confidence < found.categories[0].confidence


def test_rows_and_cases_are_read_alike() -> None:
    row = {"channel": "Email", "tier": "VIP", "earlier": "3", "tried": "0", "created": "2026-03-02T23:30:00-02:00"}  # fmt: skip
    case = Case(
        "x", "en", "email", customer_tier="vip", tried_answers=0,
        facts={"earlier_tickets": 3, "at": "2026-03-03T01:30+00:00"},
    )  # fmt: skip
    assert known_of(row) == known_of_case(case)
    assert known_of(row) == {
        "channel": "email", "tier": "vip", "earlier": "a few", "tried": "none", "time": "night",
        "day": "tuesday",
    }  # fmt: skip
    assert known_of({"earlier": "many", "created": "yesterday"}) == {}


def test_rare_values_are_not_learned() -> None:
    known = [known_of({"channel": name}) for name in ["email"] * 9 + ["chat"] * 5 + ["fax"]]
    assert learn_circumstances(known).values == (("channel", "chat"), ("channel", "email"))
