"""The product's own source files, as the tests of this folder read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("core", "channels", "nlu", "kb_index", "router", "store", "bot", "web")


def files() -> list[Path]:
    """Every Python file of ours but migrations, which Django writes."""
    return sorted(
        file
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "migrations" not in file.parts and "node_modules" not in file.parts
    )


def name_of(file: Path) -> str:
    """`store/turns.py`."""
    return file.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a module, methods and inner ones included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
