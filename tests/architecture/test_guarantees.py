"""Each promise names the command that proves it, and that command exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from bot.cli import app
from tests.architecture.source import ROOT
from tests.chaos.trial import TRIALS

PAGE = ROOT / "docs" / "guarantees.md"
QUOTED = re.compile(r"`(threadline|pytest) ([^`]+)`")
COMMANDS = sorted(set(QUOTED.findall(PAGE.read_text())))


def rows() -> list[list[str]]:
    """The cells of each promise: the tables whose last column is the proof."""
    found, is_promise = [], False
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|"):
            is_promise = False
        elif cells[-1] == "Proof":
            is_promise = True
        elif is_promise and not set(line) <= set("|- "):
            found.append(cells)
    return found


def test_no_promise_is_without_its_proof() -> None:
    assert len(rows()) > 15
    for cells in rows():
        assert QUOTED.search(cells[-1]) or cells[-1] == "the same", cells[0]


@pytest.mark.parametrize(("program", "words"), COMMANDS)
def test_the_command_of_a_promise_exists(program: str, words: str) -> None:
    if program == "pytest":
        paths = [Path(ROOT, word) for word in words.split()]
        assert all(path.is_file() or any(path.glob("test_*.py")) for path in paths)
        return
    command, left = typer.main.get_command(app), words.split()
    while left and (inner := getattr(command, "commands", {}).get(left[0])):
        command = inner
        left = left[1:]
    names = {name for parameter in command.params for name in parameter.opts}
    assert command.name in words.split(), "a verb of the program"
    assert {word for word in left if word.startswith("--")} <= names
    if command.name == "trial" and left:
        assert left[0] in TRIALS
