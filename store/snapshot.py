"""One consistent moment of the whole database, taken while others write, and put back into an empty one.

SQLite's own online backup, PostgreSQL's own `pg_dump` and `pg_restore`. What else belongs to a backup is `bot.backup`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from core.errors import PermanentFailure
from store.database import is_postgresql
from store.search import OUTSIDE_BACKUPS

EMPTIED = ("django_session", *OUTSIDE_BACKUPS)
"""Tables whose rows stay outside: they are built anew, or would let somebody in."""
_FETCH = 500


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of one table: how many rows, and a digest of all of them in the order of their keys."""

    rows: int
    digest: str


def take(target: Path) -> dict[str, Fingerprint]:
    """Writes the database of this moment into `target`; the fingerprints of its tables."""
    return _dump(target) if is_postgresql() else _copy(target)


def put_back(source: Path) -> dict[str, Fingerprint]:
    """Fills the empty database with what `take` wrote; the fingerprints of what is there now."""
    if is_postgresql():
        if connection.introspection.table_names():
            raise PermanentFailure("The database is not empty: restore into a new one.")
        argv = ["--no-owner", "--no-privileges", "--exit-on-error", "--dbname", _name()]
        _run("pg_restore", [*argv, str(source)])
        return fingerprints()
    file = Path(connection.settings_dict["NAME"])
    if file.exists():
        raise PermanentFailure(f"{file} is there already: restore into an empty state folder.")
    connection.close()
    partial = file.with_suffix(".restoring")
    shutil.copyfile(source, partial)
    partial.chmod(0o600)
    partial.rename(file)
    return fingerprints()


def fingerprints() -> dict[str, Fingerprint]:
    """Of every table, read in one transaction."""
    if is_postgresql():
        with transaction.atomic():
            return _of_all(_tables())
    with closing(sqlite3.connect(connection.settings_dict["NAME"])) as file:
        return {name: _fingerprint(_rows(file, name)) for name in _kept(_names(file))}


# ---- SQLite ---------------------------------------------------------------------------------------


def _copy(target: Path) -> dict[str, Fingerprint]:
    """In one step: a reader does not stop writers in WAL mode, and a copy in several steps begins again with
    each write that comes between."""
    database = connection.settings_dict["NAME"]
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target)) as copy:
        target.chmod(0o600)
        source.backup(copy)
        present = _names(copy)
        for table in EMPTIED:
            if table in present:
                copy.execute(_emptying(table))
        copy.commit()
        copy.execute("VACUUM")
        copy.execute("PRAGMA journal_mode=DELETE")
        return {name: _fingerprint(_rows(copy, name)) for name in _kept(present)}


def _emptying(table: str) -> str:
    if table == "store_search":  # an index without content cannot delete row by row
        return "INSERT INTO store_search(store_search) VALUES ('delete-all')"
    return f'DELETE FROM "{table}"'  # noqa: S608 - names of our own


def _names(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in found]


def _rows(database: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    yield from database.execute(f'SELECT * FROM "{table}" ORDER BY rowid')  # noqa: S608


# ---- PostgreSQL -----------------------------------------------------------------------------------


def _dump(target: Path) -> dict[str, Fingerprint]:
    """`pg_dump` sees the snapshot of a transaction of ours, in which the fingerprints are read too."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = str(cursor.fetchone()[0])
        argv = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
        argv += [f"--exclude-table-data={table}" for table in EMPTIED]
        _run("pg_dump", [*argv, f"--file={target}", _name()])
        target.chmod(0o600)
        return _of_all(_tables())


def _tables() -> list[str]:
    return _kept(connection.introspection.table_names())


def _of_all(tables: Iterable[str]) -> dict[str, Fingerprint]:
    found = {}
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')  # noqa: S608
            found[table] = _fingerprint(_fetched(cursor))
    return found


def _fetched(cursor: Any) -> Iterator[tuple[Any, ...]]:
    while rows := cursor.fetchmany(_FETCH):
        yield from rows


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, argv: list[str]) -> None:
    """One of PostgreSQL's programs, with this connection's settings; its version must not be older than the server."""
    found = shutil.which(program) or _newest(program)
    if found is None:
        raise PermanentFailure(f"{program} is needed and not installed (postgresql-client).")
    known = connection.settings_dict
    environment = {**os.environ, "PGHOST": known["HOST"], "PGPORT": str(known["PORT"])}
    environment |= {"PGUSER": known["USER"], "PGPASSWORD": known["PASSWORD"]}
    done = subprocess.run(
        [found, *argv], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PermanentFailure(f"{program} failed: {done.stderr.strip()[-500:]}")


def _newest(program: str) -> str | None:
    """Debian keeps each version's programs in a folder of their own."""
    found = Path("/usr/lib/postgresql").glob(f"*/bin/{program}")
    versions = sorted(found, key=lambda path: path.parts[-3].rjust(3))
    return str(versions[-1]) if versions else None


# ---- both -----------------------------------------------------------------------------------------


def _kept(tables: Iterable[str]) -> list[str]:
    """Those whose rows are in a backup; SQLite's own and the parts of its search index are not."""
    outside = ("sqlite_", "store_search")
    return sorted(name for name in tables if name not in EMPTIED and not name.startswith(outside))


def _fingerprint(rows: Iterable[tuple[Any, ...]]) -> Fingerprint:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        plain = [bytes(value) if isinstance(value, memoryview) else value for value in row]
        digest.update(repr(plain).encode())
        count += 1
    return Fingerprint(count, digest.hexdigest())
