"""The head of the audit chain outside the database, signed: who can write the tables alone can neither shorten the chain nor write it anew.

Each entry adds a line once it is committed; a line that is missing hides nothing, because the next one covers it.
"""

from __future__ import annotations

import fcntl
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.vault import Vault, VaultError

LARGEST = 1_000_000
"""Bytes after which old lines are thinned out to every thousandth."""
KEPT_EVERY = 1_000


class Anchors:
    """A file of `count chain signature`, one line an entry."""

    def __init__(self, file: Path, vault: Vault) -> None:
        self._file = file
        self._vault = vault

    def note(self, count: int, chain: bytes) -> None:
        """The chain has `count` entries and ends in `chain`. Appended in one write: several processes may."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = f"{count} {chain.hex()} {self._signature(count, chain)}\n"
        with self._locked():
            opened = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(opened, line.encode())
                is_large = os.fstat(opened).st_size > LARGEST
            finally:
                os.close(opened)
            if is_large:
                self._thin()

    def known(self) -> dict[int, set[bytes]]:
        """The chain's values at each noted count: more than one where it was cut and gone on with. Raises `VaultError`
        for a line that is not ours."""
        found: dict[int, set[bytes]] = {}
        if not self._file.exists():
            return found
        for line in self._file.read_text().splitlines():
            try:
                number, chain, signature = line.split(" ")
                count, value = int(number), bytes.fromhex(chain)
            except ValueError as problem:
                raise VaultError("an anchor of the audit chain is damaged") from problem
            if not hmac.compare_digest(signature, self._signature(count, value)):
                raise VaultError("an anchor of the audit chain is not signed by us")
            found.setdefault(count, set()).add(value)
        return found

    def _signature(self, count: int, chain: bytes) -> str:
        return self._vault.sign("audit anchor", f"{count}:{chain.hex()}".encode()).hex()

    def _thin(self) -> None:
        lines = self._file.read_text().splitlines(keepends=True)
        kept = [line for line in lines[:-1] if int(line.partition(" ")[0]) % KEPT_EVERY == 0]
        fresh = self._file.with_suffix(".new")
        fresh.write_text("".join([*kept, lines[-1]]))
        fresh.chmod(0o600)
        fresh.replace(self._file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with self._file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
