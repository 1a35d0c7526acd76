"""Recorded calls with one thing in them that no provider has sent yet. Trying them is `test_odd_calls`."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from channels.contract import Arrival
from tests.contract.test_every_channel import recorded

ROOT = Path(__file__).parents[2]
GONE, TWICE = object(), object()
ODD: Sequence[Any] = (
    GONE, TWICE, None, "", 0, -1, 1.5, True, [], {}, [None], [[]], {"a": None}, "a b", "null",
    "\x00", "a\x00b", "\u202e\u200f\ufeff", "\u2028", "e\u0301" * 10, "\U0001f3f3\ufe0f\u200d\U0001f308",
    "x" * 70_000, "1" * 5_000, 10**400, 2**53 + 1, -(2**63), 1e308, "0", "0.0", "9999999999.999999",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "file:///etc/passwd", "http://[::1", "%00", "<at>x</at>",
)  # fmt: skip

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A call as a tree, and how that is written again."""

    arrival: Arrival
    tree: dict[str, Any]
    write: Callable[[Any], bytes]

    def with_one_odd_thing(self, chance: random.Random) -> Arrival:
        """The same call; one of its values is missing, comes twice or is something else."""
        path = chance.choice([path for path in _paths(self.tree) if path])
        tree = _changed(self.tree, path, chance.choice(ODD))
        return replace(self.arrival, body=self.write(tree))


def calls_of(channel: str) -> list[Call]:
    """Every recorded call of a channel that is JSON or a form."""
    folder = ROOT / "tests/channels" / channel / "recordings"
    arrivals = [
        recorded(json.loads(path.read_text())["arrival"]) for path in sorted(folder.rglob("*.json"))
    ]
    return [call for arrival in arrivals if (call := _read(arrival)) is not None]


def _read(arrival: Arrival) -> Call | None:
    text = arrival.body.decode()
    try:
        told = json.loads(text)
        return Call(arrival, told, _as_json) if isinstance(told, dict) and told else None
    except ValueError:
        fields = {name: values[0] for name, values in parse_qs(text, True).items()}
    if "payload" in fields:
        return Call(arrival, json.loads(fields["payload"]), _as_payload)
    return Call(arrival, fields, _as_form) if len(fields) > 1 else None


def _as_json(tree: Any) -> bytes:
    return json.dumps(tree).encode()


def _as_payload(tree: Any) -> bytes:
    return urlencode({"payload": json.dumps(tree)}).encode()


def _as_form(tree: dict[str, Any]) -> bytes:
    return urlencode(
        {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in tree.items()
        }
    ).encode()


def _paths(node: Any, path: Path_ = ()) -> Iterator[Path_]:
    yield path
    if not isinstance(node, dict | list):
        return
    for step, below in node.items() if isinstance(node, dict) else enumerate(node):
        yield from _paths(below, (*path, step))


def _changed(tree: Any, path: Path_, value: Any) -> Any:
    tree = copy.deepcopy(tree)
    above, last = tree, path[-1]
    for step in path[:-1]:
        above = above[step]
    if value is GONE:
        del above[last]
    elif value is TWICE:
        above[f"{last}X" if isinstance(last, str) else slice(0, 0)] = (
            above[last] if isinstance(last, str) else [above[last]]
        )
    else:
        above[last] = value
    return tree
