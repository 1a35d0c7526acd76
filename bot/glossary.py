"""What customers call a thing that the articles call otherwise: read from the knowledge base's own `glossary.yml`, kept in versions. Searching with it is `kb_index`'s."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import yaml

from bot.house import House
from core.errors import MalformedPayload, ModelUnavailable
from store.knowledge import active_models
from store.versions import add_version, switch_version

FILE = "glossary.yml"
KIND = "glossary"
MOST, LONGEST = 2000, 80
"""Entries, and characters of a word."""
ACTOR = "system:command"


def read_glossary(path: Path) -> dict[str, list[str]] | None:
    """The customers' words to the articles' words; None where the folder has no such file. Raises `MalformedPayload`."""
    file = path / FILE
    if not path.is_dir() or not file.is_file():
        return None
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise MalformedPayload(f"{FILE} cannot be read: {problem}") from problem
    if not isinstance(found, dict) or len(found) > MOST:
        raise MalformedPayload(f"{FILE} has to name at most {MOST:,} words, each with other words.")
    return {_word(name): _words(others) for name, others in found.items()}


def _words(others: Any) -> list[str]:
    return [_word(one) for one in (others if isinstance(others, list) else [others])]


def _word(said: Any) -> str:
    word = " ".join(str(said).split()) if isinstance(said, (str, int, float)) else ""
    if not 0 < len(word) <= LONGEST:
        raise MalformedPayload(
            f"{FILE}: {str(said)[:40]!r} is no word of up to {LONGEST} characters."
        )
    return word


def use_glossary(house: House, words: dict[str, list[str]]) -> bool:
    """From now on every brain searches these words beside the customers' own; True when they were others before."""
    plain = json.dumps(words, ensure_ascii=False, sort_keys=True)
    version = hashlib.sha256(plain.encode()).hexdigest()
    active = active_models().get(KIND)
    if active.version == version if active else not words:
        return False
    folder = f"models/{KIND}/{version[:32]}"
    out = house.settings.state / folder
    out.mkdir(parents=True, exist_ok=True)
    (out / "glossary.json").write_text(plain, encoding="utf-8")
    manifest = {"version": version, "rows": len(words), "scores": {}}
    row = add_version(KIND, version, folder, manifest, house.clock())
    switch_version(house.vault, row, house.clock(), actor=ACTOR)
    return True


def load_glossary(folder: Path) -> dict[str, list[str]]:
    """Raises `ModelUnavailable`."""
    try:
        found: dict[str, list[str]] = json.loads((folder / "glossary.json").read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise ModelUnavailable("The glossary cannot be read.") from problem
    return found
