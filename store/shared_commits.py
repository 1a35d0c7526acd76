"""Several transactions that wait for the same writer, committed together. Which thread does it, and when those who asked are told, is `store.database`.

On SQLite each commit of another process makes what a connection has cached worthless, and each of our own writes the same
pages of the same indexes again; on PostgreSQL each is waited for, and is on the disk by itself. All of it is paid once for
those that share a commit.

There is no savepoint between them on PostgreSQL, where it would be two more statements to wait for: whoever is refused
undoes all, and each is run by itself. What they lock is held until all are done, and two processes may lock in different
orders: whoever waits for so long as that takes gives up, and each is run by itself as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from django.db import connections, transaction
from django.db.utils import Error

from store.sayings import Sql, write

P = ParamSpec("P")
R = TypeVar("R")


LOCKED_MS = 250
"""A row that others hold is waited for so long within a shared commit: less than PostgreSQL takes to see a deadlock (1 s)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A transaction that waits for a writing thread: `work` runs `transaction` with its arguments, `over` is told."""

    over: Future[Any]
    transaction: Callable[..., Any]
    work: partial[Any]


def shares_its_commit(transaction: Callable[P, R]) -> Callable[P, R]:
    """Marks a function that may run inside a transaction of others, and a second time when that was undone, or when the
    server was lost and nobody knows whether it was: all that it writes stands in an `atomic` block of its own, and what it tells others it tells through `once_kept`."""
    _SHARING[transaction] = _always
    return transaction


def shares_where(may: Callable[P, bool]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """`shares_its_commit` for calls of which `may` is true of their arguments: others wait for the write lock, so nothing
    slow may stand in a shared commit."""

    def mark(transaction: Callable[P, R]) -> Callable[P, R]:
        _SHARING[transaction] = may
        return transaction

    return mark


def may_share(asked: Asked) -> bool:
    """Whether it may be committed together with others."""
    may = _SHARING.get(asked.transaction)
    return may is not None and may(*asked.work.args, **asked.work.keywords)


def may_be_forgotten(transaction: Callable[P, R]) -> Callable[P, R]:
    """Marks a transaction that may be lost with the power, so that nobody waits for the disk: a lease. On SQLite its holder
    dies with the same machine; where PostgreSQL alone dies, what a holder does under a lease that is gone is refused."""
    _FORGETTABLE.add(transaction)
    return transaction


def is_forgettable(asked: Asked) -> bool:
    """Whether it may be lost with the power."""
    return asked.transaction in _FORGETTABLE


def is_seen_at_once(transaction: Callable[P, R]) -> Callable[P, R]:
    """Marks a transaction that others may see, and go on with, before it is on the disk; whoever asked for it is told when it
    is, what it repeats also. What others make of it is behind it in the log: it is lost with it, or neither is."""
    _SEEN_AT_ONCE.add(transaction)
    return transaction


def may_be_seen(asked: Asked) -> bool:
    """Whether it may be seen before it is on the disk."""
    return asked.transaction in _SEEN_AT_ONCE


def once_kept(tell: Callable[[], None]) -> None:
    """Calls it as soon as what this thread has written is committed: now, unless the commit is shared."""
    later: list[Callable[[], None]] | None = getattr(_THREAD, "later", None)
    if later is None:
        tell()
    else:
        later.append(tell)


def ring_once_kept(
    ring: Callable[..., None], *names: str, once_settled: tuple[str, ...] = ()
) -> None:
    """`ring(*names)` as soon as what this thread has written is committed; once for all that share the commit.
    `once_settled`: for those who may not go on before it is on the disk, where that is waited for apart."""
    bells: _Bells | None = getattr(_THREAD, "bells", None)
    if bells is None:
        ring(*once_settled, *names)
        return
    bells.setdefault(ring, {}).update(dict.fromkeys(names))
    settled: _Bells = _THREAD.settled
    settled.setdefault(ring, {}).update(dict.fromkeys(once_settled))


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of those that shared a commit: what each gave or, where only it failed, raised; what is to be told now,
    and once it is on the disk. `is_seen_first`: that is still to be waited for."""

    outcomes: list[Any]
    now: list[Callable[[], None]]
    settled: list[Callable[[], None]]
    is_seen_first: bool


def run_together(asked: Iterator[Asked], *, may_be_first: bool) -> Kept:
    """All of it in one commit. Asks for the first as soon as it has the write lock, so that those that came while it waited
    are among them. `may_be_first`: what may be seen before it is on the disk shall be (on PostgreSQL).

    Raises where the database refused something: then nothing of it was stored, and nothing is to be told.
    """
    database: Any = connections["default"]
    later: list[Callable[[], None]] = []
    bells: _Bells = {}
    settled: _Bells = {}
    _THREAD.later, _THREAD.bells, _THREAD.settled = later, bells, settled
    is_seen_first = False
    try:
        with transaction.atomic():
            if database.vendor == "postgresql":
                database.is_shared = True
                write(database, _PATIENCE, [])
            outcomes, is_light = [], True
            for one in asked:
                is_first = may_be_first and may_be_seen(one)
                is_seen_first |= is_first
                is_light &= is_first or is_forgettable(one)
                outcomes.append(_outcome(one.work))
            if transaction.get_rollback():
                raise Error("the shared transaction was undone")
            if database.vendor == "postgresql" and is_light:
                write(database, _UNHURRIED, [])  # goes with the commit
    finally:
        if database.vendor == "postgresql":
            database.is_shared = False
        _THREAD.later = _THREAD.bells = _THREAD.settled = None
    if is_light and is_seen_first:
        return Kept(outcomes, [*later, *_rings(bells)], _rings(settled), is_seen_first=True)
    for ring, names in bells.items():
        settled.setdefault(ring, {}).update(names)
    return Kept(outcomes, [*later, *_rings(settled)], [], is_seen_first=False)


def _rings(bells: _Bells) -> list[Callable[[], None]]:
    return [partial(ring, *names) for ring, names in bells.items() if names]


def _outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except Error:
        raise
    except Exception as problem:  # noqa: BLE001  its own block is undone; it is raised by whoever asked
        return problem


def _always(*args: object, **kwargs: object) -> bool:
    return True


_PATIENCE = Sql(f"SET LOCAL lock_timeout = {LOCKED_MS:d}")
_UNHURRIED = Sql("SET LOCAL synchronous_commit = off")
_Bells = dict[Callable[..., None], dict[str, None]]
_FORGETTABLE: set[Callable[..., Any]] = set()
_SEEN_AT_ONCE: set[Callable[..., Any]] = set()
_SHARING: dict[Callable[..., Any], Callable[..., bool]] = {}
_THREAD = threading.local()
