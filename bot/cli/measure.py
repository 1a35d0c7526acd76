"""Commands that measure a whole installation: `bench`. They live beside the tests and need a source checkout."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated

import typer

from bot.rasa_project import ROOT

HERE = "This command needs a source checkout: its load generator and fakes are not part of the package."


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.command()(bench)


def bench(
    rounds: Annotated[int, typer.Option(help="Counted rounds of each system.")] = 3,
    seconds: Annotated[float, typer.Option(help="Length of a round.")] = 8.0,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """Measure Threadline against stock Rasa on this machine, in one run."""
    if not (ROOT / "tests" / "bench").is_dir():
        typer.echo(HERE, err=True)
        raise typer.Exit(1)
    argv = [sys.executable, "-m", "tests.bench", "--rounds", str(rounds)]
    argv += ["--seconds", str(seconds), *(["--json"] if json else [])]
    raise typer.Exit(subprocess.run(argv, cwd=ROOT, check=False).returncode)
