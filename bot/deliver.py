"""The one way out: leased outbox rows through their channel, with retries, dead letters and honest unknowns."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.utils import DatabaseError, InterfaceError
from structlog.contextvars import bound_contextvars

from bot import survey, tracing
from bot.degrade import Piece, links_of, pieces_of
from bot.file_links import link_to
from bot.house import House
from bot.metrics import SENT
from bot.ratings import with_link
from bot.transcript import as_mail
from channels.contract import Channel, Finds, Paces
from channels.contract_faces import HasAliases
from channels.contract_line import HoldsLine
from channels.contract_quiet import KeepsQuiet
from core.errors import OptedOut, PermanentFailure, TemporaryFailure
from core.ids import ThreadKey
from core.knowledge import Citation
from core.message import AddressKind, Attached, Button, Outbound, Receipt, Sender
from core.rich import Rich
from store.consent import note_refusal
from store.copies import COPIED
from store.faults import reached
from store.line import is_together
from store.outbox import (
    Leased,
    has_spoken_since,
    lease,
    mark_failed,
    mark_resting,
    mark_retry,
    mark_sent,
    mark_withheld,
)
from store.pacing import turn_of_row
from store.receiving import Filed
from store.resting import is_woken
from store.sendable import anything_to_send
from store.turns import answered_by
from store.written_to import written_to

log = structlog.get_logger()

BACKOFF = (5.0, 30.0, 120.0, 600.0, 3600.0, 14400.0, 43200.0)
"""Seconds before each further attempt (RELIABILITY section 2, rule 7); after the last: a dead letter."""
SOONEST, LONGEST = 1.0, 7 * 86_400.0
"""What a provider asks for is heeded within these seconds: "at once" for ever would be a flood, a century never."""
LEASE = timedelta(seconds=45)
"""A dead worker's rows are taken up by another after so long at most."""
SEND_SECONDS = 40.0
"""What looking up an earlier attempt and sending may take together: well within the lease, or two would send."""
AWAKE = timedelta(minutes=30)
"""Who has written within this time may be answered at any hour."""
LOOKS_AGAIN = timedelta(minutes=5)


class Deliveries:
    """What one worker sends at once: up to `limit`, and of one inbox at most half of that, so that a provider that
    answers slowly holds up nobody's messages but its own. `done` is called whenever one has ended."""

    def __init__(self, house: House, worker: str, limit: int, done: Callable[[], None]) -> None:
        self._house = house
        self._worker = worker
        self._limit = limit
        self._done = done
        self._running: dict[asyncio.Task[None], UUID] = {}

    async def begin(self) -> int:
        """Leases what there is room for and begins to send it; returns how many rows that were."""
        house, share = self._house, max(1, self._limit // 2)
        sending = Counter(self._running.values())
        full = {inbox for inbox, count in sending.items() if count >= share}
        most = max((count for inbox, count in sending.items() if inbox not in full), default=0)
        room = min(self._limit - len(self._running), share - most)
        now = house.clock()
        if room <= 0 or not await house.database.read(anything_to_send, now):
            return 0
        hold = timedelta(minutes=house.settings.work.hold_minutes)
        rows = await house.database.run(
            lease, house.vault, self._worker, LEASE, hold, room, now, full
        )
        for row in rows:
            task = asyncio.create_task(_deliver_surely(house, row))
            self._running[task] = row.inbox
            task.add_done_callback(self._end)
        return len(rows)

    def _end(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._done()

    async def finish(self) -> None:
        """Waits for what is being sent."""
        if self._running:
            await asyncio.wait(self._running, timeout=SEND_SECONDS)


async def deliver_some(house: House, worker: str, limit: int) -> int:
    """One round, whoever the rows are for: leases up to `limit`, sends them, waits; returns how many there were."""
    round_of = Deliveries(house, worker, 2 * limit, lambda: None)
    count = await round_of.begin()
    await round_of.finish()
    return count


async def _deliver_surely(house: House, row: Leased) -> None:
    try:
        with (
            bound_contextvars(conversation=str(row.conversation)),
            await _traced(house, row),
        ):
            await deliver(house, row)
    except (DatabaseError, InterfaceError) as problem:
        # The lease ends by itself; the next attempt knows that this one may have arrived.
        log.warning("delivery_not_stored", outbox=row.id, problem=type(problem).__name__)
    except Exception as problem:
        log.exception("delivery_broke", outbox=row.id)
        reason = f"the channel broke: {type(problem).__name__}"
        await house.database.run(mark_failed, row.id, row.fence, "unknown", reason, house.clock())


async def _traced(house: House, row: Leased) -> AbstractContextManager[object]:
    """A part of the trace of the message that this answers; looked up only while somebody is told."""
    if not tracing.is_on():
        return nullcontext()
    asked = await house.database.read(answered_by, row.id)
    return tracing.span("deliver", asked, channel=row.channel, attempt=row.attempts)


async def deliver(house: House, row: Leased) -> None:
    """One attempt for one leased row, its outcome recorded under the row's fence."""
    channel = house.channel_of(row.through)
    outbound = said = outbound_of(row, channel, house.settings.public_url)
    outbound = with_link(house, row, channel.can.address, outbound)
    outbound = survey.by_mail(house, row, channel.can.address, outbound)
    outbound = await _with_face(house, row, channel, outbound)
    if "transcript" in row.body.extra:
        outbound = await house.database.read(as_mail, house, row, outbound)
    outbound = replace(outbound, sent_at=house.clock(), rich=_form_of(said, outbound))
    run, now = house.database.run, house.clock
    if row.withheld:
        await _look_only(house, row, channel, outbound)
        return
    if await _rests(house, row, channel) or await _waits_its_turn(house, row, channel, outbound):
        return
    try:
        if files := _files_of(row, channel):
            opened = await asyncio.to_thread(opened_files, house, channel, files)
            outbound = replace(outbound, attachments=opened)
        async with asyncio.timeout(SEND_SECONDS):
            receipt = await _earlier_attempt(row, channel, outbound)
            if receipt is None:
                await _let_them_talk(house, row, channel)
                reached("sending")
                receipt = await channel.send(outbound)
                reached("sent")
    except TemporaryFailure as failure:
        await _try_again(house, row, channel, failure)
    except PermanentFailure as failure:
        await run(mark_failed, row.id, row.fence, "dead", str(failure), now())
        SENT.labels(row.channel, "dead").inc()
        if isinstance(failure, OptedOut):
            await run(note_refusal, row.id, now())
        log.warning("delivery_refused", outbox=row.id)
    except TimeoutError:
        silence = TemporaryFailure("no answer in time", certain=False)
        await _try_again(house, row, channel, silence)
    else:
        await run(mark_sent, house.vault, row.id, row.fence, receipt, now())
        SENT.labels(row.channel, "sent").inc()


async def _with_face(house: House, row: Leased, channel: Channel, outbound: Outbound) -> Outbound:
    """With the address of ours that the customer wrote to, where it may be answered from there."""
    if not (isinstance(channel, HasAliases) and channel.answers_from):
        return outbound
    face = await house.database.read(written_to, house.vault, row.id)
    return replace(outbound, extra={**outbound.extra, "written_to": face})


def _form_of(said: Outbound, outbound: Outbound) -> Rich:
    """None where something was added meanwhile, which is said in plain words alone."""
    return said.rich if outbound.text == said.text else ()


async def _look_only(house: House, row: Leased, channel: Channel, outbound: Outbound) -> None:
    """What must not be sent any more may have arrived before that: found out where the provider can be asked; where
    it cannot, nobody knows."""
    run, now = house.database.run, house.clock
    if not isinstance(channel, Finds) or channel.can.takes_once:
        await run(mark_failed, row.id, row.fence, "unknown", row.withheld, now())
        return
    try:
        async with asyncio.timeout(SEND_SECONDS):
            receipt = await _earlier_attempt(row, channel, outbound)
    except TemporaryFailure as failure:
        await _try_again(house, row, channel, failure)
    except PermanentFailure as failure:
        await run(mark_failed, row.id, row.fence, "unknown", str(failure), now())
    except TimeoutError:
        silence = TemporaryFailure("no answer in time", certain=False)
        await _try_again(house, row, channel, silence)
    else:
        if receipt is None:
            await run(mark_withheld, row.id, row.fence, row.withheld, now())
        else:
            await run(mark_sent, house.vault, row.id, row.fence, receipt, now())


async def _earlier_attempt(row: Leased, channel: Channel, outbound: Outbound) -> Receipt | None:
    """The receipt of an attempt that ended without a word, None where there surely was none. Raises an
    uncertain `TemporaryFailure` where nobody can tell, or not now."""
    if not row.may_have_arrived:
        return None
    if not isinstance(channel, Finds):
        reason = "a process died while this was being sent; it may have arrived"
        raise TemporaryFailure(reason, certain=False)
    try:
        found = await channel.find(outbound)
        reached("looked_up")
        return found
    except TemporaryFailure as failure:
        # Whatever kept us from looking says nothing about the earlier attempt.
        again = failure.retry_after
        raise TemporaryFailure(str(failure), retry_after=again, certain=False) from failure


async def _try_again(
    house: House, row: Leased, channel: Channel, failure: TemporaryFailure
) -> None:
    """Later, as long as that cannot send twice; else dead or unknown, and a person is told."""
    run, now = house.database.run, house.clock()
    if failure.is_untried and not row.may_have_arrived:
        later = now + timedelta(seconds=retry_in(row.attempts, failure.retry_after))
        await run(mark_resting, row.id, row.fence, later)
        return
    log.warning("delivery_failed", outbox=row.id, certain=failure.certain)
    may_retry = failure.certain or isinstance(channel, Finds)
    if may_retry and row.attempts < len(BACKOFF):
        later = now + timedelta(seconds=retry_in(row.attempts, failure.retry_after))
        reason, unsure = str(failure), not failure.certain
        await run(mark_retry, row.id, row.fence, reason, later, now, unsure)
        SENT.labels(row.channel, "again").inc()
        return
    state = "dead" if failure.certain else "unknown"
    await run(mark_failed, row.id, row.fence, state, str(failure), now)
    SENT.labels(row.channel, state).inc()


async def _rests(house: House, row: Leased, channel: Channel) -> bool:
    """Puts the row back where its recipient sleeps and has not written just now. It is looked at again every few
    minutes: who writes at night is awake."""
    if row.may_have_arrived or not isinstance(channel, KeepsQuiet):
        return False
    now = house.clock()
    until = channel.quiet_until(row.to, now)
    if until is None:
        return False
    if await house.database.read(has_spoken_since, row.conversation, now - AWAKE):
        return False
    if await house.database.read(is_woken, row.conversation, row.id):
        return False
    later = min(until, now + LOOKS_AGAIN)
    await house.database.run(mark_resting, row.id, row.fence, later)
    return True


async def _waits_its_turn(house: House, row: Leased, channel: Channel, outbound: Outbound) -> bool:
    """Puts the row back until its turn where the provider takes one message at a time; it keeps that turn."""
    if row.may_have_arrived or not isinstance(channel, Paces) or not channel.every:
        return False
    lane, now = channel.lane(outbound), house.clock()
    until = await house.database.run(turn_of_row, row.id, row.fence, lane, channel.every, now)
    return until is not None


async def _let_them_talk(house: House, row: Leased, channel: Channel) -> None:
    """What is said in a call breaks into it. Raises `PermanentFailure` while a colleague speaks there."""
    if isinstance(channel, HoldsLine) and await house.database.read(is_together, row.conversation):
        raise PermanentFailure("the customer is on the telephone with a colleague")


def outbound_of(row: Leased, channel: Channel, public_url: str) -> Outbound:
    """What the adapter is given: this row's part, shaped to what the channel can show. Sources that stand on
    our own pages are addressed from `public_url`, for a mail is read elsewhere."""
    citations = links_of((Citation(**fields) for fields in row.body.citations), public_url)
    buttons = tuple(Button(**item) for item in row.body.buttons)
    pieces = pieces_of(row.body.text, row.body.rich, citations, buttons, channel, row.language)
    is_last = row.part >= len(pieces) - 1
    piece = Piece("") if _files_apart(row, channel) else pieces[min(row.part, len(pieces) - 1)]
    return Outbound(
        key=str(row.key),
        to=row.to,
        text=piece.text,
        rich=piece.rich,
        thread_key=ThreadKey(row.earlier_keys[0]) if row.earlier_keys else None,
        in_reply_to=tuple(ThreadKey(key) for key in row.earlier_keys),
        subject=row.subject,
        author=row.author,
        buttons=buttons if is_last and len(buttons) <= channel.can.buttons else (),
        citations=citations if is_last and channel.can.citations else (),
        is_automatic=row.is_automatic,
        at=row.created_at,
        heard_at=row.heard_at,
        also=_copies_of(row, channel),
        extra={
            "conversation": str(row.conversation),
            "ticket": row.ticket,
            "kind": row.kind,
            "webhook": f"{public_url}/webhooks/{row.channel}/{row.through.slug}",
        },
    )


def _copies_of(row: Leased, channel: Channel) -> tuple[Sender, ...]:
    """Who gets the same mail. What goes elsewhere goes to the customer alone."""
    if channel.can.address is not AddressKind.EMAIL or row.to.kind is not AddressKind.EMAIL:
        return ()
    also = (str(one) for one in row.body.extra.get(COPIED, ()))
    return tuple(Sender(AddressKind.EMAIL, one) for one in also if one != row.to.value)


def _files_of(row: Leased, channel: Channel) -> tuple[Filed, ...]:
    """What goes with this part: all files with the first, or each alone after the words."""
    if channel.can.files_apart:
        return _files_apart(row, channel)
    return row.files if row.part == 0 else ()


def _files_apart(row: Leased, channel: Channel) -> tuple[Filed, ...]:
    """The one file that this part is, where each is a message of its own."""
    if not row.files or not channel.can.files_apart:
        return ()
    body = row.body
    parts = pieces_of(body.text, body.rich, (), (), channel, row.language) if body.text else ()
    before = len(parts)
    return row.files[row.part - before : row.part - before + 1] if row.part >= before else ()


def opened_files(house: House, channel: Channel, files: Sequence[Filed]) -> tuple[Attached, ...]:
    """The files of a message as they go out; one that is gone from the disk is named in the text of the error."""
    try:
        return tuple(
            Attached(
                file.name,
                file.media_type,
                house.files.read(file.stored_as, file.key),
                link=link_to(house, file) if channel.can.file_links else "",
            )
            for file in files
        )
    except OSError as error:
        raise PermanentFailure("A file of this message is no longer stored.") from error


def retry_in(attempts: int, retry_after: float | None) -> float:
    """Seconds. Full jitter around the schedule; what the provider asked for wins."""
    if retry_after is not None:
        return min(max(retry_after, SOONEST), LONGEST)
    return BACKOFF[attempts] * random.uniform(0.5, 1.0)
