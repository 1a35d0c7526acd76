"""A block within a transaction is undone alone, is seen by who looks at what is executed, and on SQLite costs no cursor of Django's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from store.models import Counter
from tests.company import Company


def test_a_block_is_begun_and_left_past_djangos_cursor(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    cursors: list[object] = []
    kind = type(connections["default"])
    cursor = kind.cursor

    def watched(self: Any) -> Any:
        cursors.append(self)
        return cursor(self)

    monkeypatch.setattr(kind, "cursor", watched)
    with transaction.atomic(), transaction.atomic(), transaction.atomic():
        pass
    if connection.vendor == "sqlite":
        assert cursors == []


def _fail_after(name: str) -> None:
    with transaction.atomic():
        with transaction.atomic():
            Counter.objects.create(name=name)
        raise LookupError


def test_a_block_that_fails_is_undone_alone(company: Company) -> None:
    with transaction.atomic():
        Counter.objects.create(name="before")
        for name in ("first", "second"):
            with pytest.raises(LookupError):
                _fail_after(name)
        with transaction.atomic():
            Counter.objects.create(name="after")
    names = Counter.objects.filter(name__in=["before", "first", "second", "after"])
    assert set(names.values_list("name", flat=True)) == {"before", "after"}


def test_who_looks_sees_where_a_block_begins_and_ends(company: Company) -> None:
    with CaptureQueriesContext(connection) as asked, transaction.atomic(), transaction.atomic():
        Counter.objects.create(name="seen")
    words = [one["sql"].split()[0] for one in asked]
    assert words[words.index("SAVEPOINT") :][:3] == ["SAVEPOINT", "INSERT", "RELEASE"]


def test_a_connection_that_is_gone_is_told_as_django_tells_it(company: Company) -> None:
    with pytest.raises(DatabaseError):
        _lose_it()
    connection.close()


def _lose_it() -> None:
    with transaction.atomic():
        connection.connection.close()
        with transaction.atomic():
            pass
