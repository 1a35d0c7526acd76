"""Commands that try a whole installation: `bench`, `chaos`, `trial`. They live beside the tests and need a source checkout."""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bot.rasa_project import ROOT

HERE = "This command needs a source checkout: its load generator and fakes are not part of the package."
FLEET = "Two web, four work, two brain, two rasa, as on two machines; on PostgreSQL."
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


class Kind(StrEnum):
    """A database."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.command()(bench)
    app.command()(chaos)
    app.command()(trial)


def bench(
    what: Annotated[
        str, typer.Argument(help="`messages` (against stock Rasa), `turns`, `index` or `sizes`.")
    ] = "messages",
    rounds: Annotated[int, typer.Option(help="Counted rounds of each system or size.")] = 5,
    seconds: Annotated[float, typer.Option(help="Length of a round.")] = 5.0,
    passages: Annotated[
        list[int] | None, typer.Option(help="Sizes of the index; 10000 and 100000 by default.")
    ] = None,
    tickets: Annotated[
        list[int] | None, typer.Option(help="Numbers of tickets; 1000 and 100000 by default.")
    ] = None,
    still_open: Annotated[
        int, typer.Option("--open", help="For `sizes`: open tickets at each size; 0: one in five.")
    ] = 0,
    database: Annotated[Kind, typer.Option(help="For `sizes`: one for each size is made.")] = (
        Kind.SQLITE
    ),
    keep: Annotated[
        Path | None,
        typer.Option(help="For `sizes`: a folder where the filled databases stay."),
    ] = None,
    json: Json = False,
) -> None:
    """Measure this machine in one run: messages against stock Rasa, a conversation's hundredth turn against its first, the index against others, or many tickets."""
    if what not in ("messages", "turns", "index", "sizes"):
        raise typer.BadParameter("bench [messages|turns|index|sizes]")
    if what == "turns":
        _run("bench.turns", [], json)
    if what == "sizes":
        counts = [str(count) for count in tickets or (1_000, 100_000)]
        more = ["--rounds", str(rounds)]
        more += ["--open", str(still_open)] if still_open else []
        more += ["--keep", str(keep.absolute())] if keep else []
        _run("bench.sizes", ["--tickets", *counts, *more, "--database", database.value], json)
    if what == "index":
        sizes = [str(size) for size in passages or (10_000, 100_000)]
        _run("bench.index", ["--passages", *sizes], json)
    _run("bench", ["--rounds", str(rounds), "--seconds", str(seconds)], json)


def chaos(
    messages: Annotated[int, typer.Option(min=1, help="Customers' messages, on all channels.")] = (
        500
    ),
    kills: Annotated[int, typer.Option(min=0, help="Processes killed with work in hand.")] = 20,
    database: Annotated[Kind, typer.Option(help="One of its own is made.")] = Kind.SQLITE,
    fleet: Annotated[bool, typer.Option(help=FLEET)] = False,
    redis: Annotated[
        bool,
        typer.Option(help="With a Redis, which is killed and frozen too; a fleet always has one."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
    json: Json = False,
) -> None:
    """Kill every process again and again under work on all channels; count what was lost or said twice. Status 1: something was."""
    options = ["--messages", str(messages), "--kills", str(kills), "--seed", str(seed)]
    more = [*(["--fleet"] if fleet else []), *(["--redis"] if redis else [])]
    _run("chaos", [*options, "--database", database.value, *more], json)


def trial(
    what: Annotated[
        str,
        typer.Argument(
            help="`pace`, `burst`, `soak`, `restarts`, `outage`, `redis`, `rasa`, `streams`, or `short`: all of them."
        ),
    ],
    seconds: Annotated[float, typer.Option(help="How long; 0: as long as promised.")] = 0.0,
    rate: Annotated[float, typer.Option(help="Messages a second; 0: as many as promised.")] = 0.0,
    count: Annotated[int, typer.Option(help="Restarts, outages or open streams.")] = 0,
    database: Annotated[Kind, typer.Option(help="One of its own is made.")] = Kind.SQLITE,
    fleet: Annotated[bool, typer.Option(help=FLEET)] = False,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
    json: Json = False,
) -> None:
    """Try what must hold under load or for long: acknowledgements, memory, restarts, a database, a Redis or a Rasa that goes away, open streams. Status 1: it did not."""
    options = ["--seconds", str(seconds), "--rate", str(rate), "--count", str(count)]
    options += ["--seed", str(seed), "--database", database.value]
    _run("chaos.trial", [what, *options, *(["--fleet"] if fleet else [])], json)


def _run(module: str, options: list[str], json: bool) -> NoReturn:
    """Runs a program of the tests and ends with its status."""
    if not (ROOT / "tests" / module.partition(".")[0]).is_dir():
        typer.echo(HERE, err=True)
        raise typer.Exit(1)
    argv = [sys.executable, "-m", f"tests.{module}", *options, *(["--json"] if json else [])]
    raise typer.Exit(subprocess.run(argv, cwd=ROOT, check=False).returncode)
