"""Stock Rasa for comparison: the bot of `rasa init`, and a rules-only bot with one custom action."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.http import Connection

RULES_ONLY = {
    "config.yml": """
recipe: default.v1
language: en
assistant_id: bench
pipeline:
  - name: KeywordIntentClassifier
policies:
  - name: RulePolicy
""",
    "domain.yml": """
version: "3.1"
intents: [ask]
actions: [action_answer]
session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
""",
    "data/nlu.yml": """
version: "3.1"
nlu:
- intent: ask
  examples: |
    - how
""",
    "data/rules.yml": """
version: "3.1"
rules:
- rule: answer
  steps:
  - intent: ask
  - action: action_answer
""",
    "endpoints.yml": """
action_endpoint: {url: "http://127.0.0.1:%(actions)s/webhook"}
""",
    "credentials.yml": "rest:\n",
    "actions.py": """
from rasa_sdk import Action


class Answer(Action):
    def name(self):
        return "action_answer"

    def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text="An answer.")
        return []
""",
}


@contextmanager
def rasa_init(python: Path, folder: Path, port: int) -> Iterator[str]:
    """The bot that `rasa init` makes, trained and serving; yields what to say to it."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("models/*.tar.gz")):
        _run([str(python), "-m", "rasa", "init", "--no-prompt", "--init-dir", str(folder)], folder)
    (folder / "credentials.yml").write_text("rest:\n")
    with _serving([_rasa(python, port)], folder, port):
        yield "hello"


@contextmanager
def rules_only(python: Path, folder: Path, port: int, actions: int) -> Iterator[str]:
    """A bot of one rule and one custom action behind rasa-sdk's own action server."""
    for name, text in RULES_ONLY.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text % {"actions": actions} if "%(" in text else text)
    if not list(folder.glob("models/*.tar.gz")):
        _run([str(python), "-m", "rasa", "train", "--quiet"], folder)
    server = [str(python), "-m", "rasa_sdk", "--actions", "actions", "--port", str(actions)]
    with _serving([server, _rasa(python, port)], folder, port):
        yield "how"


def _rasa(python: Path, port: int) -> list[str]:
    argv = [str(python), "-m", "rasa", "run", "--quiet", "--credentials", "credentials.yml"]
    return [*argv, "--endpoints", "endpoints.yml", "--interface", "127.0.0.1", "--port", str(port)]


def _run(argv: list[str], folder: Path) -> None:
    done = subprocess.run(
        argv, cwd=folder, env=_env(), capture_output=True, text=True, check=False, timeout=900
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)} failed:\n{done.stderr[-2000:]}")


@contextmanager
def _serving(commands: list[list[str]], folder: Path, port: int) -> Iterator[None]:
    processes = [
        subprocess.Popen(
            argv, cwd=folder, env=_env(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for argv in commands
    ]
    try:
        asyncio.run(_until_it_speaks(port))
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


async def _until_it_speaks(port: int) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        connection = Connection(port)
        try:
            body = {"sender": "warm", "message": "how hello"}
            status, _ = await connection.post("/webhooks/rest/webhook", body)
            if status == 200:
                return
        except (OSError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            connection.close()
        await asyncio.sleep(0.5)
    raise RuntimeError("stock Rasa did not start within 180 s")


def _env() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "SANIC_WORKERS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": ".",
    }
