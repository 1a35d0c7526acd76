"""A company's imported past tickets: kept sealed in the state folder, merged by source and number. Learning from them is `bot.training`.

One file for each source, compressed and encrypted with the installation's key, because they are customers' words; card
numbers are taken out before. They name no customer: a source is erased as a whole.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.house import House
from core.errors import MalformedPayload, ModelUnavailable, NotFound
from core.redaction import redact
from store.vault import VaultError

Progress = Callable[[str], None]
_ENDING = ".sealed"


def import_tickets(
    house: House,
    path: Path,
    mapping: str,
    teams: str,
    source: str,
    progress: Progress,
    skills: str = "",
) -> dict[str, Any]:
    """Reads an export and merges it into what is kept of its source: the same file twice changes nothing.

    `mapping`: as `router.history.shape_from`; `teams`, `skills`: `theirs=ours,...`; `source`: a name, empty: the help desk's or
    the file's. Raises `MalformedPayload` when nothing of the file can be used; then nothing has changed.
    """
    from router.history import read_history
    from router.skills import slugs_of

    renamed = _renamed(teams)
    known_as = {slugs_of(theirs): ours for theirs, ours in _renamed(skills).items()}
    history = read_history(path, mapping=mapping)
    name = source or history.shape or path.name.split(".")[0]
    kept = _load(house, name)
    before = len(kept)
    changed = 0
    for ticket in history.tickets:
        row = {**ticket.row, "text": redact(ticket.row["text"])}
        row["team"] = renamed.get(row["team"], row["team"])
        if "skills" in row:
            row["skills"] = ";".join(
                dict.fromkeys(known_as.get(one, one) for one in row["skills"].split(";"))
            )
        created = ticket.created.isoformat() if ticket.created else ""
        entry = {"row": row, "created": created, "handled": ticket.handled}
        changed += ticket.key in kept and kept[ticket.key] != entry
        kept[ticket.key] = entry
    if changed or len(kept) != before:
        _save(house, name, kept)
    added = len(kept) - before
    progress(f"{len(history.tickets)} tickets read, {added} new, {changed} changed")
    return {
        "source": name,
        "shape": history.shape or "mapped",
        "read": len(history.tickets),
        "new": added,
        "changed": changed,
        "unchanged": len(history.tickets) - added - changed,
        "kept": len(kept),
        "left_out": dict(history.skipped),
        "unreadable": list(history.unreadable),
        "without_time": sum(ticket.created is None for ticket in history.tickets),
    }


def past_rows(house: House) -> list[dict[str, str]]:
    """Every kept ticket with the columns of `router.history`, when it came and whose it is, by source and number."""
    return [
        {**entry["row"], "created": entry["created"], "example": f"{source} {key}"}
        for source, key, entry in _entries(house)
    ]


def past_tickets(house: House) -> tuple[Any, ...]:
    """The same as `router.history.Past`."""
    from router.history import Past

    return tuple(
        Past(
            str(at),
            entry["row"],
            datetime.fromisoformat(entry["created"]) if entry["created"] else None,
            float(entry["handled"]),
        )
        for at, (_, _, entry) in enumerate(_entries(house))
    )


def forget_tickets(house: House, source: str) -> dict[str, Any]:
    """Erases all of a source. Raises `NotFound`. What a router learned from it stays until the next training."""
    path = _file(house, source)
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in _folder(house).glob(f"*{_ENDING}"))) or "none"
        raise NotFound(f"There are no tickets of a source {source!r}; there are: {known}.")
    count = len(_load(house, source))
    path.unlink()
    return {"source": source, "forgotten": count}


def _renamed(teams: str) -> dict[str, str]:
    found = {}
    for part in filter(None, teams.split(",")):
        theirs, equals, ours = part.partition("=")
        if not (theirs and equals and ours):
            raise MalformedPayload(f"{part!r} is not theirs=ours.")
        found[theirs] = ours
    return found


def _entries(house: House) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Source, number there, ticket."""
    for path in sorted(_folder(house).glob(f"*{_ENDING}")):
        kept = _load(house, path.stem)
        for key in sorted(kept):
            yield path.stem, key, kept[key]


def _load(house: House, source: str) -> dict[str, dict[str, Any]]:
    path = _file(house, source)
    if not path.is_file():
        return {}
    try:
        plain = gzip.decompress(house.vault.open_own(f"history:{source}", path.read_bytes()))
    except (VaultError, OSError, EOFError) as problem:
        raise ModelUnavailable(f"The kept tickets of {source!r} cannot be opened.") from problem
    kept: dict[str, dict[str, Any]] = json.loads(plain)
    return kept


def _save(house: House, source: str, kept: Mapping[str, Mapping[str, Any]]) -> None:
    """Beside the old file and then in its place, so that a power cut leaves one of them whole."""
    plain = gzip.compress(json.dumps(kept, ensure_ascii=False, sort_keys=True).encode(), mtime=0)
    path = _file(house, source)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as out:
        out.write(house.vault.seal_own(f"history:{source}", plain))
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)


def _file(house: House, source: str) -> Path:
    if not source.replace("_", "").replace("-", "").isalnum():
        raise MalformedPayload(f"A source is named by letters, digits, - and _, not {source!r}.")
    return _folder(house) / f"{source}{_ENDING}"


def _folder(house: House) -> Path:
    return house.settings.state / "history"
