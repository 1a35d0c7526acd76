"""Reads articles from folders and files; cutting them into passages and indexing do not belong here.

Formats: a folder of Markdown or HTML with YAML front matter, or rows of JSONL or CSV (`.gz` too). What cannot
be read is reported with its reason, and the rest goes on.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from selectolax.lexbor import LexborHTMLParser

from kb_index import markup
from kb_index.passage import Block, Document, Unreadable

MAX_BYTES = 5_000_000
"""Of one article: more than a long handbook's text; a larger file is reported, not read."""

_ARTICLES = {".md", ".markdown", ".html", ".htm"}
_ROWS = {".jsonl", ".csv"}


def read_source(path: Path, *, text_column: str = "text") -> Iterator[Document | Unreadable]:
    """All articles of a folder (recursively, in the order of names) or of one file.

    `text_column`: the column of a JSONL or CSV file that holds the text, where it is not `text`.
    Hidden files, `README.md` and files of other kinds are passed over. Raises FileNotFoundError.
    """
    if not path.exists():
        raise FileNotFoundError(f"There is no {path}.")
    seen: dict[str, str] = {}
    for document in _read(path, text_column):
        if isinstance(document, Document):
            if document.slug in seen:
                where = f"{document.slug} ({document.title})"
                yield Unreadable(where, f"its name is taken already by {seen[document.slug]!r}")
                continue
            seen[document.slug] = document.title
        yield document


def _read(path: Path, text_column: str) -> Iterator[Document | Unreadable]:
    if path.is_file():
        yield from _read_file(path, path.parent, text_column)
        return
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
        if file.is_file() and not hidden and file.name.lower() != "readme.md":
            yield from _read_file(file, path, text_column)


def _read_file(file: Path, root: Path, text_column: str) -> Iterator[Document | Unreadable]:
    suffix = Path(file.name.removesuffix(".gz")).suffix.lower()
    if suffix in _ROWS:
        yield from _read_rows(file, suffix, text_column)
    elif suffix in _ARTICLES:
        yield _read_article(file, root)


def _read_article(file: Path, root: Path) -> Document | Unreadable:
    name = str(file.relative_to(root))
    try:
        if file.stat().st_size > MAX_BYTES:
            return Unreadable(name, f"larger than {MAX_BYTES:,} bytes")
        source = file.read_bytes().decode("utf-8-sig")
        front, body = _front_matter(source)
        is_html = file.suffix.lower() in {".html", ".htm"}
        heading, blocks = markup.from_html(body) if is_html else markup.from_markdown(body)
        slug = str(Path(name).with_suffix("")).replace("\\", "/")
        given = {**(_html_meta(body) if is_html else {}), **front}
        return _document(slug, str(given.get("title") or heading), blocks, given)
    except UnicodeDecodeError as error:
        return Unreadable(name, f"not UTF-8 at byte {error.start}")
    except (yaml.YAMLError, ValueError, OSError) as error:
        return Unreadable(name, str(error).replace("\n", " "))


def _front_matter(source: str) -> tuple[dict[str, Any], str]:
    if not source.startswith("---\n") and not source.startswith("---\r\n"):
        return {}, source
    head, found, body = source.removeprefix("---").partition("\n---")
    if not found:
        raise ValueError("its front matter has no end (a line of three dashes)")
    given = yaml.safe_load(head) or {}
    if not isinstance(given, dict):
        raise ValueError("its front matter is not a list of `name: value`")
    return given, body.lstrip("-").lstrip()


def _html_meta(source: str) -> dict[str, Any]:
    page = LexborHTMLParser(source)
    given: dict[str, Any] = {}
    if page.root is not None and page.root.attributes.get("lang"):
        given["language"] = str(page.root.attributes["lang"])[:2].lower()
    for meta in page.css("meta[name][content]"):
        name = str(meta.attributes["name"]).lower()
        if name in {"section", "visibility", "updated", "tags", "language", "brand"}:
            given[name] = meta.attributes["content"]
    return given


def _document(
    slug: str, title: str, blocks: tuple[Block, ...], given: Mapping[str, Any]
) -> Document:
    if not title.strip():
        raise ValueError("it has no title")
    if not blocks:
        raise ValueError("it has no text")
    tags = given.get("tags") or ()
    tags = [tag.strip() for tag in tags.split(",")] if isinstance(tags, str) else tags
    updated = given.get("updated") or ""
    slug = str(given.get("slug") or given.get("id") or slug)
    document = Document(
        slug=slug,
        title=title.strip(),
        blocks=blocks,
        section=str(given.get("section") or ""),
        language=str(given.get("language") or "").lower()[:2],
        visibility=str(given.get("visibility") or "public"),
        brand=str(given.get("brand") or "default"),
        tags=tuple(str(tag) for tag in tags),
        updated=updated.isoformat()[:10] if isinstance(updated, date) else str(updated),
        url=str(given.get("url") or f"/help/{slug}"),
    )
    return replace(document, revision=revision_of(document))


def revision_of(document: Document) -> str:
    """Hash of everything a customer could be told from it; equal means that nothing has changed."""
    content = repr(replace(document, revision="")).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _read_rows(file: Path, suffix: str, text_column: str) -> Iterator[Document | Unreadable]:
    number = 0
    try:
        with _open(file) as lines:
            rows: Iterable[Any] = csv.DictReader(lines) if suffix == ".csv" else lines
            for number, row in enumerate(rows, start=1):
                if isinstance(row, str) and not row.strip():
                    continue
                where = f"{file.name}:{number}"
                try:
                    given = json.loads(row) if isinstance(row, str) else row
                    yield _row_document(given, number, text_column)
                except (ValueError, TypeError, KeyError) as error:
                    yield Unreadable(where, str(error))
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        yield Unreadable(f"{file.name}:{number + 1}", f"unreadable from here: {error}")


def _open(file: Path) -> io.TextIOBase:
    if file.name.endswith(".gz"):
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def _row_document(given: Mapping[str, Any], number: int, text_column: str) -> Document:
    """A row is `id, text[, title]` or `id, question, answers` (a list) or `answer`."""
    if not isinstance(given, Mapping):
        raise ValueError("not an object with named values")
    slug = str(given.get("id") or given.get("slug") or f"row-{number}")
    question = str(given.get("question") or "")
    answers = given.get("answers") or given.get("answer")
    if question and answers:
        texts = [answers] if isinstance(answers, str) else list(answers)
        blocks = tuple(block for text in texts for block in markup.from_text(str(text)))
        return _document(slug, str(given.get("title") or question), blocks, given)
    text = given.get(text_column)
    if not text:
        raise ValueError(f"it has neither {text_column!r} nor question and answers")
    title = str(given.get("title") or "")
    blocks = markup.from_text(str(text))
    return _document(slug, title or _first_words(blocks), blocks, given)


def _first_words(blocks: tuple[Block, ...]) -> str:
    text = blocks[0].parts[0] if blocks else ""
    return text if len(text) <= 80 else text[:80].rsplit(" ", 1)[0] + " ..."


@dataclass(frozen=True, slots=True)
class Changes:
    """What an ingest must do: slugs to delete, documents to index anew, how many stay as they are."""

    added: tuple[Document, ...]
    changed: tuple[Document, ...]
    removed: tuple[str, ...]
    unchanged: int


def compare(known: Mapping[str, str], documents: list[Document]) -> Changes:
    """`known`: slug to revision of what is indexed now. Articles gone from the source are removed."""
    found = {document.slug for document in documents}
    new = [document for document in documents if document.slug not in known]
    changed = [d for d in documents if d.slug in known and known[d.slug] != d.revision]
    return Changes(
        added=tuple(new),
        changed=tuple(changed),
        removed=tuple(sorted(slug for slug in known if slug not in found)),
        unchanged=len(documents) - len(new) - len(changed),
    )
