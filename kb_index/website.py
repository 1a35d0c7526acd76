"""Fetches the pages of a help site into a folder, politely and from public addresses alone; reading them is `parse`'s.

Every address is resolved once, checked, and connected to as checked, so that a name that changes its mind (DNS
rebinding) and a redirect lead nowhere inside. `robots.txt` holds; pages, bytes and time are bounded.
"""

from __future__ import annotations

import html
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser

import yaml

from core.errors import Failed, NotAllowed, PermanentFailure, TemporaryFailure
from kb_index.crosslinks import slug_of
from kb_index.outside import Fetched, Outside, checked
from kb_index.parse import MAX_BYTES, MAX_OFFICE_BYTES
from kb_index.passage import Unreadable

AGENT = "Threadline"
MAX_PAGES = 2000
MAX_SITEMAPS = 50
MAX_SECONDS = 1800.0
MAX_DELAY = 10.0

_LOCATION = re.compile(rb"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]{1,2000})")
_ENDINGS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "text/vtt": ".vtt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}


@dataclass(slots=True)
class Crawl:
    """What was fetched. `kept`: names of articles that could not be fetched just now and must not be taken for removed.
    `is_whole`: False for a page alone, and where a sitemap could not be read: neither says that others of its host are gone. `found`: file to the address of its page."""

    pages: int = 0
    is_whole: bool = True
    found: dict[str, str] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)


def is_address(source: str) -> bool:
    """Whether a source is an address on the web and not a path."""
    return source.startswith(("https://", "http://"))


def fetch_site(
    source: str,
    folder: Path,
    outside: Outside | None = None,
    *,
    most: int = MAX_PAGES,
    progress: Callable[[str], None] = lambda line: None,
    rest: Callable[[float], None] = time.sleep,
) -> Crawl:
    """Fetches a page, or every page of its own host that a sitemap names, into `folder` as files that `parse` reads.

    Raises NotAllowed for an inner address or one that `robots.txt` closes, TemporaryFailure and PermanentFailure
    when the source itself cannot be fetched; a single page that cannot is reported, and the rest goes on.
    """
    outside = outside or Outside(AGENT)
    checked(source)
    began = time.monotonic()
    robots = _robots(source, outside)
    delay = min(MAX_DELAY, float(robots.crawl_delay(AGENT) or 0))
    first = _fetch(source, robots, outside)
    if _host(first.url) != _host(source):  # another host, another robots.txt
        robots = _robots(first.url, outside)
        first = _fetch(first.url, robots, outside)
    crawl = Crawl()
    if not _is_sitemap(first):
        crawl.is_whole = False
        _keep(first, source, folder, crawl)
        return crawl
    pages = _named(first, robots, outside, crawl)
    progress(f"{len(pages)} pages named by the sitemap")
    for number, url in enumerate(pages, start=1):
        if number > most or time.monotonic() - began > MAX_SECONDS:
            crawl.unreadable.append(Unreadable(url, "left out: too many pages for one visit"))
            crawl.kept.add(slug_of(url))
            continue
        if number > 1 and delay:
            rest(delay)
        try:
            _keep(_fetch(url, robots, outside), url, folder, crawl)
        except (Failed, NotAllowed) as problem:
            crawl.unreadable.append(Unreadable(url, str(problem)))
            if isinstance(problem, TemporaryFailure):
                crawl.kept.add(slug_of(url))
        if number % 50 == 0:
            progress(f"{number} of {len(pages)} pages fetched")
    return crawl


def _robots(source: str, outside: Outside) -> RobotFileParser:
    """What the host allows: everything where it has no such file, nothing while the file cannot be read."""
    robots = RobotFileParser()
    try:
        found = outside.get(urljoin(source, "/robots.txt"), 500_000)
        robots.parse(found.body.decode(errors="replace").splitlines())
    except PermanentFailure:
        robots.parse([])
    return robots


def _fetch(url: str, robots: RobotFileParser, outside: Outside) -> Fetched:
    if not robots.can_fetch(AGENT, url):
        raise NotAllowed(f"The robots.txt of {_host(url)} closes {url}.")
    return outside.get(url, MAX_OFFICE_BYTES)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # a sitemap may say anything
        return ""


def _is_sitemap(fetched: Fetched) -> bool:
    start = _unpacked(fetched)[:2000]
    return b"<urlset" in start or b"<sitemapindex" in start


def _unpacked(fetched: Fetched) -> bytes:
    if not fetched.body.startswith(b"\x1f\x8b"):
        return fetched.body
    try:
        return zlib.decompressobj(31).decompress(fetched.body, MAX_OFFICE_BYTES)
    except zlib.error as error:
        raise PermanentFailure(f"{fetched.url} is a damaged archive.") from error


def _named(first: Fetched, robots: RobotFileParser, outside: Outside, crawl: Crawl) -> list[str]:
    """Addresses of pages that sitemaps name, of the first one's host, each once. Raises PermanentFailure where there is none."""
    host = _host(first.url)
    waiting, pages, others, read = [_unpacked(first)], dict[str, None](), set[str](), 0
    while waiting:
        sitemap = waiting.pop(0)
        found = [html.unescape(m.decode(errors="replace")) for m in _LOCATION.findall(sitemap)]
        own = [url for url in found if is_address(url) and _host(url) == host]
        others |= {_host(url) for url in found} - {host, ""}
        if b"<sitemapindex" not in sitemap[:2000]:
            pages |= dict.fromkeys(own)
            continue
        for url in own:
            read += 1
            try:
                if read > MAX_SITEMAPS:
                    raise PermanentFailure("left out: too many sitemaps for one visit")
                waiting.append(_unpacked(_fetch(url, robots, outside)))
            except (Failed, NotAllowed) as problem:
                # Nobody knows which pages it names, so none of the host's is taken for gone.
                crawl.unreadable.append(Unreadable(url, str(problem)))
                crawl.is_whole = False
    if not pages:
        elsewhere = (
            f"; those that it names are of {', '.join(sorted(others)[:3])}" if others else ""
        )
        raise PermanentFailure(f"{first.url} names no page of {host}{elsewhere}.")
    return list(pages)


def _keep(fetched: Fetched, url: str, folder: Path, crawl: Crawl) -> None:
    if _host(fetched.url) != _host(url) and crawl.pages:
        crawl.unreadable.append(Unreadable(url, f"leads to another site: {fetched.url}"))
        return
    ending = _ENDINGS.get(fetched.media_type)
    if ending is None:
        crawl.unreadable.append(
            Unreadable(url, f"of a kind that is not read: {fetched.media_type}")
        )
        return
    if ending not in {".pdf", ".docx"} and len(fetched.body) > MAX_BYTES:
        crawl.unreadable.append(Unreadable(url, f"larger than {MAX_BYTES:,} bytes"))
        return
    crawl.pages += 1
    path = folder / f"{crawl.pages:05}{ending}"
    crawl.found[path.name] = url
    path.write_bytes(fetched.utf8() if ending in {".html", ".md", ".vtt"} else fetched.body)
    beside = {"slug": slug_of(url), "url": fetched.url}
    path.with_name(path.name + ".yml").write_text(yaml.safe_dump(beside), encoding="utf-8")
