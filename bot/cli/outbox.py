"""Commands over what could not be delivered: `outbox list`, `outbox replay`. The desk does the same for one message."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, progress, result
from core.errors import MalformedPayload

outbox = typer.Typer(no_args_is_help=True, help="Messages that could not be delivered.")
Since = Annotated[str, typer.Option(help="Given up at or after: 2026-11-28T09:30, UTC.")]
Until = Annotated[str, typer.Option(help="Given up before.")]
OfInbox = Annotated[str, typer.Option("--inbox", help="Only of this inbox.")]
Unknown = Annotated[
    bool, typer.Option("--unknown", help="Also those that may have arrived: they may come twice.")
]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(outbox, name="outbox")


@outbox.command("list")
def list_letters(
    since: Since = "",
    until: Until = "",
    inbox: OfInbox = "",
    unknown: Unknown = False,
    json: Json = False,
) -> None:
    """List dead letters with their reasons, oldest first."""
    set_up_django()
    from store.undelivered import Which, undelivered

    which = Which((), _time(since), _time(until), inbox, unknown)
    letters = [_shown(asdict(letter)) for letter in undelivered(which)]
    if json:
        result({"count": len(letters), "letters": letters}, True)
        return
    for one in letters:
        print(f"{one['id']:>8}  {one['state']:<8} {one['inbox']:<16} {one['reason']}")


@outbox.command()
def replay(
    ids: Annotated[list[int] | None, typer.Option("--id", help="By number; repeat.")] = None,
    since: Since = "",
    until: Until = "",
    inbox: OfInbox = "",
    unknown: Unknown = False,
    json: Json = False,
) -> None:
    """Put dead letters back in line, by number or by time; twice is one sending."""
    set_up_django()
    from bot.redeliver import send_again
    from store.undelivered import Which

    if not (ids or since or until or inbox):
        raise MalformedPayload("Say which: --id, --since, --until or --inbox.")
    which = Which(tuple(ids or ()), _time(since), _time(until), inbox, unknown)
    letters = send_again(build_house(), which, "command")
    for letter in letters:
        progress(f"{letter.id} to {letter.inbox}: was {letter.state} ({letter.reason})")
    result({"count": len(letters), "ids": [letter.id for letter in letters]}, json)


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedPayload(f"{text!r} is no time: write 2026-11-28T09:30") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _shown(letter: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in letter.items() if name != "inbox_id"}
