"""What the links of an article lead to: from an address in its source to the name of another article. Reading sources is `markup`'s.

A link is kept as `slug#anchor`, so that whoever shows the article finds the other one where it stands now, or that it is gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from posixpath import dirname, join, normpath
from urllib.parse import unquote, urljoin, urlsplit

from kb_index.passage import Block, Document, Link

_FILE = re.compile(r"\.(?:md|markdown|html?|docx|pdf|vtt|srt)$", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_HELP = "/help/"


def slug_of(url: str) -> str:
    """`https://help.example/en/cancel.html?x=1` -> `en/cancel-x-1`: the name of a page's article."""
    parts = urlsplit(url)
    path = re.sub(r"\.[a-z]{2,5}$", "", unquote(parts.path).strip("/"))
    name = re.sub(r"[^\w/]+", "-", f"{path}-{parts.query}" if parts.query else path).strip("-")
    return name[:180] or "index"


def located(blocks: Iterable[Block], name: str, url: str) -> tuple[Block, ...]:
    """The blocks with links by the names of their targets; what can lead to no article is no link. `name`: of the article in its
    source, `billing/cancel`; `url`: its address, where it is a page of a website."""
    return tuple(_with(block, _named(block.links, name, url)) for block in blocks)


def _named(links: Iterable[Link], name: str, url: str) -> Iterator[Link]:
    for link in links:
        try:
            to = _target(link.to, name, url)
        except ValueError:  # no address at all
            continue
        if to:
            yield replace(link, to=to)


def _target(href: str, name: str, url: str) -> str:
    address, _, anchor = href.partition("#")
    mark = f"#{anchor}" if anchor else ""
    if not address:
        return mark
    is_page = url.startswith(("http://", "https://"))
    if is_page:
        address = urljoin(url, address)
    if address.startswith(("http://", "https://")):
        is_near = is_page and urlsplit(address).hostname == urlsplit(url).hostname
        return (slug_of(address) if is_near else address) + mark
    if _SCHEME.match(address) or address.startswith("//"):
        return ""
    path = unquote(address.partition("?")[0])
    if path.startswith("/"):
        path = path.removeprefix(_HELP).lstrip("/")
    else:
        path = normpath(join(dirname(name), path))
    path = _FILE.sub("", path.rstrip("/"))
    return path + mark if path and path.split("/")[0] not in {".", ".."} else ""


def between(documents: Iterable[Document]) -> Iterator[Document]:
    """The articles of one source with links between them by the names that they have: of an article that names itself otherwise
    than its file, or by its address. Addresses of no article of it are no links: they stand in the text."""
    found = list(documents)
    names = {document.url: document.slug for document in found if "://" in document.url}
    names |= {document.origin: document.slug for document in found if document.origin}
    names |= {document.slug: document.slug for document in found}
    for document in found:
        blocks = tuple(_with(block, _known(block.links, names)) for block in document.blocks)
        yield document if blocks == document.blocks else replace(document, blocks=blocks)


def _known(links: Iterable[Link], names: Mapping[str, str]) -> Iterator[Link]:
    for link in links:
        address, sign, anchor = link.to.partition("#")
        name = names.get(address) or names.get(f"{address}/index") or address
        if "://" not in name:
            yield replace(link, to=f"{name}{sign}{anchor}")


def _with(block: Block, links: Iterator[Link]) -> Block:
    return replace(block, links=tuple(links)) if block.links else block
