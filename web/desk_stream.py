"""The desk's event stream: who may open it, what each person may see of it, and its frames. No words of customers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest
from starlette.requests import Request
from starlette.responses import Response

from bot.house import House
from bot.permissions import May, bounds_of, may, teams_of
from core.errors import BadSignature, MalformedPayload, NotAllowed, NotFound
from store.events import FeedEvent, Position, feed_after
from store.models import User
from web.account.second_step import require_second_step
from web.account.sitting import STEP, stay
from web.feed import BATCH, Feed, Happening, place_of, places_of
from web.sse import Writer, beat, frame

CHECK_SECONDS = 4.0
"""How often an open stream asks whether its session still is one: ended sessions are out within five seconds."""
DOINGS = ("came", "views", "replies", "notes", "left")
REPLAY_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class Staff:
    """What a signed-in person may see. `teams`: the queues that are theirs, unless they see all.
    `name`: what customers see of theirs."""

    user: UUID
    name: str
    sees_all: bool
    teams: frozenset[UUID]
    bound: frozenset[UUID] | None = None
    """Teams beyond which not even own tickets are seen; None: no such bound."""

    def sees(self, team: UUID | None, assignee: UUID | None) -> bool:
        """True when the ticket of this team and assignee is theirs to see; conversations that are
        still with the bot have neither and are for those who see everything."""
        is_own = assignee == self.user and team is not None
        is_within = self.bound is None or team in self.bound
        return self.sees_all or team in self.teams or (is_own and is_within)


def staff_of(session_key: str | None) -> Staff:
    """Who holds this session. Runs in a database thread.

    Raises `BadSignature` when nobody is signed in, `NotAllowed` when the role has no desk.
    """
    if not session_key:
        raise BadSignature
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    if not isinstance(user, User) or not user.is_active:
        raise BadSignature
    require_second_step(user)
    return staff_for(user)


def staff_for(user: User) -> Staff:
    """What this person may see. Raises `NotAllowed` when the role has no desk."""
    bound = bounds_of(user)
    sees_all = may(user, May.SEE_ALL_TICKETS)
    if not sees_all and not may(user, May.WORK_TICKETS):
        raise NotAllowed("Your role has no desk.")
    sees_all = sees_all and bound is None
    teams = frozenset() if sees_all else frozenset(teams_of(user).values_list("id", flat=True))
    own = None if bound is None else frozenset(bound.values_list("id", flat=True))
    return Staff(user.id, user.first_name, sees_all, teams, own)


class DeskStream:
    """Opens and writes the streams of the desk."""

    def __init__(self, house: House, feed: Feed) -> None:
        self._house = house
        self._feed = feed

    async def open(
        self, request: Request, who: Callable[[], Staff] | None = None
    ) -> Callable[[Writer], Awaitable[None]]:
        """Checks who asks and where to resume; what it returns writes the stream. `who` is asked now and
        again while it is open, in a database thread; without it the session says who it is."""
        key = request.cookies.get(settings.SESSION_COOKIE_NAME)
        is_session, who = who is None, who or partial(staff_of, key)
        staff = await self._house.database.read(who)
        resume = request.headers.get("last-event-id") or request.query_params.get("after")
        try:
            after = Position.parse(resume) if resume else None
        except ValueError as error:
            raise MalformedPayload("after must be a position that this stream gave") from error

        async def follow(write: Writer) -> None:
            with self._feed.watch_all() as view:
                viewer = _Viewer(staff, after or self._feed.position, write)
                await self._replay(viewer)
                while not view.is_lost:
                    await beat(view.news, write, CHECK_SECONDS)
                    await self._check(viewer, who)
                    await self._stay(viewer, key if is_session else None)
                    view.news.clear()
                    batch = [view.queue.popleft() for _ in range(len(view.queue))]
                    await viewer.show(batch)

        return follow

    async def typing(self, request: Request) -> Response:
        """Shows the visitor of `?conversation=` that a colleague is writing; not stored. A request from
        elsewhere has no session here: the cookie is SameSite."""
        key = request.cookies.get(settings.SESSION_COOKIE_NAME)
        try:
            conversation = UUID(request.query_params.get("conversation", ""))
        except ValueError as error:
            raise MalformedPayload("conversation must be the id of one") from error
        staff, place = await self._house.database.read(_staff_and_place, key, conversation)
        if not staff.sees(*place):
            raise NotFound
        hint = {"type": "typing", "from": "agent", "author": staff.name}
        self._feed.hint(conversation, hint)
        return Response(status_code=204)

    async def here(self, request: Request) -> Response:
        """Tells colleagues who may see the ticket what this person does there: `?doing=` one of DOINGS. Not stored;
        who hears it for the first time answers with their own."""
        key = request.cookies.get(settings.SESSION_COOKIE_NAME)
        doing = request.query_params.get("doing", "")
        try:
            conversation = UUID(request.query_params.get("conversation", ""))
        except ValueError as error:
            raise MalformedPayload("conversation must be the id of one") from error
        if doing not in DOINGS:
            raise MalformedPayload(f"doing must be one of {', '.join(DOINGS)}")
        staff, place = await self._house.database.read(_staff_and_place, key, conversation)
        if not staff.sees(*place):
            raise NotFound
        hint = {"type": "colleague", "user": str(staff.user), "name": staff.name, "doing": doing}
        await self._feed.hint_staff(conversation, hint)
        return Response(status_code=204)

    async def _replay(self, viewer: _Viewer) -> None:
        """What the viewer missed; a viewer too far behind is told to load its page anew."""
        for _ in range(REPLAY_LIMIT // BATCH):
            missed = await self._house.database.read_settled(_missed, viewer.last)
            await viewer.show(missed)
            if len(missed) < BATCH:
                return
        viewer.last = self._feed.position
        await viewer.write(frame({"type": "behind"}, viewer.last))

    async def _check(self, viewer: _Viewer, who: Callable[[], Staff]) -> None:
        """Asks now and then whether this person still works here, and where. Raises what `who`
        raises when not, which ends the stream."""
        now = asyncio.get_running_loop().time()
        if now - viewer.checked_at > CHECK_SECONDS:
            viewer.staff = await self._house.database.read(who)
            viewer.checked_at = now

    async def _stay(self, viewer: _Viewer, key: str | None) -> None:
        """An open desk keeps its session, up to the longest that one lasts."""
        now = asyncio.get_running_loop().time()
        if key and now - viewer.stayed_at > STEP.total_seconds():
            await self._house.database.run(stay, key)
            viewer.stayed_at = now


class _Viewer:
    """One open desk stream: what it may see and the last position it was told."""

    def __init__(self, staff: Staff, last: Position, write: Writer) -> None:
        self.staff = staff
        self.last = last
        self.write = write
        self.checked_at = self.stayed_at = asyncio.get_running_loop().time()

    async def show(self, batch: list[Happening]) -> None:
        frames = "".join(filter(None, map(self._frame, batch)))
        if frames:
            await self.write(frames)

    def _frame(self, happening: Happening) -> str:
        sees = self.staff.sees(happening.team, happening.assignee)
        event = happening.event
        if not isinstance(event, FeedEvent):
            return frame(event) if sees else ""
        if event.position <= self.last:
            return ""
        self.last = event.position
        if sees:
            return frame(_told(event), event.position)
        if event.kind.startswith("ticket") or event.kind in {"resolved", "speaker_changed"}:
            # It may have left this person's queue: they learn that, and nothing of where it went.
            return frame({"type": "queue_changed"}, event.position)
        return ""


def _told(event: FeedEvent) -> dict[str, Any]:
    return {
        "type": event.kind,
        "conversation": str(event.conversation),
        "seq": event.seq,
        "actor": event.actor,
        "at": event.at.isoformat(),
        "data": event.data,
    }


def _staff_and_place(
    key: str | None, conversation: UUID
) -> tuple[Staff, tuple[UUID | None, UUID | None]]:
    return staff_of(key), place_of(conversation)


def _missed(after: Position) -> list[Happening]:
    return places_of(feed_after(after, BATCH))
