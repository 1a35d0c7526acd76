"""Command `move`: from the embedded database to PostgreSQL, when one machine is outgrown."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from bot.bootstrap import set_up_django
from bot.cli.output import Json, progress, result
from bot.settings import Settings

To = Annotated[
    str,
    typer.Option(
        envvar="THREADLINE_MOVE_TO",
        help="An empty database: postgresql://user:password@host:port/name. In the environment its password is not "
        "seen by others.",
    ),
]
Check = Annotated[bool, typer.Option("--check", help="Copy nothing, compare every row.")]


def add_to(app: typer.Typer) -> None:
    """Adds this command to the program."""
    app.command()(move)


def move(to: To, check: Check = False, json: Json = False) -> None:
    """Copy a stopped SQLite installation into an empty PostgreSQL database, prove it, and say what to change."""
    before = Settings()
    # Django is set up with the new database; the old one is opened beside it.
    os.environ["THREADLINE_DATABASE__URL"] = to
    set_up_django("web.django_settings")
    from bot.move import check_move, compare
    from bot.move import move as move_all

    after = Settings()
    check_move(before, after)
    found = compare(before, after, progress) if check else move_all(before, after, progress)
    if not json:
        for line in found.pop("next", []):
            progress(f"next: {line}")
    result(found, json)
