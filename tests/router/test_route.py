"""The verdict: always a team, a priority and a reason, whatever is missing, broken or absurd (R40)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.decision import Case, Priority, Routed
from core.errors import ModelUnavailable
from router.model import load_model
from router.policy import policy_from
from router.route import Router, load_router
from router.tables import read_rows
from router.words import words
from tests.router.conftest import ToyEncoder

BILL = "I was charged twice for the same invoice, please refund the second payment of 49 EUR."


def case(text: str = BILL, **changes: Any) -> Case:
    return Case(**{"text": text, "language": "en", "channel": "email", **changes})


def assert_whole(routed: Routed) -> None:
    """What every verdict owes its reader."""
    assert all((routed.team, routed.category, routed.why))
    assert isinstance(routed.priority, Priority)
    assert all(sentence.endswith(".") for sentence in routed.why)
    assert dict(routed.versions).keys() == {"router", "policy"}
    assert 0 <= routed.confidence <= 1
    json.dumps(asdict(routed), allow_nan=False)


def test_it_says_what_it_is_and_which_words_weighed(model_folder: Path, some_tickets: Path) -> None:
    router = load_router(model_folder)
    rows = read_rows(some_tickets, ["text", "category", "language"])
    hits = 0
    for row in rows:
        routed = router.route(case(row["text"], language=row["language"]))
        assert_whole(routed)
        hits += routed.category == row["category"]
        said = words(row["text"])
        assert all(set(term.name.split()) <= set(said) for term in routed.terms)
        if routed.terms:
            assert f'most of all for "{routed.terms[0].name}"' in routed.why[0]
        for scored in (routed.categories, routed.priorities, routed.teams):
            assert sum(one.confidence for one in scored) == pytest.approx(1, abs=1e-4)
            assert list(scored) == sorted(scored, key=lambda one: -one.confidence)
    assert hits / len(rows) > 0.75


def test_a_word_weighs_what_its_absence_takes_away(model_folder: Path) -> None:
    """For the linear members the shares are exact: moved to another label they have another sign."""
    model = load_model(model_folder)
    classifier, features = model.classifiers["category"], model.reader.features
    seen = model.reader.read(BILL)
    shares = [
        {term.name for term in classifier.weighed(features, seen, label)}
        for label in range(len(classifier.labels))
    ]
    assert all(len(found) <= 8 for found in shares)
    assert len(set.intersection(*shares)) == 0


def test_the_same_case_gets_the_same_verdict_to_the_last_bit(model_folder: Path) -> None:
    vector = tuple(ToyEncoder().encode([BILL])[0].tolist())
    verdicts = [load_router(model_folder).route(case(vector=vector)) for _ in range(2)]
    assert verdicts[0] == verdicts[1]


def test_the_embedding_is_used_where_it_fits_and_left_out_where_not(model_folder: Path) -> None:
    router = load_router(model_folder)
    plain = router.route(case())
    fitting = tuple(ToyEncoder().encode([BILL])[0].tolist())
    assert router.route(case(vector=fitting)).categories != plain.categories
    for broken in ((0.1,) * 7, (float("nan"),) * 24, (float("inf"), *fitting[1:])):
        assert router.route(case(vector=broken)).categories == plain.categories


def costly(wrong_queue: float) -> Any:
    return policy_from({"name": "costs", "costs": {"wrong_queue": wrong_queue}})


def test_an_unsure_team_becomes_triage_by_the_costs(model_folder: Path) -> None:
    bold = load_router(model_folder, costly(0.5)).route(case())
    assert (bold.abstained, bold.team) == (False, bold.teams[0].name)
    shy = load_router(model_folder, costly(1e6)).route(case())
    assert (shy.abstained, shy.team) == (True, "triage")
    assert "a look by the triage team" in shy.why[2]
    assert shy.category == bold.category


def test_the_threshold_is_exactly_where_the_costs_meet(model_folder: Path) -> None:
    chance = load_router(model_folder).route(case()).teams[0].confidence
    even = 1 / (1 - chance)
    assert not load_router(model_folder, costly(even * 0.99)).route(case()).abstained
    assert load_router(model_folder, costly(even * 1.01)).route(case()).abstained


@pytest.mark.parametrize(
    "text",
    [
        "", " \n\t", "\x00\x00", "🔥🔥🔥", "\ud83d", "!!!???", "a" * 100_000, "wort " * 20_000,
        "x\u0300" * 9000, "สวัสดี ใบแจ้งหนี้", "请退款", "<script>alert(1)</script>", "{found}{0}%s", "-1e309",
    ],
)  # fmt: skip
def test_no_text_is_too_strange(model_folder: Path, text: str) -> None:
    assert_whole(load_router(model_folder).route(case(text)))
    assert_whole(Router(None).route(case(text, subject=text)))


def test_what_is_not_known_goes_to_triage(model_folder: Path) -> None:
    router = load_router(model_folder)
    blank = router.route(case("🙂"))
    assert (blank.team, blank.priority, blank.abstained) == ("triage", Priority.MEDIUM, True)
    assert "Nothing in the text is known." in blank.why[0]
    foreign = router.route(case(BILL, language="fi"))
    assert (foreign.team, foreign.abstained) == ("triage", True)
    assert any("(fi)" in sentence for sentence in foreign.why)


def gone(folder: Path) -> None:
    shutil.rmtree(folder)


def without(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def cut(name: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(content[: len(content) // 2])

    return damage


def altered(folder: Path) -> None:
    content = bytearray((folder / "arrays.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "arrays.npz").write_bytes(bytes(content))


def manifested(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        manifest = json.loads((folder / "manifest.json").read_text())
        change(manifest)
        (folder / "manifest.json").write_text(json.dumps(manifest))

    return damage


def not_a_number(folder: Path) -> None:
    """A weight is NaN and the hashes fit: only looking at the numbers finds it."""
    import hashlib

    with np.load(folder / "arrays.npz") as stored:
        arrays = dict(stored)
    arrays["team/plain/bias"][0] = np.nan
    np.savez(folder / "arrays.npz", **arrays)
    digest = hashlib.sha256((folder / "arrays.npz").read_bytes()).hexdigest()
    manifested(lambda m: m["files"].update({"arrays.npz": digest}))(folder)


@pytest.mark.parametrize(
    "damage",
    [
        gone,
        without("manifest.json"),
        without("arrays.npz"),
        without("terms.json"),
        cut("manifest.json"),
        cut("arrays.npz"),
        cut("terms.json"),
        altered,
        not_a_number,
        manifested(lambda m: m["settings"].update(schema=0)),
        manifested(lambda m: m.pop("settings")),
        manifested(lambda m: m.update(files={"terms.json": "0"})),
        lambda folder: (folder / "manifest.json").write_text("[]"),
    ],
)
def test_a_broken_model_sends_to_triage_and_says_so(
    model_folder: Path, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(model_folder, folder)
    load_model(folder)
    damage(folder)
    with pytest.raises(ModelUnavailable):
        load_model(folder)
    routed = load_router(folder).route(case())
    assert_whole(routed)
    assert (routed.team, routed.priority, routed.abstained) == ("triage", Priority.MEDIUM, True)
    assert "router" in routed.why[0] or "manifest" in routed.why[0]
    assert dict(routed.versions)["router"] == "none"


def test_rules_hold_without_any_model() -> None:
    routed = Router(None).route(case("the heater is on fire, people are injured"))
    assert (routed.team, routed.priority) == ("triage", Priority.CRITICAL)
    assert routed.rules == ("danger to people",)


def test_the_files_hold_no_pickle(model_folder: Path) -> None:
    with np.load(model_folder / "arrays.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "fi" for name in stored.files)


def test_serving_imports_no_scikit_learn(model_folder: Path) -> None:
    """It would cost each process 2.6 s and 100 MB."""
    program = (
        "import sys; from pathlib import Path; from router.route import load_router;"
        "from core.decision import Case;"
        "r = load_router(Path(sys.argv[1])).route(Case('refund the invoice', 'en', 'email'));"
        "assert r.versions[0][1] != 'none';"
        "print(sorted({'sklearn', 'scipy', 'torch', 'onnxruntime', 'nlu'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(model_folder)],
        capture_output=True, text=True, cwd=root, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


AGENTS = [
    {"name": "ada", "presence": "online", "load": 1, "capacity": 4, "skills": {"de": 4}},
    {"name": "bo", "presence": "online", "load": 3, "capacity": 4, "skills": {"de": 5}},
    {"name": "cy", "presence": "away", "load": 0, "capacity": 4, "skills": {"de": 5}},
    {"name": "di", "presence": "online", "load": 4, "capacity": 4, "skills": {"de": 5}},
    {"name": "ed", "presence": "online", "load": 0, "capacity": 4, "skills": {}},
    {
        "name": "fay",
        "presence": "online",
        "load": 0,
        "capacity": 4,
        "skills": {"de": 1},
        "teams": ["x"],
    },
    {"name": "gus", "presence": "online", "load": "many", "skills": None},
    "hal",
]


def test_candidates_are_scored_and_the_others_told_why() -> None:
    german = [{
        "name": "german", "because": "It is written in German.",
        "when": [{"field": "language", "is": "de"}], "then": {"skills": ["de"]},
    }]  # fmt: skip
    router = Router(None, policy_from({"name": "p", "rules": german}))
    found = router.route(case(language="de", facts={"agents": AGENTS})).candidates
    assert [(c.agent, c.score) for c in found[:2]] == [("ada", 0.775), ("bo", 0.625)]
    assert {c.agent: c.excluded for c in found[2:]} == {
        "cy": "is away",
        "di": "has no room left (4 of 4)",
        "ed": "lacks de",
        "fay": "is not in the team triage",
        "gus": "cannot be read",
        "unknown": "cannot be read",
    }
    assert router.route(case()).candidates == ()
    assert router.route(case(facts={"agents": "everyone"})).candidates == ()
