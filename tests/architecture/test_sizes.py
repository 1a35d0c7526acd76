"""A file that nobody can hold in mind is two files: sizes of files, adapters and functions."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, functions, name_of

FILE_LINES = 400
ADAPTER_LINES = 300
FUNCTION_LINES = 40
LONGER_FILES: dict[str, str] = {}
"""Adapters above their limit, and why."""


@pytest.mark.parametrize("file", files(), ids=name_of)
def test_no_file_is_too_long(file: Path) -> None:
    lines = len(file.read_text().splitlines())
    is_adapter = file.parent.name == "channels" and "_" not in file.stem
    limit = ADAPTER_LINES if is_adapter and name_of(file) not in LONGER_FILES else FILE_LINES
    assert lines <= limit, f"{name_of(file)} has {lines} lines"


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, its docstring not counted."""
    body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1


def test_no_function_is_too_long() -> None:
    offenders = [
        f"{name_of(file)}:{node.lineno} {node.name} has {_lines(node)} lines"
        for file in files()
        for node in functions(ast.parse(file.read_text()))
        if _lines(node) > FUNCTION_LINES
    ]
    assert offenders == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name_of(file)
        for file in files()
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


def test_the_allowed_exceptions_are_still_needed() -> None:
    for name in LONGER_FILES:
        assert len((ROOT / name).read_text().splitlines()) > ADAPTER_LINES, (
            f"{name} shrank: strike it"
        )
