"""Whether a help page helped whoever read it. Its page is `web.portal`'s, what it teaches `bot.gaps`'."""

from __future__ import annotations

from bot.house import House
from core.redaction import redact
from store.article_ratings import rate_article
from store.models import Revision

LONGEST = 500
"""Characters of what was missing that are kept."""


def rate(house: House, page: Revision, source: str, helpful: bool, why: str = "") -> bool:
    """The word of a reader at this network address; False where it is not counted, see `MOST_A_DAY`."""
    now = house.clock()
    visitor = house.vault.lookup("article rating", now.date().isoformat(), source)
    words = redact(why.strip()[:LONGEST])
    return rate_article(house.vault, page, visitor, helpful, words, now)
