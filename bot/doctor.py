"""`threadline doctor`: what is configured, which versions are here, and how each part does, with its remedy. It changes nothing."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import httpx2
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError

from bot.clock import system_clock
from bot.settings import Settings, config_file
from bot.setup import ROOT, find_python
from store.drift import alarms, drift_now
from store.knowledge import active_generation, active_models
from store.languages import unwritten_languages
from store.models import Brand, Inbox, OutboxRow
from store.vault import VaultError, open_vault

PACKAGES = ("Django", "uvicorn", "httpx2", "faiss-cpu", "onnxruntime", "scikit-learn", "numpy")


def examine(settings: Settings) -> dict[str, Any]:
    """The report: `status` ok, degraded or down; `parts` name to {state, detail, remedy}."""
    parts = {
        "database": _database(settings),
        "keys": _keys(settings),
        "models": _models(),
        "knowledge": _knowledge(),
        "languages": _languages(),
        "rasa": _rasa(settings),
        "outbox": _outbox(),
        "inboxes": _inboxes(),
        "redis": _redis(settings),
        "running": _running(settings),
    }
    states = {part["state"] for part in parts.values()}
    status = "down" if "down" in states else "degraded" if "degraded" in states else "ok"
    return {
        "status": status,
        "parts": parts,
        "configuration": settings.model_dump(mode="json"),
        "configuration_file": str(config_file()) if config_file().exists() else "none",
        "versions": _versions(),
    }


def _part(state: str, detail: str = "", remedy: str = "") -> dict[str, str]:
    return {"state": state, "detail": detail, "remedy": remedy}


def _database(settings: Settings) -> dict[str, str]:
    kind = "SQLite" if settings.is_sqlite else "PostgreSQL"
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as problem:
        return _part("down", f"{kind}: {problem}", "check database.url, and that the server runs")
    if missing:
        return _part("down", f"{kind}: {missing} migrations missing", "run: threadline migrate")
    alone = "; several machines need PostgreSQL" if settings.is_sqlite else ""
    return _part("ok", f"{kind}{alone}")


def _keys(settings: Settings) -> dict[str, str]:
    file = settings.state / "secrets.json"
    if not file.exists():
        return _part("degraded", "no key file yet", "it is made at the first start")
    if file.stat().st_mode & 0o077:
        return _part("degraded", f"{file.name} can be read by others", f"chmod 600 {file}")
    try:
        open_vault(file)
    except (VaultError, ValueError, KeyError) as problem:
        return _part("down", str(problem), "restore the key file that belongs to this database")
    return _part("ok")


def _models() -> dict[str, str]:
    try:
        active = active_models()
    except DatabaseError as problem:
        return _part("down", str(problem), "run: threadline migrate")
    missing = {"acts", "router"} - set(active)
    if missing:
        return _part("degraded", f"not trained: {', '.join(sorted(missing))}", "threadline train")
    if drifted := alarms(drift_now()):
        remedy = "look at Settings, Rules; accept lessons or import tickets, then train the router"
        return _part("degraded", f"tickets have moved away: {', '.join(drifted)}", remedy)
    return _part("ok", ", ".join(f"{kind} {row.version[:8]}" for kind, row in active.items()))


def _knowledge() -> dict[str, str]:
    try:
        generation = active_generation("default")
    except DatabaseError as problem:
        return _part("down", str(problem), "run: threadline migrate")
    if generation is None:
        return _part("degraded", "nothing is indexed", "run: threadline kb ingest FOLDER")
    return _part("ok", f"{generation.passages} passages, encoder {generation.encoder}")


def _languages() -> dict[str, str]:
    now = system_clock()
    try:
        brands = Brand.objects.order_by("slug").values_list("slug", flat=True)
        known = [one for brand in brands for one in unwritten_languages(brand, now)]
    except DatabaseError as problem:
        return _part("down", str(problem), "run: threadline migrate")
    found = [one for one in known if one.conversations]
    if not found:
        return _part("ok")
    counts = ", ".join(f"{one.language} ({one.conversations} of {one.of})" for one in found)
    remedy = (
        'write articles in it, or set encoder = "multilingual" under [brain], then'
        " threadline train, and ingest the articles again"
    )
    return _part("degraded", f"customers write in a language without articles: {counts}", remedy)


def _rasa(settings: Settings) -> dict[str, str]:
    if not settings.rasa.enabled:
        return _part("degraded", "switched off", "set rasa.enabled")
    python = Path(settings.rasa.python)
    python = python if python.is_absolute() else ROOT / python
    if python.exists():
        return _part("ok", str(settings.rasa.python))
    if find_python("3.10") is None:
        return _part("degraded", "no Python 3.10 that runs", "install Python 3.10")
    return _part("degraded", "not installed yet", "run: threadline setup rasa")


def _outbox() -> dict[str, str]:
    try:
        bad = OutboxRow.objects.filter(state__in=["dead", "unknown"]).count()
    except DatabaseError as problem:
        return _part("down", str(problem), "run: threadline migrate")
    if bad:
        return _part(
            "degraded", f"{bad} messages did not surely arrive", "look at them in the desk"
        )
    return _part("ok")


def _inboxes() -> dict[str, str]:
    try:
        names = list(Inbox.objects.filter(is_active=True).values_list("slug", flat=True))
    except DatabaseError as problem:
        return _part("down", str(problem), "run: threadline migrate")
    if not names:
        return _part("degraded", "no inbox", "make one in the administration")
    return _part("ok", ", ".join(names))


def _redis(settings: Settings) -> dict[str, str]:
    """Never down: who hears no bell looks by itself."""
    url = settings.redis.url.get_secret_value()
    if not url:
        return _part("ok", "not used; needed by several machines only")
    from bot.far_bell import checked, knock

    try:
        where = checked(url)
    except ValueError as problem:
        return _part("degraded", str(problem), "correct redis.url, or leave it empty")
    if trouble := knock(url):
        meanwhile = f"until then work is looked for every {settings.work.poll_seconds} s"
        return _part("degraded", f"{where}: {trouble}", f"check redis.url; {meanwhile}")
    return _part("ok", where)


def _running(settings: Settings) -> dict[str, str]:
    url = f"http://{settings.web.host}:{settings.web.port}/health"
    try:
        response = httpx2.get(url, timeout=2, trust_env=False)
        status = str(response.json()["status"])
    except (httpx2.HTTPError, ValueError, KeyError):
        return _part("degraded", f"nothing answers at {url}", "start it: threadline up")
    return _part(status, url)


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    for package in ("threadline", *PACKAGES):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    found["platform"] = f"{sys.platform} {platform.machine()}"
    return found
