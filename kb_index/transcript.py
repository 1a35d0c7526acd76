"""Transcripts of videos (WebVTT, SubRip) to blocks that know their second; fetching videos does not belong here."""

from __future__ import annotations

import html
import re
from typing import Any

from kb_index.passage import Block, Kind

WORDS = 60
"""Words from which a block ends at the next end of a sentence: about half a minute of speech."""
MOST_WORDS = 120
"""Words at which it ends anyway: automatic captions have no full stops."""
PAUSE = 20
"""Seconds from one caption to the next after which another block begins, however short: a source leads to where it is said."""

_TIMES = re.compile(r"^((?:\d+:)?\d{1,2}:\d{2})[.,]\d{3}\s+-->\s")
_TAG = re.compile(r"<[^<>]{0,200}>")
_SPEAKER = re.compile(r"<v(?:\.[^\s>]*)?\s+([^<>]{1,60})>")
_SAID = re.compile(r"^([a-z]{2,12}):\s*(\S.*)$")


def from_cues(source: str) -> tuple[dict[str, Any], tuple[Block, ...]]:
    """What `NOTE name: value` lines say (title, url, language ...), and blocks anchored `t=SECONDS`.

    Captions that repeat what stood in the one before (as they roll over a screen) are read once.
    Raises ValueError when there is no cue at all.
    """
    said: dict[str, Any] = {}
    cues: list[tuple[int, str]] = []
    for paragraph in re.split(r"\n[ \t]*\n", source.replace("\r\n", "\n").replace("\r", "\n")):
        lines = paragraph.strip("\n").split("\n")
        if lines[0].startswith("NOTE"):
            said |= _notes(lines)
            continue
        at = next((n for n, line in enumerate(lines[:3]) if _TIMES.match(line)), None)
        if at is not None:
            text = _spoken(lines[at + 1 :], cues[-1][1] if cues else "")
            if text:
                cues.append((_seconds(lines[at]), text))
    if not cues:
        raise ValueError("it has no captions with times")
    return said, _blocks(cues)


def _notes(lines: list[str]) -> dict[str, str]:
    found = (_SAID.match(line.removeprefix("NOTE").strip()) for line in lines)
    return {match[1]: match[2] for match in found if match}


def _seconds(line: str) -> int:
    match = _TIMES.match(line)
    assert match is not None
    total = 0
    for part in match[1].split(":"):
        total = 60 * total + int(part)
    return total


def _spoken(lines: list[str], before: str) -> str:
    fresh = []
    for line in lines:
        speaker = _SPEAKER.search(line)
        plain = " ".join(html.unescape(_TAG.sub("", line)).split())
        if not plain or plain == before or before.endswith(plain):
            continue
        fresh.append(f"{speaker[1]}: {plain}" if speaker else plain)
    return " ".join(fresh)


def _blocks(cues: list[tuple[int, str]]) -> tuple[Block, ...]:
    blocks: list[Block] = []
    texts: list[str] = []
    begun, words = cues[0][0], 0
    last = begun
    for second, text in cues:
        if texts and second - last > PAUSE:
            blocks.append(_block(begun, texts))
            texts, words = [], 0
        if not texts:
            begun = second
        last = second
        texts.append(text)
        words += len(text.split())
        is_end = text.endswith((".", "!", "?", "…"))
        if (words >= WORDS and is_end) or words >= MOST_WORDS:
            blocks.append(_block(begun, texts))
            texts, words = [], 0
    if texts:
        blocks.append(_block(begun, texts))
    return tuple(blocks)


def _block(second: int, texts: list[str]) -> Block:
    return Block(Kind.SENTENCE, (" ".join(texts),), anchor=f"t={second}")
