"""What no product on these parts could do without: encoding, searching, one insert and Rasa, each alone in one process.

`python -m tests.bench.floors STATE`: CPU and wall ms a message, as JSON. STATE is the folder of a trained installation.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import choice
from statistics import median
from uuid import uuid4

from tests.bench.load import QUESTIONS, unlike

ROUNDS, CALLS = 5, 60
Floor = dict[str, float]


def floors(state: Path, rasa_python: Path) -> dict[str, Floor]:
    """Name to medians over rounds; each floor is measured in a process of its own."""
    ours = subprocess.run(
        [sys.executable, "-m", "tests.bench.floors", str(state)],
        env={**os.environ, "THREADLINE_STATE": str(state)},
        capture_output=True,
        text=True,
        check=True,
    )
    model = next((state / "dialogue").glob("**/*.tar.gz"))
    project = Path(__file__).resolve().parents[2] / "bot" / "rasa"
    rasa = subprocess.run(
        [
            str(rasa_python),
            "-W",
            "ignore",
            str(Path(__file__).parent / "inside" / "rasa_floor.py"),
            str(model),
        ],
        cwd=project,
        env={"PYTHONPATH": str(project), "PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        **json.loads(ours.stdout.splitlines()[-1]),
        "rasa": json.loads(rasa.stdout.splitlines()[-1]),
    }


def _measured(call: Callable[[], object]) -> Floor:
    for _ in range(5):
        call()
    cpu, wall = [], []
    for _ in range(ROUNDS):
        used, began = time.process_time(), time.perf_counter()
        for _ in range(CALLS):
            call()
        cpu.append((time.process_time() - used) / CALLS * 1000)
        wall.append((time.perf_counter() - began) / CALLS * 1000)
    return {"cpu_ms": round(median(cpu), 3), "wall_ms": round(median(wall), 3)}


def main() -> None:
    """Measures encoder, search and insert with the product's own parts and settings."""
    from bot.bootstrap import build_brain, build_house, set_up_django
    from bot.settings import Settings

    set_up_django()
    settings = Settings(state=Path(sys.argv[1]))
    house = build_house(settings)
    brain = build_brain(settings)
    from core.knowledge import Question
    from store.models import Inbox, InboxRow
    from store.statements import insert

    assert brain.encoder is not None
    encoder, answerer = brain.encoder, brain.answerer
    assert answerer is not None
    vectors = {text: tuple(encoder.encode([text])[0].tolist()) for text in QUESTIONS}
    inbox = Inbox.objects.filter(channel="webchat").first()

    def ask() -> object:
        text = choice(QUESTIONS)
        return answerer.answer(Question(text, language="en"), vectors[text])

    def store() -> object:
        key = house.vault.lookup("bench", uuid4().hex)
        row = InboxRow(inbox=inbox, lookup=key, content=key, received_at=datetime.now(UTC))
        return insert([row])

    found = {
        "encoder": _measured(lambda: encoder.encode([unlike(choice(QUESTIONS))])),
        "search": _measured(ask),
        "insert": _measured(store),
    }
    house.database.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
