"""Makes one article of what a reader found and of what its front matter says; reading files is `parse`'s."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from kb_index.crosslinks import between, located
from kb_index.passage import Block, Document, Kind, Link


def document_of(
    slug: str, title: str, blocks: tuple[Block, ...], given: Mapping[str, Any]
) -> Document:
    """The article. `given`: values of its front matter, row or sidecar. Raises ValueError without title or text."""
    if not title.strip():
        raise ValueError("it has no title")
    if not blocks:
        raise ValueError("it has no text")
    tags = given.get("tags") or ()
    tags = [tag.strip() for tag in tags.split(",")] if isinstance(tags, str) else tags
    updated = given.get("updated") or ""
    origin = slug
    slug = str(given.get("slug") or given.get("id") or slug)
    url = str(given.get("url") or f"/help/{slug}")
    document = Document(
        slug=slug,
        title=title.strip(),
        blocks=located(blocks, origin, url),
        section=str(given.get("section") or ""),
        language=str(given.get("language") or "").lower()[:2],
        visibility=str(given.get("visibility") or "public"),
        brand=str(given.get("brand") or "default"),
        tags=tuple(str(tag) for tag in tags),
        updated=updated.isoformat()[:10] if isinstance(updated, date) else str(updated),
        url=url,
        origin=origin,
    )
    return replace(document, revision=revision_of(document))


def revision_of(document: Document) -> str:
    """Hash of everything a customer could be told from it; equal means that nothing has changed."""
    content = repr(replace(document, revision="")).encode()
    # An article without links hashes to what it did before there were any here.
    if links := [block.links for block in document.blocks if block.links]:
        content += repr(links).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def linked(documents: Iterable[Document]) -> Iterator[Document]:
    """The articles of one source with the links between them."""
    for document in between(documents):
        yield replace(document, revision=revision_of(document))


def document_from(described: Mapping[str, Any]) -> Document:
    """The reverse of `asdict`, after a way through JSON."""
    blocks = tuple(
        Block(
            Kind(block["kind"]),
            tuple(block["parts"]),
            tuple(block["headings"]),
            block["anchor"],
            tuple(Link(**link) for link in block["links"]),
        )
        for block in described["blocks"]
    )
    return Document(**{**described, "blocks": blocks, "tags": tuple(described["tags"])})
