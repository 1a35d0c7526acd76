"""How a statement reaches the database: past Django's cursors, and on PostgreSQL several in one wait. What they say is `store.statements`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections


class Sql:
    """The text of a statement as Django writes it, and as the driver of SQLite takes it."""

    def __init__(self, text: str) -> None:
        """`text`: with a `%s` for each value, and every other `%` twice."""
        self.text = text
        numbers = count(1)
        numbered = re.sub(
            "%%|%s", lambda found: "%" if found[0] == "%%" else f"${next(numbers)}", text
        )
        self.numbered = numbered.encode()
        self.marked = text.replace("%s", "?").replace("%%", "%")


def execute(database: Any, sql: Sql, parameters: list[Any]) -> Any:
    """The driver's cursor after this statement; `parameters` are as the driver takes them.

    Django's own cursor rewrites the text of a statement with a regular expression each time; where somebody
    looks at what is executed, it is used all the same.
    """
    if database.execute_wrappers or database.queries_logged:
        cursor = database.cursor()
        cursor.execute(sql.text, parameters)
        return cursor
    _make_ready(database)
    if database.vendor == "sqlite":
        return _told(database, database.connection.execute, sql.marked, parameters)
    # Django's cursors write values into the text, so the server would plan it anew each time.
    return _told(database, database.line.ask, sql.numbered, parameters)


def write(database: Any, sql: Sql, parameters: list[Any]) -> None:
    """As `execute`, where nothing is asked: on PostgreSQL it may wait for the next statement of its transaction, and what
    is wrong with it is raised there, or by the commit."""
    is_watched = database.execute_wrappers or database.queries_logged
    if database.vendor == "sqlite" or is_watched or not database.in_atomic_block:
        execute(database, sql, parameters)
    else:
        _make_ready(database)
        _told(database, database.line.hold, sql.numbered, parameters)


def expect(database: Any, sql: Sql, parameters: list[Any]) -> None:
    """Says that this will be executed in this transaction (or block of `together`), after nothing but what is expected, too,
    and what is executed now: on PostgreSQL all of it is one wait. What is wrong with it is raised by what is executed now."""
    if database.vendor != "postgresql" or database.execute_wrappers or database.queries_logged:
        return
    _make_ready(database)
    if database.in_atomic_block or database.line.is_together:
        _told(database, database.line.expect, sql.numbered, parameters)


@contextmanager
def together() -> Iterator[None]:
    """Outside a transaction, for what is only read: what is expected in the block is asked together there, too."""
    database: Any = connections[DEFAULT_DB_ALIAS]
    line = None
    if database.vendor == "postgresql" and not database.in_atomic_block:
        _make_ready(database)
        line = database.line
        line.is_together = True
    try:
        yield
    finally:
        if line is not None:
            line.is_together = False
            line.forget()


def _told(database: Any, say: Callable[[Any, list[Any]], Any], text: Any, values: list[Any]) -> Any:
    try:
        return say(text, values)
    except Exception:
        with (
            database.wrap_database_errors
        ):  # entered for each statement it costs more than it seems
            raise


def _make_ready(database: Any) -> None:
    if database.connection is None or database.health_check_enabled or database.needs_rollback:
        database.close_if_health_check_failed()
        database.ensure_connection()
        database.validate_no_broken_transaction()
