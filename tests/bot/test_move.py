"""A SQLite installation moved to PostgreSQL: every row arrives, numbers go on, and what is not as it was is found and named."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from bot.bootstrap import build_house
from bot.deliver import deliver_some
from bot.house import House
from bot.move import check_move, compare, move
from bot.receive import receive
from bot.settings import Database, Settings
from core.errors import PermanentFailure
from core.message import Attached
from store import moving
from store.audit import record, verify
from store.bodies import open_body
from store.events import Position, feed_after, feed_end
from store.indexing import index_next
from store.models import Attachment, Event, Inbox, Message, SlaPolicy, Ticket, User
from store.search import matching
from tests import databases
from tests.bot.test_deliver import replies
from tests.company import Company, ScriptedChannel, StandingClock, Writer, make_company
from tests.fakes.postgresql import Server

NewDatabase = Callable[[], AbstractContextManager[Settings]]


def quiet(line: str) -> None:
    """No progress shown."""


def told(found: House) -> House:
    """The house whose mailbox is a script."""
    scripted = ScriptedChannel()
    others = found.channel_of
    return replace(
        found,
        clock=StandingClock(),
        channel_of=lambda inbox: scripted if inbox.slug == "scripted" else others(inbox),  # type: ignore[arg-type,return-value]
    )


def closed(house: House) -> None:
    house.database.close()
    house.doorbell.close()
    connection.close()


@pytest.fixture
def before(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Settings]:
    """A stopped installation on SQLite: mails with a file, replies, a ticket, an audit chain, a search index."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    databases.fill_sqlite(state)
    settings = Settings(state=state)
    with django_db_blocker.unblock(), databases.using(settings):
        house = told(build_house(settings))
        _live(make_company(house))
        closed(house)
        yield settings
        connection.close()


def _live(company: Company) -> None:
    house = company.house
    file = Attached("invoice.txt", "text/plain", b"what was paid")
    mail = Writer("a@customers.example").mail("one zebra", attachments=(file,))
    accepted = receive(house, company.mail, [mail])[0]
    ticket = Ticket.objects.create(
        brand=company.brand,
        number=1042,
        conversation_id=accepted.conversation,
        team=company.triage,
        policy=SlaPolicy.objects.get(),
        category="general",
        priority=3,
        opened_at=house.clock(),
    )
    replies(company, "sent", to="b@customers.example")
    asyncio.run(deliver_some(house, "w", 10))
    replies(company, "waiting", to="c@customers.example")
    for number in range(3):
        record(house.vault, at=house.clock(), actor="x", action="y", subject=f"z:{number}")
    assert ticket.number
    index_next(house.vault)


@pytest.fixture(scope="module")
def prepared(postgresql: Server) -> Iterator[str]:
    """The name of a migrated, empty database to copy from: migrating takes seconds."""
    dump = databases.CACHE / f"{databases._schema_version()}.sql"
    postgresql.run("createdb", "prepared")
    postgresql.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(dump), "prepared")
    yield "prepared"
    postgresql.run("dropdb", "--force", "prepared")


@pytest.fixture
def elsewhere(
    postgresql: Server, prepared: str, before: Settings, request: pytest.FixtureRequest
) -> Iterator[NewDatabase]:
    """An empty PostgreSQL database: a context in which it is the one that is used; gives its settings."""
    made = getattr(request, "param", prepared)
    postgresql.run("createdb", *(["-T", made] if made else []), "moved")

    @contextmanager
    def use() -> Iterator[Settings]:
        made = Settings(state=before.state, database=Database(url=postgresql.url("moved")))
        with databases.using(made):
            yield made
            connection.close()

    yield use
    postgresql.run("dropdb", "--force", "moved")


def texts(settings: Settings) -> list[str]:
    house = build_house(settings)
    rows = Message.objects.select_related("address").order_by("accepted_at", "seq")
    found = [open_body(house.vault, row).text for row in rows]
    closed(house)
    return found


@pytest.mark.parametrize("elsewhere", [""], indirect=True, ids=["bare"])
def test_every_row_arrives_and_the_product_goes_on_with_them(
    before: Settings, elsewhere: NewDatabase
) -> None:
    said, last = texts(before), Event.objects.order_by("id").last()
    connection.close()
    assert last is not None
    with elsewhere() as after:
        done = move(before, after, quiet)
        assert done["audit_broken_at"] is None
        assert done["absent"] == []
        assert texts(after) == said
        assert verify() == (3, None)
        house = told(build_house(after))
        place = feed_end()
        assert place.id == last.id
        assert len(feed_after(Position())) == Event.objects.count(), "moved events are in the feed"
        mail = Writer("d@customers.example").mail("after the move")
        receive(house, Inbox.objects.get(slug="scripted"), [mail])
        assert min(event.position.id for event in feed_after(place)) > last.id, "numbers go on"
        found = matching(house.vault, "zebra")
        assert Ticket.objects.filter(found).count() == 1, "the search index came along"
        file = Attachment.objects.select_related("message__address").get()
        address = file.message.address
        key = house.vault.open(
            address.key_wrapped,
            address.id,
            f"attachment.key:{file.stored_as}",
            bytes(file.key_cipher),
        )
        assert house.files.read(file.stored_as, key) == b"what was paid"
        closed(house)


def test_what_was_copied_can_be_compared_again_and_a_flipped_bit_is_found_on_either_side(
    before: Settings, elsewhere: NewDatabase
) -> None:
    with elsewhere() as after:
        move(before, after, quiet)
        assert compare(before, after, quiet)["equal"]
        flip = "UPDATE store_message SET body_cipher = set_byte(body_cipher, 20, get_byte(body_cipher, 20) # 1)"
        with connection.cursor() as cursor:
            cursor.execute(flip)
        with pytest.raises(PermanentFailure, match=r"differ: store_message \(. and . rows\)\.$"):
            compare(before, after, quiet)
        with connection.cursor() as cursor:
            cursor.execute(flip)
        assert compare(before, after, quiet)["equal"]
        file = before.state / "threadline.db"
        with closing(sqlite3.connect(file)) as old:
            old.execute("UPDATE store_address SET lookup = zeroblob(32) WHERE rowid = 1")
            old.commit()
        with pytest.raises(PermanentFailure, match="differ: store_address"):
            compare(before, after, quiet)


def test_what_postgresql_gives_back_otherwise_is_never_committed(
    before: Settings, elsewhere: NewDatabase
) -> None:
    """A trigger that changes what it is given stands for whatever may go wrong on the way."""
    with elsewhere() as after:
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN NEW.name = NEW.name || '.'; RETURN NEW; END $$;"
                "CREATE TRIGGER spoil BEFORE INSERT ON store_user FOR EACH ROW EXECUTE FUNCTION spoil()"
            )
        with pytest.raises(PermanentFailure, match=r"otherwise: store_user"):
            move(before, after, quiet)
        assert not User.objects.exists(), "nothing was kept of it"


def test_a_row_that_postgresql_does_not_take_is_named_and_the_next_try_begins_anew(
    before: Settings, elsewhere: NewDatabase
) -> None:
    file = before.state / "threadline.db"
    with closing(sqlite3.connect(file)) as old:
        old.execute("UPDATE store_user SET name = 'a' || char(0) || 'b' WHERE rowid = 1")
        old.commit()
    with elsewhere() as after:
        with pytest.raises(PermanentFailure, match="store_user: PostgreSQL does not take it"):
            move(before, after, quiet)
        with closing(sqlite3.connect(file)) as old:
            old.execute("UPDATE store_user SET name = 'ab' WHERE rowid = 1")
            old.commit()
        assert move(before, after, quiet)["rows"] > 50


def test_a_database_with_rows_is_refused(before: Settings, elsewhere: NewDatabase) -> None:
    with elsewhere() as after:
        move(before, after, quiet)
        with pytest.raises(PermanentFailure, match=r"not empty: .* has rows"):
            move(before, after, quiet)


@pytest.mark.parametrize("elsewhere", [""], indirect=True, ids=["bare"])
def test_a_database_of_somebody_else_is_refused(before: Settings, elsewhere: NewDatabase) -> None:
    with elsewhere() as after:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE orders (id int)")
        with pytest.raises(PermanentFailure, match="it has orders"):
            move(before, after, quiet)
        assert connection.introspection.table_names() == ["orders"]


def test_a_product_that_runs_is_noticed_and_none_can_start_meanwhile(
    before: Settings, elsewhere: NewDatabase
) -> None:
    file = before.state / "threadline.db"
    with elsewhere() as after:
        with closing(sqlite3.connect(file)) as running:
            running.execute("SELECT count(*) FROM store_user").fetchone()
            with pytest.raises(PermanentFailure, match="stop Threadline"):
                move(before, after, quiet)
        with (
            moving.source(before.django_database()),
            closing(sqlite3.connect(file, timeout=0)) as late,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            late.execute("SELECT count(*) FROM store_user")


def test_a_file_whose_pages_are_damaged_is_not_copied(
    before: Settings, elsewhere: NewDatabase
) -> None:
    file = before.state / "threadline.db"
    with closing(sqlite3.connect(file)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        page = old.execute("SELECT rootpage FROM sqlite_master WHERE name = 'store_user'")
        number, size = page.fetchone()[0], old.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(file.read_bytes())
    content[(number - 1) * size + 3] ^= 0xFF
    file.write_bytes(bytes(content))
    with elsewhere() as after, pytest.raises(PermanentFailure, match="damaged"):
        move(before, after, quiet)


def test_an_older_schema_is_refused(before: Settings, elsewhere: NewDatabase) -> None:
    with closing(sqlite3.connect(before.state / "threadline.db")) as old:
        old.execute("DELETE FROM django_migrations WHERE app = 'store' AND name LIKE '0016%'")
        old.commit()
    with elsewhere() as after, pytest.raises(PermanentFailure, match="threadline migrate"):
        move(before, after, quiet)


def test_only_a_sqlite_installation_that_is_there_moves(tmp_path: Path) -> None:
    old, new = Settings(state=tmp_path), Settings(database=Database(url="postgresql://x/y"))
    for before, after, reason in (
        (new, new, "already"),
        (old, old, "--to"),
        (old, new, "no installation"),
    ):
        with pytest.raises(PermanentFailure, match=reason):
            check_move(before, after)


def test_the_password_is_not_shown(before: Settings) -> None:
    from bot.move import _next

    after = Settings(database=Database(url="postgresql://me:hush@db.example/threadline"))
    shown = " ".join(_next(before, after))
    assert "postgresql://me:PASSWORD@db.example/threadline" in shown
    assert "hush" not in shown
