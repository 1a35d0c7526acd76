"""What goes in and comes out of the API of the knowledge base."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from web.api.schemas import TEXT, Citation, In, Out


class ArticleLine(Out):
    slug: str
    title: str
    language: str
    section: str
    visibility: str
    updated_on: date | None


class ArticlePage(Out):
    items: list[ArticleLine]
    next: str | None


class Link(Out):
    """`parts[part][start:end]` are its words, up to `after` its address is written behind them; `to`: `slug#anchor` of another article
    of the same source, which may be gone."""

    part: int
    start: int
    end: int
    after: int
    to: str


class Block(Out):
    kind: str
    headings: list[str]
    anchor: str
    parts: list[str]
    links: list[Link] = []


class Article(ArticleLine):
    revision: str
    tags: list[str]
    blocks: list[Block]


class Suggested(Out):
    article: str
    title: str
    url: str


class Answer(Out):
    """`decision`: answer, clarify or handoff. `text` is empty unless it is answer, or part of several questions is answered; each of
    its sentences is cited. `unanswered`: of several questions those that are not answered, in the words in which they were asked."""

    decision: str
    confidence: float
    text: str
    citations: list[Citation]
    suggestions: list[Suggested]
    alternatives: list[Suggested]
    language: str
    unanswered: list[str] = []


class Question(In):
    """`sections`, `title`, `updated_since`: only articles of these sections, with every word of `title` in theirs, updated on
    that day or later."""

    question: Annotated[TEXT, Field(max_length=2000)]
    language: Annotated[str, Field(pattern=r"^([a-z]{2})?$")] = ""
    sections: Annotated[list[Annotated[TEXT, Field(max_length=200)]], Field(max_length=50)] = []
    title: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] = ""
    updated_since: date | None = None
