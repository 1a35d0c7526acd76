"""The database of `sizes`: one of its own, which is gone afterwards, or one in a folder that is kept and measured again."""

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
from tests.bench.crowd import Crowd
from tests.company import Company
from tests.fakes.postgresql import running_postgresql


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tickets are. `tickets`: how many were put there by an earlier run."""

    settings: Settings
    mark: Path
    tickets: int = 0

    def is_filled_with(self, tickets: int) -> None:
        """Notes that whoever comes next need not fill it."""
        self.mark.write_text(f"{tickets}\n")


@contextmanager
def opened(kind: str, keep: Path | None) -> Iterator[Place]:
    """The database, as an installation has it. What was kept is brought up to date by its migrations, as anybody's is."""
    with ExitStack() as stack:
        folder = (keep / kind) if keep else Path(stack.enter_context(_folder()))
        state, mark = folder / "state", folder / "filled"
        tickets = int(mark.read_text()) if mark.exists() else 0
        if state.exists() and not tickets:
            raise SystemExit(f"{folder} was not filled to its end: remove it")
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        server = None
        if kind == "postgresql":
            os.chmod(folder, 0o755)
            server = stack.enter_context(
                running_postgresql(is_durable=True, keep=folder / "server")
            )
        settings = databases.settings_for(kind, state, server)
        if not tickets and server:
            databases.fill_postgresql(server)
        elif not tickets:
            databases.fill_sqlite(state)
        stack.enter_context(databases.using(settings))
        if tickets:
            migrate_database(settings)
        yield Place(settings, mark, tickets)


def _folder() -> tempfile.TemporaryDirectory[str]:
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
        [user for name, user in users.items() if name.startswith("agent") and name != "agent"],
    )
    return company, crowd
