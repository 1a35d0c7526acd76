"""Word documents and PDFs to titles and blocks; which file is which, and how long reading may take, are not decided here."""

from __future__ import annotations

import ctypes
import io
import re
import zipfile
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from xml.parsers.expat import ExpatError

import mammoth
import pypdfium2
from pypdfium2 import raw

from kb_index import markup
from kb_index.passage import Block

MAX_UNPACKED = 200_000_000
"""Bytes of a DOCX when unpacked: a file of 1 MB can hold a thousand times as much."""
MAX_PAGES = 2000
HEADING = 1.15
"""Letters so many times the size of the text make a heading."""

_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_LISTED = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•–])\s+\S")
_BULLET = re.compile(r"^\s*[•–]\s+")


def from_docx(data: bytes) -> tuple[str, tuple[Block, ...]]:
    """Title (of the style Title, else the first heading) and blocks. Raises ValueError for what is no Word document."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > MAX_UNPACKED:
                raise ValueError(f"larger than {MAX_UNPACKED:,} bytes when unpacked")
        page = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=_STYLES,
            convert_image=mammoth.images.img_element(lambda image: {}),
        ).value
    except (zipfile.BadZipFile, KeyError, ExpatError, OSError, NotImplementedError) as error:
        raise ValueError(f"not a Word document that can be read: {error}") from error
    return markup.from_html(page)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page, or two that a hyphen joins. `size`: of its letters, in points; `top` and `foot`: its first
    and last baseline, from the page's lower edge."""

    text: str
    size: float
    top: float
    foot: float
    page: int


def from_pdf(data: bytes) -> tuple[str, tuple[Block, ...]]:
    """Title and blocks anchored `page=N`. Raises ValueError for what is no PDF, is locked, or holds pictures alone."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise ValueError(f"not a PDF that can be read: {error}") from error
    try:
        if len(document) > MAX_PAGES:
            raise ValueError(f"more than {MAX_PAGES:,} pages")
        lines = _without_frames([_lines(document, number) for number in range(len(document))])
        title = document.get_metadata_dict().get("Title", "").strip()
    finally:
        document.close()
    if not lines:
        raise ValueError("it has no text (perhaps a scan)")
    body = _body_size(lines)
    largest = max(
        (line for line in lines if line.page == 1), key=lambda line: line.size, default=None
    )
    if largest is not None and largest.size >= HEADING * body:
        title = largest.text
        lines.remove(largest)
    return title, tuple(_blocks(lines, body))


def _lines(document: pypdfium2.PdfDocument, number: int) -> list[_Line]:
    page = document[number]
    text_page = page.get_textpage()
    found = []
    start = 0
    # One letter stands for each index here, so that an index of the text is one of the page.
    for text in text_page.get_text_range().split("\r\n"):
        at = start + len(text) - len(text.lstrip())
        start += len(text) + 2
        if text.strip():
            # The library marks a hyphen at a line's end so, and goes on with the next line.
            written = text.replace("\ufffe", "").strip()
            last = at + len(text.strip()) - 1
            size, top = _letter(text_page, at)
            found.append(_Line(written, size, top, _letter(text_page, last)[1], number + 1))
    text_page.close()
    page.close()
    return found


def _letter(text_page: pypdfium2.PdfTextPage, at: int) -> tuple[float, float]:
    """Size of a letter and its baseline."""
    x, y = ctypes.c_double(), ctypes.c_double()
    found = raw.FPDFText_GetCharOrigin(text_page, at, ctypes.byref(x), ctypes.byref(y))
    size = float(raw.FPDFText_GetFontSize(text_page, at))
    return round(size, 1), y.value if found else 0.0


def _without_frames(pages: list[list[_Line]]) -> list[_Line]:
    """All lines but those that stand on most pages, with other numbers perhaps: headers and footers."""
    seen = Counter(
        key for page in pages for key in {_shape(line) for line in [*page[:2], *page[-2:]]}
    )
    often = {key for key, count in seen.items() if len(pages) > 2 and count > len(pages) / 2}
    return [
        line
        for page in pages
        for place, line in enumerate(page)
        if not (_shape(line) in often and (place < 2 or place >= len(page) - 2))
    ]


def _shape(line: _Line) -> str:
    return re.sub(r"\d+", "0", line.text)


def _body_size(lines: list[_Line]) -> float:
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text)
    return letters.most_common(1)[0][0]


def _blocks(lines: list[_Line], body: float) -> list[Block]:
    sizes = sorted({line.size for line in lines if line.size >= HEADING * body}, reverse=True)
    usual = _usual_step(lines)
    levels: list[tuple[int, str]] = []
    blocks: list[Block] = []
    paragraph: list[_Line] = []
    for line in lines:
        is_heading = line.size in sizes and len(line.text.split()) <= 15
        if paragraph and (is_heading or _parts(paragraph[-1], line, usual)):
            blocks += _paragraph(paragraph, levels)
            paragraph = []
        if is_heading:
            level = sizes.index(line.size)
            levels = [*(item for item in levels if item[0] < level), (level, line.text)]
        else:
            paragraph.append(line)
    return blocks + _paragraph(paragraph, levels)


def _usual_step(lines: list[_Line]) -> float:
    steps = [
        before.foot - after.top
        for before, after in pairwise(lines)
        if before.page == after.page and before.foot > after.top
    ]
    return median(steps) if steps else 0.0


def _parts(before: _Line, after: _Line, usual: float) -> bool:
    """Whether a new paragraph begins: a gap, another size, or a page that begins after a full stop."""
    if before.page != after.page:
        return before.text.endswith((".", "!", "?", ":"))
    gap = before.foot - after.top
    return abs(before.size - after.size) > 0.5 or gap < 0 or gap > 1.4 * usual > 0


def _paragraph(lines: list[_Line], levels: list[tuple[int, str]]) -> list[Block]:
    if not lines:
        return []
    text = _BULLET.sub("- ", lines[0].text)
    for line in lines[1:]:
        if _LISTED.match(line.text):
            text += "\n" + _BULLET.sub("- ", line.text)
        elif text.endswith("-") and line.text[:1].islower():
            text = text[:-1] + line.text
        else:
            text += " " + line.text
    headings = tuple(heading for _, heading in levels)
    anchor = f"page={lines[0].page}"
    return [replace(block, headings=headings, anchor=anchor) for block in markup.from_text(text)]
