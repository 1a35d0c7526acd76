"""TaskRouter workflows to policies and back: what is said stays said, what cannot be said is told."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.decision import Case, Priority, Target
from core.errors import MalformedPayload
from router.expressions import Untranslatable, conditions, expression
from router.policy import Verdict, default_policy, policy_from
from router.rules_file import effect_of, problems_of, to_toml
from router.taskrouter import policy_of, workflow_of

WORKFLOW: dict[str, Any] = {
    "task_routing": {
        "filters": [
            {
                "filter_friendly_name": "Gold support",
                "expression": "customer_tier == 'gold' AND (type == \"support\" OR language IN ['de', 'es'])",
                "targets": [
                    {"queue": "WQ1", "priority": "30", "expression": "worker.skills HAS 'vip'"},
                ],
            },
            {"expression": "1 == 1", "targets": [{"queue": "WQ2"}]},
        ],
    }
}


def verdict(facts: dict[str, Any] | None = None, **case: Any) -> Verdict:
    fields = {"text": "", "language": "en", "channel": "chat", "facts": facts or {}, **case}
    return Verdict(Case(**fields), "billing", Priority.LOW, "a", 0.9)


def test_a_workflow_becomes_rules_that_stop() -> None:
    found = policy_of(WORKFLOW, "mine", {"WQ1": "technical"})
    assert found.left_out == []
    policy = policy_from(found.result)
    gold = verdict({"type": "support"}, customer_tier="gold")
    after, names, _ = policy.applied(gold)
    assert (after.team, after.priority, after.skills) == ("technical", Priority.CRITICAL, ("vip",))
    assert names == ("Gold support",), "the second filter is not asked"
    german = verdict(customer_tier="gold", language="de")
    assert policy.applied(german)[0].team == "technical"
    other = policy.applied(verdict(customer_tier="gold"))[0]
    assert (other.team, other.priority) == ("WQ2", Priority.LOW)


def test_there_and_back_is_the_same() -> None:
    policy = policy_of(WORKFLOW, "mine", {"WQ1": "technical"}).result
    back = workflow_of(policy, {"technical": "WQ1", "triage": "WQ9"})
    assert back.left_out == []
    assert back.result["task_routing"]["default_filter"] == {"queue": "WQ9"}
    assert policy_of(back.result, "mine", {"WQ1": "technical"}).result == policy


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"targets": [{"queue": "a", "timeout": 30}]}, "timeout = 30"),
        ({"targets": [{"queue": "a", "skip_if": "workers.available == 0"}]}, "skip_if"),
        ({"targets": [{"queue": "a"}, {"queue": "b"}]}, "1 further targets"),
        ({"targets": [{"queue": "a", "timeout": 0}, {"queue": "b"}]}, "timeout = 0"),
        (
            {
                "targets": [
                    {"queue": "a", "priority": 20, "timeout": 9},
                    {"queue": "b", "priority": 10},
                ]
            },
            "no less urgent",
        ),
        (
            {"targets": [{"queue": "a", "timeout": 9, "skip_if": "1 == 1"}, {"queue": "b"}]},
            "1 == 1",
        ),
        ({"targets": [{"queue": "a", "order_by": "worker.level DESC"}]}, "order_by"),
        ({"targets": [{"queue": "a", "known_worker_sid": "task.agent"}]}, "known_worker_sid"),
        ({"targets": [{"queue": "a", "priority": 7}]}, "--priorities 7=high"),
        ({"targets": [{"queue": "a", "expression": "worker.age > 3"}]}, "skills only"),
        ({"targets": []}, "no target"),
        ({"expression": "tags CONTAINS 'x'"}, "the whole filter"),
        ({"expression": "a == b"}, "the whole filter"),
        ({"expression": "a =="}, "the whole filter"),
    ],
)
def test_what_has_no_place_in_a_rule_is_told(change: dict[str, Any], told: str) -> None:
    one = {"filter_friendly_name": "f", "expression": "a == 1", "targets": [{"queue": "a"}]}
    found = policy_of({"task_routing": {"filters": [{**one, **change}]}}, "p", {})
    (left,) = found.left_out
    assert left["in"].split(",")[0] == "f"
    assert told in left["what"]
    policy_from(found.result)


def test_their_numbers_mean_what_the_caller_says() -> None:
    target = {"queue": "a", "priority": 7}
    workflow = {"task_routing": {"filters": [{"targets": [target]}]}}
    found = policy_of(workflow, "p", {}, {7: "high"})
    assert found.result["rules"][0]["then"]["priority"] == "high"


STEPS: list[dict[str, Any]] = [
    {"queue": "WQ1", "priority": 30, "expression": 'worker.skills HAS "vip"', "skip_if": "workers.available == 0", "timeout": 90},
    {"queue": "WQ1", "priority": 30, "timeout": 600},
    {"queue": "WQ2", "priority": 30, "expression": 'worker.skills HAS "de"'},
]  # fmt: skip


def test_targets_become_targets_and_come_back() -> None:
    one = {"filter_friendly_name": "f", "expression": 'tags HAS "vip"', "targets": STEPS}
    found = policy_of({"task_routing": {"filters": [one]}}, "p", {"WQ1": "technical"})
    assert found.left_out == []
    after, names, _ = policy_from(found.result).applied(verdict({"tags": ["VIP", "x"]}))
    assert names == ("f",)
    assert (after.team, after.priority) == ("technical", Priority.CRITICAL)
    assert after.targets == (
        Target(0.0, "technical", ("vip",), skip_if="nobody_online"),
        Target(1.5, "technical"),
        Target(11.5, "WQ2", ("de",)),
    )
    back = workflow_of(found.result, {"technical": "WQ1"})
    assert back.left_out == []
    assert back.result["task_routing"]["filters"] == [one]


@pytest.mark.parametrize(
    ("numbers", "first", "later"),
    [([10, 20, 30], "medium", ["high", "critical"]), ([None, 20, 20], None, ["high", ""])],
)
def test_what_grows_more_urgent_from_target_to_target_comes_and_goes(
    numbers: list[int | None], first: str | None, later: list[str]
) -> None:
    said = [
        {"queue": f"WQ{at}", **({"priority": number} if number is not None else {}), "timeout": 60}
        for at, number in enumerate(numbers)
    ]
    del said[-1]["timeout"]
    one = {"filter_friendly_name": "f", "expression": "a == 1", "targets": said}
    found = policy_of({"task_routing": {"filters": [one]}}, "p", {})
    assert found.left_out == []
    (rule,) = found.result["rules"]
    assert rule["then"].get("priority") == first
    assert [target.get("priority", "") for target in rule["then"]["targets"][1:]] == later
    rules = policy_from(tomllib.loads(to_toml(found.result)))
    after, _, _ = rules.applied(verdict({"a": 1}))
    assert after.priority is (Priority.MEDIUM if first else Priority.LOW)
    assert [target.priority for target in after.targets[1:]] == later
    back = workflow_of(found.result, {})
    assert (back.left_out, back.result["task_routing"]["filters"]) == ([], [one])


def test_a_list_has_and_a_text_has_not() -> None:
    (test,) = conditions("tags HAS 'vip'")
    rule = {"name": "r", "because": "-", "when": [test], "then": {"team": "b"}}
    policy = policy_from({"name": "p", "rules": [rule]})
    fires = [
        policy.applied(verdict({"tags": value}))[0].team == "b"
        for value in (["vip"], ["Vip", 1], [], "vip", None, ["vips"])
    ]
    assert fires == [True, True, False, False, False, False]


def test_a_plan_that_taskrouter_cannot_follow_is_told() -> None:
    plan = [
        {"team": "a", "agent": "last"},
        {"minutes": 0.5, "team": "a", "agent": "preferred"},
        {"minutes": 1, "team": "a", "agent": "ben@firm.example"},
        {"minutes": 2, "team": "a", "skip_if": "closed"},
        {"minutes": 5, "team": "b", "skip_if": "nobody_online"},
    ]
    then = {"team": "a", "skills": ["x"], "targets": plan, "stop": True}
    rules = [{"name": "r", "because": "-", "when": [], "then": then}]
    found = workflow_of({"name": "p", "rules": rules}, {})
    assert [(one["in"], one["what"].split(":")[0]) for one in found.left_out] == [
        ("r, target 1", "the whole target"),
        ("r, target 2", "the whole target"),
        ("r, target 3", "the whole target"),
        ("r, target 4", "skip_if closed"),
        ("r", "skills of the rule"),
    ]
    (one,) = found.result["task_routing"]["filters"]
    assert one["targets"] == [{"queue": "a", "timeout": 180}, {"queue": "b"}]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.integers(1, 100_000),
            st.lists(st.sampled_from(["x", "y", "{category}"]), unique=True),
            st.booleans(),
        ),
        min_size=2,
        max_size=4,
    )
)
def test_every_plan_survives_the_way_there_and_back(
    steps: list[tuple[str, int, list[str], bool]],
) -> None:
    plan, seconds = [], 0
    for at, (team, wait, skills, is_skipped) in enumerate(steps):
        one: dict[str, Any] = {"minutes": round(seconds / 60, 4)} if seconds else {}
        one["team"] = team
        if skills:
            one["skills"] = skills
        if is_skipped and at + 1 < len(steps):
            one["skip_if"] = "nobody_online"
        plan.append(one)
        seconds += wait
    when = [{"field": "language", "is": "de"}]
    then = {"stop": True, "team": plan[0]["team"], "targets": plan}
    rule = {
        "name": "r",
        "because": 'The rule "r" of the workflow says so.',
        "when": when,
        "then": then,
    }
    found = workflow_of({"name": "p", "rules": [rule]}, {})
    assert found.left_out == []
    assert policy_of(found.result, "p", {}).result == {"name": "p", "rules": [rule]}


def test_no_workflow_is_refused() -> None:
    for wrong in ({}, {"task_routing": 3}, {"task_routing": {"filters": {}}}):
        with pytest.raises(MalformedPayload):
            policy_of(wrong, "p", {})


def test_what_taskrouter_cannot_say_is_told() -> None:
    rules = [
        {"name": "says", "because": "-", "when": [{"field": "text", "says": ["fire"]}], "then": {"team": "a"}},
        {"name": "raises", "because": "-", "when": [], "then": {"team": "a", "raise": 1}},
        {"name": "teamless", "because": "-", "when": [], "then": {"priority": "high"}},
    ]  # fmt: skip
    found = workflow_of({"name": "p", "rules": rules}, {})
    assert [(one["in"], one["what"].split(":")[0]) for one in found.left_out] == [
        ("says", "the whole rule"),
        ("raises", "raise 1"),
        ("raises", "it does not stop here, but in TaskRouter no later filter is asked"),
        ("teamless", "the whole rule"),
    ]
    assert len(found.result["task_routing"]["filters"]) == 1


@pytest.mark.parametrize(
    ("said", "facts", "is_true"),
    [
        ("a > 3", {"a": 3}, False),
        ("a > 3", {"a": 3.5}, True),
        ("a < 3", {"a": 3}, False),
        ("a != 'x'", {"a": "y"}, True),
        ("a NOT IN ['x', 'y']", {"a": "y"}, False),
        ("'x' == a", {"a": "x"}, True),
        ("a == true OR b == 1 AND c == 1", {"a": True}, True),
        ("(a == true OR b == 1) AND c == 1", {"a": True}, False),
        ("task.a == 'it\\'s'", {"a": "it's"}, True),
        ("o.p == 2", {"o.p": 2}, True),
    ],
)
def test_expressions_mean_what_they_say(said: str, facts: dict[str, Any], is_true: bool) -> None:
    rule = {"name": "r", "because": "-", "when": conditions(said), "then": {"team": "b"}}
    policy = policy_from({"name": "p", "rules": [rule]})
    assert (policy.applied(verdict(facts))[0].team == "b") is is_true


CONSTANTS = st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=5))
LEAVES = st.one_of(
    st.builds(lambda f, v: {"field": f, "is": v}, st.sampled_from(["facts.a", "language"]), CONSTANTS),
    st.builds(lambda v: {"field": "facts.b", "in": v}, st.lists(CONSTANTS, max_size=3)),
    st.builds(lambda v: {"field": "facts.c", "at_least": v}, st.integers(-9, 9)),
    st.builds(lambda v: {"not": {"field": "facts.a", "is": v}}, CONSTANTS),
)  # fmt: skip
TESTS = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda name, parts: {name: parts},
        st.sampled_from(["any", "all"]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.lists(TESTS, min_size=1, max_size=3), st.dictionaries(st.sampled_from("abc"), CONSTANTS))
def test_every_condition_survives_the_way_there_and_back(
    tests: list[dict[str, Any]], facts: dict[str, Any]
) -> None:
    def fires(when: list[dict[str, Any]]) -> bool:
        rule = {"name": "r", "because": "-", "when": when, "then": {"team": "b"}}
        read = tomllib.loads(to_toml({"name": "p", "rules": [rule]}))
        return policy_from(read).applied(verdict(facts))[0].team == "b"

    assert fires(conditions(expression(tests))) == fires(tests)


@settings(deadline=None)
@given(st.text())
def test_every_text_survives_its_quotes(text: str) -> None:
    tests = [{"field": "facts.a", "is": text}]
    assert conditions(expression(tests)) == tests
    read = tomllib.loads(to_toml({"name": text}))
    assert read["name"] == text


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_the_reader_of_expressions(said: str) -> None:
    try:
        found = conditions(said)
    except MalformedPayload:
        return
    assert isinstance(found, list)


def test_nesting_has_an_end() -> None:
    with pytest.raises(MalformedPayload, match="deeply"):
        conditions("(" * 5000 + "a == 1" + ")" * 5000)
    with pytest.raises(Untranslatable):
        expression([{"not": {"any": [{"field": "language", "is": "x"}]}}])


ROWS = [
    {"text": "there is smoke", "category": "c", "priority": "low", "team": "a", "language": "de"},
    {"text": "hello", "category": "c", "priority": "low", "team": "a", "language": "en"},
]


def test_a_policy_is_tried_on_known_tickets_before_it_is_used() -> None:
    told, whole = effect_of(default_policy(), ROWS)
    by_name = {one["rule"]: one for one in told}
    assert (by_name["danger to people"]["fired"], by_name["danger to people"]["reprioritised"]) == (
        1,
        1,
    )
    assert by_name["speaks German"] == {
        "rule": "speaks German", "fired": 1, "moved": 0, "reprioritised": 0,
    }  # fmt: skip
    assert whole == {"tickets": 2, "moved": 0, "reprioritised": 1}


def test_what_is_hardly_meant_is_told() -> None:
    def rule(name: str, **then: Any) -> dict[str, Any]:
        return {"name": name, "because": "-", "when": [], "then": then}

    rules = [rule("a", team="nowhere", stop=True), rule("a", team="b")]
    policy = policy_from({"name": "p", "rules": rules})
    assert problems_of(policy, ["b"]) == [
        "Two rules are named 'a'.",
        "Nothing reaches the rules after 'a': it always stops.",
        "There is no team 'nowhere'.",
    ]
    assert problems_of(default_policy(), []) == []
