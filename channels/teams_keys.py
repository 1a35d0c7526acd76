"""The public keys by which Microsoft signs what it brings: fetched, kept, changed with theirs. What a token must say is `teams_tokens`."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
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

    def named(self, kid: str, now: datetime) -> SigningKey | None:
        """The key of this name, None if there is none. Raises `TemporaryFailure` where no usable keys are to be had."""
        if self._is_due(kid, now):
            can_wait = self._is_usable(now) and kid in self._keys
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
            self._keys = fetched_keys(self._url)
        except (httpx2.HTTPError, ValueError):
            return  # what is known stands until it is too old
        self._fetched_at = now


def fetched_keys(metadata_url: str) -> dict[str, SigningKey]:
    """The keys that this OpenID metadata names. Raises `ValueError` where they cannot be read, and httpx2's errors."""
    client = httpx2.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False)
    with client:
        keys_url = _document(client, metadata_url).get("jwks_uri")
        if not isinstance(keys_url, str) or urlsplit(keys_url)[:2] != urlsplit(metadata_url)[:2]:
            raise ValueError("the metadata names keys of somebody else")
        published = _document(client, keys_url).get("keys")
    keys = {}
    for entry in published if isinstance(published, list) else ():
        kid = entry.get("kid") if isinstance(entry, dict) else None
        key = _usable(entry) if isinstance(kid, str) else None
        if key is not None:
            keys[str(kid)] = key
    if not keys:
        raise ValueError("no usable key is published")
    return keys


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
