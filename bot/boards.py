"""Keeping teams' boards: each new handoff is posted once, its thread follows the conversation, its card shows how it stands.

What colleagues do there is `bot.at_board`; what stands where is `store.boards`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import structlog
from django.db import transaction
from django.db.utils import DatabaseError, InterfaceError

from bot.board_words import category, priority, say
from bot.deliver import BACKOFF, retry_in
from bot.duty import Duty
from bot.house import House
from channels.contract import Paces
from channels.contract_board import Board, HasBoard
from core.board import Card, Deed, Posting
from core.errors import PermanentFailure, TemporaryFailure
from store import boards
from store.boards import Glance
from store.boards import Held as Post
from store.desk_ticket import Item, items_after
from store.faults import reached
from store.models import BoardPost, Inbox, Message, Ticket
from store.pacing import turn

log = structlog.get_logger()

LEASE = timedelta(seconds=45)
DUTY_LEASE = timedelta(seconds=30)
EVERY = 1.0
AT_ONCE = 8
LINES = 50
SEND_SECONDS = 40.0
_PROBLEMS = {"delivery_dead": "undelivered", "delivery_unknown": "unsure"}
_NEWS = {**_PROBLEMS, "sla_breached": "breached", "ticket_reopened": "reopened"}
"""What is told in the thread, beside what people say; everything else only changes the card."""
_TOLD = (Message.Author.CUSTOMER, Message.Author.AGENT)


@dataclass(frozen=True, slots=True)
class Next:
    """One thing to show. `may_be_there`: an attempt at it ended without a word. Without `seq` it is the card."""

    mine: Post
    inbox: Inbox
    posting: Posting
    digest: bytes
    may_be_there: bool
    seq: int | None = None
    changes: str = ""


async def keep_boards(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Reads the news while it holds the duty, and shows what is to be shown, until `stopping`."""
    duty = Duty(house, "boards", worker, DUTY_LEASE)
    is_more = False
    while not stopping.is_set():
        if not is_more:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await stopping.wait()
        is_more = False
        try:
            # Asked each time: a sign of life is due however much there is to note and to show.
            news = 0
            if await duty.held() is not None:
                news = await house.database.run(boards.note_news, house.clock())
            shown = 0 if stopping.is_set() else await show_some(house, worker)
            is_more = news == boards.AT_ONCE or shown > 0
        except (DatabaseError, InterfaceError) as problem:
            log.warning("boards_interrupted", problem=type(problem).__name__)
    await duty.leave()


async def show_some(house: House, worker: str) -> int:
    """One thing at each of the posts that have something to do; returns how many posts there were."""
    posts = await house.database.run(boards.lease_posts, worker, LEASE, AT_ONCE, house.clock())
    await asyncio.gather(*(_show_surely(house, post) for post in posts))
    return len(posts)


async def _show_surely(house: House, post: Post) -> None:
    try:
        await _show(house, post)
    except (DatabaseError, InterfaceError) as problem:
        log.warning("board_not_stored", post=str(post.id), problem=type(problem).__name__)
    except Exception as problem:  # a border: one post that breaks us must not stop the others
        log.exception("board_broke", post=str(post.id))
        reason = f"the board broke: {type(problem).__name__}"
        await house.database.run(boards.given_up, post, reason, house.clock())


async def _show(house: House, post: Post) -> None:
    run = house.database.run
    following = await run(_next, house, post)
    if following is None:
        return
    channel = house.channel_of(following.inbox)
    assert isinstance(channel, HasBoard)
    try:
        async with asyncio.timeout(SEND_SECONDS):
            name = await _put_up(channel.board, following)
    except TemporaryFailure as failure:
        await _try_again(house, following, failure)
    except TimeoutError:
        silence = TemporaryFailure("no answer in time", certain=False)
        await _try_again(house, following, silence)
    except PermanentFailure as failure:
        log.warning("board_refused", post=str(post.id), problem=str(failure))
        await run(boards.given_up, post, str(failure), house.clock(), seq=following.seq)
    else:
        done: dict[str, Any] = {"shown": following.digest} if following.seq is None else {}
        done |= {"seq": following.seq} if following.seq is not None else {}
        done |= {"post": name} if not following.posting.post else {}
        await run(boards.settled, post, house.clock(), **done)


async def _put_up(board: Board, following: Next) -> str:
    """The post's name. What may stand there is looked for before it is sent again."""
    posting = following.posting
    if following.changes:
        assert posting.card is not None
        await board.change(following.changes, posting.card)
        return following.changes
    if following.may_be_there and (found := await board.find(posting)):
        return found
    reached("posting")
    name = await board.put_up(posting)
    reached("posted")
    return name


async def _try_again(house: House, following: Next, failure: TemporaryFailure) -> None:
    run, now, post = house.database.run, house.clock(), following.mine
    attempts = await house.database.read(_attempts, post)
    if attempts >= len(BACKOFF):
        await run(boards.given_up, post, str(failure), now, seq=following.seq)
        return
    again = now + timedelta(seconds=retry_in(attempts, failure.retry_after))
    is_certain = failure.certain and not (following.may_be_there and not following.changes)
    counts = not failure.is_untried
    reason = str(failure)
    await run(boards.failed, post, reason, again, is_certain=is_certain, counts=counts)


def _attempts(post: Post) -> int:
    return BoardPost.objects.values_list("attempts", flat=True).get(id=post.id)


def _next(house: House, mine: Post) -> Next | None:
    """What the post lacks: itself, the next line of its thread, or the present card. None where it lacks nothing
    that can be shown now; then it rests."""
    now = house.clock()
    with transaction.atomic():
        post = boards.held(mine)
        if post is None:
            return None
        following = _lacking(house, mine, post, now)
        if following is None:
            boards.rest(post, None)
            return None
        until = None if following.changes else _turn(house, post, now)
        if until is not None:
            boards.rest(post, until)
            return None
        may_be_there = boards.begin(post, following.posting.key)
        return replace(following, may_be_there=may_be_there)


def _turn(house: House, post: BoardPost, now: datetime) -> datetime | None:
    """Until when the place is not free; the turn that comes then is this post's."""
    channel = house.channel_of(post.inbox)
    if not isinstance(channel, Paces) or post.slot_at is not None:
        return None
    post.slot_at = turn(post.inbox_id, post.place, channel.every, now)
    return post.slot_at if post.slot_at > now else None


def _lacking(house: House, mine: Post, post: BoardPost, now: datetime) -> Next | None:
    if not post.post and post.ended_at is not None:
        return None
    if post.post and post.ended_at is None and (line := _next_line(house, post)):
        return Next(mine, post.inbox, line[1], b"", may_be_there=False, seq=line[0])
    card = card_of(house, post)
    digest = sha256(repr(card).encode()).digest()
    if not post.post:
        posting = Posting(f"{post.id}:card", post.place, post.opened_at, card=card)
        return Next(mine, post.inbox, posting, digest, may_be_there=False)
    if digest == bytes(post.shown):
        return None
    posting = Posting(f"{post.id}:change", post.place, now, post=post.post, card=card)
    return Next(mine, post.inbox, posting, digest, may_be_there=False, changes=post.post)


def _next_line(house: House, post: BoardPost) -> tuple[int, Posting] | None:
    """The next event that belongs into the thread; those that do not are passed over for good, however many they are."""
    while happened := boards.happened_after(post, LINES):
        if any(kind in _NEWS or author in _TOLD for _, kind, author in happened):
            if line := _line_of_these(house, post):
                return line
        else:
            post.seq = happened[-1][0]
        if len(happened) < LINES:
            break
    return None


def _line_of_these(house: House, post: BoardPost) -> tuple[int, Posting] | None:
    items = items_after(house.vault, post.ticket.conversation_id, post.seq, LINES)
    own = boards.came_from(post, [item.message for item in items if item.message])
    language = language_of(post.ticket)
    for item in items:
        told = None if item.message in own else line_of(item, language)
        if told is not None:
            key = f"{post.id}:{item.seq}"
            posting = Posting(key, post.place, item.at, post=post.post)
            return item.seq, replace(posting, author=told[0], text=told[1])
        post.seq = item.seq
    return None


def language_of(ticket: Ticket) -> str:
    """What colleagues read: the first language of the brand."""
    languages = ticket.team.brand.languages
    return str(languages[0]) if languages else "en"


def line_of(item: Item, language: str) -> tuple[str, str] | None:
    """Author and words of an event in the thread; None for what is not told there."""
    if item.body is None:
        if item.kind in _NEWS:
            return "", say(_NEWS[item.kind], language)
        return None
    if item.author not in _TOLD or item.is_erased:
        return None
    names = ", ".join(file.name for file in item.files)
    files = say("files", language, names=names) if names else ""
    text = "\n".join(filter(None, (item.body.text, files)))
    if item.author == Message.Author.CUSTOMER:
        return say("customer", language), text or "…"
    name = say("note_by", language, name=item.name) if item.is_note else item.name
    return name, text or "…"


def card_of(house: House, post: BoardPost) -> Card:
    """The ticket as its card shows it now."""
    # The team's own board: what may stand there was decided with the team.
    ticket = post.ticket
    seen, language = boards.glance(house.vault, ticket), language_of(ticket)
    title = f"#{ticket.number} {seen.subject}".strip()
    state = _state(post, ticket, language)
    if seen.sender is None:
        return Card(f"#{ticket.number}", say("erased", language))
    is_done = ticket.status in (Ticket.Status.RESOLVED, Ticket.Status.CLOSED)
    is_over = post.ended_at is not None or is_done
    deeds = (
        () if is_over else ((Deed.RESOLVE,) if ticket.assignee_id else (Deed.TAKE, Deed.RESOLVE))
    )
    address = f"{house.settings.public_url}/desk/tickets/{ticket.number}/"
    return Card(
        title=title,
        state=f"{priority(ticket.priority, language)} · {ticket.team.name} · {state}",
        facts=_facts(ticket, seen, language),
        due_label=say("due", language),
        due=None if is_over else ticket.next_due,
        buttons=tuple((deed, say(deed, language)) for deed in deeds),
        link=(address, say("open", language)),
        hint="" if is_over else say("hint", language),
    )


def _state(post: BoardPost, ticket: Ticket, language: str) -> str:
    if post.ended_at is not None:
        return say("moved", language, team=ticket.team.name)
    name = ticket.assignee.name if ticket.assignee else ""
    match ticket.status:
        case Ticket.Status.OPEN:
            return say("taken", language, name=name) if name else say("waiting", language)
        case Ticket.Status.PENDING:
            return say("pending" if name else "pending_nobody", language, name=name)
    return say(ticket.status, language)


def _facts(ticket: Ticket, seen: Glance, language: str) -> tuple[tuple[str, str], ...]:
    """The packet of the handoff, as whoever takes it needs it."""
    packet: Mapping[str, Any] = seen.packet
    assert seen.sender is not None
    reach = seen.contact or seen.sender
    who = [seen.sender.display_name, reach.value if reach.kind != "visitor" else "", seen.tier]
    tried = [title for item in packet.get("tried", ()) for title in item.get("titles", ())]
    open_question = str((packet.get("open_question") or {}).get("text", ""))
    wants = str((packet.get("wants") or {}).get("text", ""))
    return (
        (say("who", language), " · ".join(filter(None, who))),
        (say("wants", language), wants),
        (say("tried", language), "\n".join(dict.fromkeys(tried))),
        (say("open_question", language), open_question if open_question != wants else ""),
        (say("about", language), category(ticket.category, language)),
    )
