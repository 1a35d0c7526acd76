"""Several threads that do something at the same moment, each with a database connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from threading import Event as Flag
from typing import TypeVar

from django.db import connection, transaction

T = TypeVar("T")


def together(deeds: Sequence[Callable[[], T]]) -> list[T | BaseException]:
    """The result of each deed, or what it raised; they start at the same moment."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], T]) -> T | BaseException:
        try:
            connection.ensure_connection()
            barrier.wait(20)
            return deed()
        except BaseException as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def in_thread(deed: Callable[[], T]) -> T:
    """The result of a deed on another connection; raises what it raises."""
    (result,) = together([deed])
    if isinstance(result, BaseException):
        raise result
    return result


@contextmanager
def open_transaction(deed: Callable[[], None]) -> Iterator[None]:
    """What the deed wrote on another connection is not committed before the block ends."""
    written, may_commit = Flag(), Flag()

    def hold() -> None:
        try:
            with transaction.atomic():
                deed()
                written.set()
                may_commit.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        try:
            assert written.wait(20)
            yield
        finally:
            may_commit.set()
        held.result(20)
