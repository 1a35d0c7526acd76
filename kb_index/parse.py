"""One file to its articles: which reader reads which ending. Runs in the bounded process that `bounded` starts.

Markdown, HTML, DOCX, PDF, VTT and SRT hold one article; JSON lines and tables (`.gz` too) hold one in each row. What a file
cannot say of itself (visibility, language, address) stands in a file beside it: `guide.pdf.yml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from selectolax.lexbor import LexborHTMLParser

from kb_index import markup, office, transcript
from kb_index.document import document_of
from kb_index.passage import Block, Document, Unreadable
from kb_index.rows import BROKEN, ENDINGS, listed, read_row, rows_of, suffix_of

MAX_BYTES = 5_000_000
"""Of one article of text: more than a long handbook's; a larger file is reported, not read."""
MAX_OFFICE_BYTES = 50_000_000
"""Of a DOCX or PDF, most of which is pictures."""

Read = Callable[[bytes], tuple[dict[str, Any], str, tuple[Block, ...]]]
"""Bytes to what the file says of itself, its title (may be empty) and its blocks."""

_COLUMNS = ("id", "slug", "text", "title", "question", "answer", "answers")
_TOO_DEEP = "parts of it lie within one another too deeply"


def is_read(file: Path) -> bool:
    """Whether files of this name are articles."""
    if file.name.lower() == "readme.md":
        return False
    return suffix_of(file) in ENDINGS or file.suffix.lower() in _READERS


def parse_file(file: Path, root: Path, text_column: str) -> Iterator[Document | Unreadable]:
    """The articles of one file; `root`: the folder their names are relative to."""
    if suffix_of(file) in ENDINGS:
        yield from _read_rows(file, text_column)
    elif file.suffix.lower() in _READERS:
        yield _read_article(file, root)


def _read_article(file: Path, root: Path) -> Document | Unreadable:
    name = str(file.relative_to(root))
    suffix = file.suffix.lower()
    try:
        most = MAX_OFFICE_BYTES if suffix in {".docx", ".pdf"} else MAX_BYTES
        if file.stat().st_size > most:
            return Unreadable(name, f"larger than {most:,} bytes")
        said, heading, blocks = _READERS[suffix](file.read_bytes())
        given = {**said, **_beside(file)}
        slug = str(Path(name).with_suffix("")).replace("\\", "/")
        title = str(given.get("title") or heading or _title_of(file))
        if suffix in {".md", ".markdown", ".html", ".htm"} and not (given.get("title") or heading):
            title = (
                ""  # there the file has a place for its title, and leaving it empty is a mistake
            )
        return document_of(slug, title, blocks, given)
    except UnicodeDecodeError as error:
        return Unreadable(name, f"not UTF-8 at byte {error.start}")
    except RecursionError:
        return Unreadable(name, _TOO_DEEP)
    except (yaml.YAMLError, ValueError, TypeError, OSError) as error:
        return Unreadable(name, str(error).replace("\n", " "))


def _title_of(file: Path) -> str:
    return re.sub(r"[-_]+", " ", file.stem).strip().capitalize()


def _beside(file: Path) -> dict[str, Any]:
    path = file.with_name(file.name + ".yml")
    if not path.is_file():
        return {}
    given = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    if not isinstance(given, dict):
        raise ValueError(f"{path.name} is not a list of `name: value`")
    return given


def _decoded(data: bytes) -> str:
    """UTF-8, or UTF-16 where a mark of order at the beginning says so, as Windows writes it."""
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def _markdown(data: bytes) -> tuple[dict[str, Any], str, tuple[Block, ...]]:
    said, body = _front_matter(_decoded(data))
    return (said, *markup.from_markdown(body))


def _html(data: bytes) -> tuple[dict[str, Any], str, tuple[Block, ...]]:
    said, body = _front_matter(_decoded(data))
    return ({**_html_meta(body), **said}, *markup.from_html(body))


def _docx(data: bytes) -> tuple[dict[str, Any], str, tuple[Block, ...]]:
    return ({}, *office.from_docx(data))


def _pdf(data: bytes) -> tuple[dict[str, Any], str, tuple[Block, ...]]:
    return ({}, *office.from_pdf(data))


def _transcript(data: bytes) -> tuple[dict[str, Any], str, tuple[Block, ...]]:
    said, blocks = transcript.from_cues(_decoded(data))
    return said, "", blocks


_READERS: dict[str, Read] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".docx": _docx,
    ".pdf": _pdf,
    ".vtt": _transcript,
    ".srt": _transcript,
}


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


def _read_rows(file: Path, text_column: str) -> Iterator[Document | Unreadable]:
    number = 0
    try:
        for number, row in rows_of(file, {text_column, *_COLUMNS}):
            where = f"{file.name}:{number}"
            try:
                yield _row_document(read_row(row), number, text_column)
            except RecursionError:
                yield Unreadable(where, _TOO_DEEP)
            except (ValueError, TypeError, KeyError) as error:
                yield Unreadable(where, str(error))
    except RecursionError:
        yield Unreadable(file.name, _TOO_DEEP)
    except (ValueError, *BROKEN) as error:
        yield Unreadable(f"{file.name}:{number + 1}", f"unreadable from here: {error}")


def _row_document(given: Mapping[str, Any], number: int, text_column: str) -> Document:
    """A row is `id, text[, title]` or `id, question, answers` (a list) or `answer`."""
    names = (given.get("id"), given.get("slug"), f"row-{number}")
    slug = next(str(name) for name in names if name or name == 0)
    question = str(given.get("question") or "")
    answers = listed(given.get("answers") or given.get("answer"))
    if question and answers:
        texts = [answers] if isinstance(answers, (str, Mapping)) else list(answers)
        said = [text.get("text") if isinstance(text, Mapping) else text for text in texts]
        blocks = tuple(block for text in said for block in markup.from_text(str(text or "")))
        return document_of(slug, str(given.get("title") or question), blocks, given)
    text = given.get(text_column) or given.get("text")
    if not text:
        raise ValueError(f"it has neither {text_column!r} nor question and answers")
    title = str(given.get("title") or "")
    blocks = markup.from_text(str(text))
    return document_of(slug, title or _first_words(blocks), blocks, given)


def _first_words(blocks: tuple[Block, ...]) -> str:
    text = blocks[0].parts[0] if blocks else ""
    return text if len(text) <= 80 else text[:80].rsplit(" ", 1)[0] + " ..."
