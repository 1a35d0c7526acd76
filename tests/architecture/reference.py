"""Writes docs/reference.md from the program itself: `python -m tests.architecture.reference`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import typer.main
from pydantic import BaseModel

from bot.cli import app
from bot.settings import Settings
from channels import registry
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "reference.md"
EXAMPLE = ROOT / "threadline.example.toml"
HEAD = """# Reference

*Written by `python -m tests.architecture.reference` from the program itself; a test compares.*

Every command: progress goes to standard error, results to standard output; with `--json` the last line is one
JSON object. Exit status 0 = ran, 1 = failed, 2 = wrong usage.
"""


def verbs(group: Any, before: str = "threadline") -> Iterator[tuple[str, Any]]:
    """Each command with its whole name, `threadline kb ingest`."""
    for name, command in group.commands.items():
        whole = f"{before} {name}"
        if hasattr(command, "commands"):
            yield from verbs(command, whole)
        else:
            yield whole, command


def settings(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting with its whole name, `work.poll_seconds`, and its default."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from settings(inner, f"{before}{name}.")
        else:
            yield f"{before}{name}", field.get_default(call_default_factory=True)


def comments() -> dict[str, str]:
    """What the example file says above each setting."""
    found: dict[str, str] = {}
    section, said = "", []
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith("#"):
            said.append(line.lstrip("# "))
        elif match := re.match(r"\[(\w+)\]", line):
            section, said = f"{match[1]}.", []
        elif match := re.match(r"(\w+) =", line):
            found[section + match[1]] = " ".join(said)
            said = []
        else:
            said = []
    return found


def render() -> str:
    """The whole page."""
    lines = [HEAD, "## Commands", "", "| Command | What it does | Options |", "|---|---|---|"]
    for name, command in verbs(typer.main.get_command(app)):
        options = ", ".join(f"`{parameter.opts[0]}`" for parameter in command.params)
        what = (command.help or "").split("\n")[0].replace("|", "\\|")
        lines.append(f"| `{name}` | {what} | {options} |")
    lines += [
        "",
        "## Settings",
        "",
        "In `threadline.toml`, or from the environment: `work.poll_seconds`",
    ]
    lines += ["is `THREADLINE_WORK__POLL_SECONDS`.", ""]
    lines += ["| Setting | Default | |", "|---|---|---|"]
    explained = comments()
    for name, default in settings(Settings):
        lines.append(f"| `{name}` | `{_shown(default)}` | {explained.get(name, '')} |")
    lines += ["", "## Channels", "", "| Channel | |", "|---|---|"]
    for name in registry.names():
        module = import_module(registry.channel_class(name).__module__)
        what = (module.__doc__ or "").split("\n")[0]
        lines.append(f"| [`{name}`](channels/{name}.md) | {what} |")
    return "\n".join(lines) + "\n"


def _shown(default: object) -> str:
    text = str(default)
    return {"True": "true", "False": "false", "": '""'}.get(text, text)


if __name__ == "__main__":
    PAGE.write_text(render())
