"""A policy as a file, and what its rules would do to known tickets before anybody enables them. The rules' meaning is `router.policy`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from core.decision import Case, Priority
from router.policy import RoutingPolicy, Verdict

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(policy: Mapping[str, Any]) -> str:
    """A policy in the form of `policy.toml`, as TOML that reads back as the same."""
    lines = [f"name = {_value(policy['name'])}"]
    costs = dict(policy.get("costs", {}))
    pairs = costs.pop("pairs", {})
    tables = (
        ("costs", costs),
        ("costs.pairs", pairs),
        ("assignment", policy.get("assignment", {})),
    )
    for title, table in tables:
        if table:
            lines += ["", f"[{title}]", *(f"{_key(k)} = {_value(v)}" for k, v in table.items())]
    for rule in policy.get("rules", ()):
        lines += ["", "[[rules]]", *(f"{_key(k)} = {_value(v)}" for k, v in rule.items())]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # JSON's escapes are TOML's; only DEL has to be escaped here and not there.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case _:
            return str(value)


def effect_of(
    policy: RoutingPolicy, rows: Sequence[Mapping[str, str]]
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """What the rules would do to tickets with known answers, as if the classifiers had found just these.

    For each rule in its order: `fired`, and of those how often team or priority were then other than before it
    (`moved`, `reprioritised`). Then, over all rules: tickets, and those whose team or priority changed.
    """
    fired, moved, rated = Counter[str](), Counter[str](), Counter[str]()
    whole = Counter(tickets=len(rows), moved=0, reprioritised=0)
    for row in rows:
        first = verdict = _verdict(row)
        for rule in policy.rules:
            changed = rule.applied(verdict)
            if changed is None:
                continue
            after, _ = changed
            fired[rule.name] += 1
            moved[rule.name] += after.team != verdict.team
            rated[rule.name] += after.priority != verdict.priority
            verdict = after
            if rule.is_last:
                break
        whole["moved"] += verdict.team != first.team
        whole["reprioritised"] += verdict.priority != first.priority
    told = [
        {
            "rule": rule.name,
            "fired": fired[rule.name],
            "moved": moved[rule.name],
            "reprioritised": rated[rule.name],
        }
        for rule in policy.rules
    ]
    return told, dict(whole)


def problems_of(policy: RoutingPolicy, teams: Sequence[str]) -> list[str]:
    """What is allowed but hardly meant: names used twice, rules that nothing reaches, unknown teams.

    `teams`: of the installation; empty where there is none to compare with.
    """
    found = [
        f"Two rules are named {name!r}."
        for name, count in Counter(rule.name for rule in policy.rules).items()
        if count > 1
    ]
    for at, rule in enumerate(policy.rules):
        if rule.is_last and not rule.when and at + 1 < len(policy.rules):
            found.append(f"Nothing reaches the rules after {rule.name!r}: it always stops.")
            break
    named = {
        name for rule in policy.rules for name in (rule.team, *(one.team for one in rule.targets))
    }
    unknown = {team for team in named if team and teams and team not in teams}
    return found + [f"There is no team {team!r}." for team in sorted(unknown)]


def _verdict(row: Mapping[str, str]) -> Verdict:
    case = Case(row["text"], row.get("language", ""), row.get("channel", ""))
    priority = Priority[row["priority"].upper()]
    return Verdict(case, row["category"], priority, row["team"], 1.0, 1.0)
