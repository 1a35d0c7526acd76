"""Rules around the classifiers, as data: conditions over every field of a case, and what then changes. Learning does not belong here."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.decision import Case, Guess, Priority, Target
from core.errors import MalformedPayload
from core.targets import LAST, PREFERRED, is_named, target_of
from router.words import words

_PLACE = re.compile(r"\{(\w+)\}")
PROPOSED = "{proposed}"
"""In a target's skills: those that tickets like it needed."""
_TESTS = ("is", "in", "has", "at_least", "at_most", "says")


@dataclass(frozen=True, slots=True)
class Costs:
    """What mistakes cost, relative to each other. `pairs`: (true team, chosen team) where it differs.

    `too_low`, `too_high`: of rating a ticket one step less, or more, urgent than it is. `needless_skill`: of asking first those
    who have a skill that it does not need; `missing_skill`: of not asking them though it does.
    """

    wrong_queue: float = 4.0
    triage: float = 1.0
    too_low: float = 1.5
    too_high: float = 1.0
    needless_skill: float = 3.0
    missing_skill: float = 1.0
    pairs: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of_sending(self, team: str, teams: Sequence[str], chances: Sequence[float]) -> float:
        """Expected cost of choosing `team` when each of `teams` is right with its chance."""
        return sum(
            chance * self.pairs.get((true, team), self.wrong_queue)
            for true, chance in zip(teams, chances, strict=True)
            if true != team
        )

    def asks_for(self, chance: float) -> bool:
        """Whether a skill that is needed with this chance is worth asking for."""
        return (1 - chance) * self.needless_skill <= chance * self.missing_skill

    def of_rating(self, chosen: int, chances: Mapping[int, float]) -> float:
        """Expected cost of a priority (1 = critical) when each is right with its chance."""
        return sum(
            chance * (self.too_low * max(chosen - true, 0) + self.too_high * max(true - chosen, 0))
            for true, chance in chances.items()
        )


@dataclass(frozen=True, slots=True)
class Verdict:
    """What rules see and change. `confidence`: of the team; `category_confidence`: of the category."""

    case: Case
    category: str
    priority: Priority
    team: str
    confidence: float
    category_confidence: float = 0.0
    skills: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    urgency: str = ""
    urgency_confidence: float = 0.0
    sentiment: str = ""
    sentiment_confidence: float = 0.0
    proposed_skills: tuple[str, ...] = ()


def verdict_of(case: Case, guess: Guess) -> Verdict:
    """What the first rule sees."""
    said = {name: getattr(guess, name) for name in Guess.__dataclass_fields__}
    return Verdict(case, **said)


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of one field; see `policy.toml` for the tests. `field` may be `facts.<name>`."""

    field: str
    test: str
    value: Any

    def found(self, verdict: Verdict) -> str | None:
        """What made it true, as a word for the reader ("" if there is nothing to quote); None when it is false."""
        actual = _actual(verdict, self.field)
        match self.test:
            case "is" | "in":
                wanted = [self.value] if self.test == "is" else self.value
                held = actual if isinstance(actual, (list, tuple)) else [actual]
                known = [_plain(item) for item in wanted]
                return "" if any(_plain(item) in known for item in held) else None
            case "has":
                is_list = isinstance(actual, (list, tuple))
                held = [_plain(item) for item in actual] if is_list else []
                return "" if _plain(self.value) in held else None
            case "at_least" | "at_most":
                if not _is_number(actual):
                    return None
                sign = 1 if self.test == "at_least" else -1
                return "" if sign * (actual - self.value) >= 0 else None
            case _:
                said = f" {' '.join(words(str(actual)))} "
                phrases = (
                    phrase for phrase in self.value if f" {' '.join(words(phrase))} " in said
                )
                return next(phrases, None)


@dataclass(frozen=True, slots=True)
class Any_:
    """True when one of its parts is."""

    parts: tuple[Test, ...]

    def found(self, verdict: Verdict) -> str | None:
        found = (part.found(verdict) for part in self.parts)
        return next((word for word in found if word is not None), None)


@dataclass(frozen=True, slots=True)
class All:
    """True when all of its parts are: for inside of `any` and `not`."""

    parts: tuple[Test, ...]

    def found(self, verdict: Verdict) -> str | None:
        found = [part.found(verdict) for part in self.parts]
        return None if None in found else next(filter(None, found), "")


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is not."""

    part: Test

    def found(self, verdict: Verdict) -> str | None:
        return "" if self.part.found(verdict) is None else None


Test = Condition | Any_ | All | Not


@dataclass(frozen=True, slots=True)
class Rule:
    """When every test holds, the rest happens. `priority`: this or more urgent; `raised`: steps up from there."""

    name: str
    when: tuple[Test, ...]
    because: str
    priority: Priority | None = None
    raised: int = 0
    team: str = ""
    skills: tuple[str, ...] = ()
    is_last: bool = False
    targets: tuple[Target, ...] = ()

    def applied(self, verdict: Verdict) -> tuple[Verdict, str] | None:
        """The verdict changed, and the sentence that says why; None when it does not fire."""
        quoted = ""
        for test in self.when:
            found = test.found(verdict)
            if found is None:
                return None
            quoted = quoted or found
        priority = (
            verdict.priority if self.priority is None else min(self.priority, verdict.priority)
        )
        priority = Priority(max(Priority.CRITICAL, priority - self.raised))
        needed = _named(self.skills, verdict)
        skills = tuple(dict.fromkeys((*verdict.skills, *needed)))
        said = _filled(
            self.because,
            found=quoted,
            category=verdict.category,
            customer_tier=verdict.case.customer_tier,
            tried_answers=str(verdict.case.tried_answers),
            proposed=", ".join(verdict.proposed_skills),
        )
        team = self.team or verdict.team
        changed = replace(verdict, priority=priority, team=team, skills=skills)
        if self.targets:
            targets = tuple(
                replace(one, team=one.team or team, skills=_named(one.skills, verdict))
                for one in self.targets
            )
            first = targets[0]
            said_first = Priority[first.priority.upper()] if first.priority else priority
            priority = min(priority, said_first)
            changed = replace(changed, team=first.team, targets=targets, priority=priority)
        return changed, said


@dataclass(frozen=True, slots=True)
class RoutingPolicy:
    """Rules in their order, and costs. `version`: sha256 of what they say."""

    name: str
    rules: tuple[Rule, ...]
    costs: Costs
    version: str = ""

    @property
    def named(self) -> list[tuple[str, str]]:
        """Rules with the mail addresses of colleagues whom their targets ask alone."""
        targets = ((rule.name, one.agent) for rule in self.rules for one in rule.targets)
        return [(rule, agent) for rule, agent in targets if is_named(agent)]

    def applied(self, verdict: Verdict) -> tuple[Verdict, tuple[str, ...], tuple[str, ...]]:
        """The verdict after all rules, the names of those that fired, and their sentences."""
        names, why = [], []
        for rule in self.rules:
            changed = rule.applied(verdict)
            if changed is None:
                continue
            verdict, said = changed
            names.append(rule.name)
            why.append(said)
            if rule.is_last:
                break
        return verdict, tuple(names), tuple(why)


def _named(skills: Sequence[str], verdict: Verdict) -> tuple[str, ...]:
    found: list[str] = []
    for skill in skills:
        named = skill.replace("{category}", verdict.category)
        found += verdict.proposed_skills if skill == PROPOSED else [named]
    return tuple(dict.fromkeys(found))


def default_policy() -> RoutingPolicy:
    """The one that is shipped: `router/policy.toml`."""
    text = (Path(__file__).parent / "policy.toml").read_text(encoding="utf-8")
    return policy_from(tomllib.loads(text))


def parsed(text: str) -> dict[str, Any]:
    """The TOML of a policy. Raises `MalformedPayload`, with the line, when it is none."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise MalformedPayload(f"This is no TOML: {problem}.") from problem


def policy_from(data: Mapping[str, Any]) -> RoutingPolicy:
    """A policy from the form of `policy.toml` (parsed). Raises `MalformedPayload`, naming the rule."""
    costs = dict(data.get("costs", {}))
    pairs = {tuple(key.split(">", 1)): value for key, value in costs.pop("pairs", {}).items()}
    essence = json.dumps(data, sort_keys=True, default=str)
    try:
        return RoutingPolicy(
            str(data["name"]),
            tuple(_rule(rule) for rule in data.get("rules", ())),
            Costs(**costs, pairs=pairs),
            hashlib.sha256(essence.encode()).hexdigest(),
        )
    except (KeyError, TypeError, AttributeError) as problem:
        raise MalformedPayload(f"This is no routing policy: {problem}.") from problem


def _rule(data: Mapping[str, Any]) -> Rule:
    name = str(data.get("name", ""))
    then = dict(data.get("then", {}))
    try:
        priority = then.pop("priority", None)
        rule = Rule(
            name=name,
            when=tuple(_test(test) for test in data["when"]),
            because=str(data["because"]),
            priority=None if priority is None else Priority[str(priority).upper()],
            raised=int(then.pop("raise", 0)),
            team=str(then.pop("team", "")),
            skills=tuple(str(skill) for skill in then.pop("skills", ())),
            is_last=bool(then.pop("stop", False)),
            targets=_targets(then.pop("targets", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise MalformedPayload(f"Rule {name!r} cannot be read: {problem}.") from problem
    if then or not name:
        raise MalformedPayload(
            f"Rule {name!r} lacks a name or has unknown consequences: {list(then)}."
        )
    must_let_others_in(rule)
    return rule


def must_let_others_in(rule: Rule) -> None:
    """A guess leaves nobody out for long, and no colleague who is away keeps a ticket. Raises `MalformedPayload`."""
    last = rule.targets[-1].skills if rule.targets else ()
    if PROPOSED in (*rule.skills, *last):
        raise MalformedPayload(
            f"Rule {rule.name!r}: {PROPOSED} belongs to a target before the last one, so that nobody is left out for long."
        )
    if rule.targets and rule.targets[-1].agent not in {"", LAST}:
        raise MalformedPayload(
            "Rule '%(rule)s': a target for one colleague needs another one after it, for when they are not there.",
            rule=rule.name,
        )


def _targets(said: Sequence[Mapping[str, Any]]) -> tuple[Target, ...]:
    found = tuple(target_of(one) for one in said)
    if found and (found[0].minutes or list(found) != sorted(found, key=lambda one: one.minutes)):
        raise ValueError("targets come in the order of their minutes, the first with none")
    for one in found:
        if one.skip_if not in {"", "nobody_online", "closed"}:
            raise ValueError("a target's skip_if is 'nobody_online' or 'closed'")
        if one.agent not in {"", LAST, PREFERRED} and not is_named(one.agent):
            raise ValueError(
                f"a target's agent is 'last', 'preferred' or a mail address, not {one.agent!r}"
            )
        if one.priority and one.priority not in {priority.label for priority in Priority}:
            raise ValueError(f"a target's priority is no {one.priority!r}")
    return found


def _test(data: Mapping[str, Any]) -> Test:
    if "any" in data:
        return Any_(tuple(_test(part) for part in data["any"]))
    if "all" in data:
        return All(tuple(_test(part) for part in data["all"]))
    if "not" in data:
        return Not(_test(data["not"]))
    tests = [test for test in _TESTS if test in data]
    name = str(data["field"])
    if len(tests) != 1 or len(data) != 2:
        raise ValueError(f"field {name!r} needs exactly one test of {', '.join(_TESTS)}")
    if name not in FIELDS and not name.startswith("facts."):
        raise ValueError(f"there is no field {name!r}")
    value = data[tests[0]]
    if tests[0] in ("in", "says") and not isinstance(value, (list, tuple)):
        raise ValueError(f"{tests[0]!r} takes a list")
    if tests[0] in ("at_least", "at_most") and not _is_number(value):
        raise ValueError(f"{tests[0]!r} takes a number")
    return Condition(name, tests[0], value)


FIELDS = frozenset(
    {"text", "language", "channel", "customer_tier", "is_urgent", "wants_person", "tried_answers"}
    | {"category", "priority", "team", "confidence", "category_confidence"}
    | {"urgency", "urgency_confidence", "sentiment", "sentiment_confidence", "proposed_skills"}
)


_OF_VERDICT = FIELDS & set(Verdict.__dataclass_fields__)


def _filled(sentence: str, **values: str) -> str:
    """Only our own placeholders: what a customer wrote is never a format string."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), sentence)


def _actual(verdict: Verdict, name: str) -> Any:
    match name:
        case "text":
            return f"{verdict.case.subject}\n{verdict.case.text}"
        case "priority":
            return verdict.priority.label
        case _ if name.startswith("facts."):
            return verdict.case.facts.get(name.removeprefix("facts."))
        case _:
            return getattr(verdict if name in _OF_VERDICT else verdict.case, name)


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
