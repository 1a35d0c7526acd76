"""What differs between SQLite and PostgreSQL, and the bounded pool of threads that may touch the database. No tables here."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, ParamSpec, TypeVar

import structlog
from django.db import close_old_connections, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import InterfaceError, OperationalError

from store.disk import Disk, FileLog, Flush, Flushed, settle
from store.faults import reached
from store.sayings import Sql, execute
from store.shared_commits import (
    Asked,
    Kept,
    is_forgettable,
    may_be_seen,
    may_share,
    run_together,
)

log = structlog.get_logger()
P = ParamSpec("P")
R = TypeVar("R")


def is_postgresql() -> bool:
    """True on PostgreSQL, False on SQLite."""
    return connection.vendor == "postgresql"


def database_now() -> datetime:
    """The database's clock: the one time that all lease holders share (on SQLite the host's)."""
    database = connections["default"]
    now = execute(database, _CLOCKS[database.vendor], []).fetchone()[0]
    if isinstance(now, datetime):
        return now.astimezone(UTC)
    return datetime.fromisoformat(now).replace(tzinfo=UTC)


_CLOCKS = {
    "postgresql": Sql("SELECT clock_timestamp()"),
    "sqlite": Sql("SELECT strftime('%%Y-%%m-%%dT%%H:%%M:%%f', 'now')"),
}


_HELD_UP = frozenset({"55P03", "40P01", "40001", "57014"})
"""PostgreSQL's: a lock that was waited for too long, a deadlock, two that cannot both be, a statement that was stopped."""
AT_ONCE = 8
"""Transactions that share a commit at most, where nobody says otherwise: for so long others wait for SQLite's write lock, or
for rows that were written."""


class Database:
    """Runs transactions in long-lived threads, so that async code never waits for the database itself.

    One thread on SQLite (it has one writer, and waiting for it is unfair), several on PostgreSQL: there, as long as few
    wait, one of them has what may share a commit, and the others what may not.
    """

    def __init__(self, threads: int, readers: int = 1) -> None:
        self._writers = ThreadPoolExecutor(threads, thread_name_prefix="database")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="database-read")
        self._asked: deque[Asked] = deque()
        self._sharing = self._asked if threads == 1 else deque[Asked]()
        self._sharers, self._most_sharers = 0, max(threads - 1, 1)
        self._taking = threading.Lock()
        self._disk = Disk()
        self._opened: set[BaseDatabaseWrapper] = set()
        self._lost = 0
        self._thread = threading.local()
        self.waiting = 0
        """Transactions that were asked for and are not over."""
        self.at_once = AT_ONCE
        """Of them so many share a commit at most."""

    async def run(self, transaction: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of `transaction(*args)`, run in a writing thread, once what it committed is on the disk;
        shielded from cancellation, because a transaction that has begun is not to be forgotten by the one who
        asked for it."""
        name = getattr(transaction, "__name__", "").lstrip("_")
        reached(f"{name}.begun")
        over: Future[R] = Future()
        over.add_done_callback(self._is_over)  # before whoever asked goes on
        told = _told_here(over)
        self._ask(Asked(over, transaction, partial(transaction, *args, **kwargs)))
        self.waiting += 1
        result = await told
        reached(f"{name}.done")
        return result

    async def read(self, query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The result of a read-only `query(*args)`; never queues behind writers."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, lambda: self._call(query, *args, **kwargs))

    async def read_settled(self, query: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """As `read`, and what it found, if anything, is on the disk: for what is said to somebody outside who goes on from
        there."""

        def read() -> R:
            found = query(*args, **kwargs)
            if found and is_postgresql():
                settle()
            return found

        found = await self.read(read)
        if found:
            await self.settled()
        return found

    async def settled(self) -> None:
        """On SQLite: waits until what any process has committed so far is on the disk: before it is said to somebody outside.
        On PostgreSQL it is the connection that has read which must wait (`store.disk.settle`)."""
        database = connections["default"]
        if database.vendor == "sqlite":
            over: Future[None] = Future()
            told = _told_here(over)
            self._disk.give(_log_of(database), over, None)
            await told

    @property
    def flushed(self) -> Flushed | None:
        """What is known to be on PostgreSQL's disk, if anything is."""
        return self._disk.flushed

    def _is_over(self, over: object) -> None:
        self.waiting -= 1

    def _ask(self, asked: Asked) -> None:
        """Has it run by the one thread, or, where there are several and it may share a commit, by one that is at it
        already, unless more wait for that than one commit holds."""
        is_alone = self._sharing is self._asked
        if not is_alone and not may_share(asked):
            self._asked.append(asked)
            self._writers.submit(self._serve)
            return
        with self._taking:
            self._sharing.append(asked)
            is_enough = len(self._sharing) <= self.at_once * self._sharers
            if is_enough or self._sharers == self._most_sharers:
                return
            self._sharers += 1
        self._writers.submit(self._share)

    def _share(self) -> None:
        """Runs what may share a commit, or with one thread all, until nothing of it waits."""
        while True:
            with self._taking:
                if not self._sharing:
                    self._sharers -= 1
                    return
                first = self._sharing.popleft()
            try:
                self._run(first)
            except Exception:  # a border: what waits behind it must be run
                log.exception("commit_broke")

    def _serve(self) -> None:
        """Runs what was asked first of what may not share a commit."""
        with self._taking:
            first = self._asked.popleft()
        self._write(first)

    def _run(self, first: Asked) -> None:
        """Runs it; if it may share a commit, with what waits by the time that it has SQLite's write lock."""
        taken = [first]
        if not may_share(first) or not self._write_together(taken):
            self._write_apart(taken)

    def _next(self) -> Asked | None:
        """What was asked first and nobody runs yet; None where that may not share a commit."""
        with self._taking:
            if not self._sharing or not may_share(self._sharing[0]):
                return None
            return self._sharing.popleft()

    def _together(self, taken: list[Asked]) -> Iterator[Asked]:
        """The first, then those that wait behind it, which become part of `taken`."""
        yield taken[0]
        while len(taken) < self.at_once and (one := self._next()):
            taken.append(one)
            yield one

    def _write_together(self, taken: list[Asked]) -> bool:
        """Runs it, and what it takes along, in one commit; False where nothing of them was stored, and each has to be
        run by itself."""
        try:
            database = connections["default"]
            is_sqlite = database.vendor == "sqlite"
            before = self._changes(database) if is_sqlite else 0
            server = None if is_sqlite else self._disk.server()
            kept = self._call(_run_together, taken, self._together(taken), server is not None)
        except BaseException:  # noqa: BLE001  whatever it was, it is met again by the one that it concerns
            return False
        for tell in kept.now:
            _told_surely(tell)
        first = server if kept.is_seen_first else None
        if first is not None:
            for tell in kept.settled:
                self._disk.give(first, _told_by(tell), None)
        for one, outcome in zip(taken, kept.outcomes, strict=True):
            if isinstance(outcome, Exception):
                one.over.set_exception(outcome)
            else:
                self._tell(one, outcome, before, first)
        return True

    def _write_apart(self, taken: list[Asked]) -> None:
        """Each by itself, and where there are several threads in any of them: one may have to wait for what others hold."""
        if self._sharing is self._asked:
            for one in taken:
                self._write(one)
            return
        self._asked.extend(taken)
        for _ in taken:
            try:
                self._writers.submit(self._serve)
            except RuntimeError:  # no further thread is begun at the end
                self._serve()

    def _write(self, asked: Asked) -> None:
        """Runs it and sets what it gave, on SQLite when that has reached the disk."""
        try:
            database = connections["default"]
            before = self._changes(database) if database.vendor == "sqlite" else 0
            self._tell(asked, self._call(_run_settled, asked), before)
        except BaseException as problem:  # noqa: BLE001  it is raised by whoever asked
            asked.over.set_exception(problem)

    def _tell(self, asked: Asked, result: Any, before: int, first: Flush | None = None) -> None:
        """`first`: PostgreSQL's log, where that was not waited for yet."""
        database, flush = connections["default"], first
        if database.vendor == "sqlite":
            # Who repeats what another process has just committed changes nothing, and is told of it all the same.
            is_told_of_some = may_be_seen(asked) or self._changes(database) != before
            flush = _log_of(database) if is_told_of_some else None
        if flush is None or is_forgettable(asked):
            asked.over.set_result(result)
        else:
            self._disk.give(flush, asked.over, result)

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
        except (OperationalError, InterfaceError) as problem:
            if not _is_held_up(problem):
                # The server went away or was restarted: this connection is spoilt, the next call gets a new one.
                self._lost += 1
                self._disk.leave_server()
                close_old_connections()
            raise


def _told_here(over: Future[R]) -> asyncio.Future[R]:
    """Has what `over` will have, in the running loop. Whoever waits for it may leave: `over` goes on."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[R] = loop.create_future()

    def tell(_: Future[R]) -> None:
        with suppress(RuntimeError):  # nobody waits in a loop that is closed
            loop.call_soon_threadsafe(_tell, told, over)

    over.add_done_callback(tell)
    return told


def _tell(told: asyncio.Future[R], over: Future[R]) -> None:
    if told.done():
        return  # who waited has left
    problem = over.exception()
    if problem is None:
        told.set_result(over.result())
    else:
        told.set_exception(problem)


def _is_held_up(problem: Exception) -> bool:
    """Whether PostgreSQL is there and said that others kept it from doing this: then all others go on over their lines, and
    so do those who wait for its disk."""
    return getattr(problem.__cause__, "sqlstate", None) in _HELD_UP


def _log_of(database: BaseDatabaseWrapper) -> FileLog:
    """SQLite's write-ahead log."""
    return FileLog(f"{database.settings_dict['NAME']}-wal")


def _run_together(taken: list[Asked], asked: Iterator[Asked], may_be_first: bool) -> Kept:
    """As `run_together`, and what is not to be waited for still is on the disk."""
    kept = run_together(asked, may_be_first=may_be_first)
    if not kept.is_seen_first:
        _settle_for(taken)
    return kept


def _run_settled(asked: Asked) -> Any:
    result = asked.work()
    _settle_for([asked])
    return result


def _settle_for(asked: list[Asked]) -> None:
    """What wrote something has waited in its commit for PostgreSQL's disk; but it may be a repetition of what was seen before it was there."""
    if is_postgresql() and any(map(may_be_seen, asked)):
        settle()


def _told_by(tell: Callable[[], None]) -> Future[None]:
    """Calls it when it is set, unless to an error: then nothing is to be told."""
    over: Future[None] = Future()
    over.add_done_callback(lambda over: None if over.exception() else _told_surely(tell))
    return over


def _told_surely(tell: Callable[[], None]) -> None:
    """Rings. Who is not reached looks by itself soon; those behind it are rung for all the same."""
    try:
        tell()
    except Exception:
        log.exception("not_rung")
