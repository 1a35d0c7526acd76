"""What somebody typed in is called only where it leads to the internet: written in any way, renamed meanwhile, or redirected."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpcore2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from channels.outside import Outside, checked_url, resolved
from core.errors import (
    Failed,
    MalformedPayload,
    NotAllowed,
    PermanentFailure,
    Rejected,
    TemporaryFailure,
)
from core.outside import is_public
from tests.fakes.serving import serving

NETWORKS = (
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "10.255.3.4", "172.16.0.1", "172.31.255.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "192.0.2.7", "203.0.113.9",
)  # fmt: skip
"""Loopback, private, link-local (a cloud's secrets), carrier, test, multicast and reserved."""
IPV6 = (
    "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1",
    "::127.0.0.1", "2001:0:7f00:1::80ff:fffe", "fec0::1", "100::1",
)  # fmt: skip
PUBLIC = ("1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101")


@pytest.mark.parametrize(
    "address", [*NETWORKS, *IPV6, "", "no address", "127.0.0.1%eth0", "fe80::1%lo"]
)
def test_networks_of_our_own_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is(address: str) -> None:
    assert is_public(address)


class Canary:
    """Listens where nobody may call, and counts who does."""

    def __init__(self) -> None:
        self.calls = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def _count(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with closing(caller):
                self.calls += 1

    def close(self) -> None:
        with closing(self._listener):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)


@pytest.fixture
def canary() -> Iterator[Canary]:
    listens = Canary()
    yield listens
    listens.close()


def _spellings(port: int) -> list[str]:
    """More than three hundred ways of writing an address that is none of the internet."""
    number = int.from_bytes(socket.inet_aton("127.0.0.1"), "big")
    odd = ["0", "127.1", "127.0.1", str(number), hex(number), oct(number).replace("0o", "0"), "0x7f.1",
           "0177.0.0.1", "0x7f.0x0.0x0.0x1", "localhost", "LOCALHOST", "127.0.0.1."]  # fmt: skip
    hosts = [*NETWORKS, *odd, *(f"[{one}]" for one in IPV6)]
    urls = [f"https://{host}:{port}/{path}" for host in hosts for path in ("", "a?b=c", "%2e%2e/")]
    urls += [f"http://{host}:{port}/" for host in hosts]
    urls += [f"https://user:word@{host}:{port}/" for host in hosts]
    urls += [f"https://1.1.1.1@{host}:{port}/" for host in hosts]
    for scheme in ("file", "gopher", "ftp", "data", "javascript", "unix", "ws", "dict", "ldap", ""):
        urls += [
            f"{scheme}://127.0.0.1:{port}/",
            f"{scheme}:127.0.0.1:{port}",
            f"{scheme}:///etc/passwd",
        ]
    urls += ["https://", "https:///", "https://[::1", "https://127.0.0.1:99999/", "https://1.1.1.1 @127.0.0.1/",
             f"https://127.0.0.1:{port}\r\nHost: x/", "https://①②⑦.⓪.⓪.①/", "//127.0.0.1/", ""]  # fmt: skip
    return urls


async def test_no_spelling_reaches_our_own_network(canary: Canary) -> None:
    outside, told = Outside(), []
    urls = _spellings(canary.port)
    assert len(urls) > 300
    for url in urls:
        with pytest.raises((Rejected, Failed)) as refused:
            await outside.post(url, {}, b"{}", 2)
        told.append(str(refused.value))
    await outside.close()
    assert canary.calls == 0
    assert all("127." not in words and "169." not in words for words in told)


class Network(httpcore2.AsyncNetworkBackend):
    """A network in which nobody answers; notes to where somebody wanted to go."""

    def __init__(self) -> None:
        self.connected: list[str] = []

    async def connect_tcp(
        self, host: str, *args: Any, **kwargs: Any
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append(host)
        raise httpcore2.ConnectError("nobody is there")


async def test_a_name_that_leads_inside_is_refused_and_is_asked_for_once(canary: Canary) -> None:
    asked = []

    async def rebinding(host: str, port: int) -> list[str]:
        """The first answer is harmless, the next one is not."""
        asked.append(host)
        return ["93.184.216.34"] if len(asked) == 1 else ["127.0.0.1"]

    network = Network()
    outside = Outside(resolve=rebinding, network=network)
    url = f"https://rebinding.example:{canary.port}/"
    with pytest.raises(TemporaryFailure):
        await outside.post(url, {}, b"{}", 2)
    assert network.connected == ["93.184.216.34"], "to the address, never to the name"
    assert asked == ["rebinding.example"]
    with pytest.raises(PermanentFailure):
        await outside.post(url, {}, b"{}", 2)
    await outside.close()
    assert canary.calls == 0


async def test_one_inner_address_among_others_is_enough_to_refuse(canary: Canary) -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "93.184.216.34"]

    outside = Outside(resolve=mixed)
    with pytest.raises(PermanentFailure):
        await outside.post(f"https://mixed.example:{canary.port}/", {}, b"{}", 2)
    await outside.close()
    assert canary.calls == 0


async def test_a_host_that_is_named_in_the_settings_may_be_called_and_redirects_are_not_followed(
    canary: Canary,
) -> None:
    async def away(request: Request) -> Response:
        return RedirectResponse(f"http://127.0.0.1:{canary.port}/")

    outside = Outside(["127.0.0.1"])
    with serving(Starlette(routes=[Route("/", away, methods=["POST"])])) as url:
        assert await outside.post(f"{url}/", {"content-type": "text/plain"}, b"x", 5) == 307
    await outside.close()
    assert canary.calls == 0


async def test_numbers_in_other_bases_resolve_to_what_they_mean() -> None:
    assert await resolved("0x7f.1", 80) == ["127.0.0.1"]
    assert await resolved("2130706433", 80) == ["127.0.0.1"]


def test_only_https_goes_out_unless_a_host_is_named() -> None:
    assert checked_url("https://crm.example/events")
    assert checked_url("http://crm.inside/events", ["crm.inside"])
    with pytest.raises(NotAllowed):
        checked_url("http://crm.inside/events")
    for wrong in (
        "https://user@crm.example/",
        "https://:443/",
        "https://crm.example/a b",
        "https://crm.example:x/",
    ):
        with pytest.raises(MalformedPayload):
            checked_url(wrong)
