"""What pages say of languages: their names, and which of them no article is written in. Counting is `store.languages`'."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import get_language_info

from store.languages import unwritten_languages
from web.house import house


@dataclass(frozen=True, slots=True)
class Hint:
    """A language without an article; `conversations` of `of` looked at were in it, 0 where only the company names it."""

    name: str
    conversations: int
    of: int


def language_name(code: str) -> str:
    """What its speakers call it; the code where Django does not know it."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def without_articles(brand: str) -> list[Hint]:
    """Languages that customers of the brand write in and no article is in, where none is found across languages."""
    found = unwritten_languages(brand, house().clock())
    return [Hint(language_name(one.language), one.conversations, one.of) for one in found]
