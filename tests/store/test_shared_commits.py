"""What waits for the same writer is committed together, and nobody notices: neither who is refused nor who is woken."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, cast

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.db.utils import IntegrityError

from bot.doorbell import Doorbell
from bot.files import Files
from bot.house import House
from bot.receive import receive
from core.errors import Conflict
from core.message import Attached
from store import database as store_database
from store.addresses import remember_keys
from store.models import Address, Conversation, Message, Skill
from store.postgresql.base import Line, Step
from store.receiving import Filed
from store.shared_commits import shares_its_commit
from store.turns import claim, lock
from tests.company import Company, Writer


@dataclass
class Statements:
    """What the writing thread's connection was asked, and what may go on after it was held up."""

    seen: list[str] = field(default_factory=list)

    @property
    def commits(self) -> int:
        return self.seen.count("COMMIT")


@asynccontextmanager
async def held_up(company: Company) -> AsyncIterator[Statements]:
    """What is asked within the block waits until its end: on SQLite, where one thread writes, all of it; on PostgreSQL
    what may share a commit, for somebody with whose commit it begins."""
    statements, go_on, holds = Statements(), threading.Event(), threading.Event()
    run = company.house.database.run

    def hold() -> None:
        if (
            not holds.is_set()
        ):  # on PostgreSQL it comes again where those that share with it are undone
            watch(statements)
        holds.set()
        assert go_on.wait(60)

    if connections["default"].vendor == "postgresql":
        shares_its_commit(hold)
    holding = asyncio.create_task(run(hold))
    assert await asyncio.to_thread(holds.wait, 60)
    try:
        yield statements
        await asyncio.sleep(0)  # what was begun in the block has asked by now
    finally:
        go_on.set()
        await holding


def watch(statements: Statements) -> None:
    """Notes what this thread's connection is asked; of PostgreSQL's the commits alone."""
    database: Any = connections["default"]
    if database.vendor == "sqlite":
        database.connection.set_trace_callback(statements.seen.append)
        return
    commit = database.line.commit

    def committed() -> None:
        statements.seen.append("COMMIT")
        commit()

    database.line.commit = committed


def posted(company: Company, name: str, house: House | None = None) -> asyncio.Task[Any]:
    mail = Writer(f"{name}@customers.example").mail("Where is it?")
    run = company.house.database.run
    return asyncio.create_task(run(receive, house or company.house, company.mail, [mail]))


async def stored(company: Company) -> int:
    return await company.house.database.read(Message.objects.count)


async def test_what_waits_is_committed_together(company: Company, database: str) -> None:
    async with held_up(company) as statements:
        count = (
            20 if database == "sqlite" else 8
        )  # for more than one commit holds another thread is there
        posts = [posted(company, str(number)) for number in range(count)]
    accepted = await asyncio.gather(*posts)
    assert len({one.conversation for (one,) in accepted}) == await stored(company) == count
    commits = 3 if database == "sqlite" else 2  # with the one that held the others up
    assert statements.commits == commits, f"{store_database.AT_ONCE} at once"


async def test_who_takes_more_at_once_commits_less_often(company: Company, database: str) -> None:
    if database != "sqlite":
        pytest.skip("there further threads take what one commit does not hold")
    company.house.database.at_once = 32
    async with held_up(company) as statements:
        posts = [posted(company, str(number)) for number in range(30)]
    await asyncio.gather(*posts)
    assert await stored(company) == 30
    assert statements.commits == 1


async def test_more_than_one_commit_holds_do_not_wait_for_one_thread(
    company: Company, database: str
) -> None:
    if database != "postgresql":
        pytest.skip("SQLite has one writer")
    async with held_up(company) as statements:
        posts = [posted(company, str(number)) for number in range(9)]
        await asyncio.gather(*posts)
        assert await stored(company) == 9
        assert statements.commits == 0, "the first thread is held up still"


async def test_who_must_wait_for_others_lets_go_of_those_that_share_with_it(
    company: Company, database: str
) -> None:
    """Two processes that share may lock the same rows in different orders, and what one holds would keep all waiting."""
    if database != "postgresql":
        pytest.skip("SQLite has no locks of rows")
    await posted(company, "a")
    locked, go_on = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            list(Address.objects.select_for_update())
            locked.set()
            assert go_on.wait(60)

    locking = asyncio.create_task(company.house.database.run(lock))
    assert await asyncio.to_thread(locked.wait, 60)
    async with held_up(company):
        waits, goes_on = posted(company, "a"), posted(company, "b")
    await goes_on
    assert not waits.done()
    assert await stored(company) == 2
    go_on.set()
    await asyncio.gather(waits, locking)
    assert await stored(company) == 3


async def test_what_only_names_a_locked_conversation_does_not_wait(
    company: Company, database: str
) -> None:
    """Whatever is written of it looks at commit whether it is still there: which a lock that reserves its key would hold
    up, with all that the writer has locked meanwhile."""
    if database != "postgresql":
        pytest.skip("SQLite has no locks of rows")
    ((one,), vault) = (await posted(company, "a"), company.house.vault)
    locked, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            lock(one.conversation)
            locked.set()
            assert go_on.wait(60)

    def name() -> None:
        row = Conversation.objects.select_related("address").get()
        with transaction.atomic():
            remember_keys(vault, row, ("a name",))

    holding = asyncio.create_task(company.house.database.run(hold))
    assert await asyncio.to_thread(locked.wait, 60)
    try:
        async with asyncio.timeout(20):
            await company.house.database.run(name)
    finally:
        go_on.set()
        await holding


async def test_a_claim_by_itself_does_not_wait_for_the_disk(
    company: Company, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor what arrives, which waits apart; what is committed with either does."""
    if database != "postgresql":
        pytest.skip("SQLite's disk has tests of its own")
    async with asyncio.timeout(30):
        while company.house.database._disk.server() is None:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
    said: list[set[bytes]] = []
    say = Line._say

    def noted(line: Line, steps: list[Step]) -> list[Any]:
        said.append({step.key[0] for step in steps})
        return say(line, steps)

    monkeypatch.setattr(Line, "_say", noted)
    house = company.house

    def claimed() -> asyncio.Task[Any]:
        lease = timedelta(seconds=30)
        return asyncio.create_task(
            house.database.run(claim, house.vault, "w", lease, 8, house.clock())
        )

    def waits() -> list[bool]:
        commits = [steps for steps in said if b"COMMIT" in steps]
        said.clear()
        return [b"SET LOCAL synchronous_commit = off" not in steps for steps in commits]

    await posted(company, "a")
    assert waits() == [False]
    assert len(await claimed()) == 1
    assert waits() == [False]
    await posted(company, "b")
    assert waits() == [False]
    async with held_up(company):
        both = [claimed(), posted(company, "c")]
    await asyncio.gather(*both)
    assert waits() == [True]


async def test_who_waits_for_them_is_woken_once(
    company: Company, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bell for each of those that were committed together would wake for what has been read already."""
    rung: list[tuple[str, ...]] = []
    monkeypatch.setattr(Doorbell, "ring", lambda _, *names: rung.append(names))
    async with held_up(company):
        posts = [posted(company, str(number)) for number in range(4)]
    await asyncio.gather(*posts)
    assert rung == [("events", "turns")]


async def test_files_are_written_while_nobody_holds_the_write_lock(
    company: Company, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is slow to write, and in a shared commit others would wait for it."""
    held: list[bool] = []
    keep = Files.keep

    def watched(files: Files, item: Attached) -> Filed:
        held.append(connections["default"].in_atomic_block)
        return keep(files, item)

    monkeypatch.setattr(Files, "keep", watched)
    photo = Attached("broken.png", "image/png", b"pixels")
    brings = replace(Writer("ann@customers.example").mail("Here it is"), attachments=(photo,))
    run = company.house.database.run
    async with held_up(company):
        posts = [posted(company, "before")]
        posts.append(asyncio.create_task(run(receive, company.house, company.mail, [brings])))
        posts.append(posted(company, "after"))
    await asyncio.gather(*posts)
    assert held == [False]
    assert await stored(company) == 3


async def test_who_is_refused_is_undone_alone(company: Company, database: str) -> None:
    @shares_its_commit
    def refused() -> None:
        with transaction.atomic():
            Skill.objects.create(brand=company.brand, slug="half", name="Half")
            raise Conflict("Somebody was faster.")

    async with held_up(company) as statements:
        posts = [posted(company, "a")]
        lost = asyncio.create_task(company.house.database.run(refused))
        posts.append(posted(company, "b"))
    await asyncio.gather(*posts)
    with pytest.raises(Conflict, match="faster"):
        await lost
    assert await stored(company) == 2
    assert not await company.house.database.read(Skill.objects.filter(slug="half").exists)
    if database == "sqlite":
        assert statements.commits == 1


def twice(company: Company) -> None:
    for _ in range(2):
        Skill.objects.create(brand=company.brand, slug="twice", name="Twice")


def quietly_broken(company: Company) -> None:
    with transaction.atomic():
        pass
    if connection.in_atomic_block:
        transaction.set_rollback(True)


@pytest.mark.parametrize("spoil", [twice, quietly_broken])
async def test_what_spoils_the_shared_commit_is_met_by_its_own_alone(
    company: Company, database: str, spoil: Callable[[Company], None]
) -> None:
    bell = Bell()
    house = replace(company.house, doorbell=cast(Doorbell, bell))
    shares_its_commit(spoil)
    async with held_up(company):
        posts = [posted(company, "a", house)]
        spoilt = asyncio.create_task(company.house.database.run(spoil, company))
        posts.append(posted(company, "b", house))
    accepted = await asyncio.gather(*posts)
    assert [len(one) for one in accepted] == [1, 1]
    if spoil is twice:
        with pytest.raises(IntegrityError):
            await spoilt
    else:
        await spoilt
    assert await stored(company) == 2
    assert bell.names.count("turns") == bell.names.count("events") == 2, (
        "nobody was woken for what was undone"
    )


class Bell:
    """Rings; notes how many messages somebody who is woken by it would find."""

    def __init__(self) -> None:
        self.rung: list[int] = []
        self.names: list[str] = []
        self.other: Callable[[], Any] | None = None

    def ring(self, *names: str) -> None:
        self.names += names
        if self.other is None:
            self.rung.append(0)
            return
        other = self.other()
        self.rung.append(other.execute("SELECT COUNT(*) FROM store_message").fetchone()[0])
        other.close()


async def test_nobody_is_woken_before_it_is_committed(company: Company, database: str) -> None:
    bell = Bell()
    if database == "sqlite":
        bell.other = partial(sqlite3.connect, str(connection.settings_dict["NAME"]))
    else:
        url = company.house.settings.database.url.get_secret_value()
        bell.other = partial(psycopg.connect, url)
    house = replace(company.house, doorbell=cast(Doorbell, bell))
    async with held_up(company):
        posts = [posted(company, name, house) for name in "abc"]
    await asyncio.gather(*posts)
    assert bell.rung == [3], "once for all of them"


async def test_who_cannot_be_woken_spoils_nothing(company: Company, database: str) -> None:
    """All who asked are told, those behind are woken, and what comes next is stored."""

    class Broken(Bell):
        def ring(self, *names: str) -> None:
            raise ConnectionError("nobody there")

    broken = replace(company.house, doorbell=cast(Doorbell, Broken()))
    bell = Bell()
    whole = replace(company.house, doorbell=cast(Doorbell, bell))
    async with held_up(company):
        posts = [posted(company, "a", broken), posted(company, "b", whole)]
    accepted = await asyncio.wait_for(asyncio.gather(*posts), 20)
    assert [len(one) for one in accepted] == [1, 1]
    assert set(bell.names) == {"turns", "events"}
    bell.names.clear()
    await asyncio.wait_for(posted(company, "c", whole), 20)
    assert set(bell.names) == {"turns", "events"}
    assert await stored(company) == 3


async def test_nobody_is_overtaken(company: Company, database: str) -> None:
    """What may not share a commit ends the row of those that do."""
    if database != "sqlite":
        pytest.skip("PostgreSQL has several writers")
    found: list[int] = []
    async with held_up(company) as statements:
        before = posted(company, "a")
        count = company.house.database.run(lambda: found.append(Message.objects.count()))
        between = asyncio.create_task(count)
        after = posted(company, "b")
    await asyncio.gather(before, between, after)
    assert (found, statements.commits) == ([1], 2)


async def test_it_comes_again_after_the_shared_commit_was_undone_once(
    company: Company, database: str
) -> None:
    """A message is one message, however often its transaction had to be run."""
    tried: list[str] = []

    @shares_its_commit
    def once_spoilt() -> str:
        tried.append("tried")
        if len(tried) == 1:
            raise IntegrityError("as a full disk would")
        return "kept"

    async with held_up(company):
        posts = [posted(company, "a")]
        again = asyncio.create_task(company.house.database.run(once_spoilt))
    await asyncio.gather(*posts)
    assert await again == "kept"
    assert await stored(company) == 1
