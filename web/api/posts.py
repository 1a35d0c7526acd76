"""What others write about us in public, for programs: listed, made a ticket, let be. The verbs are `bot.posts`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from bot import posts
from bot.options import options_of
from bot.permissions import posts_of, tickets_of
from bot.tokens import Scope
from core.post import PostKind
from store.answered import Answered
from store.posts import ShownPost, shown_posts
from web.api import shapes
from web.api.changes import now_of
from web.api.door import caller_in
from web.api.operations import Key, Limit, done_once, etag_of, needs
from web.api.places import MomentCursor, by_moment
from web.api.schemas import Colleague, Out, TicketState
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="posts")
WRITE = needs(Scope.TICKETS_WRITE, tag="posts")


class PostStanding(StrEnum):
    NEW = "new"
    IGNORED = "ignored"
    CONVERSATION = "conversation"


class Post(Out):
    """`asks`: the probability that somebody must answer, null until it was read; `is_sure`: so likely that the company's
    rule counts on it. `ticket`: what it became, where this person may see that. `earlier`: what it said before."""

    id: UUID
    kind: PostKind
    state: PostStanding
    inbox: str
    channel: str
    author: str
    text: str
    earlier: list[str]
    url: str
    act: str
    asks: float | None
    is_sure: bool
    category: str
    language: str
    ticket: int | None
    posted_at: datetime
    private_until: datetime | None
    is_withdrawn: bool
    is_erased: bool
    settled_by: Colleague | None
    settled_at: datetime | None


class PostPage(Out):
    items: list[Post]
    next: str | None


class PostState(Out):
    id: UUID
    state: PostStanding


@router.get("/posts", response=PostPage, **READ)
def list_posts(
    request: HttpRequest,
    state: PostStanding = PostStanding.NEW,
    cursor: MomentCursor | None = None,
    limit: Limit = 50,
) -> PostPage:
    """Comments, posts and mentions of this state, newest first; of those that became a ticket only what this person may
    see."""
    user = caller_in(request).user
    rows = posts_of(user).filter(state=state).select_related(
        "address", "inbox", "brand", "conversation__ticket", "settled_by"
    )  # fmt: skip
    page, following = by_moment(rows, "posted_at", cursor, limit)
    shown = shown_posts(house().vault, page)
    seen = tickets_of(user).filter(number__in=[one.ticket for one in shown if one.ticket])
    numbers = set(seen.values_list("number", flat=True))
    return PostPage(items=[_out(one, numbers) for one in shown], next=following)


@router.post("/posts/{post}/answer", response=TicketState, **WRITE)
def answer_post(request: HttpRequest, post: UUID, key: Key = None) -> HttpResponse:
    """Makes it a ticket, which goes to the team that it belongs to; who is in that team has it at once. 409 where it is
    one already, or was taken back."""

    def act() -> Answered:
        ticket = now_of(posts.answer(house(), caller_in(request).user, post).number)
        body = shapes.state(ticket).model_dump(mode="json")
        return Answered(200, body, etag_of(ticket.version))

    return done_once(request, key, act)


@router.post("/posts/{post}/ignore", response=PostState, **WRITE)
def ignore_post(request: HttpRequest, post: UUID, key: Key = None) -> HttpResponse:
    """Nobody must answer."""

    def act() -> Answered:
        posts.ignore(house(), caller_in(request).user, post)
        return _settled(post, PostStanding.IGNORED)

    return done_once(request, key, act)


@router.post("/posts/{post}/notice", response=PostState, **WRITE)
def notice_post(request: HttpRequest, post: UUID, key: Key = None) -> HttpResponse:
    """It waits for a decision again."""

    def act() -> Answered:
        posts.notice(house(), caller_in(request).user, post)
        return _settled(post, PostStanding.NEW)

    return done_once(request, key, act)


def _settled(post: UUID, state: PostStanding) -> Answered:
    return Answered(200, PostState(id=post, state=state).model_dump(mode="json"))


def _out(one: ShownPost, seen: set[int]) -> Post:
    row = one.row
    return Post(
        id=row.id,
        kind=PostKind(row.kind),
        state=PostStanding(row.state),
        inbox=row.inbox.slug,
        channel=row.inbox.channel,
        author=one.author,
        text=one.body.text,
        earlier=one.body.was,
        url=one.body.link,
        act=row.act,
        asks=row.asks,
        is_sure=row.asks is not None and options_of(row.brand).posts.sure <= row.asks,
        category=row.category,
        language=row.language,
        ticket=one.ticket if one.ticket in seen else None,
        posted_at=row.posted_at,
        private_until=row.private_until,
        is_withdrawn=row.is_withdrawn,
        is_erased=one.is_erased,
        settled_by=shapes.colleague(row.settled_by),
        settled_at=row.settled_at,
    )
