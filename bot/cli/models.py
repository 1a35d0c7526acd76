"""Commands over trained models: `train` and `models list|activate|rollback`. What they do is `bot.workshop` and `bot.versions`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, Label, Text, progress, result

models = typer.Typer(no_args_is_help=True, help="Versions of the trained models.")

Kind = Annotated[str, typer.Argument(help="acts, intents or router.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(models, name="models")
    app.command()(train)


def train(
    what: Annotated[
        str, typer.Argument(help="`served`, or `router` to learn from imported tickets.")
    ] = "served",
    data: Annotated[
        Path | None, typer.Option(help="Folder with your own nlu.yml and CSV files.")
    ] = None,
    tune: Annotated[
        bool, typer.Option("--tune/--no-tune", help="Fine-tune an encoder to your own intents too.")
    ] = False,
    text_column: Text = "text",
    label_column: Label = "intent",
    json: Json = False,
) -> None:
    """Train the served models: from the shipped examples where these have changed, or from your own data."""
    if what not in ("served", "router") or (what == "router" and data is not None):
        raise typer.BadParameter("train [--data FOLDER [--tune]], or train router")
    if tune and data is None:
        raise typer.BadParameter("--tune is for your own data: train --data FOLDER --tune")
    set_up_django()
    from bot.past import past_rows
    from bot.training import retrain_router, train_own
    from bot.workshop import train as train_shipped

    house = build_house()
    if what == "router":
        result(retrain_router(house, past_rows(house), progress), json)
    elif data is not None:
        result(train_own(house, data, progress, tune, (text_column, label_column)), json)
    else:
        result(train_shipped(house, progress), json)


@models.command("list")
def list_(
    kind: Annotated[str, typer.Option(help="Only these: acts, intents or router.")] = "",
    json: Json = False,
) -> None:
    """Every version of every model, with its data, scores and whether it serves."""
    set_up_django()
    from bot.versions import listed

    found = listed(kind)
    if json:
        result({"models": found}, True)
        return
    for one in found:
        print(_line(one))


@models.command()
def activate(
    kind: Kind,
    version: Annotated[str, typer.Argument(help="The first characters of its version.")],
    json: Json = False,
) -> None:
    """Let a version serve, if it passes its canary set; a running product follows within a second."""
    set_up_django()
    from bot.versions import activate as run

    result(run(build_house(), kind, version), json)


@models.command()
def rollback(kind: Kind, json: Json = False) -> None:
    """Go back to the version that served before, if it passes its canary set."""
    set_up_django()
    from bot.versions import rollback as run

    result(run(build_house(), kind), json)


def _line(one: dict[str, Any]) -> str:
    mark = "*" if one["is_active"] else "withdrawn" if one["withdrawn"] else ""
    scores = ", ".join(f"{name} {value}" for name, value in list(one["scores"].items())[:3])
    return f"{one['kind']:<8} {one['version'][:12]} {mark:<9} {one['rows']} rows  {scores}"
