"""What customers call a thing that the articles call otherwise: read from the knowledge base's own `glossary.yml`, kept in versions. Searching with it is `kb_index`'s."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from bot.house import House
from core.errors import Conflict, MalformedPayload, ModelUnavailable, StaleVersion
from store.knowledge import active_models
from store.models import ModelVersion
from store.versions import add_version, switch_version_from

FILE = "glossary.yml"
KIND = "glossary"
MOST, LONGEST = 2000, 80
"""Entries, and characters of a word."""
UNKNOWN = ""
"""The source of words that were kept before each source had its own."""
ACTOR = "system:command"
TRIES = 20
"""Times that another source may come first."""

Glossaries = dict[str, dict[str, dict[str, list[str]]]]
"""Brand to source to the customers' words with the articles' words."""


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


def use_glossary(house: House, brand: str, source: str, words: dict[str, list[str]]) -> bool:
    """From now on every brain of this brand searches these words of this source, and those of its other sources,
    beside the customers' own; no words take the source's away. True when they were others before.

    Where another source's words came to serve meanwhile, these are put beside those.
    """
    for _ in range(TRIES):
        before = active_models().get(KIND)
        known = _read(house.settings.state / before.folder) if before else {}
        plain = _plain(_with(known, brand, source, words))
        if plain == _plain(known):
            return False
        with suppress(StaleVersion):
            switch_version_from(
                house.vault, before, _kept(house, plain), house.clock(), actor=ACTOR
            )
            return True
    raise Conflict("The glossary is being changed by many at once: ingest again.")


def _plain(glossaries: Glossaries) -> str:
    return json.dumps(glossaries, ensure_ascii=False, sort_keys=True)


def _kept(house: House, plain: str) -> ModelVersion:
    """A version of the words beside the others, which does not serve yet."""
    version = hashlib.sha256(plain.encode()).hexdigest()
    folder = f"models/{KIND}/{version[:32]}"
    out = house.settings.state / folder
    out.mkdir(parents=True, exist_ok=True)
    # Two sources at once may come to the same words, and one may be reading them already.
    fresh = out / f"{uuid4().hex}.fresh"
    fresh.write_text(plain, encoding="utf-8")
    fresh.replace(out / "glossary.json")
    rows = sum(len(one) for sources in json.loads(plain).values() for one in sources.values())
    manifest = {"version": version, "rows": rows, "scores": {}}
    return add_version(KIND, version, folder, manifest, house.clock())


def _with(known: Glossaries, brand: str, source: str, words: dict[str, list[str]]) -> Glossaries:
    """What was written before sources were told apart goes as soon as one of them says anything."""
    sources = {name: one for name, one in known.get(brand, {}).items() if name != UNKNOWN}
    sources |= {source: words}
    changed = known | {brand: {name: one for name, one in sources.items() if one}}
    return {name: one for name, one in changed.items() if one}


def load_glossary(folder: Path, brand: str = "default") -> dict[str, list[str]]:
    """The words of all sources of a brand; where two know the same word, both lists. Raises `ModelUnavailable`."""
    found: dict[str, list[str]] = {}
    for words in _read(folder).get(brand, {}).values():
        for name, others in words.items():
            found[name] = list(dict.fromkeys([*found.get(name, []), *others]))
    return found


def _read(folder: Path) -> Glossaries:
    try:
        found = json.loads((folder / "glossary.json").read_text("utf-8"))
        is_old = any(isinstance(one, list) for one in found.values())
    except (OSError, ValueError, AttributeError) as problem:
        raise ModelUnavailable("The glossary cannot be read.") from problem
    read: Glossaries = {"default": {UNKNOWN: found}} if is_old else found
    return read
