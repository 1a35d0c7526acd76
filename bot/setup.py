"""Everything `up` must find before it can start, made where it is missing and left alone where nothing changed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.core.management import call_command

from bot.bootstrap import build_house
from bot.rasa_project import PROJECT, train_dialogue
from bot.settings import Settings
from bot.supervisor import Ready
from core.errors import Failed, PermanentFailure

ROOT = Path(__file__).resolve().parent.parent
LOCK = PROJECT / "requirements.lock"
WANTED = "3.10"
Progress = Callable[[str], None]

NO_PYTHON = (
    "Rasa needs Python 3.10, and none that runs was found on PATH, under pyenv or with uv: install one "
    "(for example `pyenv install 3.10` or `uv python install 3.10`) and start again. Until then questions "
    "are answered from the knowledge base and everything else goes to people."
)


def prepare(settings: Settings, progress: Progress) -> Ready:
    """Database, models, knowledge base and Rasa, each only where needed. Raises `PermanentFailure`
    when the demo would be reachable from outside."""
    check_demo(settings)
    settings.state.mkdir(parents=True, exist_ok=True)
    settings.state.chmod(0o700)
    progress("database: checking")
    migrate_database(settings)
    house = build_house(settings)
    from bot.beginning import beginning_key, is_empty
    from bot.demo import make_workspace
    from bot.ingest import ingest
    from bot.playground import make_playground
    from bot.workshop import train

    playground = ""
    if settings.demo:
        make_workspace(house, progress)
        playground = make_playground(house)
    notices: list[str] = []
    with ThreadPoolExecutor(1) as aside:
        # Rasa's environment is built by other processes; our models are trained meanwhile.
        rasa = aside.submit(prepare_rasa, settings, progress)
        try:
            train(house, progress)
            if settings.demo:
                ingest(house, ROOT / "demo" / "knowledge", progress=progress)
        except Failed as problem:
            notices.append(f"degraded: {problem}")
        ready = rasa.result()
    beginning = f"/account/begin/{beginning_key(house)}/" if is_empty() else ""
    house.database.close()
    notices.extend(ready.notices)
    return Ready(ready.rasa_python, ready.rasa_model, tuple(notices), playground, beginning)


def check_demo(settings: Settings) -> None:
    """The demo's logins are meant for one person at one machine."""
    if settings.demo and settings.web.host not in {"127.0.0.1", "::1", "localhost"}:
        raise PermanentFailure(
            f"Demo mode does not listen on {settings.web.host}: its logins lie in a file. "
            "Set web.host to 127.0.0.1, or start without --demo."
        )


def migrate_database(settings: Settings) -> None:
    """Brings the schema up to date; takes a moment when it is already."""
    settings.state.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)
    if settings.is_sqlite:
        (settings.state / "threadline.db").chmod(0o600)


def prepare_rasa(settings: Settings, progress: Progress) -> Ready:
    """Rasa's own environment and its trained rules; without a Python for it, the reason instead."""
    if not settings.rasa.enabled:
        return Ready(notices=("rasa: switched off in the settings",))
    python = Path(settings.rasa.python)
    python = python if python.is_absolute() else ROOT / python
    try:
        if not _installed(python):
            base = find_python(WANTED)
            if base is None:
                return Ready(notices=(NO_PYTHON,))
            _install_rasa(base, python, progress)
        model = train_dialogue(settings.state / "dialogue", python, progress=progress)
    except PermanentFailure as problem:
        return Ready(notices=(f"degraded, without Rasa: {problem}",))
    return Ready(python, model)


def _installed(python: Path) -> bool:
    stamp = python.parent.parent / "installed-from"
    try:
        return python.exists() and stamp.read_text() == _lock_digest()
    except OSError:
        return False


def _lock_digest() -> str:
    return hashlib.sha256(LOCK.read_bytes()).hexdigest()


def _install_rasa(base: Path, python: Path, progress: Progress) -> None:
    """About three minutes and 2.7 GB, once."""
    folder = python.parent.parent
    progress(f"rasa: building {folder.name} with {base} (about 3 minutes, once)")
    if not python.exists():
        _run([str(base), "-m", "venv", str(folder)])
    _run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-U", "pip"])
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    argv = [*pip, "--progress-bar", "off", "--no-deps", "-r", str(LOCK)]
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as install:
        assert install.stdout is not None
        tail: list[str] = []
        for count, line in enumerate(install.stdout):
            tail = [*tail[-20:], line.rstrip()]
            if count % 40 == 39:
                progress(f"rasa: {line.strip()[:70]}")
        if install.wait() != 0:
            raise PermanentFailure("Rasa could not be installed:\n" + "\n".join(tail))
    (folder / "installed-from").write_text(_lock_digest())
    progress("rasa: installed")


def _run(argv: list[str]) -> None:
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PermanentFailure(f"{' '.join(argv[:4])} failed:\n{done.stderr[-1500:]}")


def find_python(version: str) -> Path | None:
    """A Python of this version that really runs: candidates are tried, for a shim on PATH may only fail."""
    for candidate in _candidates(version):
        if _is_version(candidate, version):
            return candidate
    return None


def _candidates(version: str) -> Iterator[Path]:
    named = shutil.which(f"python{version}")
    if named:
        yield Path(named)
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)
    uv = shutil.which("uv")
    if uv:
        found = subprocess.run(
            [uv, "python", "find", "--no-python-downloads", version],
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode == 0:
            yield Path(found.stdout.strip())


def _is_version(python: Path, version: str) -> bool:
    code = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version
