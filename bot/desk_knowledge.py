"""What colleagues look up in the knowledge base: articles they may read, and what the assistant would answer."""

from __future__ import annotations

import asyncio

from django.db.models import QuerySet

from bot.bootstrap import build_dialogue
from bot.dialogue import Understanding
from bot.house import House
from bot.permissions import May, may
from core.errors import DialogueFailed, TemporaryFailure
from core.knowledge import EVERYWHERE, Within
from store.models import Article, User

PUBLIC = "public"


def articles_of(user: User) -> QuerySet[Article]:
    """The live articles that this person may read: public ones, and all for those who write them."""
    rows = Article.objects.filter(removed_at=None, live_revision__isnull=False)
    if may(user, May.WRITE_ARTICLES):
        return rows
    return rows.filter(visibility=PUBLIC)


def nearest(house: House, user: User, question: str, language: str, most: int) -> list[Article]:
    """Articles that this person may read: those that the search for `question` finds, the nearest first, then others by title.

    By title alone where nothing was asked and while the brain is away. Must not run in an event loop's thread.
    """
    rows = articles_of(user).select_related("live_revision")
    try:
        known = ask(house, question, language).answer.known if question else None
    except TemporaryFailure:
        known = None
    cited = [one.article for one in known.citations] if known else []
    passed = [one.article for one in known.passages] if known else []
    named = list(dict.fromkeys([*cited, *passed]))
    near = {row.slug: row for row in rows.filter(slug__in=named)}
    others = rows.exclude(slug__in=named).order_by("live_revision__title", "slug")[:most]
    return [*(near[slug] for slug in named if slug in near), *others][:most]


def ask(
    house: House, question: str, language: str = "", within: Within = EVERYWHERE
) -> Understanding:
    """What a customer who asked this would be answered, `within` these articles. Changes nothing; must not run in an event loop's thread.

    Raises `TemporaryFailure` while the brain is away.
    """

    async def once() -> Understanding:
        async with build_dialogue(house.settings) as dialogue:
            return await dialogue.understand(question, language_hint=language, within=within)

    try:
        return asyncio.run(once())
    except DialogueFailed as error:
        raise TemporaryFailure("Nothing can be asked now: the brain is away.") from error
