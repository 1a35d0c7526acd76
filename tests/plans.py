"""How the database means to answer what is asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction


def plans_of(ask: Callable[[], object]) -> list[str]:
    """The plan of each query that `ask` sends, a step a line, with the parameters bound as in use: written out, SQLite
    sees more than it does then."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip("( ").startswith("SELECT"):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    is_postgresql = connection.vendor == "postgresql"
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        if is_postgresql:
            # A handful of rows is always read whole there, unless it may not.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in asked:
            cursor.execute(f"{'EXPLAIN' if is_postgresql else 'EXPLAIN QUERY PLAN'} {sql}", params)
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


def walked(plans: list[str], tables: tuple[str, ...]) -> list[str]:
    """Steps that read one of these tables from end to end."""
    steps = [step.strip() for plan in plans for step in plan.splitlines()]
    return [step for step in steps if _walks(step) and any(f" {table}" in step for table in tables)]


def _walks(step: str) -> bool:
    if connection.vendor == "postgresql":
        return "Seq Scan on" in step
    return step.startswith("SCAN") and "INDEX" not in step
