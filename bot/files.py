"""Attachments on disk: each encrypted with a key of its own, which its row keeps sealed. No tables here."""

from __future__ import annotations

import hashlib
import os
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

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name
