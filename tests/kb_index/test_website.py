"""Fetching a help site: a small site to fetch from, and the guards that keep requests outside."""

from __future__ import annotations

import contextlib
import gzip
import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import NotAllowed, PermanentFailure, TemporaryFailure
from core.outside import Address, is_public
from kb_index.crosslinks import slug_of
from kb_index.ingest import read_source
from kb_index.outside import Outside
from kb_index.passage import Document
from kb_index.website import fetch_site


class Site:
    """A web server of pages: path to (status, headers, body). `asked`: the paths that were asked for;
    `missing`: bytes that are announced and never come."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []
        self.missing = 0
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                status, headers, body = site.pages.get(self.path, (404, {}, b""))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body) + site.missing))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://help.example:{self.server.server_port}"
        self.outside = Outside("Threadline", self._may_reach, lambda host, port: ["127.0.0.1"])

    def _may_reach(self, address: Address) -> bool:
        return address == ipaddress.ip_address("127.0.0.1")  # the site itself, nothing else inside

    def page(self, path: str, text: str, kind: str = "text/html; charset=utf-8") -> None:
        self.pages[path] = (200, {"Content-Type": kind}, text.encode())

    def sitemap(self, path: str, *paths: str) -> None:
        rows = "".join(f"<url><loc>{self.url}{p}</loc></url>" for p in paths)
        self.page(path, f"<?xml version='1.0'?><urlset>{rows}</urlset>", "application/xml")


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, args=(0.02,))
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


PAGE = "<html lang='en'><title>{0}</title><main><h1>{0}</h1><p>All about {0}.</p></main></html>"


def test_the_pages_of_a_sitemap_become_articles(site: Site, tmp_path: Path) -> None:
    site.sitemap("/a.xml", "/en/cancel.html", "/en/refund?x=1", "/gone", "/admin/x", "/busy")
    index = f"<sitemapindex><sitemap><loc>{site.url}/b.xml.gz</loc></sitemap>"
    other = "<sitemap><loc>http://other.example/c.xml</loc></sitemap></sitemapindex>"
    site.page("/sitemap.xml", index + other, "application/xml")
    rows = site.pages["/a.xml"][2]
    site.pages["/b.xml.gz"] = (200, {"Content-Type": "application/gzip"}, gzip.compress(rows))
    site.page("/robots.txt", "User-agent: *\nDisallow: /admin\nCrawl-delay: 3\n", "text/plain")
    site.page("/en/cancel.html", PAGE.format("Cancel"))
    site.page("/en/refund?x=1", PAGE.format("Refund"))
    site.pages["/busy"] = (503, {}, b"")
    rests: list[float] = []
    crawl = fetch_site(f"{site.url}/sitemap.xml", tmp_path, site.outside, rest=rests.append)
    found = {d.slug: d for d in read_source(tmp_path) if isinstance(d, Document)}
    assert set(found) == {"en/cancel", "en/refund-x-1"}
    assert found["en/cancel"].url == f"{site.url}/en/cancel.html"
    assert found["en/cancel"].title == "Cancel"
    assert [item.path.removeprefix(site.url) for item in crawl.unreadable] == [
        "/gone",
        "/admin/x",
        "/busy",
    ]
    # what is gone is removed, what is only busy stays as it was
    assert crawl.kept == {"busy"}
    assert rests == [3.0] * 4
    assert "/admin/x" not in site.asked


def test_a_single_page_in_an_older_encoding(site: Site, tmp_path: Path) -> None:
    body = (
        "<html><meta charset='iso-8859-1'><title>Kündigen</title><p>Jederzeit möglich.</p></html>"
    )
    site.pages["/k"] = (200, {"Content-Type": "text/html"}, body.encode("latin-1"))
    fetch_site(f"{site.url}/k", tmp_path, site.outside)
    (document,) = read_source(tmp_path)
    assert isinstance(document, Document)
    assert (document.title, document.blocks[0].parts) == ("Kündigen", ("Jederzeit möglich.",))


def test_pages_beyond_the_bound_are_left_out_and_stay(site: Site, tmp_path: Path) -> None:
    site.sitemap("/s.xml", *(f"/p{n}" for n in range(5)))
    for number in range(5):
        site.page(f"/p{number}", PAGE.format(number))
    crawl = fetch_site(f"{site.url}/s.xml", tmp_path, site.outside, most=2)
    assert crawl.pages == 2
    assert crawl.kept == {"p2", "p3", "p4"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1",
        "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    ],
)  # fmt: skip
def test_inner_addresses_are_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    outside = Outside("t", resolving=lambda host, port: [address])
    with pytest.raises(NotAllowed):
        outside.get("https://help.example/", 1000)


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f000001/", "http://127.1/", "http://017700000001/", "http://0/",
        "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
        "http://user:password@93.184.216.34/", "http://user@93.184.216.34/", "ftp://93.184.216.34/", "http:///x",
        "http://93.184.216.34:0/", "http://[fe80::1%25eth0]/",
    ],
)  # fmt: skip
def test_inner_addresses_are_refused_however_they_are_written(url: str) -> None:
    """By the directory of the machine itself, which reads every one of these."""
    with pytest.raises((NotAllowed, TemporaryFailure)) as refused:
        Outside("t").get(url, 1000)
    # What cannot be found is not asked either.
    assert (
        "not a public address" in str(refused.value)
        or "not an address" in str(refused.value)
        or ("cannot be found" in str(refused.value))
    )


def test_public_addresses_are_not_refused() -> None:
    for address in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"):
        assert is_public(ipaddress.ip_address(address))


def test_one_inner_address_among_public_ones_is_enough(site: Site) -> None:
    outside = Outside("t", resolving=lambda host, port: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(NotAllowed):
        outside.get("https://help.example/", 1000)


def test_a_redirect_to_an_inner_address_is_refused(site: Site) -> None:
    site.pages["/r"] = (302, {"Location": "http://169.254.169.254/latest/meta-data"}, b"")
    outside = Outside(
        "t",
        site.outside.may_reach,
        lambda host, port: ["127.0.0.1"] if host == "help.example" else [host],
    )
    with pytest.raises(NotAllowed):
        outside.get(f"{site.url}/r", 1000)
    site.pages["/r"] = (302, {"Location": "file:///etc/passwd"}, b"")
    with pytest.raises(NotAllowed):
        outside.get(f"{site.url}/r", 1000)


def test_a_name_is_looked_up_once_for_each_request(site: Site) -> None:
    """A name that says a public address when it is checked and an inner one afterwards reaches nothing."""
    site.page("/x", "x")
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    outside = Outside("t", site.outside.may_reach, lambda host, port: next(answers))
    assert outside.get(f"{site.url}/x", 1000).body == b"x"
    with pytest.raises(NotAllowed):
        outside.get(f"{site.url}/x", 1000)


def test_what_is_too_large_or_turns_in_circles_is_given_up(site: Site) -> None:
    site.page("/large", "x" * 2000)
    with pytest.raises(PermanentFailure, match="larger"):
        site.outside.get(f"{site.url}/large", 1000)
    site.pages["/loop"] = (301, {"Location": "/loop"}, b"")
    with pytest.raises(PermanentFailure, match="without end"):
        site.outside.get(f"{site.url}/loop", 1000)


def test_a_closed_or_unreadable_robots_file_closes_the_site(site: Site, tmp_path: Path) -> None:
    site.page("/k", PAGE.format("K"))
    site.page("/robots.txt", "User-agent: Threadline\nDisallow: /\n", "text/plain")
    with pytest.raises(NotAllowed, match=r"robots\.txt"):
        fetch_site(f"{site.url}/k", tmp_path, site.outside)
    site.pages["/robots.txt"] = (500, {}, b"")
    with pytest.raises(TemporaryFailure):
        fetch_site(f"{site.url}/k", tmp_path, site.outside)
    assert "/k" not in site.asked


def test_names_of_pages() -> None:
    assert slug_of("https://h.example/") == "index"
    assert slug_of("https://h.example/en/c%C3%B3mo.html") == "en/cómo"


@pytest.mark.parametrize("wrong", ["http://[help.example/x", "http://help.example:port/x"])
def test_an_address_that_is_none_hides_no_other(site: Site, tmp_path: Path, wrong: str) -> None:
    rows = "".join(
        f"<url><loc>{url}</loc></url>" for url in (wrong, f"{site.url}/a", f"{site.url}/r")
    )
    site.page("/s.xml", f"<urlset>{rows}</urlset>", "application/xml")
    site.page("/a", PAGE.format("A"))
    site.pages["/r"] = (302, {"Location": wrong}, b"")
    crawl = fetch_site(f"{site.url}/s.xml", tmp_path, site.outside)
    assert crawl.pages == 1
    assert crawl.unreadable[-1].path == f"{site.url}/r"
    with pytest.raises(NotAllowed, match="is not an address"):
        fetch_site(wrong, tmp_path, site.outside)


def test_a_sitemap_that_cannot_be_read_hides_no_other_and_takes_no_page_for_gone(
    site: Site, tmp_path: Path
) -> None:
    names = ("/a.xml", "/gone.xml", "/torn.xml.gz")
    rows = "".join(f"<sitemap><loc>{site.url}{name}</loc></sitemap>" for name in names)
    site.page("/s.xml", f"<sitemapindex>{rows}</sitemapindex>", "application/xml")
    site.sitemap("/a.xml", "/a")
    site.pages["/torn.xml.gz"] = (200, {}, b"\x1f\x8bno archive")
    site.page("/a", PAGE.format("A"))
    crawl = fetch_site(f"{site.url}/s.xml", tmp_path, site.outside)
    assert (crawl.pages, crawl.is_whole) == (1, False)
    assert [item.path.removeprefix(site.url) for item in crawl.unreadable] == list(names[1:])


def test_a_sitemap_of_another_sites_pages_alone_is_refused_in_words(
    site: Site, tmp_path: Path
) -> None:
    """Read as "there is nothing", it would take every article of the site away."""
    rows = "<url><loc>https://www.help.example/a</loc></url>"
    site.page("/s.xml", f"<urlset>{rows}</urlset>", "application/xml")
    with pytest.raises(PermanentFailure, match=r"no page of help.example; .* www.help.example"):
        fetch_site(f"{site.url}/s.xml", tmp_path, site.outside)


def test_half_a_page_is_none(site: Site) -> None:
    site.page("/half", "The first half")
    site.missing = 100
    with pytest.raises(TemporaryFailure, match="cut off 100 bytes before its end"):
        site.outside.get(f"{site.url}/half", 1000)


def test_what_comes_packed_unasked_is_unpacked_within_the_bound(site: Site) -> None:
    site.pages["/z"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"plain"))
    assert site.outside.get(f"{site.url}/z", 1000).body == b"plain"
    site.pages["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(100_000)))
    with pytest.raises(PermanentFailure, match="larger"):
        site.outside.get(f"{site.url}/bomb", 1000)
    site.pages["/br"] = (200, {"Content-Encoding": "br"}, b"?")
    with pytest.raises(PermanentFailure, match="packed as br"):
        site.outside.get(f"{site.url}/br", 1000)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_host_that_drips_is_given_up(site: Site, scheme: str) -> None:
    """Each byte comes in time; the head, or the handshake, never ends."""
    with socket.create_server(("127.0.0.1", 0)) as dripping:
        thread = threading.Thread(target=_drip, args=(dripping, scheme))
        thread.start()
        url = f"{scheme}://help.example:{dripping.getsockname()[1]}/"
        began = time.monotonic()
        with pytest.raises(TemporaryFailure, match=r"takes longer than 0.5 seconds"):
            replace(site.outside, total=0.5).get(url, 1000)
        assert time.monotonic() - began < 15
        thread.join()


def _drip(dripping: socket.socket, scheme: str) -> None:
    """A head, or a record of TLS that announces 16,000 bytes; until nobody listens, 30 seconds at most."""
    wire, _ = dripping.accept()
    start = b"HTTP/1.1 200 OK\r\nX: " if scheme == "http" else b"\x16\x03\x03\x3e\x80"
    with wire, contextlib.suppress(OSError):
        wire.sendall(start)
        for _ in range(300):
            wire.sendall(b"\x02")
            time.sleep(0.1)
