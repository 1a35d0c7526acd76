"""Written answers as they are said: short, without links and marks, long numbers digit by digit. Pure; hearing is `voice_hearing`."""

from __future__ import annotations

import re
import unicodedata

from channels.voice_aloud import aloud
from channels.voice_phrases import phrase

_AT = {
    "en": ("at", "dot"),
    "es": ("arroba", "punto"),
    "de": ("at", "Punkt"),
    "fr": ("arobase", "point"),
    "pt": ("arroba", "ponto"),
    "ar": ("آت", "نقطة"),
}
_WORDS = {
    "en": {"e.g.": "for example", "i.e.": "that is", "etc.": "and so on", "&": "and"},
    "es": {"p. ej.": "por ejemplo", "etc.": "etcétera", "&": "y"},
    "de": {"z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "usw.": "und so weiter", "&": "und"},
    "fr": {"p. ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "etc.": "et cetera", "&": "et"},
    "pt": {"p. ex.": "por exemplo", "etc.": "et cetera", "&": "e"},
    "ar": {"&": "و"},
}
_HOURS = {
    "en": "hours",
    "es": "horas",
    "de": "Stunden",
    "fr": "heures",
    "pt": "horas",
    "ar": "ساعات",
}

_TITLED = re.compile(r"!?\[([^\]\n]*)\]\([^)\s]*\)")
_URL = re.compile(r"(?i)\b(?:https?://|www\.)[^\s<>\"]+?(?=[.,;:!?)\]]*(?:\s|$))")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MARKS = re.compile(r"\*\*|__|~~|`+|^\s{0,3}(?:#{1,6}\s+|>\s?)|^[ \t]*[-*•]\s+", re.MULTILINE)
_TICKET = re.compile(r"(?:#|\b[nN]°)\s?(\d{1,12})\b")
_PHONE = re.compile(r"\+\d[\d ().-]{6,18}\d")
_HOUR = re.compile(r"\b(\d+) ?h\b")
_CODE = re.compile(r"\b(?=[A-Z0-9-]*\d[A-Z0-9-]*\b)(?:[A-Z]{1,6}-?\d{2,}[A-Z0-9-]*|\d+-[\d-]*\d)\b")
_LONG = re.compile(r"\d{5,}")
_LINE = re.compile(r"\s*\n\s*")
_END = re.compile(r"(?<=[.!?…])\s+")
_NUMBER = re.compile(r"(?:\d{1,3}|[a-z])[.)]", re.IGNORECASE)
_SILENT = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cc", "Cf"})


def spoken(text: str, language: str) -> str:
    """The text as a voice reads it well; empty if it holds nothing to be said."""
    text = _TITLED.sub(r"\1", aloud(text))
    text = _URL.sub(phrase("link", language), text)
    text = _MAIL.sub(lambda found: _said_mail(found[0], language), text)
    text = _MARKS.sub("", text)
    for written, said in _WORDS.get(language[:2], {}).items():
        text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", said, text)
    text = _HOUR.sub(rf"\1 {_HOURS.get(language[:2], 'hours')}", text)
    text = _TICKET.sub(lambda found: f"{phrase('number', language)} {_spaced(found[1])}", text)
    for pattern in (_PHONE, _CODE, _LONG):
        text = pattern.sub(lambda found: _spaced(found[0]), text)
    text = _LINE.sub(_as_pause, text.strip())
    return " ".join("".join(filter(_is_said, text)).split())


def brief(text: str, characters: int) -> tuple[str, bool]:
    """As many whole sentences as fit into `characters`, at least the first, and whether any was left out."""
    if len(text) <= characters:
        return text, False
    kept = ""
    for sentence in _sentences(text):
        longer = f"{kept} {sentence}".strip()
        if kept and len(longer) > characters:
            break
        kept = longer
    return kept, kept != text


def _sentences(text: str) -> list[str]:
    """A list's number belongs to what follows it: "2." alone says nothing, least of all at the end."""
    found: list[str] = []
    for part in _END.split(text):
        if found and _NUMBER.fullmatch(found[-1]):
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    return found


def _said_mail(address: str, language: str) -> str:
    at, dot = _AT.get(language[:2], _AT["en"])
    return address.replace("@", f" {at} ").replace(".", f" {dot} ")


def _spaced(code: str) -> str:
    """`AB-1234` as `A B 1 2 3 4`."""
    return " ".join(filter(str.isalnum, code))


def _as_pause(found: re.Match[str]) -> str:
    """The end of a line is heard as the end of a sentence."""
    before = found.string[found.start() - 1]
    return " " if before in ".!?…:;," else ". "


def _is_said(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) not in _SILENT
