"""A backup of the whole installation while it works, and its return somewhere else, proved by counts, digests and the audit chain.

In it: the database of one moment, the attachments and the trained models. Beside it: the key file, without which
it is unreadable and unproven, and the list of those whose data was erased. Not in it: what can be built again (the search indexes, the encoder) and who was signed in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.house import House
from bot.settings import Settings
from bot.setup import migrate_database
from core.errors import PermanentFailure
from store import snapshot
from store.audit import verify
from store.database import is_postgresql
from store.erased import erase_again, erased_list
from store.indexing import begin_again
from store.letting_go import let_go
from store.models import AuditEntry, ModelVersion
from store.named_files import named_files
from store.snapshot import Fingerprint
from store.vault import Vault, VaultError, open_vault

MANIFEST, ROWS, FILES = "manifest.json", "database", "files"
SIGNATURE, ANCHORS, ERASED = "manifest.signature", "audit/anchors", "erased.txt"
FORMAT = 2
Progress = Callable[[str], None]


def key_file_of(backup: Path) -> Path:
    """Where the keys of a backup lie unless somebody says otherwise: beside it, to be taken elsewhere."""
    return backup.with_name(f"{backup.name}.keys.json")


def erased_beside(backup: Path) -> Path:
    """The list of those whose data was erased, the same for all backups in a folder: each backup renews it."""
    return backup.with_name(ERASED)


def back_up(house: House, target: Path, keys: Path, progress: Progress) -> dict[str, Any]:
    """Writes a backup into the new folder `target`; what it holds. Raises `PermanentFailure`, OSError."""
    if target.exists() or keys.exists():
        raise PermanentFailure(f"{target} or {keys} is there already: name a new one.")
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    progress("database: copying")
    tables = snapshot.take(partial / ROWS)
    # Rows first: whatever a row names was written before it, and is still there.
    state = house.settings.state
    progress("attachments and models: copying")
    absent = [name for name in named_paths(house.vault) if not _copied(state, partial, name)]
    audit = _audit(tables)
    _copy_anchors(house.vault, partial / ANCHORS, audit["entries"])
    files = {name: _digest(partial / name) for name in _files_in(partial)}
    manifest = {
        "format": FORMAT,
        "made_at": house.clock().isoformat(),
        "database": "postgresql" if is_postgresql() else "sqlite",
        "tables": {name: asdict(found) for name, found in tables.items()},
        "audit": audit,
        "absent": sorted(absent),
        "files": files,
    }
    told = json.dumps(manifest, indent=1, sort_keys=True)
    _write(partial / MANIFEST, told)
    _write(partial / SIGNATURE, _signature(house.vault, told))
    _write(keys, (state / "secrets.json").read_text())
    partial.rename(target)
    list_erased(house.vault, erased_beside(target))
    rows = sum(found.rows for found in tables.values())
    return {
        "backup": str(target),
        "keys": str(keys),
        "rows": rows,
        "files": len(files),
        "absent": absent,
        "bytes": sum((target / name).stat().st_size for name in files),
    }


def restore(
    settings: Settings, source: Path, keys: Path, progress: Progress, erased: Path | None = None
) -> dict[str, Any]:
    """Puts a backup into the empty state folder and database of these settings, and proves it. Indexes are built
    afterwards. `erased`: a newer list of those to erase again than the one beside the backup. Raises
    `PermanentFailure` where anything does not fit; then nothing was begun or it says what."""
    vault = _opened(keys)
    manifest = _checked(source, vault)
    wanted = "sqlite" if settings.is_sqlite else "postgresql"
    if manifest["database"] != wanted:
        raise PermanentFailure(f"This is a backup of {manifest['database']}, not of {wanted}.")
    state = settings.state
    if (state / "secrets.json").exists():
        raise PermanentFailure(f"{state} is not empty: restore into a new state folder.")
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    progress("database: putting back")
    tables = {name: asdict(found) for name, found in snapshot.put_back(source / ROWS).items()}
    if tables != manifest["tables"]:
        wrong = sorted(n for n in manifest["tables"] if tables.get(n) != manifest["tables"][n])
        raise PermanentFailure(f"These tables are not as they were: {', '.join(wrong)}.")
    migrate_database(settings)  # a backup of an older version; what it holds is proved by now
    progress("attachments and models: putting back")
    _put_files(source, state, manifest["files"])
    _write(state / "secrets.json", keys.read_text())
    checked, broken = verify(
        open_vault(state / "secrets.json")
    )  # with its anchors, which lie there by now
    if broken is not None or _audit(None) != manifest["audit"]:
        raise PermanentFailure(f"The audit chain does not verify (at entry {broken}).")
    again = _erase_again(vault, erased or erased_beside(source))
    held = let_go()
    begin_again()
    rows = sum(found["rows"] for found in tables.values())
    return {
        "state": str(state),
        "made_at": manifest["made_at"],
        "rows": rows,
        "tables": len(tables),
        "files": len(manifest["files"]) - 1,
        "absent": manifest["absent"],
        "audit_entries": checked,
        "erased_again": again,
        "may_have_been_sent": held,
    }


def _opened(keys: Path) -> Vault:
    if not keys.exists():
        raise PermanentFailure(f"The key file {keys} is not there: without it nothing can be read.")
    return open_vault(keys)


def _put_files(source: Path, state: Path, names: Iterable[str]) -> None:
    for name in names:
        if name != ROWS:
            (state / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, state / name)


def named_paths(vault: Vault) -> Iterator[str]:
    """Every file that a row names, as a path within the state folder."""
    for name in named_files(vault):
        yield f"{FILES}/{name[:2]}/{name}"
    yield from ModelVersion.objects.values_list("folder", flat=True)


def _copied(state: Path, partial: Path, name: str) -> bool:
    """False where the file went in this very moment: erased, or a model that was cleared away."""
    try:
        if (state / name).is_dir():
            shutil.copytree(state / name, partial / name)
            return True
        (partial / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(state / name, partial / name)
    except FileNotFoundError:
        return False
    return True


def list_erased(vault: Vault, target: Path) -> int:
    """Writes the list of those whose data was erased, in place of the one that is there; how many they are."""
    told = erased_list(vault)
    fresh = target.with_name(f"{target.name}.new")
    fresh.unlink(missing_ok=True)
    _write(fresh, told)
    fresh.replace(target)
    return told.count("\n")


def _erase_again(vault: Vault, file: Path) -> int:
    """Without a list nobody was erased when the last backup of that folder was made."""
    try:
        return erase_again(vault, file.read_text()) if file.exists() else 0
    except VaultError as problem:
        raise PermanentFailure(f"{file}: {problem}.") from problem


def _copy_anchors(vault: Vault, target: Path, entries: int) -> None:
    """Those of the rows that were copied: the chain has gone on since."""
    if vault.anchors is None or not vault.anchors.exists():
        return
    lines = vault.anchors.read_text().splitlines(keepends=True)
    target.parent.mkdir(mode=0o700)
    _write(target, "".join(line for line in lines if int(line.partition(" ")[0]) <= entries))


def _signature(vault: Vault, manifest: str) -> str:
    return vault.sign("backup", manifest.encode()).hex()


def _checked(source: Path, vault: Vault) -> dict[str, Any]:
    """The manifest, once it is known to be ours and every file is as it says."""
    try:
        told, signature = (source / MANIFEST).read_text(), (source / SIGNATURE).read_text()
        manifest: dict[str, Any] = json.loads(told)
    except (OSError, ValueError) as problem:
        raise PermanentFailure(f"{source} is no backup: {problem}") from problem
    if not hmac.compare_digest(signature, _signature(vault, told)):
        raise PermanentFailure(f"{source} was not made with these keys, or was altered since.")
    if manifest.get("format") != FORMAT:
        raise PermanentFailure("This backup was made by another version of this format.")
    wrong = [
        name
        for name, digest in manifest["files"].items()
        if not (source / name).is_file() or _digest(source / name) != digest
    ]
    if wrong:
        raise PermanentFailure(f"These files are damaged or missing: {', '.join(wrong[:5])}.")
    return manifest


def _audit(tables: dict[str, Fingerprint] | None) -> dict[str, Any]:
    """How long the chain is and where it ends."""
    count = tables["store_auditentry"].rows if tables else AuditEntry.objects.count()
    rows = list(AuditEntry.objects.order_by("id").values_list("chain", flat=True)[:count])
    return {"entries": count, "end": bytes(rows[-1]).hex() if rows else ""}


def _files_in(folder: Path) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in (MANIFEST, SIGNATURE))


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def rebuild(house: House, progress: Progress) -> str:
    """Builds the knowledge index from its rows; the id of the new generation, or nothing where there are none."""
    from bot.ingest import reindex
    from store.models import Brand, Passage

    if not Passage.objects.exists():
        return ""
    brands = Brand.objects.filter(article__isnull=False).distinct().values_list("slug", flat=True)
    return ", ".join(reindex(house, brand, progress) for brand in brands)
