"""Commands over the audit chain: `audit verify`. Entries are read in the settings."""

from __future__ import annotations

import typer

from bot.bootstrap import build_house, set_up_django
from bot.cli.output import Json, result
from core.errors import PermanentFailure

audit = typer.Typer(no_args_is_help=True, help="The chain of privileged deeds.")


@audit.callback()
def _several() -> None:
    """With a single command typer would leave its name out."""


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the program."""
    app.add_typer(audit, name="audit")


@audit.command("verify")
def verify(json_output: Json = False) -> None:
    """Check every entry, its place in the chain, and the signed heads beside the keys. Status 1: something was changed."""
    set_up_django()
    from store.audit import verify as check

    checked, broken = check(build_house().vault)
    if broken is not None:
        place = "the end is missing" if broken == -1 else f"entry {broken} does not fit"
        raise PermanentFailure(f"The audit chain was tampered with: {place} ({checked} checked).")
    result({"entries": checked, "intact": True}, json_output)
