"""Whatever dies, nothing accepted is lost and nothing is said twice: `threadline chaos` in its short form, and what it would notice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from typer.testing import CliRunner

from bot.cli import app, measure
from bot.stand_in import _refusal
from channels import registry
from core.errors import TemporaryFailure
from tests.architecture.source import ROOT
from tests.chaos import kills
from tests.chaos.kills import POINTS, Kills
from tests.chaos.providers import NOT_DRIVEN, sides
from tests.chaos.run import EACH, MIXED, _order
from tests.chaos.traffic import Traffic, reason
from tests.chaos.victims import Victim
from tests.fakes.mail import DOVECOT
from tests.fakes.postgresql import NotHere, programs
from tests.faults.points import points
from web.problems import problem


def skip_where_servers_are_missing(kind: str) -> None:
    if os.environ.get("CI"):
        return
    if not DOVECOT:
        pytest.skip("skipped: dovecot is not installed")
    if kind == "postgresql":
        try:
            programs()
        except NotHere as reason:
            pytest.skip(f"skipped: {reason}")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.rasa
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("kind", "messages", "count"),
    [
        ("sqlite", 500, 20),
        ("postgresql", 500, 20),
        pytest.param("sqlite", 10_000, 200, marks=pytest.mark.journey),
        pytest.param("postgresql", 10_000, 200, marks=pytest.mark.journey),
    ],
)
def test_nothing_is_lost_or_doubled_while_every_process_is_killed(
    kind: str, messages: int, count: int
) -> None:
    skip_where_servers_are_missing(kind)
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("THREADLINE_", "DJANGO"))
    }
    size = ["--messages", str(messages), "--kills", str(count)]
    more = ["--seed", "7", *(["--fleet"] if kind == "postgresql" else [])]
    done = subprocess.run(
        [sys.executable, "-m", "bot", "chaos", "--database", kind, *size, *more, "--json"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.stdout.strip(), f"it ended with status {done.returncode} and said nothing"
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(report, indent=2))
    assert report["problems"] == {}
    assert report["killed"] == count, report["no_work_to_kill_under"]
    assert all(report["kills"].values()), "each process was killed with work in hand"
    assert {"mail fetch", "thinking", "delivery"} <= set(report["kills_by_part"])
    assert set(report["accepted_by_channel"]) == set(registry.names()) - set(NOT_DRIVEN)
    given_up = sum(report["given_up_by_the_provider"].values())
    assert report["accepted"] + given_up == messages
    assert report["answered"] + report["ticketed"] == report["accepted"]


def test_customers_come_and_go_during_a_run() -> None:
    """Each speaks as often as the others, and none from the beginning to the end: the last kills find work, too."""
    order = _order(5_000, random.Random(1))
    places: dict[int, list[int]] = {}
    for place, customer in enumerate(order):
        places.setdefault(customer, []).append(place)
    assert {len(own) for own in places.values()} == {EACH}
    assert max(own[-1] - own[0] for own in places.values()) <= 2 * MIXED


def test_every_channel_is_driven_or_says_why_not() -> None:
    driven = {side.channel for side in sides("http://127.0.0.1:9", print)}
    assert driven | set(NOT_DRIVEN) == set(registry.names())


def test_processes_die_at_points_that_exist() -> None:
    assert {point for chosen in POINTS.values() for point in chosen} <= points()


def test_outside_a_source_checkout_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    done = CliRunner().invoke(app, ["chaos"])
    assert done.exit_code == 1
    assert "source checkout" in done.output


@pytest.mark.parametrize("is_under_way", [True, False])
async def test_a_kill_waits_for_as_long_as_work_is_on_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_under_way: bool
) -> None:
    """Three runs on two cores: what is said for a kill takes longer to its point than any time that was set."""
    killing = Kills(None, None, None, tmp_path, random.Random(1))  # type: ignore[arg-type]
    monkeypatch.setattr(kills, "alive", lambda running: [])
    monkeypatch.setattr(kills, "PATIENCE", 0.2)
    monkeypatch.setattr(kills, "GLANCE", 0.05)
    looks = 0

    async def under_way() -> bool:
        nonlocal looks
        looks += 1
        if looks == 20:  # here a process would die
            (tmp_path / "sent.7.died").touch()
            (tmp_path / "sent").unlink()
        return is_under_way

    monkeypatch.setattr(killing, "_is_under_way", under_way)
    assert await killing._at("work", "sent") == ("work" if is_under_way else "")
    assert not (tmp_path / "sent").exists()


async def test_a_web_that_is_still_starting_has_no_work_in_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls wait at its port; killing it then proves nothing, and makes a crash loop of a slow start."""
    traffic = Traffic([7, 8], 1)
    traffic.in_flight = 3
    webs = [Victim("web", psutil.Process(), "", "", True, port) for port in (7, 8)]
    supply = SimpleNamespace(traffic=traffic)
    house = SimpleNamespace(database=SimpleNamespace(read=nothing_in_flight))
    killing = Kills(None, house, supply, tmp_path, random.Random(1))  # type: ignore[arg-type]
    monkeypatch.setattr(kills, "alive", lambda running: webs)
    assert (killing.ready({}), await killing.busy()) == (frozenset(), [])
    traffic.serving.add(8)
    assert (killing.ready({}), await killing.busy()) == ({"web"}, [webs[1]])
    await traffic.close()


async def test_a_short_turn_is_seen_however_long_a_look_at_the_processes_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn here is over before a second look at the processes."""
    begun = psutil.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    victim = Victim("work", begun, "one", "", True)
    looks = reads = 0

    def every(running: object) -> list[Victim]:
        nonlocal looks
        looks += 1
        return [victim]

    async def in_flight(query: object) -> tuple[dict[str, int], dict[str, int]]:
        nonlocal reads
        reads += 1
        return ({"one": 1} if reads == 8 and looks == 1 else {}), {}

    house = SimpleNamespace(database=SimpleNamespace(read=in_flight))
    supply = SimpleNamespace(traffic=SimpleNamespace(in_flight=0, serving=set()))
    killing = Kills(None, house, supply, tmp_path, random.Random(1))  # type: ignore[arg-type]
    monkeypatch.setattr(kills, "alive", every)
    monkeypatch.setattr(kills, "PATIENCE", 0.4)
    monkeypatch.setattr(killing, "_is_under_way", nothing_under_way)
    try:
        assert await killing._anywhere("work") == "work"
        assert begun.wait(10) == -signal.SIGKILL
    finally:
        with suppress(psutil.NoSuchProcess):
            begun.kill()


async def test_the_dead_are_not_killed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has buried it yet, so a signal would reach it, and it would count."""
    begun = unburied()
    house = SimpleNamespace(database=SimpleNamespace(read=one_in_flight))
    supply = SimpleNamespace(traffic=SimpleNamespace(in_flight=0, serving=set()))
    killing = Kills(None, house, supply, tmp_path, random.Random(1))  # type: ignore[arg-type]
    dead = Victim("work", begun, "one", "", True)
    monkeypatch.setattr(kills, "alive", lambda running: [dead])
    monkeypatch.setattr(kills, "PATIENCE", 0.2)
    monkeypatch.setattr(killing, "_is_under_way", nothing_under_way)
    assert await killing._anywhere("work") == ""
    assert not killing.parts
    begun.wait(10)


def test_refusals_are_told_apart_by_their_words() -> None:
    """All of them are 503: without room, without the database, and while nobody is there."""
    no_room = bytes(problem(TemporaryFailure("Too much is arriving; send it again.")).body)
    away = _refusal(b"POST /webhooks/slack HTTP/1.1\r\n\r\n").partition(b"\r\n\r\n")[2]
    assert [reason(body.decode()) for body in (no_room, away, b"<h1>Oh</h1>", b"[]")] == [
        "Too much is arriving; send it again.",
        "This is being restarted; send it again in a moment.",
        "<h1>Oh</h1>",
        "[]",
    ]


def unburied() -> psutil.Popen:
    """A process that has ended and that nobody has waited for."""
    begun = psutil.Popen([sys.executable, "-c", ""])
    while begun.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    return begun


async def nothing_in_flight(query: object) -> tuple[dict[str, int], dict[str, int]]:
    return {}, {}


async def one_in_flight(query: object) -> tuple[dict[str, int], dict[str, int]]:
    return {"one": 1}, {}


async def nothing_under_way() -> bool:
    return False
