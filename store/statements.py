"""Statements of the hot path: written with Django's ORM, compiled by it once, executed many times.

Compiling a queryset costs several times what SQLite takes to answer it. What is asked rarely uses the ORM as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any, Generic, TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators

from store.columns import Writer, as_it_is, reader, written
from store.sayings import Sql, execute, expect, write

M = TypeVar("M", bound=models.Model)
Row = tuple[Any, ...]
_KEPT = "_threadline_statements"


class Given(Expression):
    """A value of a compiled statement that is given each time it is executed."""

    def __init__(self, name: str, field: models.Field[Any, Any], server: str = "") -> None:
        """`field`: how the value is written for the database. `server`: what PostgreSQL says by itself in its place, so
        that nobody need wait for the value before this is asked."""
        super().__init__(output_field=field)
        self.name = name
        self._server = server

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return (self._server, []) if self._server else self.as_sql(compiler, connection)

    def adapted(self, value: Any, connection: Any) -> Any:
        return written(self.output_field, value, connection)


class Select(Generic[M]):
    """A queryset of whole rows, with `Given` values in it, compiled once for each database connection."""

    def __init__(self, build: Callable[[], models.QuerySet[M]]) -> None:
        """`build` is called at the first execution (inside a transaction, where the queryset locks rows)."""
        self._build = build

    def rows(self, *, limit: int | None = None, **given: Any) -> list[M]:
        """The rows found with these values, at most `limit`."""
        database = connections[DEFAULT_DB_ALIAS]
        return self._compiled(database).rows(database, given, limit)

    def expect(self, *, limit: int | None = None, **given: Any) -> None:
        """`rows` (or `first`, which is of one) will be called with these values: see `store.sayings.expect`."""
        database = connections[DEFAULT_DB_ALIAS]
        if database.vendor == "postgresql":
            expect(database, *self._compiled(database).asked(database, given, limit))

    def _compiled(self, database: Any) -> _Compiled:
        # Kept by the connection that they were compiled for, and gone with it.
        kept: dict[int, _Compiled] = vars(database).setdefault(_KEPT, {})
        compiled = kept.get(id(self))
        if compiled is None:
            compiled = kept[id(self)] = _Compiled(self._build(), database)
        return compiled

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


class Columns:
    """A queryset of some columns (`values_list`), with `Given` values in it, compiled once for each database connection: for
    many rows of which little is wanted."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Any]]) -> None:
        """`build` is called at the first execution."""
        self._build = build

    def rows(self, *, limit: int | None = None, **given: Any) -> list[Row]:
        """The values found with these, at most `limit` rows."""
        database = connections[DEFAULT_DB_ALIAS]
        return [tuple(row) for row in self._compiled(database).values(database, given, limit)]

    def expect(self, *, limit: int | None = None, **given: Any) -> None:
        """As `Select.expect`."""
        database = connections[DEFAULT_DB_ALIAS]
        if database.vendor == "postgresql":
            expect(database, *self._compiled(database).asked(database, given, limit))

    def _compiled(self, database: Any) -> _Chosen:
        kept: dict[int, _Chosen] = vars(database).setdefault(_KEPT, {})
        compiled = kept.get(id(self))
        if compiled is None:
            compiled = kept[id(self)] = _Chosen(self._build(), database)
        return compiled


class Whether:
    """Whether a queryset with `Given` values in it finds anything, compiled once for each database connection: for looks that
    find nothing most of the time."""

    def __init__(self, build: Callable[[], models.QuerySet[Any, Any]]) -> None:
        """`build` is called at the first look. Where a moment is `Given`, it says an order that an index has: planned once
        for any moment, PostgreSQL takes a third of the table to be found and reads it from its beginning, to the end where
        none is."""
        self._any = Columns(lambda: build().values_list("pk"))

    def holds(self, **given: Any) -> bool:
        """Whether there is a row with these values."""
        return bool(self._any.rows(limit=1, **given))


class _Chosen:
    """A compiled statement, and how the values of its rows are read."""

    def __init__(self, queryset: models.QuerySet[Any, Any], database: Any) -> None:
        self._db = queryset.db
        self._compiler = compiler = queryset.query.get_compiler(using=self._db)
        sql, parameters = compiler.as_sql()
        sql, self._parameters = _with_constants(sql, parameters, database.vendor)
        self._sql: dict[int | None, Sql] = {None: Sql(sql)}
        found = compiler.get_converters([column[0] for column in compiler.select])
        self._readers = [
            (place, read)
            for place, (converters, column) in found.items()
            if (read := reader(converters, column, database)) is not as_it_is
        ]

    def values(
        self, database: Any, given: dict[str, Any], limit: int | None
    ) -> Iterator[list[Any]]:
        found: Sequence[Row] = execute(database, *self.asked(database, given, limit)).fetchall()
        return map(self._read, found)

    def asked(
        self, database: Any, given: dict[str, Any], limit: int | None
    ) -> tuple[Sql, list[Any]]:
        """What is executed."""
        parameters = [
            item.adapted(given[item.name], database) if isinstance(item, Given) else item
            for item in self._parameters
        ]
        return self._limited(limit), parameters

    def _limited(self, limit: int | None) -> Sql:
        sql = self._sql.get(limit)
        if sql is None:
            sql = self._sql[limit] = Sql(f"{self._sql[None].text} LIMIT {limit:d}")
        return sql

    def _read(self, row: Row) -> list[Any]:
        values = list(row)
        for place, read in self._readers:
            values[place] = read(values[place])
        return values


class _Compiled(_Chosen):
    """What Django's `ModelIterable` would find out anew each time."""

    def __init__(self, queryset: models.QuerySet[Any], database: Any) -> None:
        super().__init__(queryset, database)
        klass, select = self._compiler.klass_info, self._compiler.select
        assert klass is not None, "only whole rows can be selected"
        self._model = klass["model"]
        chosen = klass["select_fields"]
        self._begin, self._end = chosen[0], chosen[-1] + 1
        self._names = [column[0].target.attname for column in select[self._begin : self._end]]
        self._related: list[Any] = get_related_populators(klass, select, self._db)  # type: ignore[call-arg]

    def rows(self, database: Any, given: dict[str, Any], limit: int | None) -> list[Any]:
        return [self._row(row) for row in self.values(database, given, limit)]

    def _row(self, row: list[Any]) -> Any:
        made = _made(self._model, self._names, row[self._begin : self._end], self._db)
        for related in self._related:
            _relate(made, related, row)
        return made


def _with_constants(sql: str, parameters: Sequence[Any], vendor: str) -> tuple[str, list[Any]]:
    """The statement with its constants written into it: a database that is not told them cannot see that an
    index of some rows (`author = 'customer'`) has all that is asked for."""
    waiting = list(parameters)
    left: list[Any] = []

    def place(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return found[0]
        value = waiting.pop(0)
        if isinstance(value, str):
            return "'" + value.replace("'", "''").replace("%", "%%") + "'"
        if isinstance(value, bool):
            return str(int(value)) if vendor == "sqlite" else str(value).upper()
        if isinstance(value, int):
            return str(value)
        left.append(value)
        return found[0]

    return re.sub("%%|%s", place, sql), left


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


def new(model: type[M], **values: Any) -> M:
    """`model(**values)` without asking who listens: a row that is not stored yet, its other fields at their defaults."""
    made = model.__new__(model)
    held = vars(made)
    state = made._state = ModelState()
    same, anew, keys = _defaults(model)
    held.update(same)
    for name, default in anew:
        if name not in values:
            held[name] = default()
    for name, value in values.items():
        key = keys.get(name)
        if key is None or value is None:
            held[key or name] = value
        else:
            state.fields_cache[name] = value
            held[key] = value.pk
    return made


@cache
def _defaults(
    model: type[models.Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], dict[str, str]]:
    """What `get_default` gives for each field, what makes it anew for each row, and `_keys_of`."""
    same, anew = {}, []
    for field in model._meta.concrete_fields:
        if field.has_default() and callable(field.default):
            anew.append((field.attname, field.default))
        else:
            same[field.attname] = field.get_default()
    return same, anew, _keys_of(model)


def _keys_of(model: type[models.Model]) -> dict[str, str]:
    """Names of what a row points at, and of the columns that do."""
    return {
        field.name: field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
    }


def insert(rows: Sequence[models.Model]) -> None:
    """Inserts rows of one model, whose keys are known or made by the database (and then not read back)."""
    _insert(rows, write, once=False)


def insert_where_new(rows: Sequence[models.Model]) -> None:
    """As `insert`; a row that a unique constraint forbids is left out."""
    _insert(rows, write, once=True)


def is_inserted(row: models.Model) -> bool:
    """Inserts a row, unless a unique constraint forbids it: then False. What asks is waited for."""
    counted: list[int] = []

    def ask(database: Any, sql: Sql, values: list[Any]) -> None:
        counted.append(execute(database, sql, values).rowcount)

    _insert([row], ask, once=True)
    return counted == [1]


def _insert(
    rows: Sequence[models.Model], say: Callable[[Any, Sql, list[Any]], None], *, once: bool
) -> None:
    # Looked up once: Django's `connection` asks which thread this is each time something is read from it.
    database = connections[DEFAULT_DB_ALIAS]
    for row in rows:
        sql, writer = _insert_sql(type(row), once, database.vendor)
        say(database, sql, writer.values(row, database))
        row._state.adding, row._state.db = False, database.alias


def update(row: models.Model, fields: Iterable[str]) -> None:
    """Writes these fields of a row that exists."""
    database = connections[DEFAULT_DB_ALIAS]
    sql, writer = _update_sql(type(row), tuple(fields), database.vendor)
    write(database, sql, writer.values(row, database))


@cache
def _insert_sql(model: type[models.Model], once: bool, vendor: str) -> tuple[Sql, Writer]:
    fields = tuple(field for field in model._meta.local_concrete_fields if _is_ours(field))
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    end = " ON CONFLICT DO NOTHING" if once else ""
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places}){end}'  # noqa: S608
    return Sql(sql), Writer(fields, vendor)


def _is_ours(field: Any) -> bool:
    """Whether we give the value, and not the database (counted keys, defaults of the table)."""
    return not (isinstance(field, models.AutoField) or field.has_db_default())


@cache
def _update_sql(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[Sql, Writer]:
    key = model._meta.pk
    assert key is not None
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    changes = ", ".join(f'"{field.column}" = %s' for field in fields)
    sql = f'UPDATE "{model._meta.db_table}" SET {changes} WHERE "{key.column}" = %s'  # noqa: S608
    return Sql(sql), Writer((*fields, key), vendor)
