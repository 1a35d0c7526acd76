"""What could be learned, for programs of those who judge it: read, accepted, corrected, rejected; and when the house teaches itself."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from bot import lessons
from bot.permissions import May, require
from bot.tokens import Scope
from core.errors import Conflict, NotFound
from store import lessons as kept
from store.answered import Answered
from store.models import Lesson
from store.rhythm import rhythm_of
from web.api import shapes
from web.api.door import caller_in
from web.api.operations import Key, Limit, done_once, needs
from web.api.places import MomentCursor, by_moment
from web.api.schemas import Colleague, In, Made, Out
from web.house import house

router = Router()
READ = needs(Scope.TICKETS_READ, tag="lessons")
WRITE = needs(Scope.LESSONS_WRITE, tag="lessons")
WORDS = r"^[^\x00]*([^\s\x00\x85][^\x00]*){8}$"


class Verdict(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


class LessonKind(StrEnum):
    ANSWER = "answer"
    ROUTE = "route"


class LessonSource(StrEnum):
    RATED = "rated"
    HELPED = "helped"
    SUGGESTED = "suggested"
    ROUTED = "routed"


class LessonState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Every(StrEnum):
    NEVER = "never"
    DAY = "day"
    WEEK = "week"


class ArticleMeant(Out):
    """The article, by its slug, that answers the question."""

    article: str


class PlaceMeant(Out):
    """Where the request belongs."""

    team: str
    category: str
    priority: int


class LessonOut(Out):
    """`teaches`: what would be learned from the words; `before`: what the router had said, null for an answer."""

    id: UUID
    kind: LessonKind
    source: LessonSource
    state: LessonState
    text: str
    language: str
    teaches: ArticleMeant | PlaceMeant
    before: PlaceMeant | None
    found_at: datetime
    settled_at: datetime | None
    settled_by: Colleague | None


class LessonPage(Out):
    """A page may hold fewer than asked for: what was erased is not there any more."""

    items: list[LessonOut]
    next: str | None


class Judgement(In):
    lessons: Annotated[list[UUID], Field(min_length=1, max_length=lessons.MOST_AT_ONCE)]
    verdict: Verdict


class HowMany(Out):
    """`count`: those of which that was not true before."""

    count: int


class AnswerMeant(In):
    """A question in these words, and the article that answers it."""

    text: Annotated[str, Field(min_length=kept.SHORTEST, max_length=300, pattern=WORDS)]
    article: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-~]+$")]


class RouteMeant(In):
    """A request in these words, and where it belongs."""

    text: Annotated[str, Field(min_length=kept.SHORTEST, max_length=4_000, pattern=WORDS)]
    team: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,50}$")]
    category: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,48}$")]
    priority: Annotated[int, Field(ge=1, le=4)]


class CorrectedLesson(In):
    """What it teaches, of the lesson's own kind."""

    teaches: AnswerMeant | RouteMeant


class Teaching(Out):
    """`every`: how often the house teaches itself; `asked`: a training is asked for and not done yet."""

    every: Every
    asked: bool
    models: list[lessons.TaughtModel]


class Rhythm(In):
    every: Every


class Back(In):
    kind: lessons.ModelKind


@router.get("/lessons", response=LessonPage, **READ)
def list_lessons(
    request: HttpRequest,
    state: LessonState = LessonState.WAITING,
    cursor: MomentCursor | None = None,
    limit: Limit = 50,
) -> LessonPage:
    """Those of this state, newest first, with the words that would be learned; for those who judge them."""
    require(caller_in(request).user, May.REVIEW_LESSONS)
    page, following = by_moment(Lesson.objects.filter(state=state), "found_at", cursor, limit)
    chosen = Lesson.objects.filter(id__in=[row.id for row in page])
    shown = kept.lessons(house().vault, chosen, limit)
    return LessonPage(items=[_out(one) for one in shown], next=following)


@router.post("/lessons/judgements", response=HowMany, **WRITE)
def judge_lessons(request: HttpRequest, body: Judgement, key: Key = None) -> HttpResponse:
    """Accepts or rejects all that are named: models may learn from them from now on, or never again."""

    def act() -> Answered:
        deed = lessons.accept if body.verdict is Verdict.ACCEPT else lessons.reject
        count = deed(house(), caller_in(request).user, body.lessons)
        return Answered(200, HowMany(count=count).model_dump())

    return done_once(request, key, act)


@router.put("/lessons/{lesson}", response=Made, **WRITE)
def correct_lesson(
    request: HttpRequest, lesson: UUID, body: CorrectedLesson, key: Key = None
) -> HttpResponse:
    """Accepts it in other words, or for another article or place. 409 for one of the other kind."""

    def act() -> Answered:
        user = caller_in(request).user
        require(user, May.REVIEW_LESSONS)
        row = Lesson.objects.filter(id=lesson).first()
        if row is None:
            raise NotFound("There is no such lesson.")
        if (row.kind == Lesson.Kind.ANSWER) != isinstance(body.teaches, AnswerMeant):
            raise Conflict("This lesson is of the kind '%(kind)s'.", kind=row.kind)
        values = {name: str(value) for name, value in body.teaches.model_dump().items()}
        lessons.amend(house(), user, lesson, values)
        return Answered(200, Made(id=lesson).model_dump(mode="json"))

    return done_once(request, key, act)


@router.get("/teaching", response=Teaching, **READ)
def get_teaching(request: HttpRequest) -> Teaching:
    """How often the house teaches itself, and what came of the last time; for those who judge lessons."""
    require(caller_in(request).user, May.REVIEW_LESSONS)
    return _teaching()


@router.post("/teaching", response={202: Teaching}, **WRITE)
def teach(request: HttpRequest, key: Key = None) -> HttpResponse:
    """Asks for a training from all accepted lessons, in the background; at most one waits."""

    def act() -> Answered:
        lessons.teach_now(house(), caller_in(request).user)
        return Answered(202, _teaching().model_dump(mode="json"))

    return done_once(request, key, act)


@router.post("/teaching/back", response={202: Teaching}, **WRITE)
def go_back(request: HttpRequest, body: Back, key: Key = None) -> HttpResponse:
    """Asks for the version of this model that served before, in the background."""

    def act() -> Answered:
        lessons.go_back(house(), caller_in(request).user, body.kind.value)
        return Answered(202, _teaching().model_dump(mode="json"))

    return done_once(request, key, act)


@router.put("/teaching/rhythm", response=Teaching, **WRITE)
def set_rhythm(request: HttpRequest, body: Rhythm, key: Key = None) -> HttpResponse:
    """How often is taught by itself, counted from now on."""

    def act() -> Answered:
        lessons.set_every(house(), caller_in(request).user, body.every.value)
        return Answered(200, _teaching().model_dump(mode="json"))

    return done_once(request, key, act)


def _teaching() -> Teaching:
    return Teaching(
        every=Every(rhythm_of().every),
        asked=lessons.is_teaching(),
        models=lessons.taught_models(),
    )


def _out(one: kept.Shown) -> LessonOut:
    row = one.row
    is_answer = row.kind == Lesson.Kind.ANSWER
    return LessonOut(
        id=row.id,
        kind=LessonKind(row.kind),
        source=LessonSource(row.source),
        state=LessonState(row.state),
        text=one.text,
        language=row.language,
        teaches=ArticleMeant(**row.target) if is_answer else PlaceMeant(**row.target),
        before=PlaceMeant(**row.before) if row.before else None,
        found_at=row.found_at,
        settled_at=row.settled_at,
        settled_by=shapes.colleague(row.settled_by),
    )
