"""What /health says when something has stopped: each part is named, and named no longer when it goes on."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple, cast

import httpx2
import pytest
from django.db import OperationalError

from bot.receive import receive
from bot.watch import LEASE
from store.database import database_now
from store.duties import FETCH, Held, beats, keep, release_duties, take
from store.models import Conversation, Duty, OutboxRow
from tests.bot.test_deliver import replies
from tests.company import Company, StandingClock, Writer
from web import health as module
from web.health import LATE, SILENT, Health


class Usage(NamedTuple):
    free: int


@pytest.fixture
def look(company: Company, clock: StandingClock) -> Callable[[], dict[str, Any]]:
    """Examines everything once; part to state. The clock follows the database's, by which duties beat."""
    health = Health(company.house)

    async def once() -> None:
        async with httpx2.AsyncClient(trust_env=False, timeout=2) as client:
            await health.look(client)

    def now() -> dict[str, Any]:
        asyncio.run(once())
        parts: Any = health.report()["parts"]
        return {name: part["state"] for name, part in parts.items()} | {
            "": health.report()["status"]
        }

    return now


@pytest.fixture
def watched(company: Company, clock: StandingClock) -> Held:
    """The watcher has just beaten."""
    held = take("watch", "w", LEASE)
    assert held is not None
    clock.now = database_now()
    return held


def test_all_is_well(look: Any, watched: Held) -> None:
    seen = look()
    assert {
        name: seen[name] for name in ("database", "work", "turns", "delivery", "disk")
    } == dict.fromkeys(("database", "work", "turns", "delivery", "disk"), "ok")


def test_a_watcher_that_stopped_is_work_that_is_down(
    look: Any, watched: Held, clock: StandingClock
) -> None:
    clock.now += SILENT + timedelta(seconds=1)
    assert (look()["work"], look()[""]) == ("down", "down")
    keep(watched, LEASE)
    clock.now = database_now()
    assert look()["work"] == "ok"


def test_a_mailbox_that_nobody_fetches_is_named(
    company: Company, look: Any, watched: Held, clock: StandingClock
) -> None:
    name = f"{FETCH}{company.mail.slug}"
    take(name, "w", LEASE)
    assert look()[name] == "ok"
    clock.now += SILENT + timedelta(seconds=1)
    assert look()[name] == "degraded"
    type(company.mail).objects.update(is_active=False)
    assert name not in beats(), "nobody misses an inbox that is no longer used"
    assert name not in look()


@pytest.mark.parametrize("name", ["dreaming", f"{FETCH}of-old"])
def test_what_another_version_did_is_not_missed(
    look: Any, watched: Held, clock: StandingClock, name: str
) -> None:
    take(name, "w", LEASE)
    clock.now += SILENT * 4
    keep(watched, LEASE)
    assert name not in look()


def test_what_a_worker_did_that_left_is_missed_until_another_does_it(
    look: Any, watched: Held, clock: StandingClock
) -> None:
    take("figures", "w1", LEASE)
    release_duties("w1")
    clock.now += SILENT * 4
    assert look()["figures"] == "degraded"
    take("figures", "w2", LEASE)
    clock.now = database_now()
    assert look()["figures"] == "ok"


class Waits:
    """Who answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def get(self, url: str, headers: object) -> httpx2.Response:
        self.asked.set()
        await self.may.wait()
        names = ("encoder", "understander", "answerer", "router")
        return httpx2.Response(200, json={"parts": dict.fromkeys(names, 1), "ready": True})


def test_it_is_not_well_before_everything_was_looked_at(
    company: Company, watched: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The brain is asked after the rest: while it was, a start was called ready that could not answer yet."""
    for part in ("BRAIN", "RASA"):
        monkeypatch.setenv(f"THREADLINE_{part}_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("THREADLINE_BRAIN_TOKEN", "t")
    monkeypatch.setenv("THREADLINE_TURN_TOKEN", "t")
    health, waits = Health(company.house), Waits()

    async def run() -> list[object]:
        looking = asyncio.create_task(health.look(cast("httpx2.AsyncClient", waits)))
        await waits.asked.wait()
        said = [health.report()["status"]]
        waits.may.set()
        await looking
        return [*said, health.report()["status"]]

    assert asyncio.run(run()) == ["degraded", "ok"]


def test_a_lease_kept_without_success_is_no_sign_of_life(company: Company) -> None:
    held = take("fetch:x", "w", LEASE, alive=False)
    assert held is not None
    assert keep(held, LEASE, alive=False)
    assert Duty.objects.get(name="fetch:x").beat_at is None
    assert keep(held, LEASE)
    assert Duty.objects.get(name="fetch:x").beat_at is not None


def test_thinking_that_stopped_is_seen_in_what_waits(
    company: Company, look: Any, watched: Held, clock: StandingClock
) -> None:
    receive(company.house, company.mail, [Writer().mail("hello")])
    assert look()["turns"] == "ok"
    clock.now += LATE + timedelta(seconds=1)
    assert look()["turns"] == "degraded"
    Conversation.objects.update(lease_until=database_now() + timedelta(minutes=1))
    assert look()["turns"] == "ok", "somebody thinks about it"


def test_sending_that_stopped_is_seen_in_what_is_due(
    company: Company, look: Any, watched: Held, clock: StandingClock
) -> None:
    replies(company, "first", "behind it")
    assert look()["delivery"] == "ok"
    clock.now += LATE + timedelta(seconds=1)
    assert look()["delivery"] == "degraded"
    later = clock.now + timedelta(minutes=5)
    OutboxRow.objects.filter(id=min(OutboxRow.objects.values_list("id", flat=True))).update(
        not_before=later
    )
    assert look()["delivery"] == "ok", "it failed and is tried again; what stands behind it waits"


@pytest.mark.parametrize(
    ("free", "state", "status"),
    [(10**12, "ok", "well"), (10**8, "degraded", "degraded"), (10**7, "down", "down")],
)
def test_a_disk_that_fills_is_told_before_it_is_full(
    company: Company,
    look: Any,
    watched: Held,
    monkeypatch: pytest.MonkeyPatch,
    free: int,
    state: str,
    status: str,
) -> None:
    monkeypatch.delenv("THREADLINE_BRAIN_URL", raising=False)
    monkeypatch.delenv("THREADLINE_RASA_URL", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free))
    # Beside a file nobody else can think; over PostgreSQL other machines may.
    well = "degraded" if company.house.settings.is_sqlite else "ok"
    seen = look()
    assert (seen["disk"], seen[""]) == (state, well if status == "well" else status)


def test_a_database_that_is_away_is_named(
    look: Any, watched: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(now: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(module, "_seen", away)
    assert (look()["database"], look()[""]) == ("down", "down")
    monkeypatch.undo()
    assert look()["database"] == "ok"
