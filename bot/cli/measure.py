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
    what: Annotated[
        str, typer.Argument(help="`messages` (against stock Rasa) or `index`.")
    ] = "messages",
    rounds: Annotated[int, typer.Option(help="Counted rounds of each system.")] = 3,
    seconds: Annotated[float, typer.Option(help="Length of a round.")] = 8.0,
    passages: Annotated[
        list[int] | None, typer.Option(help="Sizes of the index; 10000 and 100000 by default.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")] = False,
) -> None:
    """Measure this machine in one run: messages against stock Rasa, or the index against others."""
    if not (ROOT / "tests" / "bench").is_dir():
        typer.echo(HERE, err=True)
        raise typer.Exit(1)
    if what not in ("messages", "index"):
        raise typer.BadParameter("bench [messages|index]")
    if what == "index":
        sizes = [str(size) for size in passages or (10_000, 100_000)]
        argv = [sys.executable, "-m", "tests.bench.index", "--passages", *sizes]
    else:
        argv = [sys.executable, "-m", "tests.bench", "--rounds", str(rounds)]
        argv += ["--seconds", str(seconds)]
    argv += ["--json"] if json else []
    raise typer.Exit(subprocess.run(argv, cwd=ROOT, check=False).returncode)
