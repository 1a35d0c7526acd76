"""On SQLite who wants to write has a turn: nobody who always has something to write keeps another from it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
from django.db import connection
from django.db.utils import OperationalError
from pytest_django import DjangoDbBlocker

from bot.receive import receive
from store.sqlite.base import DatabaseWrapper, Turn
from tests.company import Company, Writer

LONG = 60.0
HOLDS = 0.02


@pytest.fixture
def file(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Path]:
    with django_db_blocker.unblock():
        yield tmp_path / "some.sqlite3"


@contextmanager
def connected(file: Path, patience: float = LONG) -> Iterator[DatabaseWrapper]:
    settings = {
        "ENGINE": "store.sqlite",
        "NAME": str(file),
        "OPTIONS": {"timeout": patience, "transaction_mode": "IMMEDIATE"},
        "TIME_ZONE": None,
        "CONN_HEALTH_CHECKS": False,
        "CONN_MAX_AGE": None,
        "AUTOCOMMIT": True,
        "ATOMIC_REQUESTS": False,
        "USER": "", "PASSWORD": "", "HOST": "", "PORT": "",
        "TEST": {"NAME": None},
    }  # fmt: skip
    connection = DatabaseWrapper(settings, "default")
    try:
        yield connection
    finally:
        connection.close()


class Busy:
    """Writes one transaction after another, each for a while, in a thread of its own."""

    def __init__(self, file: Path) -> None:
        self.count = 0
        self.begun = threading.Event()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, args=[file])

    def _run(self, file: Path) -> None:
        with connected(file) as connection:
            while not self._ends.is_set():
                connection.set_autocommit(
                    False, force_begin_transaction_with_broken_autocommit=True
                )
                self.count += 1
                self.begun.set()
                time.sleep(HOLDS)
                connection.commit()
                connection.set_autocommit(True)

    def __enter__(self) -> Busy:
        self._thread.start()
        assert self.begun.wait(LONG)
        return self

    def __exit__(self, *about: object) -> None:
        self._ends.set()
        self._thread.join(LONG)


def begin(connection: DatabaseWrapper) -> None:
    connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def end(connection: DatabaseWrapper) -> None:
    connection.commit()
    connection.set_autocommit(True)


def test_who_waits_is_next(file: Path) -> None:
    """Of transactions that begin in another thread while one waits: counted, for how long each takes is the machine's."""
    passed_by = []
    with Busy(file) as busy, connected(file) as ours:
        for _ in range(5):
            busy.begun.clear()
            assert busy.begun.wait(LONG)  # it writes now
            before = busy.count
            begin(ours)
            passed_by.append(busy.count - before)
            end(ours)
    # None but, where the first look came late, the one after it; on a busy machine that may be later still.
    assert median(passed_by) <= 1, passed_by


def test_of_several_that_wait_each_has_its_turn(file: Path) -> None:
    counts = []
    with Busy(file) as one, Busy(file) as other, connected(file) as ours:
        for _ in range(20):
            begin(ours)
            time.sleep(HOLDS)
            end(ours)
        counts = [one.count, other.count]
    assert min(counts) > 3, counts


HOLDER = """
import sys, time
from store.sqlite.base import Turn
turn = Turn(sys.argv[1], 60)
turn.take()
print("mine", flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(file: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "mine\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_turn_of_a_process_that_died_is_over(file: Path, holder: subprocess.Popen[str]) -> None:
    with connected(file, patience=LONG) as ours:
        os.kill(holder.pid, signal.SIGKILL)
        begin(ours)
        end(ours)


def test_who_waits_for_one_that_stands_still_is_told(
    file: Path, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGSTOP)
    with connected(file, patience=0.2) as ours, pytest.raises(OperationalError):
        begin(ours)
    # Who was told is not in the way of others.
    third = Turn(str(file), 0.2)
    with pytest.raises(OperationalError):
        third.take()
    os.kill(holder.pid, signal.SIGKILL)
    third._patience = LONG
    third.take()
    third.close()


def test_what_fails_gives_its_turn_back(file: Path) -> None:
    with connected(file) as ours, connected(file, patience=1.0) as other:
        begin(ours)
        ours.rollback()
        ours.set_autocommit(True)
        begin(other)
        end(other)
        begin(ours)
        ours.close()  # in the middle of it
        begin(other)
        end(other)


def test_where_no_files_can_be_made_sqlite_alone_decides(tmp_path: Path) -> None:
    turn = Turn(str(tmp_path / "nowhere" / "some.sqlite3"), 0.1)
    turn.take()
    turn.give_back()
    turn.close()


def test_the_product_writes_in_turns(company: Company, database: str) -> None:
    if database != "sqlite":
        pytest.skip("PostgreSQL has many writers")
    other = Turn(str(connection.settings_dict["NAME"]), LONG)
    other.take()
    done = threading.Event()

    def write() -> None:
        receive(company.house, company.mail, [Writer("a@customers.example").mail("hello")])
        connection.close()
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert not done.wait(0.3)
    other.give_back()
    assert done.wait(LONG)
    thread.join()
    other.close()
