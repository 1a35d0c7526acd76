"""Django's backend for PostgreSQL, in which statements of the hot path share one wait. What they say is not known here.

Each wait for the server costs both sides a wake-up. What only writes waits here until somebody needs an answer, or commits;
then all of it goes to the server together, in its order, and behind it the questions that are about to be asked, whose
answers lie here until they are, or until something else is said. Nothing is held outside a transaction, and no other
statement overtakes it. What the server refuses is told to whoever asked next, or to the commit: the transaction is undone as ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from select import POLLIN, POLLOUT, poll
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper
from psycopg import pq
from psycopg.abc import Transformer as Writes
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result

MOST = 200
"""Statements that a connection keeps prepared; the hot path has some forty."""
_Key = tuple[bytes, tuple[int, ...]]
"""A statement and the types of its values: what is prepared."""
_Mark = tuple[bytes, tuple[bytes | None, ...]]
"""A statement and its values: what has one answer."""


class Answer:
    """What the server said to one statement."""

    __slots__ = ("_line", "_result")

    def __init__(self, line: Line, result: Any) -> None:
        self._line = line
        self._result = result

    @property
    def rowcount(self) -> int:
        """Rows that were changed."""
        return int(self._result.command_tuples or 0)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows."""
        return self._line.rows(self._result)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The first row."""
        return next(iter(self.fetchall()), None)


class Step:
    """A statement on its way, its values written for the server."""

    __slots__ = ("formats", "key", "values")

    def __init__(self, statement: bytes, given: Sequence[Any], writes: Writes) -> None:
        self.values = writes.dump_sequence(given, [PyFormat.AUTO] * len(given))
        self.formats = writes.formats
        self.key: _Key = statement, tuple(writes.types or ())

    def mark(self) -> _Mark:
        """What it asks."""
        return self.key[0], tuple(None if value is None else bytes(value) for value in self.values)


class Line:
    """One connection, and what waits to be said over it."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._server = connection.pgconn
        self._values = Transformer(connection)
        self._times: dict[_Key, int] = {}
        self._prepared: dict[_Key, bytes] = {}
        self._numbers = count()
        self._held: list[Step] = []
        self._expected: list[Step] = []
        self._known: dict[_Mark, Any] = {}
        self._poll = poll()
        self.since = monotonic()
        """When it was opened."""
        self.is_together = False
        """Whether what is expected is asked together outside a transaction, too."""

    @property
    def holds(self) -> bool:
        """Whether something waits."""
        return bool(self._held)

    def hold(self, statement: bytes, values: Sequence[Any]) -> None:
        """Says it with what is said next."""
        self._known.clear()
        self._held.append(Step(statement, values, self._values))

    def expect(self, statement: bytes, values: Sequence[Any]) -> None:
        """Asks it with what is asked next: it will be asked before anything else is said."""
        self._expected.append(Step(statement, values, self._values))

    def ask(self, statement: bytes, values: Sequence[Any]) -> Answer:
        """Says what waits, then this, then what is expected. Raises `psycopg.Error`."""
        step = Step(statement, values, self._values)
        if self._known:
            known = self._known.pop(step.mark(), None)
            if known is not None:
                return Answer(self, known)
            self._known.clear()
        if not self._expected:
            return Answer(self, self._say([*self._taken(), step])[-1])
        asked = {one.mark(): one for one in (step, *self._expected)}
        self._expected = []
        results = self._say([*self._taken(), *asked.values()])[-len(asked) :]
        self._known.update(zip(asked, results, strict=True))
        return Answer(self, self._known.pop(step.mark()))

    def settle(self) -> None:
        """Says what waits; what else is said now may make other answers of those that were expected. Raises `psycopg.Error`."""
        self._known.clear()
        if self._held:
            self._say(self._taken())

    def commit(self) -> None:
        """Says what waits, and commits. Raises `psycopg.Error`."""
        held = self._taken()
        self.forget()
        self._say([*held, Step(b"COMMIT", (), self._values)])

    def forget(self) -> None:
        """What waits is never said: its transaction, or the part of one that it stands in, is undone. What is expected is not
        asked."""
        self._held, self._expected = [], []
        self._known.clear()

    def rows(self, result: Any) -> list[tuple[Any, ...]]:
        """The rows of a result, with values as the connection reads them."""
        self._values.set_pgresult(result)
        return self._values.load_rows(0, result.ntuples, tuple)

    def _taken(self) -> list[Step]:
        taken, self._held = self._held, []
        return taken

    def _say(self, steps: list[Step]) -> list[Any]:
        """The server's results, after one wait for all of them."""
        is_idle = self._server.transaction_status == pq.TransactionStatus.IDLE
        if is_idle and not self._connection.autocommit:
            steps.insert(0, Step(b"BEGIN", (), self._values))
        try:
            self._server.enter_pipeline_mode()
            named = [name for step in steps for name in self._send(step)]
            self._server.pipeline_sync()
            results = self._results()
            self._server.exit_pipeline_mode()
        except BaseException:
            # Whatever it was, nobody knows what the server says next.
            self._connection.close()
            raise
        for result, name in zip(results, named, strict=True):
            if result.status in _REFUSED:
                raise error_from_result(result, encoding=self._connection.info.encoding)
            if name is not None:
                self._prepared.update([name])
        return [result for result, name in zip(results, named, strict=True) if name is None]

    def _send(self, step: Step) -> list[tuple[_Key, bytes] | None]:
        """Sends it, and before it what prepares it. For each result that comes of it: the name that is then known, or None."""
        name, made = self._prepared.get(step.key), []
        if name is None and self._is_worth_it(step.key):
            name = b"threadline_%d" % next(self._numbers)
            self._server.send_prepare(name, *step.key)
            made = [(step.key, name)]
        if name is None:
            self._server.send_query_params(step.key[0], step.values, step.key[1], step.formats)
        else:
            self._server.send_query_prepared(name, step.values, step.formats)
        return [*made, None]

    def _is_worth_it(self, key: _Key) -> bool:
        """As psycopg decides it: never behind a pooler."""
        threshold = self._connection.prepare_threshold
        if threshold is None or len(self._prepared) >= MOST:
            return False
        times = self._times[key] = self._times.get(key, 0) + 1
        return times > threshold

    def _results(self) -> list[Any]:
        server, found = self._server, list[Any]()
        self._poll.register(server.socket, POLLIN | POLLOUT)
        while server.flush():
            self._poll.poll()
            server.consume_input()
        self._poll.modify(server.socket, POLLIN)
        while True:
            while server.is_busy():
                self._poll.poll()  # others may run meanwhile, which `get_result` would not let them
                server.consume_input()
            result = server.get_result()
            if result is None and server.status != pq.ConnStatus.OK:
                raise psycopg.OperationalError(server.get_error_message())
            if result is not None and result.status == pq.ExecStatus.PIPELINE_SYNC:
                return found
            if result is not None:
                found.append(result)


_REFUSED = frozenset({pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE})


class _Behind(CursorWrapper):
    """Django's cursor, whose statements stand behind those that wait."""

    def _execute(self, sql: Any, params: Any, *ignored: Any) -> Any:
        self.db.settle()
        return super()._execute(sql, params, *ignored)  # type: ignore[misc]

    def _executemany(self, sql: Any, param_list: Any, *ignored: Any) -> Any:
        self.db.settle()
        return super()._executemany(sql, param_list, *ignored)  # type: ignore[misc]


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, whose every other statement waits for what is held."""

    line: Line | None = None
    is_shared = False
    """Whether several share the open transaction, which is undone as a whole: a block within it has no savepoint."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection with its line."""
        connection = super().get_new_connection(conn_params)
        self.line = Line(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """A cursor for a statement that stands behind those that wait."""
        self.settle()
        return super().create_cursor(name)

    def make_cursor(self, cursor: Any) -> Any:
        """One that was opened before something was held waits for it too."""
        return _Behind(cursor, self)

    def close(self) -> None:
        """Hangs up."""
        self._forget()
        super().close()

    def settle(self) -> None:
        """Says what waits. Raises `DatabaseError`."""
        if self.line is not None:
            with self.wrap_database_errors:
                self.line.settle()

    def _commit(self) -> None:
        if self.line is None or not self.line.holds:
            self._forget()
            super()._commit()  # type: ignore[misc]
            return
        with self.wrap_database_errors:
            self.line.commit()

    def _rollback(self) -> None:
        self._forget()
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self._forget()
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _savepoint_allowed(self) -> bool:
        return not self.is_shared and super()._savepoint_allowed()  # type: ignore[misc]

    def _forget(self) -> None:
        if self.line is not None:
            self.line.forget()
