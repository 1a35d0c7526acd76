"""GET requests to public addresses and to no others; what is fetched and kept is `website`'s."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
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
    """Fetches as `agent`. `may_reach` and `resolving` are the guard and the directory, `total` the seconds for one page, given for tests."""

    agent: str
    may_reach: Callable[[Address], bool] = is_public
    resolving: Callable[[str, int], list[str]] = resolve
    total: float = TOTAL

    def get(self, url: str, most: int) -> Fetched:
        """Follows redirects, each checked anew. `most`: bytes. Raises NotAllowed (an inner address, another scheme),
        TemporaryFailure (silence, 5xx, 429, a page cut off) and PermanentFailure (other statuses, too large)."""
        ends = time.monotonic() + self.total
        for _ in range(MAX_REDIRECTS + 1):
            connection = self._connect(url)
            try:
                with _shut_at(ends, connection.sock):
                    answer = self._ask(connection, url)
                    if answer.status in {301, 302, 303, 307, 308}:
                        url = _led_to(url, answer.getheader("Location") or "")
                        continue
                    return _read(answer, url, most, ends)
            except (OSError, HTTPException) as error:
                if time.monotonic() >= ends:
                    raise TemporaryFailure(_too_long(url, self.total)) from error
                raise TemporaryFailure(f"{url} does not answer: {error}") from error
            finally:
                connection.close()
        raise PermanentFailure(f"{url} redirects without end.")

    def _ask(self, connection: HTTPConnection, url: str) -> HTTPResponse:
        parts = urlsplit(url)
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=?~") if parts.query else ""
        headers = {"User-Agent": self.agent, "Accept-Encoding": "identity", "Accept": "*/*"}
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        connection.request("GET", path + query, headers=headers)
        return connection.getresponse()

    def _connect(self, url: str) -> HTTPConnection:
        """A connection to an address that was looked at: it is not looked up again."""
        parts = checked(url)
        host, is_secure = str(parts.hostname), parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
        addresses = self.resolving(host, port)
        if not addresses or not all(self.may_reach(_address(item)) for item in addresses):
            raise NotAllowed(f"{host} is not a public address.")
        try:
            wire = socket.create_connection((addresses[0], port), timeout=PATIENCE)
            if is_secure:
                wire = ssl.create_default_context().wrap_socket(
                    wire, server_hostname=host, do_handshake_on_connect=False
                )
        except (OSError, ValueError) as error:
            raise TemporaryFailure(f"{host} cannot be reached: {error}") from error
        connection = HTTPConnection(host, port, timeout=PATIENCE)
        connection.sock = wire
        return connection


def _address(written: str) -> Address:
    return ipaddress.ip_address(written.split("%")[0])


def checked(url: str) -> SplitResult:
    """The parts of an address on the web. Raises NotAllowed for anything else."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotAllowed(f"{url} is not an address on the web: {error}.") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or port == 0:
        raise NotAllowed(f"{url} is not an address on the web.")
    return parts


def _led_to(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise PermanentFailure(f"{url} redirects to what is no address: {location}.") from error


def _too_long(url: str, total: float) -> str:
    return f"{url} takes longer than {total:g} seconds."


@contextlib.contextmanager
def _shut_at(ends: float, wire: socket.socket) -> Iterator[None]:
    """Shuts the wire then: a host that sends its head or its certificate a byte at a time is never silent for long."""

    def shut() -> None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(wire, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, ends - time.monotonic()), shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


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
        pieces.append(piece)
    if time.monotonic() >= ends:
        raise TimeoutError
    if answer.length:  # half a page must not take the place of a whole one
        raise TemporaryFailure(f"{url} was cut off {answer.length:,} bytes before its end.")
    kind = answer.getheader("Content-Type") or "text/html"
    charset = _CHARSET.search(kind)
    media_type = kind.split(";")[0].strip().lower()
    body = _unpacked(b"".join(pieces), answer.getheader("Content-Encoding") or "", url, most)
    return Fetched(url, media_type, charset[1] if charset else "", body)


def _unpacked(body: bytes, packing: str, url: str, most: int) -> bytes:
    """What some hosts pack though nobody asked them to."""
    if packing.lower() in {"", "identity"}:
        return body
    if packing.lower() not in {"gzip", "x-gzip"}:
        raise PermanentFailure(f"{url} comes packed as {packing}, which was not asked for.")
    try:
        plain = zlib.decompressobj(31).decompress(body, most + 1)
    except zlib.error as error:
        raise PermanentFailure(f"{url} is a damaged archive.") from error
    if len(plain) > most:
        raise PermanentFailure(f"{url} is larger than {most:,} bytes.")
    return plain
