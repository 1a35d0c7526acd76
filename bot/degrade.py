"""Shapes what is to be said to what a channel can show: sentences, numbered choices, sources as lines. Sending is `bot.deliver`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from bot.texts import text
from channels.contract import Capabilities, Channel
from channels.contract_forms import looks_of
from core.knowledge import Citation
from core.message import Button
from core.rich import Block, CodeBlock, Listing, Paragraph, Quotation, Rich, Run, plain
from core.rich_html import html_of

_BREAKS = re.compile(r"(?<=[.!?…。])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One message: its plain words, and the same with their form where the channel shows any."""

    text: str
    rich: Rich = ()


def pieces_of(
    words: str,
    rich: Rich,
    citations: Sequence[Citation],
    buttons: Sequence[Button],
    channel: Channel,
    language: str,
) -> list[Piece]:
    """The messages to send, in order. What has sources or choices has no form: those are added in words."""
    can = channel.can
    if not rich or citations or buttons or not looks_of(channel):
        return [Piece(one) for one in shaped(words, citations, buttons, can, language)]
    parts = _parted(rich, can)
    return [Piece(words if len(parts) == 1 else plain(part), part) for part in parts]


def _parted(rich: Rich, can: Capabilities) -> list[Rich]:
    """Parts that have room in a message each, cut between blocks, then between points, lines and words. Measured as a
    page, which is longer than what any provider gets."""
    parts: list[Rich] = []
    used = can.text_length
    for block in rich:
        size = _size(block, can)
        if used + size <= can.text_length:
            parts[-1] += (block,)
            used += size
            continue
        parts += [(one,) for one in _pressed(block, can)]
        used = _size(parts[-1][0], can)
    return parts


def _pressed(block: Block, can: Capabilities) -> list[Block]:
    """The block in as many as it takes; what cannot be cut goes as plain words."""
    if _size(block, can) <= can.text_length:
        return [block]
    if (halves := _halves(block)) is not None:
        return [one for half in halves for one in _pressed(half, can)]
    pieces = split(plain((block,)), can.text_length, in_bytes=can.text_in_bytes)
    return [Paragraph((Run(one),)) for one in pieces]


def _size(block: Block, can: Capabilities) -> int:
    page = html_of((block,))
    return len(page.encode() if can.text_in_bytes else page)


def _halves(block: Block) -> tuple[Block, Block] | None:
    """A block as two of its kind; None where it is one word."""
    match block:
        case Listing(items, start) if len(items) > 1:
            half = len(items) // 2
            after = None if start is None else start + half
            return Listing(items[:half], start), Listing(items[half:], after)
        case Listing((item,), start) if (parts := _halved(item)) is not None:
            return Listing((parts[0],), start), Listing((parts[1],), start)
        case Quotation(blocks) if (parts := _halved(blocks)) is not None:
            return Quotation(parts[0]), Quotation(parts[1])
        case CodeBlock(words) if (cut := _middle(words)) is not None:
            return CodeBlock(words[:cut].removesuffix("\n")), CodeBlock(words[cut:])
        case Paragraph(runs):
            return _halves_of_runs(runs)
    return None


def _halved(blocks: Rich) -> tuple[Rich, Rich] | None:
    if len(blocks) > 1:
        half = len(blocks) // 2
        return blocks[:half], blocks[half:]
    halves = _halves(blocks[0]) if blocks else None
    return None if halves is None else ((halves[0],), (halves[1],))


def _halves_of_runs(runs: tuple[Run, ...]) -> tuple[Paragraph, Paragraph] | None:
    """Cut at a space of the words near the middle, else between two looks; both halves of a link lead there."""
    before, half = 0, sum(len(run.text) for run in runs) // 2
    for place, run in enumerate(runs):
        if before + len(run.text) <= half and place < len(runs) - 1:
            before += len(run.text)
            continue
        if (cut := _middle(run.text, half - before)) is not None:
            ends, goes_on = replace(run, text=run.text[:cut]), replace(run, text=run.text[cut:])
            return Paragraph((*runs[:place], ends)), Paragraph((goes_on, *runs[place + 1 :]))
        if len(runs) > 1:
            cut = place or 1
            return Paragraph(runs[:cut]), Paragraph(runs[cut:])
    return None


def _middle(text: str, near: int | None = None) -> int | None:
    """Where to cut: behind the last line or space before the middle, else behind the first after it; else inside a
    long word. None for a letter or two."""
    middle = min(max(1, len(text) // 2 if near is None else near), max(1, len(text) - 1))
    for sign in ("\n", " "):
        if (cut := text.rfind(sign, 1, middle)) > 0:
            return cut + 1
    after: Iterable[int] = (text.find(sign, middle, -1) for sign in ("\n", " "))
    if found := [cut for cut in after if cut > 0]:
        return min(found) + 1
    return middle if len(text) > 1 else None


def links_of(citations: Iterable[Citation], public_url: str) -> tuple[Citation, ...]:
    """Each page that is cited, once, with its address at the section that was cited first. Our own pages are addressed from
    `public_url`, for what is sent is read elsewhere."""
    found: dict[tuple[str, str], Citation] = {}
    for item in citations:
        page = urljoin(f"{public_url}/", item.url)
        address = f"{page}#{item.anchor}" if item.anchor else page
        found.setdefault((item.title, page), replace(item, url=address, anchor=""))
    return tuple(found.values())


def shaped(
    words: str,
    citations: Sequence[Citation],
    buttons: Sequence[Button],
    can: Capabilities,
    language: str,
) -> list[str]:
    """The texts of the messages to send, in order; `citations`: as `links_of` gives them.

    The last one carries the choices, as buttons where the channel has enough of them, else as numbered text.
    """
    whole = words
    if citations and not can.citations:
        lines = [f"- {item.title}: {item.url}" for item in citations]
        whole += "\n\n" + text("sources", language) + ":\n" + "\n".join(lines)
    if len(buttons) > can.buttons:
        lines = [f"{place}. {button.title}" for place, button in enumerate(buttons, 1)]
        whole += "\n\n" + text("choose", language) + "\n" + "\n".join(lines)
    return split(whole, can.text_length, in_bytes=can.text_in_bytes)


def split(words: str, length: int, *, in_bytes: bool = False) -> list[str]:
    """Pieces of at most `length` characters (or bytes), cut at lines or sentences, at spaces where a sentence is
    too long, inside a word only where nothing else is left. Nothing but white space at the cuts is lost."""
    pieces: list[str] = []
    rest = words.strip()
    while len(rest) > (room := _room(rest, length) if in_bytes else length):
        cut = _cut(rest, room)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*pieces, rest] if rest or not pieces else pieces


def _room(rest: str, size: int) -> int:
    """How many characters have room in so many bytes."""
    return len(rest[:size].encode()[:size].decode(errors="ignore"))


def _cut(rest: str, length: int) -> int:
    ends = [match.start() for match in _BREAKS.finditer(rest, 0, length + 1)]
    if ends and ends[-1] > 0:
        return ends[-1]
    space = rest.rfind(" ", 1, length + 1)
    return space if space > 0 else length


def chosen(answer: str, buttons: Sequence[Button]) -> str:
    """What a customer meant who was offered choices: the value of the one whose number or title they
    wrote, else their own words."""
    plain = answer.strip().rstrip(".)").casefold()
    if plain.isdecimal() and 1 <= int(plain) <= len(buttons):
        return buttons[int(plain) - 1].value
    for button in buttons:
        if plain == button.title.casefold():
            return button.value
    return answer
