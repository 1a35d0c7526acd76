"""The working day at the desk, made once on each kind of database and copied for each test that asks for it."""

from __future__ import annotations

import shutil
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from django.db import connection

from bot.bootstrap import build_house
from bot.house import House
from tests import databases
from tests.company import StandingClock
from tests.fakes.postgresql import Server
from tests.web.day import make_day
from tests.web.seed import Company, make_company


def has_day(request: pytest.FixtureRequest) -> bool:
    """Whether the test begins with the working day of the desk."""
    return set(request.fixturenames) >= {"day", "desk_company"}


@dataclass(frozen=True, slots=True)
class KeptDay:
    """`state`: its folder with keys, files and, on SQLite, the database; `rows`: what PostgreSQL holds instead."""

    state: Path
    rows: databases.Rows
    now: datetime
    company: Company
    made: dict[str, int]

    def put_into(self, state: Path) -> None:
        """Fills an empty state folder and, on PostgreSQL, the present connection's empty database."""
        shutil.copytree(self.state, state, dirs_exist_ok=True)
        databases.put_rows(self.rows)

    def company_of(self, house: House, clock: StandingClock) -> Company:
        """The company as the day left it, over the test's own house; the clock stands at the end of the day."""
        clock.now = self.now
        rows = deepcopy(replace(self.company, house=None, clock=None))  # type: ignore[arg-type]
        return replace(rows, house=replace(house, clock=clock), clock=clock)


def make_kept_day(kind: str, state: Path, server: Server | None) -> KeptDay:
    """Makes it in this folder; a PostgreSQL database is emptied before, and left filled."""
    state.mkdir(mode=0o700)
    if kind == "sqlite":
        databases.fill_sqlite(state)
    settings = databases.settings_for(kind, state, server)
    with databases.using(settings):
        if kind == "postgresql":
            databases.empty_postgresql()
        house = build_house(settings)
        company = make_company(house, StandingClock())
        made = make_day(company)
        house.database.close()
        house.doorbell.close()
        rows = databases.take_rows()
        connection.close()
    return KeptDay(state, rows, company.clock(), company, made)
