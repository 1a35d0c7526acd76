"""Code from before the newest migrations goes on working over their schema, as it does while an installation is upgraded one process at a time.

Its models are those that the migrations remember of that time. What they write and read, the newest schema must take:
a column that must be filled and has no default in the database, or one that was taken away or renamed, goes red here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.utils import IntegrityError

BACK = 4
"""So many migrations may be between the oldest process and the schema."""
NOON = datetime(2027, 3, 2, 12, 0, tzinfo=UTC)
_numbers = count(1)


@cache
def names() -> list[str]:
    """The store's migrations, oldest first."""
    return sorted(name for app, name in MigrationLoader(None).disk_migrations if app == "store")


class Old:
    """The models of a level, and rows made of what they know is required."""

    def __init__(self, level: str) -> None:
        self._apps = MigrationLoader(connection).project_state(("store", level)).apps
        self._rows: dict[type[models.Model], models.Model] = {}

    def models(self) -> Iterator[type[models.Model]]:
        for model in self._apps.get_models():
            if model._meta.app_label == "store" and model._meta.managed:
                yield model

    def row(self, model: type[models.Model]) -> models.Model:
        """A stored row; the same one for everything that points to it."""
        if model not in self._rows:
            given = {
                field.name: self._value(field)
                for field in model._meta.concrete_fields
                if self._is_required(field)
            }
            self._rows[model] = model._default_manager.create(**given)
        return self._rows[model]

    def _is_required(self, field: models.Field[Any, Any]) -> bool:
        is_made = field.auto_created or isinstance(field, models.GeneratedField)
        has_own = field.has_default() or field.db_default is not models.NOT_PROVIDED
        return not is_made and not field.null and (not has_own or field.unique)

    def _value(self, field: models.Field[Any, Any]) -> Any:
        if isinstance(field, models.ForeignKey):
            return self.row(field.related_model)
        number = next(_numbers)
        for kind, made in {
            models.UUIDField: uuid4(),
            models.DateTimeField: NOON,
            models.DateField: date(2027, 3, 2),
            models.DurationField: timedelta(0),
            models.BooleanField: False,
            models.IntegerField: number,
            models.FloatField: 0.5,
            models.BinaryField: number.to_bytes(32),
            models.JSONField: {},
        }.items():
            if isinstance(field, kind):
                return made
        if isinstance(field, models.EmailField):
            return f"old{number}@acme.example"
        choices = [value for value, _ in field.flatchoices]
        return choices[0] if choices else f"old{number}"[: field.max_length]


@pytest.mark.parametrize("back", range(1, BACK + 1))
def test_older_code_writes_and_reads_over_the_newest_schema(database: str, back: int) -> None:
    old = Old(names()[-1 - back])
    seen = 0
    with transaction.atomic():
        for model in old.models():
            row = old.row(model)
            again = model._default_manager.get(pk=row.pk)
            again.save()
            seen += 1
        transaction.set_rollback(True)
    assert seen > 50


def test_a_column_that_older_code_cannot_fill_is_noticed(database: str) -> None:
    if database == "sqlite":
        pytest.skip("SQLite adds no such column at all")
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE store_team ADD COLUMN must_have integer NOT NULL")
        old = Old(names()[-2])
        with pytest.raises(IntegrityError), transaction.atomic():
            old.row(old._apps.get_model("store", "team"))
        transaction.set_rollback(True)
