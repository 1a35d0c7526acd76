"""Dates in customers' words to ISO 8601, in the languages that the bot speaks; other entities do not belong here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from nlu.held import Words, as_matched, may_hold, telling_words

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene januar jänner janvier janeiro يناير",
            "february feb febrero februar février fevrier fevereiro فبراير",
            "march mar marzo märz mär mars março marco مارس",
            "april apr abril abr avril أبريل",
            "may mayo mai maio مايو",
            "june jun junio juni juin junho يونيو",
            "july jul julio juli juillet julho يوليو",
            "august aug agosto ago août aout أغسطس",
            "september sept sep septiembre setiembre septembre setembro سبتمبر",
            "october oct octubre oktober okt octobre outubro أكتوبر",
            "november nov noviembre novembre novembro نوفمبر",
            "december dec diciembre dic dezember dez décembre decembre dezembro ديسمبر",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday lunes montag lundi segunda-feira",
            "tuesday martes dienstag mardi terça-feira",
            "wednesday miércoles miercoles mittwoch mercredi quarta-feira",
            "thursday jueves donnerstag jeudi quinta-feira",
            "friday viernes freitag vendredi sexta-feira",
            "saturday sábado sabado samstag samedi",
            "sunday domingo sonntag dimanche",
        )
    )
    for name in names.split()
}
_RELATIVE: Final = {
    "the day before yesterday": -2,
    "day before yesterday": -2,
    "anteayer": -2,
    "vorgestern": -2,
    "yesterday": -1,
    "ayer": -1,
    "gestern": -1,
    "today": 0,
    "hoy": 0,
    "heute": 0,
    "tomorrow": 1,
    "übermorgen": 2,
    "avant-hier": -2,
    "aujourd'hui": 0,
    "demain": 1,
    "anteontem": -2,
    "ontem": -1,
    "hoje": 0,
    "amanhã": 1,
    "أمس": -1,
    "غدا": 1,
}
"""French `hier` is missing, because it is German for "here"."""

_AHEAD: Final = timedelta(days=60)
"""A day without a year lies in the past, unless it comes within these days."""

_MONTH_FIRST_IN: Final = frozenset({"US", "PH", "PR", "GU", "VI", "AS", "MP", "UM"})
"""Countries where English dates in figures begin with the month (CLDR)."""

_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_NUMERIC = re.compile(
    r"(?<![\w./-])(?:(?P<y>(?:19|20)\d\d)-(?P<m>\d\d?)-(?P<d>\d\d?)"
    r"|(?P<a>\d{1,2})(?P<sep>[./-])(?P<b>\d{1,2})(?P=sep)(?P<year>(?:19|20)\d\d|\d\d))(?![\w/-]|\.\d)"
)
_DAY_FIRST = re.compile(
    rf"(?<!\w)(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?({_MONTH})\b\.?"
    r"(?:,?\s+(?:de[l]?\s+)?((?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b({_MONTH})\b\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:[:]|[.,]\d|%|€|\$))(?:,?\s+((?:19|20)\d\d)\b)?",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"\b(" + "|".join(sorted(_RELATIVE, key=len, reverse=True)) + r")\b"
    r"|\b(?:(last|next|this|past|letzten|letzte|nächsten|nächste|diesen|el pasado|el próximo|el)\s+)?"
    r"(" + "|".join(_WEEKDAYS) + r")(?:\s+(pasado|próximo))?\b",
    re.IGNORECASE,
)
_DAY_WORDS = telling_words((*_RELATIVE, *_WEEKDAYS))
_FUTURE = frozenset({"next", "nächsten", "nächste", "el próximo", "próximo"})


def find_dates(
    text: str, language: str = "en", today: date | None = None, region: str = "US"
) -> Iterator[tuple[int, int, str]]:
    """Each date as (start, end, value), value in ISO 8601; `--11-23` where the year is not known.

    "03/04/2026" is read month first in English where the company's `region` (ISO 3166) writes so, and day first otherwise. Words such as "yesterday" or
    "last Tuesday" are found only when `today`, in the customer's time zone, is given; a weekday alone means the
    last one, as customers of a help desk nearly always speak of what went wrong.
    """
    for match in _NUMERIC.finditer(text):
        if value := _numeric(match, month_first=language == "en" and region in _MONTH_FIRST_IN):
            yield match.start(), match.end(), value
    for match in _DAY_FIRST.finditer(text):
        if value := _named(match[3], match[2], match[1], today):
            yield match.start(), match.end(), value
    for match in _MONTH_FIRST.finditer(text):
        if value := _named(match[3], match[1], match[2], today):
            yield match.start(), match.end(), value
    if today is not None:
        yield from find_days(text, today)


def find_days(text: str, today: date, held: Words = None) -> Iterator[tuple[int, int, str]]:
    """Days in words alone, as `find_dates`. `held`: the words of the text, where somebody has looked."""
    if may_hold(held, _DAY_WORDS):
        for match in _WORDS.finditer(text):
            yield match.start(), match.end(), _in_words(match, today).isoformat()


def _numeric(match: re.Match[str], *, month_first: bool) -> str:
    if match["y"]:
        return _iso(int(match["y"]), int(match["m"]), int(match["d"]))
    first, second, year = int(match["a"]), int(match["b"]), int(match["year"])
    # Dots are German: the day always comes first there.
    if match["sep"] == ".":
        month_first = False
    month, day = (first, second) if month_first else (second, first)
    if month > 12:
        month, day = day, month
    return _iso(year if year > 99 else 2000 + year, month, day)


def _named(year: str | None, month: str, day: str, today: date | None) -> str:
    if month == "may":
        return ""  # the verb: "I may 3 times ..."; the month is written with a capital
    number = _MONTHS[as_matched(month)]
    if year:
        return _iso(int(year), number, int(day))
    if not _iso(2000, number, int(day)):
        return ""
    if today is None:
        return f"--{number:02}-{int(day):02}"
    candidates = [_iso(today.year + shift, number, int(day)) for shift in (-1, 0, 1)]
    near = [value for value in candidates if value and value <= str(today + _AHEAD)]
    return max(near, default="")


def _in_words(match: re.Match[str], today: date) -> date:
    if match[1]:
        return today + timedelta(days=_RELATIVE[as_matched(match[1])])
    weekday = _WEEKDAYS[as_matched(match[3])]
    if _FUTURE & {(match[2] or "").lower(), (match[4] or "").lower()}:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    return today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1)


def _iso(year: int, month: int, day: int) -> str:
    """Empty when there is no such day."""
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
