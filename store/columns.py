"""How values of rows are written for the database and read from it, without asking Django anew for each. No statements here.

Only what Django would do with values of the plain types is done here, faster; every other value goes its way.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.sqlite3 import base as _registers_first  # noqa: F401  ours come after
from pydantic_core import from_json

Adapt = Callable[[Any], Any]

_TEXT = (models.CharField, models.TextField)
_WHOLE = (models.IntegerField,)


def as_it_is(value: Any) -> Any:
    """The value."""
    return value


def _sqlite_moment(value: datetime) -> str:
    """As Django stores it: UTC without saying so."""
    return (
        (value if value.tzinfo is UTC else value.astimezone(UTC))
        .replace(tzinfo=None)
        .isoformat(" ")
    )


@cache
def _plain(field: models.Field[Any, Any], vendor: str) -> tuple[type, Adapt] | None:
    """The Python type whose values need no more than this function to be written into the column; None: ask Django."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    is_sqlite = vendor == "sqlite"
    if isinstance(target, models.UUIDField):
        return UUID, (lambda value: value.hex) if is_sqlite else as_it_is
    if type(target) is models.DateTimeField:
        return datetime, _sqlite_moment if is_sqlite else as_it_is
    if isinstance(target, models.BooleanField):
        return bool, as_it_is
    if isinstance(target, _TEXT):
        return str, as_it_is
    if is_sqlite and isinstance(target, _WHOLE):
        return int, as_it_is
    return None


def _hand(field: models.Field[Any, Any], vendor: str) -> tuple[type | None, Adapt]:
    """`_plain` in the form that is quickly asked: no value is of the type None."""
    return _plain(field, vendor) or (None, as_it_is)


class Writer:
    """Writes the values of some fields of a model's rows."""

    def __init__(self, fields: Sequence[models.Field[Any, Any]], vendor: str) -> None:
        self._columns = [(field.attname, *_hand(field, vendor), field) for field in fields]

    def values(self, row: models.Model, database: Any) -> list[Any]:
        """The row's values as the database's driver takes them, in the order of the fields."""
        held: dict[str, Any] = vars(row)
        return [
            value
            if (value := held[name]) is None
            else adapt(value)
            if type(value) is kind and not (kind is datetime and _is_naive(value))
            else field.get_db_prep_save(value, database)
            for name, kind, adapt, field in self._columns
        ]


def written(field: models.Field[Any, Any], value: Any, database: Any) -> Any:
    """One value as the database's driver takes it, for comparing with the column."""
    plain = _plain(field, database.vendor)
    if plain is not None and type(value) is plain[0] and not _is_naive(value):
        return plain[1](value)
    return field.get_db_prep_value(value, database)


def _is_naive(value: Any) -> bool:
    # Django warns of these and gives them a zone.
    return type(value) is datetime and value.tzinfo is None


def reader(converters: Sequence[Any], column: Any, database: Any) -> Adapt:
    """What makes a Python value of what the database's driver gave, for one column of a compiled statement.

    `converters`: those that Django found for it.
    """
    if len(converters) == 1:
        known = _KNOWN.get((database.vendor, converters[0].__name__))
        if known is not None and not _is_key_of_json(column, converters[0]):
            return known

    def convert(value: Any) -> Any:
        for converter in converters:
            value = converter(value, column, database)
        return value

    return convert


def _is_key_of_json(column: Any, converter: Any) -> bool:
    """A JSON field with a decoder of its own, or a part of one, is Django's."""
    if converter.__name__ != "from_db_value":
        return False
    field = column.target if hasattr(column, "target") else None
    return type(field) is not models.JSONField or field.decoder is not None


def _uuid(value: str | None) -> UUID | None:
    if value is None:
        return None
    # `UUID(text)` checks what the database has written itself, in four times the time.
    made = _new(UUID)
    _set_number(made, int(value, 16))
    _set_safe(made, _UNKNOWN)
    return made


_UNKNOWN = UUID(int=0).is_safe
_new = object.__new__
_set_number, _set_safe = (vars(UUID)[name].__set__ for name in ("int", "is_safe"))


def _aware(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode()).replace(tzinfo=UTC)


# SQLite's driver makes values of declared columns itself; Django's part of it gives a moment without a zone,
# by two more functions, to which its converter adds the zone.
for _declared in ("datetime", "timestamp"):
    sqlite3.register_converter(_declared, _aware)


def json_read(value: str | None) -> Any:
    """What stands in a JSON column."""
    if value is None:
        return None
    try:
        return from_json(value)
    except ValueError:
        return json.loads(value)  # half a surrogate pair, which `json` writes and reads


_KNOWN: dict[tuple[str, str], Adapt] = {
    ("sqlite", "convert_uuidfield_value"): _uuid,
    ("sqlite", "convert_datetimefield_value"): as_it_is,
    ("sqlite", "convert_booleanfield_value"): as_it_is,
    ("sqlite", "from_db_value"): json_read,
    ("postgresql", "from_db_value"): json_read,
}
