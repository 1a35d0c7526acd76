"""Training Rasa's rules once per change of the project, and the command line that starts Rasa. Supervising does not belong here."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.errors import PermanentFailure

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "bot" / "rasa"
ENDPOINTS = ROOT / "endpoints.yml"
MODEL_NAME = "dialogue"
TRAINING_SECONDS = 300
LEARNED_FROM = ("config.yml", "requirements.lock", "domain", "rules")
"""What a trained model depends on, relative to the project."""


@dataclass(frozen=True, slots=True)
class Command:
    """How to start a process."""

    argv: tuple[str, ...]
    env: dict[str, str]
    cwd: Path


def train_dialogue(
    out: Path,
    rasa_python: Path,
    *,
    project: Path = PROJECT,
    progress: Callable[[str], None] = lambda line: None,
) -> Path:
    """Trains the rules into `out` unless the model there was trained from the same files; about 20 s.

    `progress` is called with each thing worth telling. Returns the model's path.
    Raises PermanentFailure with Rasa's own words when the rules contradict each other or Rasa cannot run.
    """
    out = out.resolve()
    model, stamp = out / f"{MODEL_NAME}.tar.gz", out / f"{MODEL_NAME}.json"
    fingerprint = project_fingerprint(project)
    if model.exists() and _stamped(stamp) == fingerprint:
        progress("dialogue rules unchanged")
        return model
    progress("training dialogue rules")
    out.mkdir(parents=True, exist_ok=True)
    done = _train(out, rasa_python, project)
    if done.returncode != 0 or not model.exists():
        raise PermanentFailure(f"Rasa refused the rules:\n{_last_words(done)}")
    stamp.write_text(json.dumps({"fingerprint": fingerprint}))
    progress("dialogue rules trained")
    return model


def _train(out: Path, rasa_python: Path, project: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(rasa_python), "-m", "rasa", "train", "core", "--quiet", "--domain", "domain"]
    argv += ["--config", "config.yml", "--stories", "rules", "--augmentation", "0"]
    argv += ["--out", str(out), "--fixed-model-name", MODEL_NAME]
    try:
        return subprocess.run(
            argv,
            cwd=project,
            env=_environment(project, out),
            capture_output=True,
            text=True,
            timeout=TRAINING_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PermanentFailure(f"Rasa could not be run: {error}") from error


def rasa_command(
    rasa_python: Path,
    model: Path,
    port: int,
    turn_token: str,
    *,
    project: Path = PROJECT,
    endpoints: Path = ENDPOINTS,
) -> Command:
    """Stock `rasa run` on loopback with the turn connector only; its environment holds no secret but its token."""
    # One sanic worker: a turn lives in one process. Logs go to standard error at level WARNING.
    argv = [
        str(rasa_python),
        "-m",
        "rasa",
        "run",
        "--quiet",
        "--model",
        str(model.resolve()),
    ]
    argv += [
        "--endpoints",
        str(endpoints),
        "--credentials",
        str(project / "credentials.yml"),
    ]
    argv += ["--interface", "127.0.0.1", "--port", str(port)]
    env = _environment(project, model.resolve().parent) | {
        "THREADLINE_TURN_TOKEN": turn_token,
        "SANIC_WORKERS": "1",
    }
    return Command(tuple(argv), env, project)


def project_fingerprint(project: Path = PROJECT) -> str:
    """SHA-256 over names and contents of everything the trained model depends on."""
    digest = hashlib.sha256()
    for path in _sources(project):
        digest.update(str(path.relative_to(project)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _sources(project: Path) -> Iterator[Path]:
    for name in LEARNED_FROM:
        path = project / name
        if path.is_dir():
            yield from sorted(path.glob("**/*.yml"))
        elif path.exists():
            yield path


def _environment(project: Path, home: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(project),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "ignore",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
    }


def _stamped(stamp: Path) -> str:
    try:
        return str(json.loads(stamp.read_text())["fingerprint"])
    except (OSError, ValueError, KeyError):
        return ""


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stdout + done.stderr).splitlines()
    return "\n".join(line for line in lines if line.strip())[-2000:]
