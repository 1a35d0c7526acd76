"""Django's backend for SQLite, in which whoever wants to write has a turn. What is written is not known here.

SQLite's own lock knows no order: who finds it taken sleeps and looks again, in the end ten times a second, and a process that
always has something to write takes it again before the sleeper has looked. So acknowledgements wait for seconds while
`work` has a backlog. Here two files are locked before it, one by who is next and the other by who writes: nobody can be
next twice while another waits. The system takes both from a process that dies. SQLite's lock is taken all the same:
on it alone it rests that nothing is spoilt, also by who knows nothing of turns.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import ExitStack, suppress
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

SOON, LATER = 0.0005, 0.002
"""Seconds between two looks: at first, and for who has waited a while. Waiting in the system itself has no end that we could set."""
LOOKS_SOON = 40


class Turn:
    """One connection's place among those who write to a database file."""

    def __init__(self, file: str, patience: float) -> None:
        """`patience`: seconds that are waited for a turn at most, as for SQLite's lock."""
        self._names = (f"{file}-next", f"{file}-writing")
        self._patience = patience
        self._files: tuple[int, ...] = ()
        self._is_mine = False

    def take(self) -> None:
        """Waits for it. Raises `OperationalError` where it does not come; where the files cannot be made there are no turns."""
        if not self._files and not self._open():
            return
        upcoming, writing = self._files
        until = time.monotonic() + self._patience
        _wait_for(upcoming, until)
        try:
            _wait_for(writing, until)
        finally:
            fcntl.flock(upcoming, fcntl.LOCK_UN)
        self._is_mine = True

    def give_back(self) -> None:
        """Ends it, if there is one."""
        if self._is_mine:
            self._is_mine = False
            fcntl.flock(self._files[1], fcntl.LOCK_UN)

    def close(self) -> None:
        """Ends it, and waits for no more."""
        self._is_mine = False
        for opened in self._files:
            os.close(opened)
        self._files = ()

    def _open(self) -> bool:
        how = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        with ExitStack() as opened, suppress(OSError):
            files = []
            for name in self._names:
                files.append(os.open(name, how, 0o600))
                opened.callback(os.close, files[-1])
            opened.pop_all()
            self._files = tuple(files)
        return bool(self._files)


def _wait_for(file: int, until: float) -> None:
    looks = 0
    while not _locked(file):
        if time.monotonic() > until:
            raise OperationalError("database is locked")
        looks += 1
        time.sleep(SOON if looks < LOOKS_SOON else LATER)


def _locked(file: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose transactions have turns."""

    transaction_mode: str | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._turn: Turn | None = None

    def _start_transaction_under_autocommit(self) -> None:
        if self._turn is None and not self.is_in_memory_db():
            options = self.settings_dict["OPTIONS"]
            self._turn = Turn(str(self.settings_dict["NAME"]), options.get("timeout", 5.0))
        begin = f"BEGIN {self.transaction_mode or ''}"
        if self._turn is None:
            self._say(begin)
            return
        self._turn.take()
        try:
            self._say(begin)
        except BaseException:
            self._turn.give_back()
            raise

    def _savepoint(self, sid: str) -> None:
        self._say(self.ops.savepoint_create_sql(sid))

    def _savepoint_commit(self, sid: str) -> None:
        self._say(self.ops.savepoint_commit_sql(sid))

    def _say(self, sql: str) -> None:
        """Past Django's cursor, which takes longer than SQLite, but where somebody looks at what is executed, or something is
        wrong."""
        is_watched = self.execute_wrappers or self.queries_logged
        if is_watched or self.connection is None or self.needs_rollback:
            with self.cursor() as cursor:
                cursor.execute(sql)
            return
        try:
            self.connection.execute(sql)
        except Exception:
            with self.wrap_database_errors:
                raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give_back()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if self._turn is not None:
                self._turn.close()

    def _give_back(self) -> None:
        if self._turn is not None:
            self._turn.give_back()
