"""The `threadline` command: every verb thin, one module a subject; what a verb does stands elsewhere."""

from __future__ import annotations

import sys

import typer
from django.db.utils import OperationalError, ProgrammingError

from bot.cli import (
    audit,
    backup,
    company,
    evaluate,
    knowledge,
    learn,
    measure,
    models,
    move,
    outbox,
    router,
    search,
    serve,
    tokens,
)
from core.errors import ThreadlineError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Threadline: answers customers on every channel, hands the rest to the right people.",
    pretty_exceptions_enable=False,
)
serve.add_to(app)
knowledge.add_to(app)
learn.add_to(app)
measure.add_to(app)
company.add_to(app)
router.add_to(app)
models.add_to(app)
tokens.add_to(app)
audit.add_to(app)
search.add_to(app)
outbox.add_to(app)
backup.add_to(app)
move.add_to(app)
app.add_typer(evaluate.app, name="eval")


def main() -> None:
    """Console entry point: 0 = ran, 1 = failed, 2 = wrong usage."""
    try:
        app()
    except (ThreadlineError, OSError, ValueError) as problem:
        print(f"threadline: {problem}", file=sys.stderr)
        raise SystemExit(1) from problem
    except (OperationalError, ProgrammingError) as problem:
        hint = "is it there, and has `threadline migrate` been run?"
        print(f"threadline: the database refuses ({problem}): {hint}", file=sys.stderr)
        raise SystemExit(1) from problem
