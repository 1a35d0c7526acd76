"""Rules as data: what they may say, in which order they act, and that the shipped ones mean well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.decision import Case, Priority
from core.errors import MalformedPayload
from router.policy import Costs, RoutingPolicy, Verdict, default_policy, policy_from
from router.route import Router


def verdict(text: str = "hello", priority: Priority = Priority.LOW, **changes: Any) -> Verdict:
    case = Case(**{"text": text, "language": "en", "channel": "email", **changes})
    return Verdict(case, "billing", priority, "orders", 0.7)


def policy(*rules: dict[str, Any]) -> RoutingPolicy:
    named = [{"name": f"rule {i}", "because": "Because.", **rule} for i, rule in enumerate(rules)]
    return policy_from({"name": "test", "rules": named})


def fires(test: dict[str, Any], seen: Verdict) -> bool:
    return bool(policy({"when": [test], "then": {"raise": 1}}).applied(seen)[1])


@pytest.mark.parametrize(
    ("text", "priority", "rules"),
    [
        ("Smoke comes out of the sensor!", Priority.CRITICAL, ("danger to people",)),
        ("aus dem Gerät kommt RAUCH", Priority.CRITICAL, ("danger to people",)),
        ("hubo una descarga  eléctrica", Priority.CRITICAL, ("danger to people",)),
        ("a smokeless fireplace of a good brand", Priority.LOW, ()),
        ("we had a data leak", Priority.HIGH, ("data of others",)),
        ("", Priority.LOW, ()),
    ],
)
def test_words_of_danger_raise_the_priority(
    text: str, priority: Priority, rules: tuple[str, ...]
) -> None:
    changed, names, why = default_policy().applied(verdict(text))
    assert (changed.priority, names) == (priority, rules)
    assert len(why) == len(rules)


def test_the_sentence_quotes_what_was_found() -> None:
    why = default_policy().applied(verdict("there is smoke", customer_tier="vip"))[2]
    assert 'danger to people ("smoke")' in why[0]
    assert "tier is vip" in why[1]


def test_subject_and_language_become_skills() -> None:
    seen = verdict("hallo", language="de")
    assert default_policy().applied(seen)[0].skills == ("de",)
    sure = replace(seen, category_confidence=0.6)
    assert default_policy().applied(sure)[0].skills == ("billing", "de")


def test_what_a_customer_wrote_fills_no_placeholder() -> None:
    rules = policy(
        {
            "when": [{"field": "text", "says": ["{category}"]}],
            "because": "Said {found}, {odd}.",
            "then": {},
        }
    )
    assert rules.applied(verdict("a category"))[2] == ("Said {category}, {odd}.",)


def test_a_rule_never_lowers_and_never_goes_above_critical() -> None:
    changed, names, _ = default_policy().applied(verdict("a data leak", Priority.CRITICAL))
    assert (changed.priority, names) == (Priority.CRITICAL, ("data of others",))
    seen = verdict("a data leak", Priority.CRITICAL, is_urgent=True, customer_tier="VIP")
    changed, names, _ = default_policy().applied(seen)
    assert changed.priority is Priority.CRITICAL
    assert names == ("data of others", "urgent", "important customer")


def test_urgent_words_and_tier_add_up_in_order() -> None:
    changed, names, _ = default_policy().applied(verdict(is_urgent=True, customer_tier="vip"))
    assert (changed.priority, names) == (Priority.HIGH, ("urgent", "important customer"))


@pytest.mark.parametrize(
    ("test", "is_true"),
    [
        ({"field": "team", "is": "Orders"}, True),
        ({"field": "channel", "in": ["chat", "voice"]}, False),
        ({"field": "confidence", "at_least": 0.7}, True),
        ({"field": "confidence", "at_most": 0.69}, False),
        ({"field": "priority", "is": "low"}, True),
        ({"field": "facts.reopened", "at_least": 2}, True),
        ({"field": "facts.missing", "at_least": 0}, False),
        ({"field": "facts.missing", "is": ""}, False),
        ({"field": "facts.intents", "is": "Refund"}, True),
        ({"field": "facts.intents", "is": "outage"}, False),
        ({"field": "facts.intents", "in": ["outage", "cancel"]}, True),
        ({"field": "facts.intents", "in": ["outage"]}, False),
        ({"not": {"field": "language", "is": "de"}}, True),
        ({"any": [{"field": "language", "is": "de"}, {"field": "channel", "is": "email"}]}, True),
        ({"any": []}, False),
    ],
)
def test_each_condition_is_true_when_it_should_be(test: dict[str, Any], is_true: bool) -> None:
    assert fires(test, verdict(facts={"reopened": 2, "intents": ["cancel", "refund"]})) is is_true


def test_all_conditions_of_a_rule_must_hold_and_stop_stops() -> None:
    both = [{"field": "language", "is": "en"}, {"field": "channel", "is": "sms"}]
    english = [{"field": "language", "is": "en"}]
    rules = policy(
        {"when": both, "then": {"raise": 3}},
        {"when": english, "then": {"team": "vip desk", "skills": ["en"], "stop": True}},
        {"when": english, "then": {"priority": "critical"}},
    )
    changed, names, _ = rules.applied(verdict())
    assert (changed.team, changed.skills, changed.priority) == ("vip desk", ("en",), Priority.LOW)
    assert names == ("rule 1",)


@pytest.mark.parametrize(
    "rule",
    [
        {"when": [{"field": "mood", "is": "bad"}], "then": {}},
        {"when": [{"field": "text"}], "then": {}},
        {"when": [{"field": "text", "is": "a", "says": ["b"]}], "then": {}},
        {"when": [{"field": "text", "says": "fire"}], "then": {}},
        {"when": [{"field": "confidence", "at_least": "much"}], "then": {}},
        {"when": [], "then": {"priority": "sky-high"}},
        {"when": [], "then": {"page": "everyone"}},
        {"when": 7, "then": {}},
        {"then": {}},
        {"name": "", "when": [], "then": {}},
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_name(rule: dict[str, Any]) -> None:
    with pytest.raises(MalformedPayload, match="Rule"):
        policy(rule)


def test_costs_choose_the_cautious_priority_and_know_pairs_of_teams() -> None:
    costs = policy_from(
        {"name": "c", "costs": {"wrong_queue": 4.0, "pairs": {"billing>orders": 1.0}}}
    ).costs
    assert costs.of_sending("orders", ["billing", "orders", "api"], [0.5, 0.3, 0.2]) == 1.3
    chances = {1: 0.45, 4: 0.55}
    assert min((1, 2, 3, 4), key=lambda p: Costs().of_rating(p, chances)) == 1
    with pytest.raises(MalformedPayload):
        policy_from({"name": "c", "costs": {"coffee": 1.0}})
    with pytest.raises(MalformedPayload):
        policy_from({})


def test_the_version_changes_with_what_the_policy_says() -> None:
    one = policy({"when": [], "then": {"raise": 1}})
    other = policy({"when": [], "then": {"raise": 2}})
    assert one.version != other.version
    assert one.version == policy({"when": [], "then": {"raise": 1}}).version


def _for_one(agent: str, *more: dict[str, Any]) -> RoutingPolicy:
    return policy({"when": [], "then": {"targets": [{"agent": agent}, *more]}})


def test_a_target_may_be_for_one_colleague_and_never_the_last_one() -> None:
    then = {"minutes": 2}
    plan = _for_one("ben@firm.example", then).applied(verdict())[0].targets
    assert [(one.agent, one.team) for one in plan] == [
        ("ben@firm.example", "orders"),
        ("", "orders"),
    ]
    for agent in ("ben@firm.example", "preferred"):
        with pytest.raises(MalformedPayload, match="needs another one after it"):
            _for_one(agent)
    for wrong in ("ben", "ben@", "@firm.example", "ben @firm.example", "a@b@c", "a@b, c@d"):
        with pytest.raises(MalformedPayload, match="or a mail address, not"):
            _for_one(wrong, then)


PEOPLE = [
    {"name": "Ben Fox", "email": "Ben@firm.example"},
    {"name": "Ada Lind", "email": "ada@firm.example"},
]


@pytest.mark.parametrize(
    ("agents", "said"),
    [
        (PEOPLE, ("From minute 0 on only Ben Fox is offered it, if they are there.",)),
        (
            PEOPLE[1:],
            (
                "The target for ben@firm.example is passed over: nobody who takes conversations has that address.",
            ),
        ),
        ([{"name": "Ben Fox"}], ()),
        (None, ()),
        (["hal"], ()),
    ],
)
def test_a_decision_says_who_is_asked_alone_and_who_is_not_here(
    agents: Any, said: tuple[str, ...]
) -> None:
    router = Router(None, _for_one("ben@firm.example", {"minutes": 2}))
    seen = Case("hello", "en", "email", facts={"agents": agents})
    assert router.route(seen).why[1:] == ("Because.", *said)
    plain = Router(None, policy({"when": [], "then": {"targets": [{"agent": "last"}]}}))
    assert plain.route(seen).why[1:] == ("Because.",)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (
            "ben@firm.example",
            (
                "From minute 0 on only the customer's own agent, Ben Fox, is offered it, if they are there.",
            ),
        ),
        (
            "",
            (
                "The customer has no agent of their own, so the target for that agent is passed over.",
            ),
        ),
        (None, ()),
    ],
)
def test_a_decision_says_whose_the_customer_is(own: str | None, said: tuple[str, ...]) -> None:
    router = Router(None, _for_one("preferred", {"minutes": 2}))
    facts = {"agents": PEOPLE, **({} if own is None else {"preferred_agent": own})}
    assert router.route(Case("hello", "en", "email", facts=facts)).why[1:] == ("Because.", *said)
