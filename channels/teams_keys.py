"""The public keys by which Microsoft signs what it brings: fetched, kept, changed with theirs. What a token must say is `teams_tokens`."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from core.errors import TemporaryFailure

FRESH = timedelta(hours=12)
"""Older keys are fetched anew."""
USABLE = timedelta(hours=36)
"""While that fails they still count so long: an outage of 24 h after the last refresh that was due."""
AGAIN = timedelta(minutes=1)
"""Between attempts that fail."""
UNKNOWN = timedelta(hours=1)
"""Between fetches for a key that we do not know: whoever invents key names must not make us ask for each."""
_KEY_BITS = 2048
_SECONDS = 3.0
_SIZE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and the channels for which its owner may sign."""

    key: RSAPublicKey
    endorsements: frozenset[str]


class SigningKeys:
    """The published keys. Called from several threads: while one fetches, the others go on with what is known."""

    def __init__(self, metadata_url: str) -> None:
        self._url = metadata_url
        self._lock = threading.Lock()
        self._keys: dict[str, SigningKey] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._asked_unknown_at: datetime | None = None
        self._kept: Path | None = None
        self._unread = False

    def remember_in(self, folder: Path) -> None:
        """Keeps what is fetched there, with its age, for whoever is started next: a service that is killed while
        Microsoft is away still knows its calls. They are public keys; who can write there must be trusted."""
        name = hashlib.sha256(self._url.encode()).hexdigest()[:16]
        self._kept, self._unread = folder / f"teams-keys-{name}.json", True

    def named(self, kid: str, now: datetime) -> SigningKey | None:
        """The key of this name, None if there is none. Raises `TemporaryFailure` where no usable keys are to be had."""
        if self._unread:
            with self._lock:
                self._recall(now)
        is_usable = self._is_usable(now)
        # Whoever has nothing yet waits for the one who is just fetching it, whose attempt counts from its beginning.
        if self._is_due(kid, now) or not is_usable:
            can_wait = is_usable and kid in self._keys
            if self._lock.acquire(blocking=not can_wait):
                try:
                    self._refresh_if_due(kid, now)
                finally:
                    self._lock.release()
        if not self._is_usable(now):
            raise TemporaryFailure("the keys that sign Teams' calls cannot be read")
        return self._keys.get(kid)

    def _is_usable(self, now: datetime) -> bool:
        return self._fetched_at is not None and now - self._fetched_at < USABLE

    def _is_due(self, kid: str, now: datetime) -> bool:
        is_old = self._fetched_at is None or now - self._fetched_at >= FRESH
        if is_old and (self._tried_at is None or now - self._tried_at >= AGAIN):
            return True
        asked = self._asked_unknown_at
        has_keys = self._fetched_at is not None
        return has_keys and kid not in self._keys and (asked is None or now - asked >= UNKNOWN)

    def _refresh_if_due(self, kid: str, now: datetime) -> None:
        """Asked once more under the lock: somebody else may have fetched them meanwhile."""
        if not self._is_due(kid, now):
            return
        if self._fetched_at is not None and kid not in self._keys:
            self._asked_unknown_at = now
        self._tried_at = now
        try:
            published = fetched(self._url)
            self._keys = keys_of(published)
        except (httpx2.HTTPError, ValueError):
            return  # what is known stands until it is too old
        self._fetched_at = now
        if self._kept is not None:
            _write(self._kept, {"from": self._url, "at": now.isoformat(), "keys": published})

    def _recall(self, now: datetime) -> None:
        """What was fetched before a restart, at the age that it has: it must not be older or younger for that."""
        kept, self._unread = self._kept, False
        if kept is None or self._fetched_at is not None:
            return
        try:
            found = json.loads(kept.read_bytes())
            at = datetime.fromisoformat(found["at"])
            if found["from"] == self._url and timedelta() <= now - at < USABLE:
                self._keys, self._fetched_at = keys_of(found["keys"]), at
        except (OSError, ValueError, KeyError, TypeError):
            return  # they are fetched, as if there had been none


def fetched(metadata_url: str) -> list[Any]:
    """The keys that this OpenID metadata names, as they are published. Raises `ValueError` where they cannot be read, and
    httpx2's errors."""
    client = httpx2.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False)
    with client:
        keys_url = _document(client, metadata_url).get("jwks_uri")
        if not isinstance(keys_url, str) or urlsplit(keys_url)[:2] != urlsplit(metadata_url)[:2]:
            raise ValueError("the metadata names keys of somebody else")
        published = _document(client, keys_url).get("keys")
    return published if isinstance(published, list) else []


def keys_of(published: Sequence[Any]) -> dict[str, SigningKey]:
    """Those of them that can be used, by name. Raises `ValueError` where there are none."""
    keys = {}
    for entry in published:
        kid = entry.get("kid") if isinstance(entry, dict) else None
        key = _usable(entry) if isinstance(kid, str) else None
        if key is not None:
            keys[str(kid)] = key
    if not keys:
        raise ValueError("no usable key is published")
    return keys


def _write(path: Path, told: dict[str, Any]) -> None:
    """Whole or not at all; where the disk refuses, they are known until the next start."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_text(json.dumps(told))
        part.replace(path)


def _document(client: httpx2.Client, url: str) -> dict[str, Any]:
    answer = client.get(url)
    if answer.status_code != 200 or len(answer.content) > _SIZE:
        raise ValueError("this is no document of keys")
    found = answer.json()
    if not isinstance(found, dict):
        raise ValueError("this is no document of keys")
    return found


def _usable(entry: dict[str, Any]) -> SigningKey | None:
    """An RSA key that is long enough and meant for signatures; None for all others."""
    if entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    try:
        key = jwt.PyJWK(entry, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if not isinstance(key, RSAPublicKey) or key.key_size < _KEY_BITS:
        return None
    named = entry.get("endorsements")
    names = named if isinstance(named, list) else []
    return SigningKey(key, frozenset(name for name in names if isinstance(name, str)))
