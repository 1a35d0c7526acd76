"""What differs between SQLite and PostgreSQL, and the bounded pool of threads that may touch the database. No tables here."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, ParamSpec, TypeVar

from django.db import close_old_connections, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import InterfaceError, OperationalError

from store.disk import Disk
from store.faults import reached

P = ParamSpec("P")
R = TypeVar("R")


def is_postgresql() -> bool:
    """True on PostgreSQL, False on SQLite."""
    return connection.vendor == "postgresql"


def database_now() -> datetime:
    """The database's clock: the one time that all lease holders share (on SQLite the host's)."""
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute("SELECT clock_timestamp()")
            now = cursor.fetchone()[0]
            assert isinstance(now, datetime)
            return now.astimezone(UTC)
        cursor.execute("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")
        return datetime.fromisoformat(cursor.fetchone()[0]).replace(tzinfo=UTC)


def may_be_forgotten(transaction: Callable[P, R]) -> Callable[P, R]:
    """Marks a transaction that may be lost with the power, so that `Database.run` does not wait for the disk: a lease,
    whose holder dies with the same machine. On PostgreSQL, which may die alone, nothing is different."""
    _FORGETTABLE.add(transaction)
    return transaction


_FORGETTABLE: set[Callable[..., Any]] = set()


class Database:
    """Runs transactions in long-lived threads, so that async code never waits for the database itself.

    One thread on SQLite (it has one writer, and waiting for it is unfair), several on PostgreSQL.
    """

    def __init__(self, threads: int, readers: int = 1) -> None:
        self._writers = ThreadPoolExecutor(threads, thread_name_prefix="database")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="database-read")
        self._disk = Disk()
        self._opened: set[BaseDatabaseWrapper] = set()
        self._lost = 0
        self._thread = threading.local()
        self.waiting = 0
        """Transactions that were asked for and are not over."""

    async def run(self, transaction: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `transaction(*args)`, run in a writing thread, once what it committed is on the disk;
        shielded from cancellation, because a transaction that has begun is not to be forgotten by the one who
        asked for it."""
        name = getattr(transaction, "__name__", "").lstrip("_")
        reached(f"{name}.begun")
        over: Future[R] = Future()
        self._writers.submit(lambda: self._write(over, transaction, *args, **kwargs))
        self.waiting += 1
        over.add_done_callback(self._is_over)
        result = await asyncio.shield(asyncio.wrap_future(over))
        reached(f"{name}.done")
        return result

    async def read(self, query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a read-only `query(*args)`; never queues behind writers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._call(query, *args, **kwargs))

    async def settled(self) -> None:
        """Waits until what any process has committed so far is on the disk: before it is said to somebody outside."""
        database = connections["default"]
        if database.vendor == "sqlite":
            over: Future[None] = Future()
            self._disk.give(_log_of(database), over, None)
            await asyncio.shield(asyncio.wrap_future(over))

    def _is_over(self, over: object) -> None:
        self.waiting -= 1

    def _write(
        self, over: Future[R], transaction: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Runs it and sets what it gave, on SQLite when that has reached the disk."""
        try:
            database = connections["default"]
            is_ours = database.vendor == "sqlite"
            before = self._changes(database) if is_ours else 0
            result = self._call(transaction, *args, **kwargs)
            is_kept = is_ours and transaction not in _FORGETTABLE
            if is_kept and self._changes(database) != before:
                self._disk.give(_log_of(database), over, result)
            else:
                over.set_result(result)
        except BaseException as problem:  # noqa: BLE001  it is raised by whoever asked
            over.set_exception(problem)

    def _changes(self, database: BaseDatabaseWrapper) -> int:
        """Rows this connection has changed. One that is new does not wait for the disk in its commits: we do."""
        database.ensure_connection()
        if vars(self._thread).get("connection") is not database.connection:
            database.connection.execute("PRAGMA synchronous=NORMAL")
            self._thread.connection = database.connection
        return int(database.connection.total_changes)

    def close(self) -> None:
        """Waits for running transactions, then closes the threads and their connections."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self._disk.close()
        for opened in self._opened:
            opened.inc_thread_sharing()  # its own thread has ended
            opened.close()
        self._opened.clear()

    def _call(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        database = connections["default"]
        self._opened.add(database)
        if vars(self._thread).get("lost") != self._lost:
            # Some thread lost the server: this one's connection is asked whether it lives before it is used.
            self._thread.lost = self._lost
            database.close_if_unusable_or_obsolete()
        try:
            return work(*args, **kwargs)
        except (OperationalError, InterfaceError):
            # The server went away or was restarted: this connection is spoilt, the next call gets a new one.
            self._lost += 1
            close_old_connections()
            raise


def _log_of(database: BaseDatabaseWrapper) -> str:
    """The file of SQLite's write-ahead log."""
    return f"{database.settings_dict['NAME']}-wal"
