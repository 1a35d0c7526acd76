"""Encryption of what customers said: one data key per address, wrapped by the installation's key. No tables here.

AES-256-GCM with a fresh 96-bit nonce; the additional data binds a ciphertext to its column and row, so that
one cannot be moved to another place. Layout: nonce (12 bytes), ciphertext and tag. A wrapped key is preceded
by the 4-byte id of the installation key that wrapped it, so that keys can be rotated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY_ID = 4
_CACHED_KEYS = 4096


class VaultError(Exception):
    """A ciphertext cannot be opened: the key is wrong, or it was altered or moved."""


class Erased(VaultError):
    """The key of this address was destroyed; what was said under it is gone."""


class Vault:
    """Seals and opens. Hold one per process; safe for several threads.

    `anchors`: the file beside the keys that holds the heads of the audit chain, see `store.anchors`.
    """

    def __init__(
        self,
        keys: dict[bytes, bytes],
        current: bytes,
        lookup_key: bytes,
        anchors: Path | None = None,
    ) -> None:
        self.anchors = anchors
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._current = current
        self._lookup_key = lookup_key
        self._opened: OrderedDict[bytes, AESGCM] = OrderedDict()
        self._lock = Lock()

    def lookup(self, *parts: str) -> bytes:
        """32 bytes under which a value can be found again without storing it in the clear."""
        text = "\x1f".join(parts).encode()
        return hmac.new(self._lookup_key, text, hashlib.sha256).digest()

    def new_key(self, address_id: object) -> bytes:
        """A fresh wrapped data key for an address."""
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._current].encrypt(nonce, os.urandom(32), _bind("key", address_id))
        return self._current + nonce + sealed

    def seal(
        self, wrapped: bytes | memoryview | None, address_id: object, place: str, text: bytes
    ) -> bytes:
        """Ciphertext of `text` for `place` ("message.body:<id>") under the address's data key."""
        nonce = os.urandom(_NONCE)
        return nonce + self._data_key(wrapped, address_id).encrypt(nonce, text, place.encode())

    def open(
        self, wrapped: bytes | memoryview | None, address_id: object, place: str, sealed: bytes
    ) -> bytes:
        """The plain bytes. Raises `Erased` when the key is gone, `VaultError` when it does not fit."""
        if not sealed:
            return b""
        key = self._data_key(wrapped, address_id)
        try:
            return key.decrypt(bytes(sealed[:_NONCE]), bytes(sealed[_NONCE:]), place.encode())
        except InvalidTag as error:
            raise VaultError(f"{place} cannot be opened") from error

    def seal_own(self, place: str, text: bytes) -> bytes:
        """Ciphertext under the installation's own key, for what belongs to no address (channel secrets)."""
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._current].encrypt(nonce, text, place.encode())
        return self._current + nonce + sealed

    def open_own(self, place: str, sealed: bytes) -> bytes:
        """What `seal_own` sealed."""
        if not sealed:
            return b""
        return self._unwrap(bytes(sealed), place.encode())

    def rewrap(self, wrapped: bytes, address_id: object) -> bytes:
        """The same data key under the current installation key, after a rotation."""
        plain = self._unwrap(bytes(wrapped), _bind("key", address_id))
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._current].encrypt(nonce, plain, _bind("key", address_id))
        return self._current + nonce + sealed

    def sign(self, purpose: str, text: bytes) -> bytes:
        """HMAC-SHA256 for a purpose; purposes never share a key."""
        key = hmac.new(self._lookup_key, b"sign:" + purpose.encode(), hashlib.sha256).digest()
        return hmac.new(key, text, hashlib.sha256).digest()

    def _data_key(self, wrapped: bytes | memoryview | None, address_id: object) -> AESGCM:
        if not wrapped:
            raise Erased("the key of this address was destroyed")
        wrapped = bytes(wrapped)
        with self._lock:
            if wrapped in self._opened:
                self._opened.move_to_end(wrapped)
                return self._opened[wrapped]
        key = AESGCM(self._unwrap(wrapped, _bind("key", address_id)))
        with self._lock:
            self._opened[wrapped] = key
            if len(self._opened) > _CACHED_KEYS:
                self._opened.popitem(last=False)
        return key

    def _unwrap(self, wrapped: bytes, bound: bytes) -> bytes:
        name, nonce = wrapped[:_KEY_ID], wrapped[_KEY_ID : _KEY_ID + _NONCE]
        key = self._keys.get(name)
        if key is None:
            raise VaultError("sealed with a key that this installation does not have")
        try:
            return key.decrypt(nonce, wrapped[_KEY_ID + _NONCE :], bound)
        except InvalidTag as error:
            raise VaultError("the installation key does not fit this database") from error


def _bind(what: str, address_id: object) -> bytes:
    return f"address.{what}:{address_id}".encode()


def open_vault(file: Path) -> Vault:
    """The vault of an installation; its key file is made at the first start, readable by its owner only.

    Losing this file loses every stored message: `threadline backup` keeps it apart from the data.
    """
    if not file.exists():
        _create(file)
    content: dict[str, Any] = json.loads(file.read_text())
    keys = {bytes.fromhex(name): base64.b64decode(key) for name, key in content["keys"].items()}
    anchors = file.parent / "audit" / "anchors"
    current, lookup = bytes.fromhex(content["current"]), base64.b64decode(content["lookup"])
    return Vault(keys, current, lookup, anchors)


def _create(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    name = os.urandom(_KEY_ID).hex()
    content = {
        "current": name,
        "keys": {name: base64.b64encode(os.urandom(32)).decode()},
        "lookup": base64.b64encode(os.urandom(32)).decode(),
    }
    temporary = file.with_suffix(f".{os.urandom(8).hex()}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(json.dumps(content))
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(temporary, file)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
