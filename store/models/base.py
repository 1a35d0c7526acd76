"""Column habits shared by all tables: UUID keys and the transaction id. No table is defined here."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.db.models.expressions import Func


class Row(models.Model):
    """A table whose key is a random UUID."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class CurrentTransaction(Func):
    """The id of the running transaction on PostgreSQL (64 bits, never wraps); 0 on SQLite, which has one writer.

    Readers of the global feed take only rows below the oldest running transaction: rows commit out of order.
    """

    template = "0"
    arity = 0

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(
            compiler, connection, template="(pg_current_xact_id()::text::bigint)", **extra
        )
