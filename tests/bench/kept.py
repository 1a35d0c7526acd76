"""The databases of `sizes`: one for each size, in a folder that is gone afterwards or kept and measured again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.house import House
from bot.settings import Settings
from bot.setup import migrate_database
from store.models import Brand, Inbox, Team, User
from tests import databases
from tests.bench.crowd import AGENTS, Crowd
from tests.company import Company
from tests.fakes.postgresql import running_postgresql


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tickets are, or are to be."""

    settings: Settings
    mark: Path

    @property
    def is_filled(self) -> bool:
        """Whether they are there."""
        return self.mark.exists()

    def is_filled_now(self) -> None:
        """Notes that whoever comes next need not fill it."""
        self.mark.touch()


@contextmanager
def opened(kind: str, keep: Path, tickets: int) -> Iterator[Place]:
    """The database, as an installation has it. What was kept is brought up to date by its migrations, as anybody's is."""
    with ExitStack() as stack:
        place = keep / f"{kind}-{tickets}"
        state, mark = place / "state", place / "filled"
        if state.exists() and not mark.exists():
            raise SystemExit(f"{place} was not filled to its end: remove it")
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = None
        if kind == "postgresql":
            for one in (keep, place):
                os.chmod(one, 0o755)
            server = stack.enter_context(running_postgresql(is_durable=True, keep=place / "server"))
        settings = databases.settings_for(kind, state, server)
        if mark.exists():
            stack.enter_context(databases.using(settings))
            migrate_database(settings)
        else:
            databases.fill_postgresql(server) if server else databases.fill_sqlite(state)
            stack.enter_context(databases.using(settings))
        yield Place(settings, mark)


def folder() -> tempfile.TemporaryDirectory[str]:
    """One that is gone afterwards."""
    return tempfile.TemporaryDirectory(prefix="threadline-sizes-")


def people_of(house: House) -> tuple[Company, Crowd]:
    """Whom an earlier run made (`company.make_company`, `crowd.people`)."""
    users = {user.email.partition("@")[0]: user for user in User.objects.all()}
    teams = {team.slug: team for team in Team.objects.all()}
    company = Company(
        house,
        Brand.objects.get(),
        Inbox.objects.get(channel="webchat"),
        Inbox.objects.get(channel="email"),
        teams["care"],
        teams["orders"],
        *(users[name] for name in ("agent", "other", "lead", "admin")),
    )
    crowd = Crowd(
        [team for slug, team in sorted(teams.items()) if slug.startswith("team")],
        [users[f"agent{n}"] for n in range(AGENTS)],
    )
    return company, crowd
