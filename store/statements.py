"""Statements of the hot path: written with Django's ORM, compiled by it once, executed many times.

Compiling a queryset costs several times what SQLite takes to answer it. What is asked rarely uses the ORM as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]
_KEPT = "_threadline_statements"


class Given(Expression):
    """A value of a compiled statement that is given each time it is executed."""

    def __init__(self, name: str, field: models.Field[Any, Any]) -> None:
        """`field`: how the value is written for the database."""
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def adapted(self, value: Any, connection: Any) -> Any:
        return self.output_field.get_db_prep_value(value, connection)


class Select(Generic[M]):
    """A queryset of whole rows, with `Given` values in it, compiled once for each database connection."""

    def __init__(self, build: Callable[[], models.QuerySet[M]]) -> None:
        """`build` is called at the first execution (inside a transaction, where the queryset locks rows)."""
        self._build = build

    def rows(self, *, limit: int | None = None, **given: Any) -> list[M]:
        """The rows found with these values, at most `limit`."""
        database = connections[DEFAULT_DB_ALIAS]
        # Kept by the connection that they were compiled for, and gone with it.
        kept: dict[int, _Compiled] = vars(database).setdefault(_KEPT, {})
        compiled = kept.get(id(self))
        if compiled is None:
            compiled = kept[id(self)] = _Compiled(self._build())
        return compiled.rows(database, given, limit)

    def first(self, **given: Any) -> M | None:
        """The first row found with these values, in the order that `build` says, or None."""
        found = self.rows(limit=1, **given)
        return found[0] if found else None

    def get(self, **given: Any) -> M:
        """The row found with these values. Raises `ObjectDoesNotExist`."""
        found = self.first(**given)
        if found is None:
            raise ObjectDoesNotExist
        return found


class _Compiled:
    """What Django's `ModelIterable` would find out anew each time."""

    def __init__(self, queryset: models.QuerySet[Any]) -> None:
        self._db = queryset.db
        compiler = queryset.query.get_compiler(using=self._db)
        self._sql, self._parameters = compiler.as_sql()
        klass = compiler.klass_info
        assert klass is not None, "only whole rows can be selected"
        self._model = klass["model"]
        chosen = klass["select_fields"]
        self._begin, self._end = chosen[0], chosen[-1] + 1
        columns = compiler.select[self._begin : self._end]
        self._names = [column[0].target.attname for column in columns]
        self._related: list[Any] = get_related_populators(klass, compiler.select, self._db)  # type: ignore[call-arg]
        self._converters: list[tuple[int, list[Any], Any]] = [
            (place, found, column)
            for place, (found, column) in compiler.get_converters(
                [column[0] for column in compiler.select]
            ).items()
        ]

    def rows(self, database: Any, given: dict[str, Any], limit: int | None) -> list[Any]:
        sql = self._sql if limit is None else f"{self._sql} LIMIT {limit:d}"
        parameters = [
            item.adapted(given[item.name], database) if isinstance(item, Given) else item
            for item in self._parameters
        ]
        with database.cursor() as cursor:
            cursor.execute(sql, parameters)
            found: Sequence[Row] = cursor.fetchall()
        return [self._row(self._converted(row, database)) for row in found]

    def _converted(self, row: Row, database: Any) -> list[Any]:
        values = list(row)
        for place, converters, column in self._converters:
            for convert in converters:
                values[place] = convert(values[place], column, database)
        return values

    def _row(self, row: list[Any]) -> Any:
        made = _made(self._model, self._names, row[self._begin : self._end], self._db)
        for related in self._related:
            _relate(made, related, row)
        return made


def _made(model: type[models.Model], names: list[str], values: list[Any], db: str) -> Any:
    """What `from_db` makes of a whole row, without asking who listens and whether a field is left out."""
    made = model.__new__(model)
    vars(made).update(zip(names, values, strict=True))
    made._state = ModelState()
    made._state.adding, made._state.db = False, db
    return made


def _relate(row: Any, related: Any, values: list[Any]) -> None:
    """Sets a row that was selected with another, and those selected with it; `related`: Django's `RelatedPopulator`."""
    own = values[related.cols_start : related.cols_end]
    found = None
    if own[related.pk_idx] is not None:
        found = _made(related.model_cls, related.init_list, own, related.db)
        for further in related.related_populators:
            _relate(found, further, values)
    related.local_setter(row, found)
    if found is not None:
        related.remote_setter(found, row)


def insert(rows: Sequence[models.Model], *, once: bool = False) -> int:
    """Inserts rows of one model, whose keys are known or made by the database (and then not read back).

    `once`: a row that a unique constraint forbids is left out. Returns how many were inserted.
    """
    inserted = 0
    # Looked up once: Django's `connection` asks which thread this is each time something is read from it.
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        for row in rows:
            sql, fields = _insert_sql(type(row), once)
            cursor.execute(sql, [_written(field, row, database) for field in fields])
            inserted += cursor.rowcount
            row._state.adding, row._state.db = False, database.alias
    return inserted


def update(row: models.Model, fields: Iterable[str]) -> None:
    """Writes these fields of a row that exists."""
    sql, written = _update_sql(type(row), tuple(fields))
    database = connections[DEFAULT_DB_ALIAS]
    with database.cursor() as cursor:
        cursor.execute(sql, [_written(field, row, database) for field in written])


def _written(field: Any, row: models.Model, database: Any) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), database)


@cache
def _insert_sql(model: type[models.Model], once: bool) -> tuple[str, tuple[Any, ...]]:
    fields = tuple(field for field in model._meta.local_concrete_fields if _is_ours(field))
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    end = " ON CONFLICT DO NOTHING" if once else ""
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places}){end}', fields  # noqa: S608


def _is_ours(field: Any) -> bool:
    """Whether we give the value, and not the database (counted keys, defaults of the table)."""
    return not (isinstance(field, models.AutoField) or field.has_db_default())


@cache
def _update_sql(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    key = model._meta.pk
    assert key is not None
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    sql = f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key.column}" = %s'  # noqa: S608
    return sql, (*fields, key)
