"""Twilio TaskRouter workflows to our policy and back, where the concepts meet; what does not is told, never dropped silently.

A workflow's first matching filter decides alone, so each becomes a rule that stops. A target's queue is a team, its
`worker.skills HAS` are skills, its priority is one that later targets may raise, its timeout is when the next one begins. The default queue has no place in a rule: what
no rule names goes where the router says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.errors import MalformedPayload
from core.targets import LAST, PREFERRED
from router.expressions import Untranslatable, conditions, expression
from router.policy import PROPOSED
from router.route import TRIAGE

PRIORITIES = {"critical": 30, "high": 20, "medium": 10, "low": 0}
"""Ours to theirs, where a larger number is more urgent; in importing, others have to be named."""
_SKILL = re.compile(
    r"""^\s*\(?\s*worker\.(?:routing\.)?skills\s+HAS\s+(?:"([^"]+)"|'([^']+)'|task\.(category))\s*\)?\s*$""",
    re.IGNORECASE,
)
_UNKNOWN = {
    LAST: "the whole target: TaskRouter does not know who helped last",
    PREFERRED: "the whole target: TaskRouter does not know whose agent somebody is",
}
_NAMED = "the whole target: which of their workers this colleague is, nobody has said"
_KNOWN = frozenset({"queue", "priority", "expression", "timeout", "skip_if"})


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
    is_list = isinstance(targets, list) and all(isinstance(target, Mapping) for target in targets)
    if not is_list or not targets:
        found.leave(name, "the whole filter: it has no target")
        return None
    then: dict[str, Any] = {"stop": True}
    found_targets = _targets(targets, teams, levels, then, name, found)
    then.pop("at", None)
    if found_targets[0].get("team"):
        then["team"] = found_targets[0]["team"]
    if len(found_targets) > 1:
        then["targets"] = found_targets
    elif found_targets[0].get("skills"):
        then["skills"] = found_targets[0]["skills"]
    return {
        "name": name,
        "because": f'The rule "{name}" of the workflow says so.',
        "when": when,
        "then": then,
    }


def _targets(
    said: Sequence[Mapping[str, Any]],
    teams: Mapping[str, str],
    levels: Mapping[int, str],
    then: dict[str, Any],
    name: str,
    found: Translated,
) -> list[dict[str, Any]]:
    """As a rule has them. Those after one that is never left have no meaning here, and are told.

    `then`: gets the first target's priority, which counts for the others too unless they say a more urgent one.
    """
    made: list[dict[str, Any]] = []
    seconds = 0.0
    for at, target in enumerate(said, 1):
        where = name if len(said) == 1 else f"{name}, target {at}"
        one: dict[str, Any] = {"minutes": round(seconds / 60, 4)} if seconds else {}
        if target.get("queue"):
            one["team"] = teams.get(str(target["queue"]), str(target["queue"]))
        _priority(target, levels, then, one, where, found)
        _skills(target, one, where, found)
        is_last = at == len(said)
        _skip(target, one, where, found, is_last=is_last)
        for key in sorted(set(target) - _KNOWN):
            found.leave(where, f"{key} = {target[key]}: no target has this here")
        made.append(one)
        timeout: Any = target.get("timeout")
        if is_last:
            if timeout is not None:
                found.leave(where, f"timeout = {timeout}: after the last target the ticket stays")
        elif not _is_time(timeout):
            told = "no timeout" if timeout is None else f"timeout = {timeout}"
            found.leave(where, f"{told}: the {len(said) - at} further targets would never begin")
            break
        else:
            seconds += float(timeout)
    return made


def _is_time(timeout: Any) -> bool:
    return isinstance(timeout, (int, float)) and not isinstance(timeout, bool) and timeout > 0


def _priority(
    target: Mapping[str, Any],
    levels: Mapping[int, str],
    then: dict[str, Any],
    one: dict[str, Any],
    where: str,
    found: Translated,
) -> None:
    """A target's own, where it is more urgent than all before it: here nothing that waits grows less urgent.

    `then` remembers the most urgent so far under `at` until the targets are read.
    """
    said = target.get("priority")
    if said is None:
        return
    label = levels.get(int(said)) if re.fullmatch(r"-?\d+", str(said)) else None
    if label is None:
        found.leave(where, f"priority {said}: say what it means with --priorities {said}=high")
        return
    so_far = PRIORITIES[then["at"]] if "at" in then else None
    if so_far is None and not one.get("minutes"):
        then["priority"] = label
    elif so_far is None or PRIORITIES[label] > so_far:
        one["priority"] = label
    elif PRIORITIES[label] < so_far:
        found.leave(where, f"priority {said}: what waits here grows no less urgent")
    if so_far is None or PRIORITIES[label] > so_far:
        then["at"] = label


def _skills(target: Mapping[str, Any], one: dict[str, Any], where: str, found: Translated) -> None:
    said = str(target.get("expression") or "")
    if not said:
        return
    matches = [_SKILL.match(part) for part in re.split(r"\s+AND\s+", said, flags=re.IGNORECASE)]
    if any(match is None for match in matches):
        found.leave(where, f"expression {said!r}: rules ask for skills only")
        return
    one["skills"] = [
        "{category}" if match[3] else match[1] or match[2] for match in matches if match
    ]


def _skip(
    target: Mapping[str, Any],
    one: dict[str, Any],
    where: str,
    found: Translated,
    *,
    is_last: bool,
) -> None:
    said = target.get("skip_if")
    if said is None:
        return
    if "".join(str(said).split()) != "workers.available==0":
        found.leave(where, f"skip_if {said}: only workers.available == 0 has an equal")
    elif is_last:
        found.leave(where, f"skip_if {said}: the last target is never skipped here")
    else:
        one["skip_if"] = "nobody_online"


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
    plan = list(then.get("targets", ()))
    if plan:
        then["team"] = plan[0].get("team") or then.get("team")
    if not then.get("team"):
        found.leave(name, "the whole rule: it names no team, and a filter needs a queue")
        return None
    try:
        said = expression(list(rule.get("when", ())))
    except Untranslatable as problem:
        found.leave(name, f"the whole rule: {problem}")
        return None
    if then.get("raise"):
        found.leave(
            name, f"raise {then['raise']}: TaskRouter sets priorities, it does not raise them"
        )
    plan = _kept(then, name, found)
    targets = []
    for at, one in enumerate(plan):
        if one.get("priority"):
            urgent = [str(label) for label in (then.get("priority"), one["priority"]) if label]
            then["priority"] = max(urgent, key=lambda label: PRIORITIES[label])
        target = _target(one, then, queues)
        if at + 1 == len(plan):
            target.pop("skip_if", None)  # the last one is never skipped here
        else:
            target["timeout"] = max(1, round((_minutes(plan[at + 1]) - _minutes(one)) * 60))
        targets.append(target)
    return {"filter_friendly_name": name, "expression": said, "targets": targets}


def _kept(then: Mapping[str, Any], name: str, found: Translated) -> list[Mapping[str, Any]]:
    """The rule's targets that TaskRouter has too; what goes with one alone is what the rule says of all."""
    kept: list[Mapping[str, Any]] = []
    for at, one in enumerate(then.get("targets", ()), 1):
        where = f"{name}, target {at}"
        if one.get("agent"):
            found.leave(where, _UNKNOWN.get(one["agent"], _NAMED))
            continue
        if PROPOSED in one.get("skills", ()):
            found.leave(where, "skills that tickets like it needed: TaskRouter learns none")
            one = {**one, "skills": [name for name in one["skills"] if name != PROPOSED]}
        if one.get("skip_if") == "closed":
            found.leave(where, "skip_if closed: TaskRouter knows no business hours")
            one = {key: value for key, value in one.items() if key != "skip_if"}
        kept.append(one)
    if kept and then.get("skills"):
        found.leave(name, "skills of the rule: its targets say whom it is for")
    return kept or [{"skills": then.get("skills", ())}]


def _target(
    one: Mapping[str, Any], then: Mapping[str, Any], queues: Mapping[str, str]
) -> dict[str, Any]:
    team = str(one.get("team") or then["team"])
    target: dict[str, Any] = {"queue": queues.get(team, team)}
    if then.get("priority"):
        target["priority"] = PRIORITIES[str(then["priority"])]
    if one.get("skills"):
        wanted = (
            "task.category" if skill == "{category}" else f'"{skill}"' for skill in one["skills"]
        )
        target["expression"] = " AND ".join(f"worker.skills HAS {skill}" for skill in wanted)
    if one.get("skip_if"):
        target["skip_if"] = "workers.available == 0"
    return target


def _minutes(target: Mapping[str, Any]) -> float:
    return float(target.get("minutes", 0))
