"""GET requests to public addresses and to no others; what is fetched and kept is `website`'s."""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from core.errors import NotAllowed, PermanentFailure, TemporaryFailure
from core.outside import Address, is_public

MAX_REDIRECTS = 5
PATIENCE = 20.0
"""Seconds that a host may be silent."""
TOTAL = 120.0
"""Seconds for one page, however slowly it drips."""

_CHARSET = re.compile(r"charset=[\"']?([\w-]+)", re.IGNORECASE)


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises TemporaryFailure when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TemporaryFailure(f"{host} cannot be found: {error}") from error
    return list(dict.fromkeys(str(item[4][0]) for item in found))


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page. `url`: where it was found in the end."""

    url: str
    media_type: str
    charset: str
    body: bytes = field(repr=False)

    def utf8(self) -> bytes:
        """The text in UTF-8, from the encoding that the host or the page itself names."""
        named = _CHARSET.search(self.body[:2000].decode("ascii", "ignore"))
        charset = self.charset or (named[1] if named else "utf-8")
        try:
            return self.body.decode(charset, "replace").encode()
        except LookupError:
            return self.body.decode("utf-8", "replace").encode()


@dataclass(frozen=True, slots=True)
class Outside:
    """Fetches as `agent`. `may_reach` and `resolving` are the guard and the directory, given for tests."""

    agent: str
    may_reach: Callable[[Address], bool] = is_public
    resolving: Callable[[str, int], list[str]] = resolve

    def get(self, url: str, most: int) -> Fetched:
        """Follows redirects, each checked anew. `most`: bytes. Raises NotAllowed (an inner address, another scheme),
        TemporaryFailure (silence, 5xx, 429) and PermanentFailure (other statuses, too large)."""
        ends = time.monotonic() + TOTAL
        for _ in range(MAX_REDIRECTS + 1):
            connection = self._connect(url)
            try:
                answer = self._ask(connection, url)
                if answer.status in {301, 302, 303, 307, 308}:
                    url = urljoin(url, answer.getheader("Location") or "")
                    continue
                return _read(answer, url, most, ends)
            except (OSError, HTTPException) as error:
                raise TemporaryFailure(f"{url} does not answer: {error}") from error
            finally:
                connection.close()
        raise PermanentFailure(f"{url} redirects without end.")

    def _ask(self, connection: HTTPConnection, url: str) -> HTTPResponse:
        parts = urlsplit(url)
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=?~") if parts.query else ""
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity", "Accept": "*/*"}
        connection.request("GET", path + query, headers=headers)
        return connection.getresponse()

    def _connect(self, url: str) -> HTTPConnection:
        """A connection to an address that was looked at: it is not looked up again."""
        parts = _checked(url)
        host, is_secure = str(parts.hostname), parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        addresses = self.resolving(host, port)
        if not addresses or not all(self.may_reach(_address(item)) for item in addresses):
            raise NotAllowed(f"{host} is not a public address.")
        try:
            wire = socket.create_connection((addresses[0], port), timeout=PATIENCE)
            if is_secure:
                wire = ssl.create_default_context().wrap_socket(wire, server_hostname=host)
        except OSError as error:
            raise TemporaryFailure(f"{host} cannot be reached: {error}") from error
        connection = HTTPConnection(host, port, timeout=PATIENCE)
        connection.sock = wire
        return connection


def _address(written: str) -> Address:
    return ipaddress.ip_address(written.split("%")[0])


def _checked(url: str) -> SplitResult:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise NotAllowed(f"{url} has no port that could be used.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or port == 0:
        raise NotAllowed(f"{url} is not an address on the web.")
    return parts


def _read(answer: HTTPResponse, url: str, most: int, ends: float) -> Fetched:
    if answer.status >= 500 or answer.status == 429:
        raise TemporaryFailure(f"{url} answers {answer.status}.")
    if answer.status != 200:
        raise PermanentFailure(f"{url} answers {answer.status}.")
    pieces, size = [], 0
    while piece := answer.read1(1 << 16):
        size += len(piece)
        if size > most:
            raise PermanentFailure(f"{url} is larger than {most:,} bytes.")
        if time.monotonic() > ends:
            raise TemporaryFailure(f"{url} takes longer than {TOTAL:g} seconds.")
        pieces.append(piece)
    kind = answer.getheader("Content-Type") or "text/html"
    charset = _CHARSET.search(kind)
    media_type = kind.split(";")[0].strip().lower()
    return Fetched(url, media_type, charset[1] if charset else "", b"".join(pieces))
