"""Reading and asking the knowledge base. Articles are written where they are kept and ingested from there."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from bot import desk_knowledge
from bot.tokens import Scope
from core.errors import NotFound
from core.knowledge import Suggestion, Within
from store import models
from web.api import knowledge_schemas, schemas
from web.api.door import caller_in
from web.api.operations import Limit, needs
from web.api.places import by_id
from web.house import house

router = Router()
READ = needs(Scope.KNOWLEDGE_READ, tag="knowledge")
MOST_WORDS = 8
Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


@router.get("/articles", response=knowledge_schemas.ArticlePage, **READ)
def list_articles(
    request: HttpRequest,
    q: Words = "",
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = None,
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> knowledge_schemas.ArticlePage:
    """Live articles that have every word of `q` in title or text; public ones, and all for those who write them."""
    rows = desk_knowledge.articles_of(caller_in(request).user)
    if language:
        rows = rows.filter(language=language)
    for word in q.split()[:MOST_WORDS]:
        in_title = Q(live_revision__title__icontains=word)
        rows = rows.filter(in_title | Q(live_revision__body__icontains=word))
    page, following = by_id(rows.select_related("live_revision"), cursor, limit)
    return knowledge_schemas.ArticlePage(items=[_line(row) for row in page], next=following)


@router.get("/articles/{slug}", response=knowledge_schemas.Article, **READ)
def get_article(
    request: HttpRequest, slug: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]+$")]
) -> knowledge_schemas.Article:
    """One article with its text in blocks."""
    rows = desk_knowledge.articles_of(caller_in(request).user).select_related("live_revision")
    row = rows.filter(slug=slug).first()
    if row is None or row.live_revision is None:
        raise NotFound("There is no such article.")
    return knowledge_schemas.Article(
        **_line(row).model_dump(),
        revision=row.live_revision.digest,
        tags=[str(tag) for tag in row.tags],
        blocks=_blocks(row.live_revision.body),
    )


@router.post("/knowledge/ask", response=knowledge_schemas.Answer, **READ)
def ask(request: HttpRequest, body: knowledge_schemas.Question) -> knowledge_schemas.Answer:
    """What a customer who asked this would be answered, with sources; it changes nothing, so it takes no key."""
    within = Within(frozenset(body.sections), body.title, body.updated_since)
    understanding = desk_knowledge.ask(house(), body.question, body.language, within)
    answer, known = understanding.answer, understanding.answer.known
    return knowledge_schemas.Answer(
        decision=answer.decision.value,
        confidence=answer.confidence,
        text=known.text,
        citations=[
            schemas.Citation(article=c.article, title=c.title, url=c.url, quote=c.quote)
            for c in known.citations
        ],
        suggestions=[_suggested(one) for one in answer.suggestions],
        alternatives=[_suggested(one) for one in answer.alternatives],
        unanswered=[part.asked for part in answer.unanswered],
        language=understanding.understood.language,
    )


def _suggested(one: Suggestion) -> knowledge_schemas.Suggested:
    return knowledge_schemas.Suggested(article=one.article, title=one.title, url=one.url)


def _line(row: models.Article) -> knowledge_schemas.ArticleLine:
    revision = row.live_revision
    assert revision is not None
    return knowledge_schemas.ArticleLine(
        slug=row.slug,
        title=revision.title,
        language=row.language,
        section=row.section,
        visibility=row.visibility,
        updated_on=revision.updated_on,
    )


def _blocks(body: str) -> list[knowledge_schemas.Block]:
    """The text as it was ingested: headings, and paragraphs, list items or rows."""
    return [knowledge_schemas.Block.model_validate(block) for block in json.loads(body)]
