"""Shapes what is to be said to what a channel can show: sentences, numbered choices, sources as lines. Sending is `bot.deliver`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.texts import text
from channels.contract import Capabilities
from core.message import Button

_BREAKS = re.compile(r"(?<=[.!?…。])\s+|\n+")


def shaped(
    words: str,
    citations: Sequence[tuple[str, str]],
    buttons: Sequence[Button],
    can: Capabilities,
    language: str,
) -> list[str]:
    """The texts of the messages to send, in order; citations are (title, url) pairs.

    The last one carries the choices, as buttons where the channel has enough of them, else as numbered text.
    """
    whole = words
    if citations and not can.citations:
        lines = [f"- {title}: {url}" for title, url in dict.fromkeys(citations)]
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
