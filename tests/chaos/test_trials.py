"""What must hold under load, while processes restart, and while the database is away: `threadline trial short`."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.architecture.source import ROOT
from tests.channels.webchat.fake import FakeChat, running
from tests.chaos import outage, restarts, trial
from tests.chaos import stage as chaos_stage
from tests.chaos.patience import NotInTime, until
from tests.chaos.providers import Brings
from tests.chaos.run import MUST_BE_ZERO
from tests.chaos.soak import grown
from tests.chaos.stage import Stage
from tests.chaos.test_chaos import skip_where_servers_are_missing
from tests.chaos.traffic import Traffic
from tests.chaos.victims import Victim
from tests.company import Company
from tests.product import Running, free_port

if TYPE_CHECKING:
    import psutil

    from bot.house import House
    from tests.chaos.ground import Ground


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.rasa
@pytest.mark.timeout(1800)
def test_nothing_is_lost_or_refused_under_load_restarts_and_outages() -> None:
    skip_where_servers_are_missing("postgresql")
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("THREADLINE_", "DJANGO"))
    }
    command = [sys.executable, "-m", "bot", "trial", "short", "--database", "postgresql", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=False
    )
    report = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(report, indent=2))
    assert report["problems"] == {}, "how fast it was is not asked here"
    assert report["streams"]["streams"] == 300
    assert report["restarts"]["events_seen"] > 0
    assert report["restarts"]["stream_breaks"] >= report["restarts"]["streams"], "all came back"
    assert report["outage"]["outages"] == 2
    assert report["outage"]["refused_meanwhile"], "nobody was told that it was stored"
    assert report["rasa"]["answered_meanwhile"]["messages"] > 0
    assert report.get("redis", {"outages": 2})["outages"] == 2


class Stopped:
    """A web that is told to stop: it ends the streams that it has."""

    def __init__(self, chat: FakeChat) -> None:
        self.chat = chat
        self.had: list[int] = []

    def terminate(self) -> None:
        self.had.append(self.chat.open_streams)
        self.chat.break_streams()

    def is_running(self) -> bool:
        return False


async def test_every_stream_is_open_before_a_web_is_told_to_stop_and_counts_its_break(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def nothing(*args: object, **more: object) -> dict[str, Any]:
        return dict.fromkeys(MUST_BE_ZERO, 0)

    async def is_well(*args: object) -> bool:
        return True

    with running(FakeChat()) as chat:
        port = int(chat.url.rpartition(":")[2])
        web = Stopped(chat)
        victim = Victim("web", cast("psutil.Process", web), "", "", is_steady=True, port=port)
        monkeypatch.setattr(restarts, "alive", lambda running: [victim])
        monkeypatch.setattr(restarts, "_is_well", is_well)
        monkeypatch.setattr(restarts, "drive", nothing)
        monkeypatch.setattr(restarts, "settle", nothing)
        stage = Stage(
            cast("Ground", None),
            cast("House", None),
            cast("Running", None),
            [],
            [port],
            Path(),
            {},
        )
        report = await restarts.play(stage, restarts.Restarts(1, 1.0, 5))
    assert web.had == [5]
    assert report["stream_breaks"] == 5
    assert report["problems"] == {}


def test_what_grows_is_named() -> None:
    level = {"early": 100.0, "late": 104.0, "percent_an_hour": 1.0}
    leak = {"early": 100.0, "late": 140.0, "percent_an_hour": 90.0}
    found = {"web": {"rss_mb": level, "descriptors": leak}}
    assert grown(found) == {"web_descriptors": [100.0, 140.0]}


@pytest.mark.parametrize("as_json", [True, False])
def test_a_trial_that_waits_in_vain_says_so_in_a_sentence_and_tells_what_it_found(
    company: Company,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    """Nobody answers at the port, and a database that is away stays away."""
    running = Running(free_port(), os.getpid(), tmp_path, 0.0)
    stage = Stage(cast("Ground", None), company.house, running, [], [running.port], tmp_path, {})

    async def waits(stage: Stage, *size: object, **more: object) -> dict[str, Any]:
        stage.traffic(1).accepted[7, 0] = "sms"
        stage.found["noticed"] = [2.5]
        await until(never, 0.1, "/health called database ok")
        return {}

    monkeypatch.setattr(trial, "ground", lambda *args, **more: nullcontext(None))
    monkeypatch.setattr(chaos_stage, "staged", lambda *args, **more: nullcontext(stage))
    monkeypatch.setattr(outage, "play", waits)
    more = ["--json"] if as_json else []
    monkeypatch.setattr(sys, "argv", ["trial", "outage", "--database", "postgresql", *more])
    assert trial.main() == 1
    said = capsys.readouterr()
    assert said.err == "Not within 0 s: /health called database ok.\n"
    assert (said.out.count("\n") == 1) is as_json
    report = json.loads(said.out)
    assert report["problems"] == {"not_in_time": said.err.strip()}
    assert report["trial"] == "outage"
    assert report["noticed"] == [2.5]
    assert report["accepted"] == 1
    assert report["parts"] == {}, "nobody answered"
    assert report["left"] == {"turns": 0, "sends": 0, "messages": 0}


async def never() -> bool:
    return False


async def test_customers_whose_deliveries_do_not_end_are_not_waited_for_without_end() -> None:
    traffic = Traffic([free_port()], 1)
    traffic.release(1, Patient())
    with pytest.raises(NotInTime, match="everything said was accepted"):
        await traffic.until_accepted(0.1)
    await traffic.close()


class Patient:
    """A side whose provider never hears an answer."""

    channel = "sms"

    def settings(self, running: ExitStack) -> dict[str, Any]:
        return {}

    async def say(self, customer: int, words: str, bring: Brings) -> bool:
        await asyncio.Event().wait()
        return False

    def has(self) -> list[tuple[int, str]]:
        return []
