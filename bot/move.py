"""Moving a SQLite installation to PostgreSQL: what must be true first, the copy, the proof, and what is left to do by hand.

The rows move; files, models, indexes and keys stay where they are, in the state folder. Copying itself is `store.moving`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.db.utils import OperationalError

from bot.backup import named_paths
from bot.settings import Settings
from bot.setup import migrate_database
from core.errors import PermanentFailure
from store import moving
from store.audit import verify
from store.database import is_postgresql
from store.vault import open_vault

Progress = Callable[[str], None]
OLDEST = 150_000
"""PostgreSQL 15, as its `server_version` counts."""


def check_move(before: Settings, after: Settings) -> None:
    """Raises `PermanentFailure` where this cannot be moved there; before anything is opened."""
    if not before.is_sqlite:
        raise PermanentFailure(
            "This installation is on PostgreSQL already: there is nothing to move."
        )
    if after.is_sqlite:
        raise PermanentFailure("Say where to: --to postgresql://user:password@host:port/name")
    if not (before.state / "threadline.db").exists():
        raise PermanentFailure(f"There is no installation in {before.state}.")


def move(before: Settings, after: Settings, progress: Progress) -> dict[str, Any]:
    """Copies every row into the empty database of `after`, which Django must be set up with; what was done.

    Raises `PermanentFailure`: then the target has no row, and the old installation is as it was.
    """
    with moving.source(before.django_database()):
        _reach(after)
        moving.refuse_strangers()
        progress("new database: making the tables")
        migrate_database(after)
        moving.same_schema()
        moving.refuse_filled()
        tables = moving.copy(progress)
    checked, broken = verify()
    vault = open_vault(before.state / "secrets.json")
    return {
        "rows": sum(found.rows for found in tables.values()),
        "tables": len(tables),
        "audit_entries": checked,
        "audit_broken_at": broken,
        "absent": sorted(name for name in named_paths(vault) if not (before.state / name).exists()),
        "next": _next(before, after),
    }


def compare(before: Settings, after: Settings, progress: Progress) -> dict[str, Any]:
    """Reads both databases and compares each table, changing nothing. Raises `PermanentFailure` where they differ."""
    with moving.source(before.django_database()):
        _reach(after)
        moving.same_schema()
        progress("reading the old database")
        old = moving.fingerprints(moving.SOURCE)
        progress("reading the new database")
        new = moving.fingerprints("default")
    if wrong := moving.differing(old, new):
        raise PermanentFailure(f"These tables differ: {', '.join(wrong)}.")
    return {"rows": sum(found.rows for found in old.values()), "tables": len(old), "equal": True}


def _reach(after: Settings) -> None:
    """The new database must answer, and be new enough."""
    try:
        connection.ensure_connection()
    except OperationalError as problem:
        raise PermanentFailure(f"The new database cannot be reached: {problem}") from problem
    assert is_postgresql()
    assert not after.is_sqlite
    version = connection.connection.info.server_version
    if version < OLDEST:
        raise PermanentFailure(f"PostgreSQL 15 or newer is needed; this is {version // 10_000}.")


def _next(before: Settings, after: Settings) -> list[str]:
    parts = urlsplit(after.database.url.get_secret_value())
    password = ":PASSWORD" if parts.password else ""
    shown = f"{parts.scheme}://{parts.username or ''}{password}@{parts.netloc.rpartition('@')[2]}{parts.path}"
    old = before.state / "threadline.db"
    return [
        f'in threadline.toml, under [database]: url = "{shown}" (or set THREADLINE_DATABASE__URL)',
        f"start Threadline and look at `threadline doctor`; {before.state} is still needed: "
        "keys, files and models stay there, and every machine that joins needs the same",
        f"keep {old} until you are sure, then delete it; do not start on it again: the two would part ways",
    ]
