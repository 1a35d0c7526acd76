"""Commands over the desk's full-text index: `search rebuild`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, progress, result

search = typer.Typer(no_args_is_help=True, help="The desk's full-text index.")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(search, name="search")


@search.callback()
def _group() -> None:
    """The desk's full-text index."""


@search.command()
def rebuild(
    json: Json = False,
    compact: Annotated[
        bool, typer.Option(help="Only write it anew without what was removed.")
    ] = False,
) -> None:
    """Throw the desk's search index away and build it anew from the messages."""
    set_up_django()
    from store import search as index
    from store.indexing import begin_again, index_next

    house, events = build_house(), 0
    if not compact:
        begin_again()
        while found := index_next(house.vault):
            events += found
            progress(f"{events} events read")
    index.compact()
    result({"events": events}, json)
