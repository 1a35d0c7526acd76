"""Machines that ring for one another over a real Redis, and what is left of that when it dies, hangs or never was."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import httpx2
import pytest
import redis
import redis.asyncio
from pydantic import SecretStr

from bot import doctor, far_bell
from bot.bootstrap import build_house
from bot.dialogue import Dialogue
from bot.doorbell import Doorbell
from bot.far_bell import FarBell, checked, knock
from bot.receive import receive
from bot.settings import Redis, Work
from bot.work import Worker
from tests.bot.conftest import Logged
from tests.bot.scripted import FastClock, ScriptedDialogue
from tests.company import Company, Writer
from tests.fakes.redis_server import PASSWORD, NotHere, RedisServer, running_redis
from tests.product import free_port
from web.health import Health

OURS = "threadline:ours:"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    folder = tmp_path / "redis"
    folder.mkdir()
    try:
        with running_redis(folder) as running:
            yield running
    except NotHere as reason:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"skipped: {reason}")


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_bell, "QUIET", 0.3)
    monkeypatch.setattr(far_bell, "LONGEST_PAUSE", 0.3)


def address(port: int) -> str:
    return f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/0"


def machine(folder: Path, port: int, prefix: str = OURS) -> Doorbell:
    """A doorbell with a folder of its own: no datagram of another machine is heard in it."""
    folder.mkdir(exist_ok=True)
    return Doorbell(folder, FarBell(address(port), prefix, folder))


async def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "this did not happen in time"
        await asyncio.sleep(0.02)


def goes(bell: Doorbell) -> bool:
    return bell.far_state() == ("ok", "")


@asynccontextmanager
async def listening(bell: Doorbell, name: str = "turns") -> AsyncIterator[list[None]]:
    """What is heard, from when Redis has confirmed that it will be told us."""
    rings: list[None] = []
    stop = bell.listen(name, lambda: rings.append(None))
    try:
        await until(lambda: goes(bell))
        rings.clear()
        yield rings
    finally:
        stop()
        await asyncio.to_thread(bell.close)


async def all_heard(server: RedisServer, *bells: Doorbell) -> None:
    """Ends Redis: whoever has seen the end of a connection has read all that was in it."""
    async with redis.asyncio.Redis.from_url(address(server.port), protocol=2) as client:
        await client.ping()
    await asyncio.to_thread(server.kill)
    await until(lambda: not any(goes(bell) for bell in bells))


async def test_machines_hear_one_another_and_no_other_installation(
    server: RedisServer, tmp_path: Path
) -> None:
    one, two = machine(tmp_path / "one", server.port), machine(tmp_path / "two", server.port)
    strange = machine(tmp_path / "strange", server.port, "threadline:theirs:")
    async with (
        listening(one) as at_one,
        listening(two) as at_two,
        listening(strange) as at_strange,
    ):
        one.ring("turns", "outbox")
        await until(lambda: at_two)
        two.ring("turns")
        await until(lambda: len(at_one) >= 2)
        await all_heard(server, one, two, strange)
        assert at_strange == []


async def test_who_had_the_datagram_is_not_woken_again_by_redis(
    server: RedisServer, tmp_path: Path
) -> None:
    near = machine(tmp_path / "here", server.port)
    beside = machine(tmp_path / "here", server.port)
    far = machine(tmp_path / "there", server.port)
    witness = machine(tmp_path / "witness", server.port)
    async with listening(near) as at_near, listening(witness) as at_witness:
        far.ring("turns")
        await until(lambda: at_near and at_witness)
        beside.ring("turns")
        await until(lambda: len(at_witness) == 2)  # so it has been sent to everybody
        await all_heard(server, near, witness)
    for silent in (beside, far):
        await asyncio.to_thread(silent.close)
    assert len(at_near) == 2, "its own machine's once, the other machine's once"


async def test_what_travels_is_a_name_and_nothing_more(server: RedisServer, tmp_path: Path) -> None:
    one = machine(tmp_path / "one", server.port)
    async with (
        redis.asyncio.Redis.from_url(address(server.port), protocol=2) as client,
        client.pubsub() as ear,
    ):
        await ear.psubscribe("*")
        await ear.get_message(timeout=10)
        one.ring("turns")
        said = await ear.get_message(timeout=10)
        assert said is not None
        assert said["channel"] == b"threadline:ours:turns"
        assert len(said["data"]) == 16, "which machine rang, as a digest"
    await asyncio.to_thread(one.close)


async def test_a_redis_that_was_killed_is_heard_again_by_itself(
    server: RedisServer, tmp_path: Path, logged: Logged
) -> None:
    one, two = machine(tmp_path / "one", server.port), machine(tmp_path / "two", server.port)
    async with listening(one), listening(two) as at_two:
        await asyncio.to_thread(server.kill)
        one.ring("turns")
        await until(lambda: "rings: " in (one.far_state() or ("", ""))[1] and not goes(two))
        await asyncio.to_thread(server.start)
        await until(lambda: at_two and goes(one) and goes(two))
        at_two.clear()
        one.ring("turns")
        await until(lambda: at_two)
    assert {"redis_away", "redis_here"} <= {entry["event"] for entry in logged}
    assert PASSWORD not in str(logged)
    assert quote(PASSWORD, safe="") not in str(logged)


async def test_a_redis_that_hangs_holds_nobody_and_is_noticed(
    server: RedisServer, tmp_path: Path
) -> None:
    one, two = machine(tmp_path / "one", server.port), machine(tmp_path / "two", server.port)
    async with listening(one), listening(two) as at_two:
        server.freeze()
        for _ in range(
            2_000
        ):  # one that waited a second for each would not end before the test's time
            one.ring("turns", "outbox")
        await until(lambda: not goes(one) and not goes(two))
        server.thaw()
        await until(lambda: at_two and goes(one) and goes(two))


@pytest.mark.parametrize("is_open", [False, True], ids=["absent", "mute"])
async def test_without_redis_the_near_bell_rings_and_nobody_waits(
    tmp_path: Path, is_open: bool
) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        port = int(mute.getsockname()[1])
        if is_open:
            mute.listen(1)
        bell, heard = machine(tmp_path / "here", port), asyncio.Event()
        stop = bell.listen("turns", heard.set)
        for _ in range(2_000):
            bell.ring("turns")
        await asyncio.wait_for(heard.wait(), 30)
        await until(lambda: "rings: " in (bell.far_state() or ("", ""))[1])
        stop()
        await asyncio.to_thread(bell.close)


async def test_a_system_without_threads_costs_the_ring_and_nothing_else(
    server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = machine(tmp_path / "one", server.port), machine(tmp_path / "two", server.port)

    def none_left(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async with listening(one), listening(two) as at_two:
        with monkeypatch.context() as full:
            full.setattr(threading.Thread, "start", none_left)
            one.ring("turns")
        assert one.far_state() == ("degraded", "rings: no thread")
        one.ring("turns")
        await until(lambda: at_two and goes(one))


async def test_a_thousand_rings_from_many_threads_are_told_in_few_words(
    server: RedisServer, tmp_path: Path
) -> None:
    one, two = machine(tmp_path / "one", server.port), machine(tmp_path / "two", server.port)

    def ring_often() -> None:
        for _ in range(1_000):
            one.ring("turns")

    async with listening(one), listening(two) as at_two:
        threads = [threading.Thread(target=ring_often) for _ in range(4)]
        for thread in threads:
            thread.start()
        await until(lambda: not any(thread.is_alive() for thread in threads) and at_two)
        assert len(at_two) < 1_000


@pytest.mark.parametrize(
    "url", ["http://:secret@x", "redis://:sec/ret@x:6379/0", "redis://x:secret", "secret"]
)
def test_an_address_that_cannot_be_one_is_refused_without_saying_it(
    url: str, tmp_path: Path
) -> None:
    for say in (lambda: checked(url), lambda: FarBell(url, OURS, tmp_path)):
        with pytest.raises(ValueError, match=r"redis\.url") as refused:
            say()
        assert "sec" not in str(refused.value)
    assert knock(url) == "ValueError"


def test_where_redis_is_can_be_said_without_the_password() -> None:
    assert checked("redis://me:secret@cache.example:7000/1?password=x") == (
        "redis://cache.example:7000"
    )
    assert checked("unix:///run/redis.sock?password=x") == "unix:///run/redis.sock"


def test_a_worker_on_another_machine_answers_without_ever_looking_by_itself(
    company: Company, server: RedisServer, tmp_path: Path
) -> None:
    work = Work.model_construct(conversations=2, lease_seconds=30.0, poll_seconds=3_600.0)
    settings = company.house.settings.model_copy(update={"work": work})
    here, there = (machine(tmp_path / name, server.port) for name in ("here", "there"))
    thinks = replace(company.house, clock=FastClock(), settings=settings, doorbell=there)
    accepts = replace(company.house, doorbell=here)
    worker = Worker(thinks, cast("Dialogue", ScriptedDialogue()), "far away")

    async def run() -> None:
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0)
        await until(lambda: goes(there))
        mail = Writer().mail("Anybody?")
        await company.house.database.run(receive, accepts, company.mail, [mail])
        await until(lambda: company.provider.taken)
        worker.stop()
        await running

    asyncio.run(run())
    for bell in (here, there):
        bell.close()


def with_redis(company: Company, port: int) -> Any:
    settings = company.house.settings.model_copy(
        update={"redis": Redis(url=SecretStr(address(port)))}
    )
    return replace(build_house(settings), clock=company.house.clock)


def prefix_of(house: Any) -> str:
    return str(house.doorbell._far._prefix)


def test_health_and_doctor_say_that_redis_is_away_and_go_on(
    company: Company, server: RedisServer
) -> None:
    house = with_redis(company, server.port)
    health = Health(house)

    async def run() -> list[Any]:
        async def look() -> Any:
            async with httpx2.AsyncClient(trust_env=False, timeout=2) as client:
                await health.look(client)
            return health.report()

        async with listening(house.doorbell, "events"):
            seen = [await look()]
            await asyncio.to_thread(server.kill)
            await until(lambda: not goes(house.doorbell))
            return [*seen, await look()]

    well, ill = asyncio.run(run())
    house.database.close()
    assert [report["parts"]["redis"]["state"] for report in (well, ill)] == ["ok", "degraded"]
    assert "hears events" in ill["parts"]["redis"]["detail"]
    assert {**ill["parts"], "redis": None}.keys() == well["parts"].keys()
    assert well["status"] == ill["status"], "a lost hint brings nobody down"
    examined = doctor.examine(house.settings)
    assert examined["parts"]["redis"]["state"] == "degraded"
    server.start()
    assert doctor.examine(house.settings)["parts"]["redis"] == {
        "state": "ok",
        "detail": f"redis://127.0.0.1:{server.port}",
        "remedy": "",
    }
    assert quote(PASSWORD, safe="") not in json.dumps([well, ill, examined])


def test_two_machines_of_an_installation_share_the_prefix_and_others_do_not(
    company: Company, tmp_path: Path
) -> None:
    port = free_port()
    one, same = with_redis(company, port), with_redis(company, port)
    settings = one.settings.model_copy(update={"state": tmp_path / "another"})
    other = build_house(settings)
    assert prefix_of(one) == prefix_of(same) != prefix_of(other)
    for house in (one, same, other):
        house.database.close()


def test_without_the_setting_there_is_no_far_bell(company: Company) -> None:
    assert company.house.doorbell.far_state() is None
    assert doctor.examine(company.house.settings)["parts"]["redis"]["state"] == "ok"
