"""Words with a simple form: what somebody said as paragraphs, lists, quotations and code. How they are typed is `bot.rich`, how a page shows them `core.rich_html`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import unquote


class Look(StrEnum):
    """Something that a channel can show of it; what it cannot is said in plain words."""

    BOLD = "bold"
    ITALIC = "italic"
    CODE = "code"
    BLOCK = "block"
    LIST = "list"
    QUOTE = "quote"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one look; `\\n` in them ends a line. `link`: an address of http, https or mailto."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of running words."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines that stand as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Points, numbered from `start` on; None: with dots."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Quotation:
    """Somebody else's words."""

    blocks: tuple[Block, ...]


Block: TypeAlias = Paragraph | CodeBlock | Listing | Quotation
Rich: TypeAlias = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A look of the characters from `start` to before `end` of a text."""

    look: Look
    start: int
    end: int
    link: str = ""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """Plain words, and where in them which look is: for channels that take both apart."""

    text: str
    marks: tuple[Mark, ...]


def plain(rich: Iterable[Block]) -> str:
    """Everything in readable words: points after a dash or their number, addresses behind their words."""
    return laid_out(rich, frozenset()).text


def laid_out(rich: Iterable[Block], shows: frozenset[Look]) -> LaidOut:
    """The words, with marks for the looks of `shows` that are said of characters; what stands in lines (points, and
    quotations where they cannot be shown) is written in signs. Addresses are written out unless links are shown."""
    page = _Page(shows)
    page.blocks(tuple(rich), "\n\n")
    return LaidOut("".join(page.parts), tuple(page.marks))


class _Page:
    def __init__(self, shows: frozenset[Look]) -> None:
        self.shows = shows
        self.parts: list[str] = []
        self.marks: list[Mark] = []
        self.at = 0
        self.margin = ""
        self._open: dict[tuple[object, ...], int] = {}

    def put(self, text: str, *looks: tuple[Look, str]) -> None:
        start = self.at
        if self.margin:
            text = text.replace("\n", f"\n{self.margin}")
        if not text:
            return
        self.parts.append(text)
        self.at += len(text)
        self._mark(start, [one for one in looks if one[0] in self.shows])

    def _mark(self, start: int, looks: Sequence[tuple[Look, str]]) -> None:
        """A look goes on where the words before had it too, inside of the same others: marks never cross."""
        before, self._open = self._open, {}
        for depth, (look, link) in enumerate(looks, 1):
            around = tuple(looks[:depth])
            place = before.get(around, len(self.marks))
            first = self.marks[place].start if around in before else start
            self.marks[place : place + 1] = [Mark(look, first, self.at, link)]
            self._open[around] = place

    def blocks(self, blocks: Sequence[Block], between: str) -> None:
        for place, block in enumerate(blocks):
            if place:
                self.put(between)
            self.block(block)

    def block(self, block: Block) -> None:
        match block:
            case Paragraph(runs):
                for run in runs:
                    self.run(run)
            case CodeBlock(text):
                self.put(text, (Look.BLOCK, ""))
            case Listing(items, start):
                self.listing(items, start)
            case Quotation(blocks):
                self.quotation(blocks)

    def run(self, run: Run) -> None:
        flags = {Look.BOLD: run.bold, Look.ITALIC: run.italic, Look.CODE: run.code}
        looks = [(Look.LINK, run.link)] if run.link else []
        looks += [(look, "") for look, is_so in flags.items() if is_so]
        self.put(run.text, *looks)
        if run.link and Look.LINK not in self.shows and not says_address(run):
            self.put(f" ({written_address(run.link)})")

    def listing(self, items: Sequence[Sequence[Block]], start: int | None) -> None:
        outer = self.margin
        for place, item in enumerate(items):
            if place:
                self.put("\n")
            sign = "- " if start is None else f"{start + place}. "
            self.put(sign)
            self.margin = outer + " " * len(sign)
            self.blocks(tuple(item), "\n")
            self.margin = outer

    def quotation(self, blocks: Sequence[Block]) -> None:
        if Look.QUOTE in self.shows:
            start = self.at
            self.blocks(blocks, "\n")
            if self.at > start:
                self.marks.append(Mark(Look.QUOTE, start, self.at))
            return
        outer = self.margin
        self.put("> ")
        self.margin = outer + "> "
        self.blocks(blocks, "\n")
        self.margin = outer


def written_address(link: str) -> str:
    """A link as it is read: a mail address without its scheme."""
    return unquote(link[7:]) if link.startswith("mailto:") else link


def says_address(run: Run) -> bool:
    """Do the words say where they lead?"""
    said = run.text.strip().rstrip("/")
    return said in {run.link.rstrip("/"), written_address(run.link).rstrip("/")}


def has_form(rich: Iterable[Block]) -> bool:
    """False for what plain words say as well: paragraphs in which no look is, but for addresses."""
    return not all(
        isinstance(block, Paragraph)
        and not any(
            run.bold or run.italic or run.code or (run.link and not says_address(run))
            for run in block.runs
        )
        for block in rich
    )


def as_json(rich: Iterable[Block]) -> list[dict[str, Any]]:
    """Plain JSON of it, as it is kept and as our own chat reads it: short names, nothing that is empty."""
    return [_block_json(block) for block in rich]


def _block_json(block: Block) -> dict[str, Any]:
    match block:
        case Paragraph(runs):
            return {"p": [_run_json(run) for run in runs]}
        case CodeBlock(text):
            return {"pre": text}
        case Listing(items, start):
            told = {"li": [as_json(item) for item in items]}
            return told if start is None else {**told, "start": start}
        case Quotation(blocks):
            return {"q": as_json(blocks)}


def _run_json(run: Run) -> dict[str, Any]:
    looks = {"b": run.bold, "i": run.italic, "c": run.code}
    told: dict[str, Any] = {"t": run.text, **{name: 1 for name, is_so in looks.items() if is_so}}
    return {**told, "a": run.link} if run.link else told


def rich_of(value: Iterable[Mapping[str, Any]]) -> Rich:
    """What `as_json` told."""
    return tuple(_block_of(one) for one in value)


def _block_of(told: Mapping[str, Any]) -> Block:
    if "p" in told:
        return Paragraph(tuple(_run_of(one) for one in told["p"]))
    if "pre" in told:
        return CodeBlock(str(told["pre"]))
    if "q" in told:
        return Quotation(rich_of(told["q"]))
    return Listing(tuple(rich_of(item) for item in told["li"]), told.get("start"))


def _run_of(told: Mapping[str, Any]) -> Run:
    bold, italic, code = (bool(told.get(name)) for name in ("b", "i", "c"))
    return Run(str(told["t"]), bold, italic, code, str(told.get("a", "")))
