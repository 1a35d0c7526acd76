"""Which steps the pipeline has, read from its source: transactions that async code runs, deeds that reach outside, named points."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.architecture.source import files, functions, name_of

OUTSIDE = frozenset(
    {
        "understand",
        "turn",
        "route",
        "send",
        "find",
        "settled",
        "fetch",
        "react",
        "show_tickets",
        "post",
        "ring",
        "hang_up",
        "hold",
        "park",
    }
)
"""Methods of neighbours and channels that change something outside, or that a turn waits for."""
ASKED = ("dialogue", "channel", "outside")
"""What these methods are called on."""
NOT_STEPS = frozenset({"note_stream"})
"""Transactions that are no step of a message: when a token was last used."""


@cache
def points() -> frozenset[str]:
    """Every point at which a process can be ended."""
    around = {f"{name}.{edge}" for name in transactions() for edge in ("begun", "done")}
    return frozenset(around | set(named()))


def transactions() -> frozenset[str]:
    """The transactions that async code runs: each has a point before and after it."""
    found = {
        ast.unparse(call.args[0]).rpartition(".")[2].lstrip("_")
        for _, call in _runs()
        if isinstance(call.args[0], ast.Name | ast.Attribute)
    }
    return frozenset(found) - NOT_STEPS


def nameless() -> list[str]:
    """Transactions that are run without having a name, and so without a point of their own."""
    return [
        f"{name_of(file)}:{call.lineno}"
        for file, call in _runs()
        if not isinstance(call.args[0], ast.Name | ast.Attribute)
    ]


def named() -> dict[str, str]:
    """Points that a step says itself, and where."""
    found = {}
    for file in _pipeline():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "reached":
                (argument,) = node.args
                if isinstance(argument, ast.Constant):
                    found[str(argument.value)] = f"{name_of(file)}:{node.lineno}"
    return found


def unguarded(source: str) -> list[str]:
    """Functions that reach outside without saying a point afterwards."""
    found = []
    for function in functions(ast.parse(source)):
        calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
        said = [call.lineno for call in calls if ast.unparse(call.func) == "reached"]
        for call in calls:
            if _reaches_outside(call) and not any(line > call.lineno for line in said):
                found.append(f"{function.name}: {ast.unparse(call.func)}")
    return found


def _reaches_outside(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in OUTSIDE:
        return False
    return ast.unparse(function.value).rpartition(".")[2] in ASKED


def _runs() -> Iterator[tuple[Path, ast.Call]]:
    """Calls of `Database.run`, also under its local name."""
    for file in _pipeline():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
                text = ast.unparse(node.value.func)
                if text == "run" or text.endswith("database.run"):
                    yield file, node.value


def _pipeline() -> list[Path]:
    rooms = ("bot/", "web/", "store/")
    return [file for file in files() if name_of(file).startswith(rooms)]
