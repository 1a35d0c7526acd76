"""One reader of the event log per web process, and the viewers it wakes. HTTP is `web.streams`.

The reader has a thread and a connection of its own, so that viewers never wait behind writers and no
viewer holds a connection. Whoever watches one conversation is told what is new in it, and reads by number what
it was not told; whoever watches all conversations is handed what happened through a bounded queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.db import close_old_connections, connection
from django.db.utils import DatabaseError, InterfaceError

from bot.house import House
from store.disk import settle
from store.events import (
    FeedEvent,
    Position,
    PublicEvent,
    feed_end,
    last_public_seqs,
)
from store.models import Ticket
from store.watched import news_after

log = structlog.get_logger()

POLL_SECONDS = 0.25
GATHER_SECONDS = 0.01
"""While several conversations speak, what happens so soon after a look at the log is read together. Whoever speaks
alone waits for nobody."""
SWEEP_SECONDS = 2.0
BATCH = 500
PAGE = 200
"""Events of one conversation that are read at once."""
QUEUE = 500
HINTS = 8


class ConversationView:
    """Watches one conversation: `news` is set when there may be something to read after `seen`.

    `hints` holds what is shown and forgotten (somebody is typing); old ones fall out. `told`: what the reader
    of the log has read for it already.
    """

    __slots__ = ("conversation", "hints", "news", "seen", "told")

    def __init__(self, conversation: UUID) -> None:
        self.conversation = conversation
        self.news = asyncio.Event()
        self.hints: deque[dict[str, Any]] = deque(maxlen=HINTS)
        self.told: Sequence[PublicEvent] = ()
        self.seen = 0

    def take(self, events: Sequence[PublicEvent]) -> list[PublicEvent]:
        """Those that come next, in order; never one whose predecessor this viewer has not had."""
        new = [event for event in events if event.seq > self.seen]
        fitting = [event for place, event in enumerate(new, self.seen + 1) if event.seq == place]
        self.seen += len(fitting)
        return fitting


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the log, or something fleeting as JSON, and whose ticket it concerns, if any."""

    event: FeedEvent | dict[str, Any]
    team: UUID | None = None
    assignee: UUID | None = None


def places_of(events: Sequence[FeedEvent]) -> list[Happening]:
    """Each event with the team and assignee of its conversation's ticket, in one query."""
    conversations = {event.conversation for event in events}
    rows = Ticket.objects.filter(conversation_id__in=conversations)
    places = {
        row[0]: row[1:] for row in rows.values_list("conversation_id", "team_id", "assignee_id")
    }
    return [Happening(event, *places.get(event.conversation, (None, None))) for event in events]


class HouseView:
    """Watches everything: `queue` gets what happened, in order. A full queue sets `is_lost`."""

    __slots__ = ("is_lost", "news", "queue")

    def __init__(self) -> None:
        self.queue: deque[Happening] = deque()
        self.news = asyncio.Event()
        self.is_lost = False

    def hand(self, item: Happening) -> None:
        """Queues it, or gives this viewer up: it comes back and resumes by position."""
        if len(self.queue) >= QUEUE:
            self.is_lost = True
        else:
            self.queue.append(item)
        self.news.set()


class Feed:
    """Follows the log from the moment of `start` and wakes viewers until `stop`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._conversations: dict[UUID, set[ConversationView]] = {}
        self._houses: set[HouseView] = set()
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: ThreadPoolExecutor | None = None
        self._swept_at = 0.0
        self._are_many = False
        self.position = Position()

    async def start(self) -> None:
        """Begins at the present end of the log."""
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="feed")
        self.position = await self._loop.run_in_executor(self._thread, _settled_end)
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends the reader; viewers stay as they are."""
        if self._task is None or self._thread is None or self._loop is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._loop.run_in_executor(self._thread, _hang_up)
        self._thread.shutdown(wait=True)
        self._task = None

    @contextlib.contextmanager
    def watch(self, conversation: UUID) -> Iterator[ConversationView]:
        """A view of one conversation for as long as the block runs. Subscribe first, then replay."""
        view = ConversationView(conversation)
        views = self._conversations.setdefault(conversation, set())
        views.add(view)
        try:
            yield view
        finally:
            views.discard(view)
            if not views:
                self._conversations.pop(conversation, None)

    @contextlib.contextmanager
    def watch_all(self) -> Iterator[HouseView]:
        """A view of all conversations for as long as the block runs."""
        view = HouseView()
        self._houses.add(view)
        try:
            yield view
        finally:
            self._houses.discard(view)

    def viewers(self, conversation: UUID) -> int:
        """How many streams of one conversation are open here."""
        return len(self._conversations.get(conversation, ()))

    def hint(self, conversation: UUID, data: dict[str, Any]) -> None:
        """Shows its visitor something fleeting (somebody types), from any thread; it is not stored."""

        def show() -> None:
            for view in self._conversations.get(conversation, ()):
                view.hints.append(data)
                view.news.set()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(show)

    async def hint_staff(self, conversation: UUID, data: dict[str, Any]) -> None:
        """The same for the desk: shown to those who may see the conversation's ticket."""
        if not self._houses:
            return
        team, assignee = await self._read(place_of, conversation)
        for house in self._houses:
            house.hand(Happening({**data, "conversation": str(conversation)}, team, assignee))

    async def _run(self) -> None:
        stop = self._house.doorbell.listen("events", self._bell.set)
        try:
            while True:
                try:
                    is_more = await self._step()
                except (DatabaseError, InterfaceError) as problem:
                    log.warning("feed_interrupted", problem=type(problem).__name__)
                    is_more = False
                if not is_more:
                    await self._rest()
        finally:
            stop()

    async def _rest(self) -> None:
        """Until the bell rings, but never longer than the poll: the bell may be lost."""
        looked_at = time.monotonic()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self._bell.wait()
        left = looked_at + GATHER_SECONDS - time.monotonic()
        if self._are_many and left > 0:
            await asyncio.sleep(left)
        self._bell.clear()

    async def _step(self) -> bool:
        """Passes on the next events; True when there may be more at once."""
        vault, flushed = self._house.vault, self._house.database.flushed
        events, told = await self._read(
            news_after, vault, self.position, self._seen_in, BATCH, PAGE, flushed
        )
        self._are_many = len({event.conversation for event in events}) > 1
        if events:
            await self._house.database.settled()
        happenings = await self._read(places_of, events) if events and self._houses else []
        for event in events:
            for view in self._conversations.get(event.conversation, ()):
                if event.public_seq is not None and event.public_seq > view.seen:
                    view.told = told.get(event.conversation, ())
                    view.news.set()
        for happening in happenings:
            for house in self._houses:
                house.hand(happening)
        self.position = events[-1].position if events else self.position
        await self._sweep()
        return len(events) == BATCH

    def _seen_in(self, conversation: UUID) -> int | None:
        """What every viewer of a conversation has had; asked in the reader's thread, so of a copy."""
        views = tuple(self._conversations.get(conversation, ()))
        return min((view.seen for view in views), default=None)

    async def _sweep(self) -> None:
        """Compares numbers now and then: on PostgreSQL one long transaction holds back the whole log, but
        each conversation's own numbers are complete as soon as they are committed."""
        now = time.monotonic()
        if now - self._swept_at < SWEEP_SECONDS or not self._conversations:
            return
        self._swept_at = now
        newest = await self._read(last_public_seqs, list(self._conversations))
        for conversation, number in newest.items():
            for view in self._conversations.get(conversation, ()):
                if number > view.seen:
                    view.news.set()

    async def _read(self, query: Any, *args: Any) -> Any:
        assert self._loop is not None
        return await self._loop.run_in_executor(self._thread, _fresh, query, *args)


def _hang_up() -> None:
    """Closes the connection of the thread that runs this."""
    connection.close()


def _settled_end() -> Position:
    """Where the log ends; what stands before it is on the disk, so that no other gets a place there."""
    end = feed_end()
    settle()
    return end


def place_of(conversation: UUID) -> tuple[UUID | None, UUID | None]:
    """Team and assignee of the conversation's ticket, or two times None."""
    rows = Ticket.objects.filter(conversation_id=conversation)
    return rows.values_list("team_id", "assignee_id").first() or (None, None)


def _fresh(query: Any, *args: Any) -> Any:
    """Runs the query; a spoilt connection is closed, so that the next call gets a new one."""
    try:
        return query(*args)
    except (DatabaseError, InterfaceError):
        close_old_connections()
        raise
