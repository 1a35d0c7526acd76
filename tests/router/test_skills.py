"""Skills learned from what past tickets needed, and from who solved them: likely enough or not asked for, and nobody is left out for long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.decision import Case, Guess, Priority
from core.errors import MalformedPayload
from core.understanding import Scored
from router.history import shape_from, write_history
from router.learn import learn_reader
from router.learn_skills import learn_skills
from router.model import load_model
from router.needs import needs
from router.policy import Costs, RoutingPolicy, Verdict, policy_from, verdict_of
from router.route import Router
from router.rule_lines import target_lines, targets_of
from router.rules_file import to_toml
from router.skills import Ground, Source, known_to, slugs_in, slugs_of
from router.taskrouter import workflow_of
from router.train import silent, train_router

Row = dict[str, str]
TOPICS = {"api": "webhook token endpoint", "hardware": "keyboard screen dock"}
AGENTS = [{"name": "Ann", "teams": ["technical"], "skills": {"api": 4}, "presence": "online"}]
RINGS: dict[str, Any] = {
    "name": "learned skills",
    "because": "Those who know {proposed} are asked first.",
    "when": [],
    "then": {"targets": [{"skills": ["{proposed}"]}, {"minutes": 10}]},
}


def tickets(count: int, seed: int = 1) -> list[Row]:
    """Of two topics; nine of ten of the first need `api`, none of the second. Who solves what needs nothing knows it by chance."""
    random = np.random.default_rng(seed)
    rows = []
    for at in range(count):
        topic = sorted(TOPICS)[at % 2]
        is_needed = topic == "api" and random.random() < 0.9
        said = random.permutation([*TOPICS[topic].split(), "please", "help", "today"]).tolist()
        has_it = is_needed or random.random() < 0.5
        rows.append(
            {
                "text": f"{' '.join(said)} {at}",
                "category": topic,
                "team": ("devices", "technical")[topic == "api"],
                "priority": ("low", "high")[at % 4 < 2],
                "language": "en",
                "channel": "email",
                "skills": slugs_of(", ".join((["API"] if is_needed else []) + _drawn(random))),
                "solver": "api" if has_it else "-",
            }
        )
    return rows


def _drawn(random: np.random.Generator) -> list[str]:
    return ["by chance"] if random.random() < 0.5 else []


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("skills")
    write_history(tickets(240), place / "tickets.csv")
    train_router(place / "tickets.csv", None, place / "model")
    return place / "model"


def case(text: str = "webhook, token and endpoint: please help today", **changes: Any) -> Case:
    return replace(Case(text, "en", "email", facts={"agents": AGENTS}), **changes)


def test_what_tickets_like_it_needed_stands_in_the_decision(taught: Path) -> None:
    found = Router(load_model(taught)).route(case())
    chances = {one.name: one.confidence for one in found.learned_skills}
    assert chances["api"] == pytest.approx(0.9, abs=0.1)
    assert "by-chance" not in chances, "what no word tells is not learned"
    assert "api" in {one.name for one in found.needs}
    (why,) = (said for said in found.why if said.startswith("Tickets like it needed api"))
    assert "webhook" in why
    assert found.guess is not None
    assert found.guess.proposed_skills == ("api",)
    other = Router(load_model(taught)).route(case("the keyboard and the dock"))
    assert all(one.confidence < 0.2 for one in other.learned_skills if one.name == "api")
    assert other.guess is not None
    assert other.guess.proposed_skills == ()


def test_a_skill_that_nobody_has_is_told_and_not_asked_for(taught: Path) -> None:
    found = Router(load_model(taught), _policy()).route(case(facts={"agents": []}))
    assert found.guess is not None
    assert found.guess.proposed_skills == ()
    assert any(said.endswith("Nobody here has that skill.") for said in found.why)
    assert [one.skills for one in found.targets] == [(), ()]
    assert not known_to([{"skills": "api"}, 3, {"skills": {"api": 0}}], "api")


def test_a_rule_asks_those_first_and_everybody_after_its_minutes(taught: Path) -> None:
    found = Router(load_model(taught), _policy()).route(case())
    assert [(one.minutes, one.skills) for one in found.targets] == [(0.0, ("api",)), (10, ())]
    assert found.skills == (), "what excludes everybody else is left as it was"
    assert "Those who know api are asked first." in found.why
    assert Router(load_model(taught), _policy()).route(case()) == found


@pytest.mark.parametrize(
    "then",
    [
        {"skills": ["{proposed}"]},
        {"targets": [{"skills": ["{proposed}"]}]},
        {"targets": [{}, {"minutes": 5, "skills": ["de", "{proposed}"]}]},
    ],
)
def test_no_rule_may_leave_everybody_out_for_a_proposed_skill(then: dict[str, Any]) -> None:
    with pytest.raises(MalformedPayload, match="before the last one"):
        policy_from({"name": "p", "rules": [{**RINGS, "then": then}]})


def test_rules_may_ask_which_skills_are_proposed() -> None:
    when = [{"field": "proposed_skills", "has": "api"}]
    policy = policy_from(
        {"name": "p", "rules": [{**RINGS, "when": when, "then": {"team": "technical"}}]}
    )
    for proposed, team in ((("api",), "technical"), (("de",), "care"), ((), "care")):
        guess = Guess("c", Priority.LOW, "care", proposed_skills=proposed)
        assert policy.applied(verdict_of(case(), guess))[0].team == team


def test_a_skill_asked_for_by_rules_too_has_the_larger_chance() -> None:
    verdict = Verdict(case(), "c", Priority.LOW, "care", 0.9, proposed_skills=("api",))
    rule = {**RINGS, "when": [{"field": "language", "is": "de"}], "then": {"skills": ["api"]}}
    languages = (Scored("en", 0.75), Scored("de", 0.25))
    policy = policy_from({"name": "p", "rules": [rule, RINGS]})
    for learned, chance in ((0.8, 0.8), (0.1, 0.25)):
        (found,) = needs(policy, verdict, (Scored("c", 1),), languages, (Scored("api", learned),))
        assert (found.name, found.confidence) == ("api", pytest.approx(chance))


def test_costs_say_from_when_on_it_is_worth_asking() -> None:
    assert Costs().asks_for(0.75)
    assert not Costs().asks_for(0.74)
    assert Costs(needless_skill=1).asks_for(0.5)


def test_who_solved_it_counts_only_beyond_chance() -> None:
    ground = Ground(Source.SOLVED, 0.5)
    assert [ground.chance(found) for found in (0.9, 0.5, 0.1)] == [pytest.approx(0.8), 0, 0]
    assert Ground(Source.SOLVED, 1.0).chance(1.0) == 0
    assert Ground(Source.SAID).chance(0.7) == 0.7


def test_solvers_teach_a_skill_where_no_ticket_says_what_it_needed() -> None:
    rows = [{**row, "skills": ""} for row in tickets(240)]
    reader, seen = learn_reader([row["text"] for row in rows], None, silent)
    learned = learn_skills(rows, seen, silent)
    assert set(learned) == {"api"}
    ground, classifier, held_out = learned["api"]
    share = np.mean([row["solver"] == "api" for row in rows])
    assert (ground.source, ground.base) == (Source.SOLVED, pytest.approx(share, abs=1e-6))
    yes = classifier.labels.index("yes")
    told = {
        topic: ground.chance(classifier.probabilities(reader.read(words))[yes])
        for topic, words in TOPICS.items()
    }
    assert told["api"] > 0.4, "more than chance explains"
    assert told["hardware"] == 0
    assert held_out.probabilities.shape == (240, 2)


def test_few_rows_teach_no_skill() -> None:
    rows = tickets(50)
    _, seen = learn_reader([row["text"] for row in rows], None, silent)
    assert learn_skills(rows, seen, silent) == {}
    untold = [{"text": row["text"]} for row in tickets(80)]
    _, seen = learn_reader([row["text"] for row in untold], None, silent)
    assert learn_skills(untold, seen, silent) == {}


@pytest.mark.parametrize(
    ("cell", "kept", "read"),
    [
        ("Windows Server, DE", "windows-server;de", {"windows-server", "de"}),
        ("api|api\n de ", "api;de", {"api", "de"}),
        ("", "-", set()),
        ("None", "-", set()),
    ],
)
def test_a_cell_of_skills(cell: str, kept: str, read: set[str]) -> None:
    assert slugs_of(cell) == kept
    assert slugs_in(kept) == read
    assert slugs_in("") is None


def test_the_place_of_proposed_skills_survives_lines_and_files() -> None:
    lines = "technical with {proposed}\n10 min: technical"
    assert target_lines(targets_of(lines)) == lines
    assert "{proposed}" in to_toml({"name": "p", "rules": [RINGS]})
    then = {**RINGS["then"], "team": "technical"}
    rule = {**RINGS, "when": [{"field": "channel", "is": "email"}], "then": then}
    found = workflow_of({"name": "p", "rules": [rule]}, {})
    assert any("TaskRouter learns none" in one["what"] for one in found.left_out)
    assert "proposed" not in str(found.result)


def test_a_mapping_names_skills_and_who_solved_it() -> None:
    shape = shape_from("text=T,category=C,team=G,skills=Needs,agent=Assignee")
    assert (shape.skills, shape.agent) == ("Needs", "Assignee")


def _policy() -> RoutingPolicy:
    return policy_from({"name": "p", "rules": [RINGS]})
