"""Searching the help pages: what the assistant would answer, and the articles that its search finds, of those that anybody may read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet

from bot.desk_knowledge import PUBLIC, ask
from bot.house import House
from core.errors import TemporaryFailure
from core.knowledge import Answer, Answering
from store.models import Article

MOST = 10
LONGEST = 200
"""Characters of a question that are looked at."""
NEAR = 0.05
"""Of the best passage's chance to answer: one that has less is about something else."""
LEAST = 0.03
"""Chance below which nothing here is about it: of 20 questions of nonsense or of other things to the demo knowledge the best passage has
more in two, which name colours; of 30 in a word or two about it, at least .056."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article, at the heading where it was found; `text` is empty where only its words were looked at."""

    slug: str
    title: str
    section: str
    language: str
    anchor: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`answer`: what the assistant would say, if it would; all that it cites can be read now."""

    hits: tuple[Hit, ...] = ()
    answer: Answer | None = None


def live_articles() -> QuerySet[Article]:
    """Those that anybody may read."""
    rows = Article.objects.filter(removed_at=None, visibility=PUBLIC, live_revision__isnull=False)
    return rows.select_related("live_revision")


def look_up(house: House, words: str, language: str, *, is_typing: bool = False) -> Found:
    """By meaning and by words, as the assistant searches; what is in `language` first. While the brain is away by
    words alone. `is_typing`: the last word may be half a word, so titles that hold it come first.

    Asks the brain: must not run in an event loop's thread.
    """
    words = words.strip()[:LONGEST]
    if len(words) < 2:
        return Found()
    try:
        answer = ask(house, words, language).answer.known
    except TemporaryFailure:
        return by_words(words, language, is_typing=is_typing)
    named = {one.article for one in answer.passages} | {one.article for one in answer.citations}
    rows = {row.slug: row for row in live_articles().filter(slug__in=named)}
    near = sorted(_near(answer, rows), key=lambda hit: hit.language != language)
    held = by_words(words, language, is_typing=is_typing).hits
    hits = _once((*held, *near) if is_typing else (*near, *held))
    if not _can_be_said(answer, rows):
        return Found(hits)
    cited = [rows[one.article] for one in answer.citations]
    return Found(hits, replace(answer, text=_in_words(answer.text, cited)))


def by_words(words: str, language: str, *, is_typing: bool = False) -> Found:
    """Articles in this language that hold each of the words; only titles are looked at while somebody types."""
    rows = live_articles().filter(language=language)
    for word in words.strip()[:LONGEST].split()[:8]:
        title = Q(live_revision__title__icontains=word)
        rows = rows.filter(title if is_typing else title | Q(live_revision__body__icontains=word))
    ordered = rows.order_by("section", "live_revision__title", "slug")
    return Found(tuple(_hit(row) for row in ordered[:MOST]))


def _near(answer: Answer, rows: Mapping[str, Article]) -> Iterator[Hit]:
    """The articles of the passages that come near the best one, in its order."""
    best = max((one.score for one in answer.passages), default=0.0)
    for one in answer.passages:
        row = rows.get(one.article)
        if row is None or one.score < max(best * NEAR, LEAST):
            continue
        # Of a text that was replaced since the index was built, neither the words nor the heading may be there.
        is_live = row.live_revision is not None and row.live_revision.digest == one.revision
        yield _hit(row, one.anchor, one.text) if is_live else _hit(row)


def _can_be_said(answer: Answer, rows: Mapping[str, Article]) -> bool:
    digests = {slug: row.live_revision.digest for slug, row in rows.items() if row.live_revision}
    return answer.decision is Answering.ANSWER and all(
        digests.get(one.article) == one.revision for one in answer.citations
    )


def _hit(row: Article, anchor: str = "", text: str = "") -> Hit:
    title = row.live_revision.title if row.live_revision else ""
    return Hit(row.slug, title, row.section, row.language, anchor, _in_words(text, [row]))


def _in_words(text: str, articles: Iterable[Article]) -> str:
    """Rows of the articles' tables as people write them in a line; a stroke in a code is left alone."""
    bodies = (json.loads(row.live_revision.body) for row in articles if row.live_revision)
    rows = {
        part
        for body in bodies
        for block in body
        if block["kind"] == "row"
        for part in block["parts"]
    }
    lines = (line.replace(" | ", " · ") if line in rows else line for line in text.split("\n"))
    return "\n".join(lines)


def _once(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Each article where it stands first."""
    found: dict[str, Hit] = {}
    for hit in hits:
        found.setdefault(hit.slug, hit)
    return tuple(found.values())[:MOST]
