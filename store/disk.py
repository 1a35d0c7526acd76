"""What is committed reaches the disk here, many commits with one wait.

On SQLite a commit with `synchronous=FULL` holds the write lock while the disk works, milliseconds in which nobody can
accept or answer anything. Here it is made with `NORMAL`: the log is written and the lock is free. On PostgreSQL a commit is
seen by nobody before it is on the disk, unless its `synchronous_commit` is off: what may be begun at once is committed so.
Whoever committed is told so only after the log was flushed, and one flush serves all who have committed before it began.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.db import connections
from django.db.utils import OperationalError

from store.sayings import Sql, execute

Flush = Callable[[], None]
"""Waits until what was committed before it began cannot be lost with the power; raises where nobody knows that. The same for
all who may share it."""


class Disk:
    """Flushes the log of one database, in a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._lock = threading.Lock()
        self._waiting: list[tuple[Flush, Future[Any], Any]] = []
        self._server: ServerLog | None = None
        self._is_opening = False

    def give(self, flush: Flush, future: Future[Any], result: Any) -> None:
        """Sets the result once `flush` has come back, which is called once for all that wait by then with the same; sets
        `OperationalError` where it fails."""
        if not future.set_running_or_notify_cancel():
            return  # nobody waits any more; from here on nobody can leave and spoil the answer of the others
        with self._lock:
            self._waiting.append((flush, future, result))
            if len(self._waiting) == 1:
                self._pool.submit(self._flush)

    def server(self) -> ServerLog | None:
        """PostgreSQL's log; None while there is no connection for it, which will then be opened. None for ever behind a
        pooler that lends a connection for one transaction only: whose is the next, nobody knows."""
        if connections["default"].settings_dict["OPTIONS"].get("prepare_threshold") is None:
            return None
        server = self._server
        if server is not None and server.is_open:
            return server
        with self._lock:
            if not self._is_opening:
                self._is_opening = True
                self._pool.submit(self._open)
        return None

    def leave_server(self) -> None:
        """PostgreSQL seems to have gone away: nobody begins to wait over this connection any more."""
        if self._server is not None:
            self._server.is_open = False

    @property
    def flushed(self) -> Flushed | None:
        """What is known to be on PostgreSQL's disk, if anything is."""
        return None if self._server is None else self._server.flushed

    def close(self) -> None:
        """Waits for those who wait."""
        if self._server is not None or self._is_opening:
            self._pool.submit(self._hang_up)
        self._pool.shutdown(wait=True)

    def _open(self) -> None:
        try:
            self._flush()  # those who wait over the old line, which may have an answer for them
            self._hang_up()
            self._server = ServerLog()
        finally:
            self._is_opening = False

    def _hang_up(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _flush(self) -> None:
        with self._lock:  # who commits from now on waits for the next flush
            served, self._waiting = self._waiting, []
        problems: dict[Flush, OperationalError | None] = {}
        for log, future, result in served:
            if log not in problems:
                problems[log] = _problem(log)
            problem = problems[log]
            if problem is None:
                future.set_result(result)
            else:
                future.set_exception(problem)


@dataclass(frozen=True, slots=True)
class Flushed:
    """Whatever transactions before `xid` have committed is on PostgreSQL's disk: of the server as it was at the moment `at` of this
    process's clock."""

    at: float
    xid: int

    def covers(self, xid: int, line: Any) -> bool:
        """Whether what this transaction has committed is among it, which was read over a line that is open still: no crash
        lies between, after which the same numbers are given once more, if that was open before."""
        return xid < self.xid and line.since < self.at


class ServerLog:
    """PostgreSQL's log, flushed over a connection that is never opened again: when it comes back, no crash lies between its
    beginning and that moment, so what was committed meanwhile is on the disk, and not on that of a server that has
    forgotten it and begun anew. Lives in the thread that made it."""

    def __init__(self) -> None:
        self._database: Any = connections.create_connection("default")
        self._database.ensure_connection()
        self._line: Any = self._database.line  # type: ignore[attr-defined]
        self.is_open = True
        self.flushed: Flushed | None = None

    def __call__(self) -> None:
        """Raises `psycopg.Error`."""
        at = monotonic()
        try:
            ((xid, _),) = self._line.ask(_FLUSHED.numbered, []).fetchall()
        except BaseException:
            self.is_open = False
            raise
        self.flushed = Flushed(at, xid)

    def close(self) -> None:
        """Hangs up."""
        self.is_open = False
        self._database.close()


@dataclass(frozen=True, slots=True)
class FileLog:
    """SQLite's, in the file `log`."""

    log: str

    def __call__(self) -> None:
        """Raises `OSError`."""
        flush(self.log)


def settle() -> None:
    """Waits until all that this thread's connection could read by now is on the disk: before it is said to somebody outside,
    or kept as the place up to which all was read. Outside a transaction. Raises `OperationalError`."""
    database: Any = connections["default"]
    if database.vendor == "sqlite":
        try:
            flush(f"{database.settings_dict['NAME']}-wal")
        except OSError as problem:
            raise OperationalError(f"disk: {problem.strerror}") from problem
    elif not execute(database, _ASKED, []).fetchone()[0]:
        execute(database, _FLUSHED, [])


def flush(log: str) -> None:
    """Waits until what was written to this file is on the disk. A log that is gone was copied into the database, and
    that flushed. Raises `OSError`."""
    try:
        file = os.open(log, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fdatasync(file)
    finally:
        os.close(file)


def _problem(log: Flush) -> OperationalError | None:
    try:
        log()
    except OSError as problem:
        return OperationalError(f"disk: {problem.strerror}")
    except Exception as problem:  # noqa: BLE001  whatever it was, those who wait are told
        return OperationalError(f"disk: {problem}")
    return None


ON_THE_DISK = (
    "pg_current_wal_flush_lsn() >= pg_current_wal_insert_lsn() "
    "AND current_setting('synchronous_standby_names') = ''"
)
"""In a statement of PostgreSQL's: whether all that it sees is on the disk, and on no other that would have to be waited for."""
_ASKED = Sql(f"SELECT {ON_THE_DISK}")
# What commits a record of its own waits for all that stands before it; before version 19 nothing else does.
_FLUSHED = Sql(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_logical_emit_message(true, 'threadline', ''::text)"
)
