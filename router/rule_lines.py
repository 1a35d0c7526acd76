"""A rule's conditions and targets as lines that people write, and back. What they mean is `router.policy`.

    customer_tier in vip, enterprise
    text says outage, down or facts.intent is report_outage
    not channel is voice

Each line has to hold; `or` joins what may hold instead; `not` turns one round. Deeper nesting stands as JSON in a line of
its own. A target: `5 min: technical with api, de as high unless nobody_online`; `last agent` in place of skills' team asks
only who helped this customer last, `preferred agent` only the customer's own, `agent ben@firm.example in technical` only that colleague, and `as` says that it is this urgent from then on, or more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import MalformedPayload
from core.targets import LAST, PREFERRED
from router.policy import FIELDS

_LINE = re.compile(
    r"(?P<not>not\s+)?(?P<field>[\w.]+)\s+(?P<test>is|in|has|says|at_least|at_most)\s+(?P<value>.+)"
)
_TARGET = re.compile(
    r"(?:(?P<minutes>\d+(?:\.\d+)?)\s*min\s*:\s*)?(?P<agent>(?:(?P<which>last|preferred) agent|agent\s+(?P<named>[^\s@,;]+@[^\s@,;]+))(?:\s+in\s+|(?=\s|$)))?(?P<team>[\w-]*)"
    r"(?:\s+with\s+(?P<skills>[^;]+?))?(?:\s+as\s+(?P<priority>critical|high|medium|low))?"
    r"(?:\s+unless\s+(?P<skip>nobody_online|closed))?"
)
_OR = re.compile(r"\s+or\s+(?=(?:not\s+)?[\w.]+\s+(?:is|in|has|says|at_least|at_most)\s)")

Test = dict[str, Any]


def conditions_of(text: str) -> list[Test]:
    """The conditions that all must hold. Raises `MalformedPayload`, naming the line."""
    return [_line(line.strip()) for line in text.replace("\r", "").split("\n") if line.strip()]


def lines_of(when: Sequence[Mapping[str, Any]]) -> str:
    """The same as lines; `conditions_of` reads them back."""
    return "\n".join(_written(test) for test in when)


def targets_of(text: str) -> list[dict[str, Any]]:
    """Targets in the form of `policy.toml`. Raises `MalformedPayload`, naming the line."""
    return [_target(line.strip()) for line in text.split("\n") if line.strip()]


def target_lines(targets: Sequence[Mapping[str, Any]]) -> str:
    """The same as lines; `targets_of` reads them back."""
    return "\n".join(_target_written(target) for target in targets)


def _line(line: str) -> Test:
    if line.startswith("{"):
        try:
            found = json.loads(line)
        except ValueError as problem:
            raise MalformedPayload(f"{line!r} is no JSON: {problem}.") from problem
        if not isinstance(found, dict):
            raise MalformedPayload(f"{line!r} is no condition.")
        return found
    parts = [_one(part.strip(), line) for part in _OR.split(line)]
    return parts[0] if len(parts) == 1 else {"any": parts}


def _one(part: str, line: str) -> Test:
    found = _LINE.fullmatch(part)
    if found is None:
        raise MalformedPayload(
            f"{line!r} is no condition: write a field, then is, in, has, says, at_least or at_most, then a value."
        )
    name, test = found["field"], found["test"]
    if name not in FIELDS and not name.startswith("facts."):
        raise MalformedPayload(
            f"{line!r}: there is no field {name!r}; there are {', '.join(sorted(FIELDS))} and facts.<name>."
        )
    condition = {"field": name, test: _value(test, found["value"].strip(), line)}
    return {"not": condition} if found["not"] else condition


def _value(test: str, said: str, line: str) -> Any:
    match test:
        case "in" | "says":
            return [item for part in said.split(",") if (item := part.strip())]
        case "at_least" | "at_most":
            try:
                number = float(said)
            except ValueError as problem:
                raise MalformedPayload(f"{line!r}: {said!r} is no number.") from problem
            return int(number) if number.is_integer() else number
        case _:
            return {"true": True, "false": False}.get(said, said)


def _written(test: Mapping[str, Any]) -> str:
    if "any" in test:
        parts = [_plain(part) for part in test["any"]]
        if all(parts) and _reads_as(" or ".join(parts), test):
            return " or ".join(parts)
    return _plain(test) or json.dumps(test)


def _plain(test: Mapping[str, Any]) -> str:
    """Empty for what no line can say."""
    if "not" in test:
        inner = _plain(test["not"])
        return "" if not inner or inner.startswith("not ") else f"not {inner}"
    names = [name for name in test if name != "field"]
    if "field" not in test or len(names) != 1:
        return ""
    value = test[names[0]]
    shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    shown = shown.lower() if isinstance(value, bool) else shown
    said = f"{test['field']} {names[0]} {shown}"
    return said if _reads_as(said, test) else ""


def _reads_as(line: str, test: Mapping[str, Any]) -> bool:
    try:
        return conditions_of(line) == [dict(test)]
    except MalformedPayload:
        return False


def _target(line: str) -> dict[str, Any]:
    found = _TARGET.fullmatch(line)
    if found is None or not (found["team"] or found["agent"] or found["skills"]):
        raise MalformedPayload(
            f"{line!r} is no target: write `5 min: team with skill, skill as high unless nobody_online`."
        )
    made: dict[str, Any] = {}
    if found["minutes"] and float(found["minutes"]):
        made["minutes"] = float(found["minutes"])
    if found["team"]:
        made["team"] = found["team"]
    if found["agent"]:
        made["agent"] = found["named"] or found["which"]
    if found["skills"]:
        made["skills"] = [item for part in found["skills"].split(",") if (item := part.strip())]
    if found["priority"]:
        made["priority"] = found["priority"]
    if found["skip"]:
        made["skip_if"] = found["skip"]
    return made


def _target_written(target: Mapping[str, Any]) -> str:
    minutes = target.get("minutes", 0)
    said = f"{minutes:g} min: " if minutes else ""
    if agent := target.get("agent"):
        said += f"{agent} agent" if agent in {LAST, PREFERRED} else f"agent {agent}"
        said += " in " if target.get("team") else ""
    said += str(target.get("team", ""))
    if target.get("skills"):
        said += f" with {', '.join(target['skills'])}"
    if target.get("priority"):
        said += f" as {target['priority']}"
    if target.get("skip_if"):
        said += f" unless {target['skip_if']}"
    return said.strip()
