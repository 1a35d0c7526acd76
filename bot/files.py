"""Attachments on disk: each encrypted with a key of its own, which its row keeps sealed. No tables here."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.message import Attached
from store.receiving import Filed

LIMIT = 25 * 1024 * 1024
_NONCE = 12


class Files:
    """A folder of encrypted files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, item: Attached) -> Filed:
        """Writes a file durably and says under which name and key; a file too large is named, not kept."""
        size = len(item.content)
        problem = item.problem
        if size > LIMIT:
            problem = f"larger than {LIMIT // 1024 // 1024} MB, not kept"
        filed = Filed(
            name=item.name[:255],
            media_type=item.media_type,
            size=size,
            sha256=hashlib.sha256(item.content).hexdigest(),
            stored_as="",
            inline=item.inline,
            content_id=item.content_id,
            problem=problem,
        )
        if problem:
            return filed
        name, key, nonce = uuid4().hex, os.urandom(32), os.urandom(_NONCE)
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            out.write(nonce + AESGCM(key).encrypt(nonce, item.content, name.encode()))
            out.flush()
            os.fsync(out.fileno())
        return Filed(
            filed.name,
            filed.media_type,
            size,
            filed.sha256,
            name,
            key,
            item.inline,
            item.content_id,
        )

    def read(self, stored_as: str, key: bytes) -> bytes:
        """The content of a kept file. Raises OSError when it is gone."""
        sealed = self._path(stored_as).read_bytes()
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], stored_as.encode())

    def older(self, prefix: str, before: datetime) -> set[str]:
        """Names that begin with this hexadecimal digit, of files that were written before then."""
        found = set()
        for folder in self._folder.glob(f"{prefix}?"):
            with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
                found |= {
                    one.name
                    for one in entries
                    if one.name.startswith(folder.name) and _is_old(one, before)
                }
        return found

    def remove(self, names: Iterable[str], before: datetime) -> int:
        """Takes these away, but for what was written anew since `before`; how many went."""
        gone = 0
        for path in map(self._path, names):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    gone += 1
        return gone

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _is_old(entry: os.DirEntry[str], before: datetime) -> bool:
    return entry.is_file(follow_symlinks=False) and entry.stat().st_mtime < before.timestamp()
