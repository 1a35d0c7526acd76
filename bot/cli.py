"""The `threadline` command: every verb, thin; what a verb does stands elsewhere."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False)


def main() -> None:
    """Console entry point."""
    app()
