"""Twilio TaskRouter workflows to our policy and back, where the concepts meet; what does not is told, never dropped silently.

A workflow's first matching filter decides alone, so each becomes a rule that stops. Its queue is a team, its target's
`worker.skills HAS` are skills. Timeouts, `skip_if`, further targets and the default queue have no place in a rule: what
happens after a while is escalation, and what no rule names goes where the router says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import MalformedPayload
from router.expressions import Untranslatable, conditions, expression
from router.route import TRIAGE

PRIORITIES = {"critical": 30, "high": 20, "medium": 10, "low": 0}
"""Ours to theirs, where a larger number is more urgent; in importing, others have to be named."""
_SKILL = re.compile(
    r"""^\s*\(?\s*worker\.(?:routing\.)?skills\s+HAS\s+(?:"([^"]+)"|'([^']+)'|task\.(category))\s*\)?\s*$""",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Translated:
    """`result`: a policy in the form of `policy.toml`, or a workflow; `left_out`: what could not be said there, and why."""

    result: dict[str, Any]
    left_out: list[dict[str, str]] = field(default_factory=list)

    def leave(self, where: str, what: str) -> None:
        self.left_out.append({"in": where, "what": what})


def policy_of(
    workflow: Mapping[str, Any],
    name: str,
    teams: Mapping[str, str],
    priorities: Mapping[int, str] | None = None,
) -> Translated:
    """`teams`: their queues to ours; a queue not named keeps its own. `priorities`: their numbers to ours.

    A filter whose expression cannot be said is left out as a whole. Raises `MalformedPayload` for what is no workflow.
    """
    routing = workflow.get("task_routing")
    filters = routing.get("filters", []) if isinstance(routing, Mapping) else None
    if not isinstance(filters, list) or not isinstance(routing, Mapping):
        raise MalformedPayload("This is no TaskRouter workflow: there is no task_routing.filters.")
    levels = priorities or {number: label for label, number in PRIORITIES.items()}
    found = Translated({"name": name, "rules": []})
    for at, one in enumerate(filters, 1):
        if not isinstance(one, Mapping):
            raise MalformedPayload(f"Filter {at} is no object.")
        rule = _rule(one, at, teams, levels, found)
        if rule is not None:
            found.result["rules"].append(rule)
    default = routing.get("default_filter")
    if isinstance(default, Mapping) and default.get("queue"):
        found.leave(
            "default_filter",
            f"queue {default['queue']}: what no rule names goes where the router says",
        )
    return found


def _rule(
    one: Mapping[str, Any],
    at: int,
    teams: Mapping[str, str],
    levels: Mapping[int, str],
    found: Translated,
) -> dict[str, Any] | None:
    name = str(one.get("filter_friendly_name") or one.get("friendly_name") or f"filter {at}")
    try:
        when = conditions(str(one.get("expression") or "1 == 1"))
    except MalformedPayload as problem:
        found.leave(name, f"the whole filter: {problem} ({one.get('expression')})")
        return None
    targets = one.get("targets") or []
    if not isinstance(targets, list) or not targets or not isinstance(targets[0], Mapping):
        found.leave(name, "the whole filter: it has no target")
        return None
    first = targets[0]
    then: dict[str, Any] = {"stop": True}
    if first.get("queue"):
        then["team"] = teams.get(str(first["queue"]), str(first["queue"]))
    _priority(first, levels, then, name, found)
    _skills(first, then, name, found)
    for key in sorted(set(first) - {"queue", "priority", "expression"}):
        found.leave(name, f"{key} = {first[key]}: rules decide once; waiting is escalation's")
    if len(targets) > 1:
        found.leave(name, f"{len(targets) - 1} further targets: rules decide once")
    return {
        "name": name,
        "because": f'The rule "{name}" of the workflow says so.',
        "when": when,
        "then": then,
    }


def _priority(
    target: Mapping[str, Any],
    levels: Mapping[int, str],
    then: dict[str, Any],
    name: str,
    found: Translated,
) -> None:
    said = target.get("priority")
    if said is None:
        return
    label = levels.get(int(said)) if re.fullmatch(r"-?\d+", str(said)) else None
    if label is None:
        found.leave(name, f"priority {said}: say what it means with --priorities {said}=high")
    else:
        then["priority"] = label


def _skills(target: Mapping[str, Any], then: dict[str, Any], name: str, found: Translated) -> None:
    said = str(target.get("expression") or "")
    if not said:
        return
    matches = [_SKILL.match(part) for part in re.split(r"\s+AND\s+", said, flags=re.IGNORECASE)]
    if any(match is None for match in matches):
        found.leave(name, f"expression {said!r}: rules ask for skills only")
        return
    then["skills"] = [
        "{category}" if match[3] else match[1] or match[2] for match in matches if match
    ]


def workflow_of(policy: Mapping[str, Any], queues: Mapping[str, str]) -> Translated:
    """`policy`: in the form of `policy.toml`; `queues`: our teams to their queues."""
    filters: list[dict[str, Any]] = []
    found = Translated({"task_routing": {"filters": filters}})
    if policy.get("costs"):
        found.leave("costs", "TaskRouter has no classifier to weigh")
    rules = list(policy.get("rules", ()))
    for at, rule in enumerate(rules):
        one = _filter(rule, queues, found)
        if one is None:
            continue
        filters.append(one)
        if not rule["then"].get("stop") and at + 1 < len(rules):
            found.leave(
                rule["name"], "it does not stop here, but in TaskRouter no later filter is asked"
            )
    triage = queues.get(TRIAGE, TRIAGE)
    found.result["task_routing"]["default_filter"] = {"queue": triage}
    return found


def _filter(
    rule: Mapping[str, Any], queues: Mapping[str, str], found: Translated
) -> dict[str, Any] | None:
    name, then = str(rule.get("name", "")), dict(rule.get("then", {}))
    if not then.get("team"):
        found.leave(name, "the whole rule: it names no team, and a filter needs a queue")
        return None
    try:
        said = expression(list(rule.get("when", ())))
    except Untranslatable as problem:
        found.leave(name, f"the whole rule: {problem}")
        return None
    target: dict[str, Any] = {"queue": queues.get(then["team"], then["team"])}
    if then.get("priority"):
        target["priority"] = PRIORITIES[str(then["priority"])]
    if then.get("raise"):
        found.leave(
            name, f"raise {then['raise']}: TaskRouter sets priorities, it does not raise them"
        )
    if then.get("skills"):
        wanted = (
            "task.category" if skill == "{category}" else f'"{skill}"' for skill in then["skills"]
        )
        target["expression"] = " AND ".join(f"worker.skills HAS {skill}" for skill in wanted)
    return {"filter_friendly_name": name, "expression": said, "targets": [target]}
