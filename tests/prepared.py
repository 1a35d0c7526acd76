"""A state folder with everything trained, a demo company and a dozen articles: made once, copied for each use.

Made again when what it is made from changes. `python -m tests.prepared FOLDER` makes one by hand.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "var" / "test" / "prepared"
ARTICLES = (
    "api-keys",
    "cancel-monthly-plan",
    "change-email",
    "compare-plans",
    "delivery-times-europe",
    "download-invoices",
    "failed-payment",
    "hub-offline",
    "parcel-lost-europe",
    "refund-timing",
    "reset-password",
    "return-europe",
)
MADE_FROM = ("nlu", "router", "kb_index", "store/migrations", "bot/rasa", "demo/knowledge")
KINDS = {".py", ".yml", ".csv", ".json", ".md", ".toml", ".txt"}


def prepared_state(target: Path, database: str = "") -> Path:
    """`target`, filled with a copy of the prepared state, which is made first where it is missing (minutes).

    `database`: URL of an empty PostgreSQL database that gets what would stand in the SQLite file.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    made = CACHE / _version()
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in CACHE.glob("*/"):
                shutil.rmtree(old)
            making = CACHE / "making"
            _run(making)
            making.rename(made)
    shutil.copytree(made, target, dirs_exist_ok=True)
    target.chmod(0o700)
    if database:
        _move(target, database)
    return target


def _move(state: Path, database: str) -> None:
    """Moves the rows into an empty PostgreSQL database with the product's own command, so that all who use
    this try what it leaves behind."""
    command = [sys.executable, "-m", "bot", "move", "--to", database]
    environment = _environment(state)
    subprocess.run(command, env=environment, cwd=ROOT, check=True)
    subprocess.run([*command, "--check"], env=environment, cwd=ROOT, check=True)
    for file in state.glob("threadline.db*"):
        file.unlink()


def _environment(state: Path) -> dict[str, str]:
    environment = {
        **os.environ,
        "THREADLINE_STATE": str(state),
        "THREADLINE_CONFIG": os.devnull,
        "DJANGO_SETTINGS_MODULE": "web.django_settings",
    }
    environment.pop("THREADLINE_DATABASE__URL", None)
    return environment


def _run(state: Path) -> None:
    command = [sys.executable, "-m", "tests.prepared", str(state)]
    subprocess.run(command, env=_environment(state), cwd=ROOT, check=True)


def _version() -> str:
    """Changes with everything that the state is made from."""
    digest = hashlib.sha256(repr(ARTICLES).encode())
    for room in MADE_FROM:
        for file in sorted((ROOT / room).rglob("*")):
            name = file.relative_to(ROOT)
            # Rasa keeps a cache of its training in its project.
            is_made = any(part.startswith(".") for part in name.parts)
            if file.suffix in KINDS and file.is_file() and not is_made:
                digest.update(name.as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def make(state: Path) -> None:
    """Database, company, models, articles and dialogue rules in `state`, with the product's own set-up."""
    from bot.bootstrap import build_house, set_up_django
    from bot.cli.output import progress
    from bot.settings import Settings

    set_up_django("web.django_settings")
    from bot.demo import make_workspace
    from bot.ingest import ingest
    from bot.setup import migrate_database, prepare_rasa
    from bot.workshop import train

    settings = Settings(state=state)
    state.mkdir(parents=True, exist_ok=True)
    migrate_database(settings)
    house = build_house(settings)
    make_workspace(house, progress)
    train(house, progress)
    folder = state / "knowledge"
    folder.mkdir(exist_ok=True)
    for name in ARTICLES:
        shutil.copy(ROOT / "demo" / "knowledge" / f"{name}.md", folder)
    ingest(house, folder, progress=progress)
    prepare_rasa(settings, progress)
    house.database.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
