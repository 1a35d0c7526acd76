"""Rules as lines: what is written reads back as the same, whatever it is, and nonsense is named."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import MalformedPayload
from router import policy
from router.rule_lines import conditions_of, lines_of, target_lines, targets_of

fields = st.sampled_from([*sorted(policy.FIELDS), "facts.intent"])
words = st.text(st.characters(codec="utf-8"), max_size=12)
simple = st.one_of(
    st.fixed_dictionaries({"field": fields, "is": words | st.booleans()}),
    st.fixed_dictionaries({"field": fields, "in": st.lists(words, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"field": fields, "says": st.lists(words, min_size=1, max_size=3)}),
    st.fixed_dictionaries({"field": fields, "at_least": st.integers(-9, 9) | st.just(0.5)}),
)
tests = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=5,
)


def _same(one: Any) -> Any:
    """A joint of one part is that part."""
    if isinstance(one, dict) and set(one) == {"any"} and len(one["any"]) == 1:
        return _same(one["any"][0])
    if isinstance(one, dict):
        return {name: _same(value) for name, value in one.items()}
    return [_same(item) for item in one] if isinstance(one, list) else one


@given(st.lists(tests, max_size=4))
@settings(max_examples=300, deadline=None)
def test_what_is_written_reads_back_as_the_same(when: list[dict[str, Any]]) -> None:
    assert _same(conditions_of(lines_of(when))) == _same(when)


def test_the_shipped_rules_are_plain_lines() -> None:
    shipped = Path(policy.__file__).with_name("policy.toml").read_text(encoding="utf-8")
    for rule in tomllib.loads(shipped)["rules"]:
        lines = lines_of(rule["when"])
        assert "{" not in lines
        assert conditions_of(lines) == rule["when"]


def test_or_and_not_are_said_in_words() -> None:
    text = "customer_tier in vip, enterprise\ntext says down or facts.intent is report_outage\nnot channel is voice"
    when = conditions_of(text)
    assert when[1] == {
        "any": [
            {"field": "text", "says": ["down"]},
            {"field": "facts.intent", "is": "report_outage"},
        ]
    }
    assert when[2] == {"not": {"field": "channel", "is": "voice"}}
    assert lines_of(when) == text


@pytest.mark.parametrize(
    "line",
    ["tier is vip", "text", "text contains x", "tried_answers at_least few", "{broken", "[1]"],
)
def test_a_line_that_says_nothing_is_named(line: str) -> None:
    with pytest.raises(MalformedPayload, match=line[:4].replace("[", r"\[").replace("{", r"\{")):
        conditions_of(f"channel is voice\n{line}")


def test_targets_read_back_as_the_same() -> None:
    text = "last agent in technical\n2 min: technical with api, de as high unless nobody_online\n15 min: orders as critical unless closed"
    targets = targets_of(text)
    assert targets == [
        {"team": "technical", "agent": "last"},
        {
            "minutes": 2.0,
            "team": "technical",
            "skills": ["api", "de"],
            "priority": "high",
            "skip_if": "nobody_online",
        },
        {"minutes": 15.0, "team": "orders", "priority": "critical", "skip_if": "closed"},
    ]
    assert target_lines(targets) == text
    with pytest.raises(MalformedPayload, match="no target"):
        targets_of("5 min: somebody, please")


def test_a_target_for_one_colleague_reads_back_as_the_same() -> None:
    text = "agent ben@firm.example in technical with api\n1 min: preferred agent in technical\n2 min: agent o'neil+1@firm.example unless closed\n5 min: agent"
    targets = targets_of(text)
    assert targets == [
        {"team": "technical", "agent": "ben@firm.example", "skills": ["api"]},
        {"minutes": 1.0, "team": "technical", "agent": "preferred"},
        {"minutes": 2.0, "agent": "o'neil+1@firm.example", "skip_if": "closed"},
        {"minutes": 5.0, "team": "agent"},
    ]
    assert target_lines(targets) == text
    with pytest.raises(MalformedPayload, match="no target"):
        targets_of("agent ben in technical")
