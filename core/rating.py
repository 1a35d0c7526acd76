"""How a rating is written that is nothing else: stars, which only a button of the question sends, or a bare number. Words for ratings are `bot.survey_words`."""

from __future__ import annotations

import re

MOST = 5
_STARS = re.compile(r"\s*(★{1,5})(☆{0,4})\s*")
_NUMBER = re.compile(r"\s*([1-5])[.!]*\s*")


def stars(rating: int) -> str:
    """What a button of the question brings back: `★★★★☆`, which nobody types as an answer to anything else."""
    return "★" * rating + "☆" * (MOST - rating)


def pressed(text: str) -> int | None:
    """The rating that a button of the question brought."""
    found = _STARS.fullmatch(text)
    return len(found[1]) if found and len(found[1]) + len(found[2]) == MOST else None


def number(text: str) -> int | None:
    """The rating in a bare number, which may mean something else too."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def may_rate(text: str) -> bool:
    """Is this a rating and nothing else, if it answers the question at all?"""
    return pressed(text) is not None or number(text) is not None
