"""One Rasa and one brain for all tests of this folder; see `stage`."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn

from bot.brain import Brain, brain_app
from bot.dialogue import Dialogue
from bot.neighbour import Neighbour
from bot.rasa_project import ROOT, train_dialogue
from core.understanding import Act
from tests.dialogue.stage import (
    BRAIN_TOKEN,
    RASA_PYTHON,
    TURN_TOKEN,
    RasaProcess,
    Script,
    Talk,
    free_port,
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.rasa)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def rasa_python() -> Path:
    if not RASA_PYTHON.exists():
        pytest.skip("skipped: Rasa's environment (.venv-rasa) is absent")
    return RASA_PYTHON


@pytest.fixture(scope="session")
def model(rasa_python: Path) -> Path:
    return train_dialogue(ROOT / "var" / "test" / "dialogue", rasa_python)


@pytest.fixture(scope="session")
def brain() -> Brain:
    return Brain()


@pytest.fixture(scope="session")
def brain_port(brain: Brain) -> Iterator[int]:
    port = free_port()
    config = uvicorn.Config(brain_app(brain, BRAIN_TOKEN), port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield port
    server.should_exit = True
    thread.join(10)


@pytest.fixture(scope="session")
def rasa(
    model: Path, brain_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RasaProcess]:
    process = RasaProcess(model, tmp_path_factory.mktemp("rasa") / "rasa.log")
    yield process
    process.stop()


@pytest.fixture
def script(brain: Brain) -> Script:
    """A fresh script, in the place of the brain's models for one test."""
    fresh = Script()
    brain.understander, brain.answerer = fresh, fresh
    for text, act in (("Yes", Act.AFFIRM), ("No", Act.DENY), ("Thanks!", Act.THANK)):
        fresh.means(text, act)
    return fresh


@pytest_asyncio.fixture(loop_scope="session")
async def dialogue(script: Script, rasa: RasaProcess, brain_port: int) -> AsyncIterator[Dialogue]:
    async with Dialogue(
        Neighbour(f"http://127.0.0.1:{brain_port}", BRAIN_TOKEN),
        Neighbour(f"http://127.0.0.1:{rasa.port}", TURN_TOKEN),
    ) as client:
        yield client


@pytest.fixture
def talk(dialogue: Dialogue) -> Talk:
    return Talk(dialogue)
