"""What is committed on SQLite reaches the disk here, many commits with one wait. PostgreSQL does the same by itself.

A commit with `synchronous=FULL` holds the write lock while the disk works, milliseconds in which nobody can accept or
answer anything. Here it is made with `NORMAL`: the log is written and the lock is free. Whoever committed is told
so only after the log's file was flushed, and one flush serves all who have committed before it began.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from django.db.utils import OperationalError


class Disk:
    """Flushes the write-ahead log of one database, in a thread of its own."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="disk")
        self._lock = threading.Lock()
        self._log = ""
        self._waiting: list[tuple[Future[Any], Any]] = []

    def give(self, log: str, future: Future[Any], result: Any) -> None:
        """Sets the result once everything that is in the file `log` by now cannot be lost with the power; sets
        `OperationalError` where the disk refuses."""
        if not future.set_running_or_notify_cancel():
            return  # nobody waits any more; from here on nobody can leave and spoil the answer of the others
        with self._lock:
            self._log = log
            self._waiting.append((future, result))
            if len(self._waiting) == 1:
                self._pool.submit(self._flush)

    def close(self) -> None:
        """Waits for those who wait."""
        self._pool.shutdown(wait=True)

    def _flush(self) -> None:
        with self._lock:  # who commits from now on waits for the next flush
            served, self._waiting = self._waiting, []
        try:
            flush(self._log)
        except OSError as problem:
            for future, _ in served:
                future.set_exception(OperationalError(f"disk: {problem.strerror}"))
            return
        for future, result in served:
            future.set_result(result)


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
