"""The policies that a play compares, by name or from a file: how tickets are handed out, and the rules around the router. Playing is `router.simulator`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import MalformedPayload
from router.policy import RoutingPolicy, default_policy, policy_from
from router.simulator import Choice, Order, Plan

BUILT_IN: dict[str, Plan] = {
    "round_robin": Plan("round_robin", Order.ARRIVAL, Choice.ROUND_ROBIN, routes=False),
    "by_priority": Plan("by_priority", Order.PRIORITY, Choice.ROUND_ROBIN, routes=False),
    "routed": Plan("routed", Order.ARRIVAL, Choice.ROUND_ROBIN),
    "full": Plan("full", Order.DUE, Choice.BEST),
}
"""Triage by hand and everybody in turn; the same, critical first; the router alone; the router, what is due first, and
the best free person. Those that route do it with `policy.toml`."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One side of a comparison."""

    plan: Plan
    rules: RoutingPolicy


def compared(name: str) -> Compared:
    """`name`: of a built-in policy, or a TOML file in the form of `policy.toml`; its table `[assignment]` says how
    tickets are handed out (`order`: due, priority, arrival; `choice`: best, round_robin; `routes`: false for triage by
    hand), as `full` where it is silent. Raises `MalformedPayload`."""
    if name in BUILT_IN:
        return Compared(BUILT_IN[name], default_policy())
    path = Path(name)
    if not path.is_file():
        raise MalformedPayload(
            f"{name!r} is neither a built-in policy ({', '.join(BUILT_IN)}) nor a TOML file."
        )
    data = read_policy(path)
    return Compared(_plan(path, data.get("assignment", {})), policy_from(data))


def read_policy(path: Path) -> dict[str, Any]:
    """The parsed TOML. Raises `MalformedPayload`, with the line, when it is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise MalformedPayload(f"{path} cannot be read: {problem}.") from problem


def _plan(path: Path, said: Mapping[str, Any]) -> Plan:
    unknown = set(said) - {"order", "choice", "routes"}
    try:
        if unknown:
            raise ValueError(f"there is no {sorted(unknown)[0]!r}")
        if not isinstance(said.get("routes", True), bool):
            raise ValueError("routes is true or false")
        return Plan(
            path.stem,
            Order(said.get("order", Order.DUE)),
            Choice(said.get("choice", Choice.BEST)),
            bool(said.get("routes", True)),
        )
    except (ValueError, AttributeError) as problem:
        raise MalformedPayload(f"{path}, [assignment]: {problem}.") from problem
