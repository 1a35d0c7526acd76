"""SQLite and PostgreSQL for tests: migrated once, a clean one for each test, switched within one process."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, connections

from bot.settings import Database, Settings
from tests.fakes.postgresql import Server

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "var" / "test" / "schema"
KINDS = ("sqlite", "postgresql")
NAME = "threadline"
Rows = dict[str, bytes]
"""The rows of each table, as PostgreSQL copies them out and in."""


@contextmanager
def using(settings: Settings) -> Iterator[None]:
    """Makes these settings' database the one that Django talks to, in every thread begun meanwhile."""
    before = dict(connections.settings["default"])
    _switch(settings.django_database())
    try:
        yield
    finally:
        _switch(before)


def _switch(database: dict[str, Any]) -> None:
    connections["default"].close()
    connections.settings["default"].clear()
    connections.settings["default"].update(database)
    connections.configure_settings({"default": connections.settings["default"]})
    del connections["default"]


def settings_for(kind: str, state: Path, server: Server | None) -> Settings:
    """Settings of an installation in `state`, on this kind of database."""
    if kind == "sqlite":
        return Settings(state=state)
    assert server is not None
    return Settings(state=state, database=Database(url=server.url(NAME)))


def fill_sqlite(state: Path) -> None:
    """A migrated, empty database file in the state folder."""
    template = CACHE / f"{_schema_version()}.db"
    if not template.exists():
        _build(template, _migrate_sqlite)
    shutil.copyfile(template, state / "threadline.db")


def fill_postgresql(server: Server, name: str = NAME) -> None:
    """A migrated, empty database that the server did not have."""
    server.run("createdb", name)
    dump = CACHE / f"{_schema_version()}.sql"

    def migrate(target: Path) -> None:
        _migrate({"THREADLINE_DATABASE__URL": server.url(name)})
        server.run("pg_dump", "--no-owner", "-f", str(target), name)

    if dump.exists() or not _build(dump, migrate):
        server.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump), name)


def empty_postgresql() -> None:
    """Takes every row out of our tables; the current connection must be PostgreSQL."""
    with connection.cursor() as cursor:
        # Foreign keys are checked by triggers, which this role leaves out: the order does not matter.
        deletes = "".join(f"DELETE FROM {table};" for table in _filled_tables())
        cursor.execute(
            f"SET session_replication_role = replica; {deletes} RESET session_replication_role"
        )


def _filled_tables() -> list[str]:
    """Ours on PostgreSQL that hold rows, quoted; without what every migrated database holds."""
    tables = [
        connection.ops.quote_name(table)
        for table in connection.introspection.django_table_names(only_existing=True)
        if table not in {"django_content_type", "auth_permission"}
    ]
    filled = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(filled)
        return [row[0] for row in cursor.fetchall()]


def take_rows() -> Rows:
    """What lies in the present connection's tables: on PostgreSQL as text of COPY, on SQLite all is left in the file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return {}
    rows = {}
    with connection.cursor() as cursor:
        for table in _filled_tables():
            with cursor.cursor.copy(f"COPY {table} TO STDOUT") as copy:
                rows[table] = b"".join(map(bytes, copy))
    return rows


def put_rows(rows: Rows) -> None:
    """Puts them into the empty tables of the same server: what counts up there has counted past them already."""
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for table, text in rows.items():
            with cursor.cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(text)
        cursor.execute("RESET session_replication_role")


def _build(target: Path, make: Any) -> bool:
    """Makes it, unless another process was already at it: that is waited for, which costs less. Whether it was made here."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_suffix(f"{target.suffix}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            return False
        temporary = target.with_name(f"{target.name}.{os.getpid()}")
        make(temporary)
        temporary.replace(target)
        return True


def _migrate_sqlite(target: Path) -> None:
    state = target.with_name(f"{target.name}.state")
    state.mkdir()
    _migrate({"THREADLINE_STATE": str(state)})
    with closing(sqlite3.connect(state / "threadline.db")) as made:
        made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.move(state / "threadline.db", target)
    shutil.rmtree(state)


def _migrate(environment: dict[str, str]) -> None:
    code = (
        "import django; django.setup();"
        "from django.core.management import call_command;"
        "call_command('migrate', verbosity=0, interactive=False)"
    )
    subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, cwd=ROOT, check=True
    )


@cache
def _schema_version() -> str:
    """Changes whenever a migration does, ours or of an installed application."""
    digest = hashlib.sha256()
    for config in apps.get_app_configs():
        for file in sorted(Path(config.path).glob("migrations/*.py")):
            digest.update(file.name.encode() + b"\0")
            if Path(config.path).is_relative_to(ROOT) and ".venv" not in config.path:
                digest.update(file.read_bytes())
    for package in ("Django", "django-allauth"):
        digest.update(version(package).encode())
    return digest.hexdigest()[:16]
