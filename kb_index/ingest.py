"""Reads articles from folders and files, and says what an ingest must do; cutting them into passages and indexing do not belong here.

What a format says is `parse`'s; that no file can harm who reads it, `bounded`'s. What cannot be read is reported
with its reason, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb_index.bounded import Reader
from kb_index.parse import is_read
from kb_index.passage import Document, Unreadable


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
    with Reader() as reader:
        if path.is_file():
            if is_read(path):
                yield from reader.read(path, path.parent, text_column)
            return
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            if file.is_file() and not hidden and is_read(file):
                yield from reader.read(file, path, text_column)


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
