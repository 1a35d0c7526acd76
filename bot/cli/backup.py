"""Commands `backup`, `restore` and `erased`: the whole installation to somewhere safe, and back without those who were erased since."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, progress, result
from bot.settings import Settings

Keys = Annotated[
    Path | None,
    typer.Option(help="The key file; beside the backup, unless you say otherwise. Keep it apart."),
]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.command()(backup)
    app.command()(restore)
    app.command()(erased)


def backup(
    target: Annotated[Path, typer.Argument(help="A new folder.")],
    keys: Keys = None,
    json: Json = False,
) -> None:
    """Back the installation up while it works: rows of one moment, attachments, models; without the indexes."""
    set_up_django("web.django_settings")
    from bot.backup import back_up, key_file_of

    result(back_up(build_house(), target, keys or key_file_of(target), progress), json)


def restore(
    source: Annotated[Path, typer.Argument(help="What `backup` made.")],
    keys: Keys = None,
    erased: Annotated[
        Path | None,
        typer.Option(
            help="Whom to erase again; the list beside the backup, unless you say otherwise."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Put a backup into an empty state folder and database, prove it row by row, build the indexes."""
    set_up_django("web.django_settings")
    from bot.backup import key_file_of, rebuild
    from bot.backup import restore as put_back

    found = put_back(Settings(), source, keys or key_file_of(source), progress, erased)
    progress("knowledge index: building")
    result({**found, "index": rebuild(build_house(), progress)}, json)


def erased(
    target: Annotated[Path, typer.Argument(help="A file; it is written anew.")], json: Json = False
) -> None:
    """List the numbers of addresses whose data was erased, for a later `restore`; no name is in it."""
    set_up_django("web.django_settings")
    from bot.backup import list_erased

    result({"file": str(target), "erased": list_erased(build_house().vault, target)}, json)
