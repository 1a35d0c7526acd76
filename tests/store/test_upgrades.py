"""Both ways to the present schema: a database that grew through every version, with work in it, and a fresh one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from bot.settings import Database, Settings
from store.models import Conversation, Event, InboxRow, Ticket
from tests import databases
from tests.company import NOON
from tests.fakes.postgresql import Server

FIRST = ("store", "0003_api_tokens")
"""Before anything was added to a table that has rows."""


@pytest.fixture(params=databases.KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    chosen = request.config.getoption("--database")
    if chosen not in {"both", request.param}:
        pytest.skip("the other database is tried")
    return str(request.param)


@pytest.fixture
def old(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker
) -> Iterator[Any]:
    """A database as the first version left it, as its own models see it."""
    settings = Settings(state=tmp_path)
    server: Server | None = None
    if kind == "postgresql":
        server = request.getfixturevalue("postgresql")
        server.run("createdb", "grown")
        settings = Settings(state=tmp_path, database=Database(url=server.url("grown")))
    with django_db_blocker.unblock(), databases.using(settings):
        executor = MigrationExecutor(connection)
        yield executor.migrate([FIRST]).apps
        connection.close()
    if server is not None:
        server.run("dropdb", "--force", "grown")


def _fill(apps: Any) -> Any:
    """One conversation with a ticket and an event, written by the old version."""

    def table(name: str) -> Any:
        return apps.get_model("store", name).objects

    brand = table("Brand").create(slug="default", name="Acme")
    policy = table("SlaPolicy").create(brand=brand, name="Promised", targets={}, is_default=True)
    team = table("Team").create(brand=brand, slug="care", name="Care", is_triage=True)
    inbox = table("Inbox").create(brand=brand, slug="mail", name="Mail", channel="email")
    address = table("Address").create(
        brand=brand,
        kind="email",
        lookup=uuid4().bytes * 2,
        value_cipher=b"sealed",
        first_seen_at=NOON,
    )
    talk = table("Conversation").create(
        brand=brand, inbox=inbox, address=address, opened_at=NOON, last_message_at=NOON, last_seq=1
    )
    table("Ticket").create(
        brand=brand,
        number=1001,
        conversation=talk,
        team=team,
        policy=policy,
        category="general",
        priority=3,
        opened_at=NOON,
    )
    table("Event").create(
        brand=brand, conversation=talk, seq=1, kind="ticket_opened", at=NOON, actor="system"
    )
    late, early = NOON.replace(year=2999), NOON.replace(year=2001)
    for mark, (problem, at) in enumerate((("broken", late), ("broken", early), ("", early))):
        table("InboxRow").create(
            inbox=inbox,
            lookup=bytes([mark]) * 32,
            content=bytes([mark]) * 32,
            received_at=at,
            problem=problem,
            raw_cipher=b"sealed",
        )
    return talk.id


def test_work_of_the_first_version_is_there_in_the_last_and_the_tables_are_those_of_a_fresh_one(
    old: Any, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    talk = _fill(old)
    call_command("migrate", verbosity=0, interactive=False)
    ticket = Ticket.objects.get(number=1001)
    assert ticket.conversation_id == talk
    assert ticket.waits_since == NOON, "whoever had no reply before waits now"
    assert Event.objects.get(conversation=talk).kind == "ticket_opened"
    assert Conversation.objects.get(id=talk).last_seq == 1
    ends = InboxRow.objects.order_by("lookup").values_list("raw_until", flat=True)
    late, early, other = ends
    assert late == NOON.replace(year=2999) + timedelta(days=90)
    assert early is not None
    assert early > timezone.now() + timedelta(days=29), "nobody has seen it on a page yet"
    assert other is None
    assert _schema() == _fresh(kind, tmp_path, request)


def _fresh(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    if kind == "postgresql":
        settings = databases.settings_for(kind, tmp_path, request.getfixturevalue("postgresql"))
        with databases.using(settings):
            return _schema()
    state = tmp_path / "fresh"
    state.mkdir()
    databases.fill_sqlite(state)
    with databases.using(Settings(state=state)):
        return _schema()


def _schema() -> dict[str, Any]:
    """Columns, keys and indexes of every table; columns in the order of their names."""
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        look = connection.introspection
        for table in sorted(look.table_names(cursor)):
            if table.startswith("store_search_"):
                continue  # the parts of SQLite's own full-text index
            columns = look.get_table_description(cursor, table)
            rules = look.get_constraints(cursor, table).values()
            found[table] = (
                sorted((c.name, str(c.type_code), c.null_ok, str(c.default)) for c in columns),
                sorted(
                    str({key: rule[key] for key in ("columns", "primary_key", "unique", "index")})
                    for rule in rules
                ),
            )
    return found
