"""What the suites of several rooms share: settings, clean databases, a clock that stands still, a small company."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

import tests.installation  # noqa: F401 - sets Django up, so it comes before everything with tables
from bot.bootstrap import build_house
from bot.house import House
from tests import databases
from tests.company import Company, ScriptedChannel, StandingClock, make_company
from tests.fakes.postgresql import NotHere, Server, running_postgresql
from tests.lanes import (  # noqa: F401 - hooks
    pytest_collection,
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)
from tests.web.kept_day import KeptDay, has_day, make_kept_day

REASON = 120
"""Lines of a first failure that are told."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=(*databases.KINDS, "both"),
        default="both",
        help="On which database the suites of store and bot run.",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        kinds = databases.KINDS if chosen == "both" else (chosen,)
        metafunc.parametrize("database", kinds, indirect=True, scope="function")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Why a test had to be repeated: what passes the second time still failed once."""
    for report in terminalreporter.stats.get("rerun", []):
        terminalreporter.section(f"first try of {report.nodeid}")
        terminalreporter.line("\n".join(report.longreprtext.splitlines()[-REASON:]))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """One server for this process; where there is none the tests that need it are skipped, but fail in CI."""
    try:
        with running_postgresql() as server:
            databases.fill_postgresql(server)
            yield server
    except NotHere as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"skipped: {reason}")


@pytest.fixture
def database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """A migrated database of the kind in the test's parameter, for this test alone; empty, but for the working day where
    the test asks for that."""
    kind: str = request.param
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else None
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    kept = request.getfixturevalue("kept_days")(kind) if has_day(request) else None
    if kind == "sqlite" and kept is None:
        databases.fill_sqlite(state)
    settings = databases.settings_for(kind, state, server)
    with django_db_blocker.unblock(), databases.using(settings):
        if kind == "postgresql":
            databases.empty_postgresql()
        if kept is not None:
            kept.put_into(state)
        yield kind
        connection.close()


@pytest.fixture(scope="session")
def kept_days(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Callable[[str], KeptDay]:
    """The working day on this kind of database, made when it is first asked for."""

    @cache
    def kept_day(kind: str) -> KeptDay:
        server = request.getfixturevalue("postgresql") if kind == "postgresql" else None
        with django_db_blocker.unblock():
            return make_kept_day(kind, tmp_path_factory.mktemp("day") / "state", server)

    return kept_day


@pytest.fixture
def clock() -> StandingClock:
    """Stands still until a test moves it."""
    return StandingClock()


@pytest.fixture
def house(
    request: pytest.FixtureRequest,
    database: str,
    tmp_path: Path,
    clock: StandingClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[House]:
    """A process's standing parts over the test's database, with the standing clock.

    Inboxes of channel `email` whose slug is `scripted` get a channel whose provider is a script.
    """
    for seconds in ("REACTION_SECONDS", "SHOWN_SECONDS"):  # a busy machine shows nothing in 1.5 s
        monkeypatch.setattr(f"bot.inline.{seconds}", 60.0)
    server = request.getfixturevalue("postgresql") if database == "postgresql" else None
    built = build_house(databases.settings_for(database, tmp_path / "state", server))
    scripted = ScriptedChannel()
    house = replace(
        built,
        clock=clock,
        channel_of=lambda inbox: (
            scripted if inbox.slug == "scripted" else built.channel_of(inbox)  # type: ignore[arg-type,return-value]
        ),
    )
    yield house
    house.database.close()
    house.doorbell.close()


@pytest.fixture
def company(house: House) -> Company:
    """Two teams, an agent in each, a lead, an admin; a chat on the website and a scripted mailbox."""
    return make_company(house)


@pytest.fixture
def in_this_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """An asynchronous test may ask the database itself, by the connection that its thread has anyhow: in a running
    loop Django would open one of the task's own, which nobody closes."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    local = type(connections._connections)  # type: ignore[attr-defined]
    monkeypatch.setattr(local, "_get_storage", lambda self: self._storage)
