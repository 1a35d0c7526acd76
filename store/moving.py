"""All rows of a SQLite installation into an empty PostgreSQL database, in one transaction that is proved before it commits.

Django talks to the new database as `default` and to the old file as `source`. What else belongs to moving is `bot.move`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model
from django.db.utils import DatabaseError, IntegrityError, OperationalError
from django.utils.timezone import is_aware
from psycopg import Error as DriverError
from psycopg import sql

from core.errors import PermanentFailure
from store.search import write_vectors
from store.snapshot import Fingerprint

SOURCE = "source"
MADE_BY_MIGRATIONS = frozenset({"django_content_type", "auth_permission"})
"""Rows that are there before anybody has worked; the old installation's own take their place."""
BATCH = 2_000
ALONE = "PRAGMA locking_mode=EXCLUSIVE;PRAGMA query_only=ON;"
Progress = Callable[[str], None]


@contextmanager
def source(database: dict[str, Any]) -> Iterator[None]:
    """The old database as `source`, read only and locked: nobody else has it open, and nobody can open it.

    Raises `PermanentFailure` where somebody does, or where the file is damaged.
    """
    name = database["NAME"]
    options = {"timeout": 1, "transaction_mode": "DEFERRED", "init_command": ALONE}
    connections.settings[SOURCE] = {**database, "OPTIONS": options}
    connections.configure_settings(connections.settings)
    try:
        with transaction.atomic(using=SOURCE), connections[SOURCE].cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            if (said := cursor.fetchone()[0]) != "ok":
                raise PermanentFailure(f"{name} is damaged: {said}")
            yield
    except OperationalError as problem:
        if "locked" not in str(problem):
            raise
        raise PermanentFailure(
            f"Something has {name} open: stop Threadline (and every other program that reads it) first."
        ) from problem
    finally:
        connections[SOURCE].close()
        del connections[SOURCE]
        del connections.settings[SOURCE]


def same_schema() -> None:
    """Raises `PermanentFailure` unless both databases have had the same migrations."""
    applied = "SELECT app, name FROM django_migrations"
    old, new = (set(_all(connections[alias], applied)) for alias in (SOURCE, "default"))
    if old != new:
        raise PermanentFailure(
            "The old database has another schema than this version: run `threadline migrate` on it first."
        )


def refuse_strangers() -> None:
    """Raises `PermanentFailure` where the new database holds tables that are none of ours."""
    ours = {model._meta.db_table for model in _models()} | {"django_migrations"}
    strange = sorted(set(connection.introspection.table_names()) - ours)
    if strange:
        raise PermanentFailure(f"The new database is not empty: it has {', '.join(strange[:3])}.")


def refuse_filled() -> None:
    """Raises `PermanentFailure` where the new database has rows that no migration made."""
    for model in _models():
        if model._meta.db_table in MADE_BY_MIGRATIONS:
            continue
        if model._base_manager.exists():
            raise PermanentFailure(
                f"The new database is not empty: {model._meta.db_table} has rows. Name an empty one."
            )


def copy(progress: Progress) -> dict[str, Fingerprint]:
    """Copies and proves every table; what was copied. All or nothing: after a failure the target is as it was.

    Raises `PermanentFailure` that names the table which PostgreSQL does not take or gives back otherwise.
    """
    with transaction.atomic():
        _clear()
        given = {model._meta.db_table: _copied(model, progress) for model in _models()}
        write_vectors()
        _continue_numbers()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except IntegrityError as problem:
            raise PermanentFailure(f"The old database contradicts itself: {problem}") from problem
        progress("verifying what PostgreSQL gives back")
        if wrong := differing(given, fingerprints("default")):
            raise PermanentFailure(f"These tables came back otherwise: {', '.join(wrong)}.")
    return given


def fingerprints(alias: str) -> dict[str, Fingerprint]:
    """Of every table as Django reads it there, so that the two databases can be compared."""
    return {model._meta.db_table: _fingerprint(_rows(model, alias)) for model in _models()}


def differing(one: dict[str, Fingerprint], other: dict[str, Fingerprint]) -> list[str]:
    """Tables that are not in both alike, with their counts."""
    return [
        f"{table} ({_count(one, table)} and {_count(other, table)} rows)"
        for table in sorted({*one, *other})
        if one.get(table) != other.get(table)
    ]


def _count(found: dict[str, Fingerprint], table: str) -> str:
    return str(found[table].rows) if table in found else "no"


def _models() -> list[type[Model]]:
    """Every table that Django knows, also the ones between two others."""
    found = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    return [model for _, model in sorted(found.items()) if model._meta.managed]


def _clear() -> None:
    with connection.cursor() as cursor:
        for table in sorted(MADE_BY_MIGRATIONS):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


def _copied(model: type[Model], progress: Progress) -> Fingerprint:
    """Streams one table through COPY; the fingerprint of what was read."""
    meta, found = model._meta, _Sum()
    names = [field.column for field in meta.concrete_fields]
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(meta.db_table),
        sql.Composed([sql.Identifier(str(name)) for name in names]).join(", "),
    )
    connection.ensure_connection()
    try:
        with connection.connection.cursor() as cursor, cursor.copy(into) as out:
            for row in _rows(model, SOURCE):
                found.add(row)
                out.write_row(_prepared(model, row))
                if found.rows % 50_000 == 0:
                    progress(f"{meta.db_table}: {found.rows} rows")
    except DriverError as problem:
        raise PermanentFailure(
            f"{meta.db_table}: PostgreSQL does not take it: {problem}"
        ) from problem
    if found.rows:
        progress(f"{meta.db_table}: {found.rows} rows")
    return found.fingerprint()


def _rows(model: type[Model], alias: str) -> Iterator[tuple[Any, ...]]:
    """Its rows as Python values, in no order; streamed on both databases."""
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.using(alias).order_by().values_list(*names)
    return iter(rows.iterator(chunk_size=BATCH))


def _prepared(model: type[Model], row: tuple[Any, ...]) -> list[Any]:
    fields = model._meta.concrete_fields
    return [
        field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)
    ]


def _continue_numbers() -> None:
    """New rows get numbers after the copied ones."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), _models()):
            cursor.execute(statement)


class _Sum:
    """A digest of rows in any order: the sum of their hashes. Neither database has to sort, and
    they need not agree on how words are sorted."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0

    def add(self, row: tuple[Any, ...]) -> None:
        digest = hashlib.sha256(repr([_plain(value) for value in row]).encode()).digest()
        self._sum = (self._sum + int.from_bytes(digest)) % 2**256
        self.rows += 1

    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self.rows, f"{self._sum:064x}")


def _fingerprint(rows: Iterable[tuple[Any, ...]]) -> Fingerprint:
    found = _Sum()
    for row in rows:
        found.add(row)
    return found.fingerprint()


def _plain(value: Any) -> Any:
    """One form for what the databases give in two."""
    match value:
        case memoryview() | bytearray():
            return bytes(value)
        case datetime() if is_aware(value):
            return value.timestamp()
        case dict() | list():
            return json.dumps(value, sort_keys=True)
    return value


def _all(database: BaseDatabaseWrapper, query: str) -> list[Any]:
    try:
        with database.cursor() as cursor:
            cursor.execute(query)
            return list(cursor.fetchall())
    except DatabaseError as problem:
        if isinstance(problem, OperationalError) and "locked" in str(problem):
            raise
        raise PermanentFailure(
            f"{database.alias} is no database of Threadline: {problem}"
        ) from problem
