"""The one way in: what an adapter parsed becomes stored messages, and only then is it acknowledged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from bot.aside_post import about_to_divide, divided, take_answers
from bot.house import House
from bot.metrics import ACCEPTED, REPEATED
from bot.people import ask_later, names_nobody
from bot.reply import keep_contact
from bot.tracing import accepted as traced
from bot.tracing import now as trace_clock
from core.message import Attached, Inbound, Sender, unturned
from core.redaction import redact, redact_bytes
from store.events import Log
from store.jobs import enqueue
from store.models import Inbox
from store.participants import learn_from_numbers
from store.receiving import Accepted, Arriving, Cursor, accept, open_chat
from store.reports import record_reports
from store.shared_commits import is_seen_at_once, once_kept, ring_once_kept, shares_where
from store.turns import Finish, lock, write

log = structlog.get_logger()

FIRST = datetime(1990, 1, 1, tzinfo=UTC)
"""No message of any channel is older; a clock that was never set says so."""
AHEAD = timedelta(minutes=2)
"""So far clocks of providers differ from ours; within it their order is kept."""

_PLACES = frozenset(
    [
        "call",
        "to",
        "channel",
        "ts",
        "message_id",
        "recipient",
        "reply_to",
        "replies_to",
        "copies",
        "written_to",
        "list_unsubscribe",
    ]
)
"""Where and by what name something came, in what channels keep beside the words."""


def _brings_no_files(
    house: House, inbox: Inbox, inbounds: Sequence[Inbound], cursor: Cursor | None = None
) -> bool:
    """Files are written before the write lock is taken, which in a shared commit somebody holds already."""
    return not any(inbound.attachments for inbound in inbounds)


@is_seen_at_once
@shares_where(_brings_no_files)
def receive(
    house: House, inbox: Inbox, inbounds: Sequence[Inbound], cursor: Cursor | None = None
) -> list[Accepted]:
    """Stores what arrived, in one transaction; when this returns, it may be acknowledged.

    What answers an aside is kept there, and is no customer's. Runs in a database thread. Raises what
    `store.receiving.accept` raises; then nothing is stored.
    """
    since, now = trace_clock(), house.clock()
    arriving = [
        Arriving(clean, tuple(house.files.keep(item) for item in clean.attachments))
        for clean in (without_cards(in_time(inbound, now)) for inbound in inbounds)
    ]
    raw_until = now + timedelta(days=house.settings.raw_days) if house.settings.raw_days else None
    about_to_divide(house, inbox, inbounds)
    learn_from_numbers(house.vault, inbox.brand_id, inbounds, now)
    arriving, answers = divided(house, inbox, arriving)
    brings_files = any(file.reference for item in inbounds for file in item.attachments)
    reports = [report for item in inbounds for report in item.reports]
    is_nameless = names_nobody(house, inbox, inbounds)
    needs_one = brings_files or reports or answers or is_nameless
    # A transaction around a transaction costs two statements, so only those pay who need it.
    with transaction.atomic() if needs_one else nullcontext():
        take_answers(house, inbox, answers, now)
        accepted = accept(house.vault, inbox, arriving, now=now, raw_until=raw_until, cursor=cursor)
        if brings_files:
            _fetch_later(inbox, [item.inbound for item in arriving], accepted, now)
        if is_nameless:
            ask_later(inbox, accepted, now)
        record_reports(house.vault, inbox.id, reports, now)
    if accepted or answers:
        once_kept(partial(_tell, inbox, accepted, since))
        wants_turn = any(item.wants_turn for item in accepted)
        turns = ("turns",) if wants_turn else ()
        ring_once_kept(house.doorbell.ring, *turns, once_settled=("events",))
    return accepted


def _tell(inbox: Inbox, accepted: Sequence[Accepted], since: int) -> None:
    """Counts what was accepted."""
    for item in accepted:
        if item.is_conflict:
            log.warning("same_id_other_words", inbox=inbox.slug, channel=inbox.channel)
        (REPEATED if item.is_duplicate else ACCEPTED).labels(inbox.channel).inc()
        if not item.is_duplicate:
            traced(item.message, inbox.channel, since)


def _fetch_later(
    inbox: Inbox, inbounds: Sequence[Inbound], accepted: Sequence[Accepted], now: datetime
) -> None:
    """Files that are still at the provider are a job, stored with the message that names them."""
    kept = {item.external_id: item for item in accepted}
    for inbound in inbounds:
        files = {file.name: file.reference for file in inbound.attachments if file.reference}
        item = kept.get(inbound.external_id)
        if files and item is not None and not item.is_duplicate:
            about = {"inbox": str(inbox.id), "message": str(item.message), "files": files}
            enqueue("fetch_files", about, now)


def start_chat(
    house: House,
    inbox: Inbox,
    visitor: UUID,
    language: str = "",
    name: str = "",
    email: str = "",
) -> UUID:
    """A new, still empty conversation of a website visitor; `visitor` may have had others before.

    `name` and `email` are what an anonymous visitor says of themselves: shown, written to, and proof of nothing.
    """
    now = house.clock()
    with transaction.atomic() if email else nullcontext():
        opened = open_chat(house.vault, inbox, visitor, now=now, language=language, name=name)
        if email:
            row = lock(opened)
            finish = Finish(house.vault, row, now, Log(row, now))
            keep_contact(house, finish, email)
            write(finish)
    return opened


def in_time(inbound: Inbound, now: datetime) -> Inbound:
    """The message with the time that its sender's clock tells, or with ours where that is far ahead, or before there
    was any such clock."""
    return inbound if FIRST <= inbound.at <= now + AHEAD else replace(inbound, at=now)


def without_cards(inbound: Inbound) -> Inbound:
    """The message with every card number removed, in its text files and the raw payload too.

    Where a number was found, it may stand in the raw bytes in an encoding that nobody can search, so these
    are replaced by the redacted message itself: less exact, but surely clean.
    """
    found: dict[str, Any] = {
        "text": redact(inbound.text),
        "subject": redact(inbound.subject),
        "html": redact(inbound.html),
        "quoted": redact(inbound.quoted),
        "language_hint": _plain(inbound.language_hint),
        "sender": _uncarded(inbound.sender),
        "extra": _beside(inbound.extra),
        "attachments": tuple(map(file_without_cards, inbound.attachments)),
    }
    changed = {name: value for name, value in found.items() if value != getattr(inbound, name)}
    clean = replace(inbound, **changed) if changed else inbound
    if not changed or not inbound.raw:
        raw = redact_bytes(inbound.raw)
        return clean if raw == inbound.raw else replace(clean, raw=raw)
    fields = asdict(replace(clean, raw=b"", attachments=()))
    return replace(clean, raw=json.dumps(fields, default=str, ensure_ascii=False).encode())


def _uncarded(sender: Sender) -> Sender:
    name = redact(sender.display_name)
    return sender if name == sender.display_name else replace(sender, display_name=name)


def _beside(extra: Mapping[str, Any]) -> dict[str, Any]:
    """What a channel keeps beside the words, a signature, the page, the names of files, without card numbers; places and ids
    stay as they are: a telephone number of thirteen digits may pass for a card's, and then nobody is reached by it."""
    return {name: value if name in _PLACES else _told(value) for name, value in extra.items()}


def _told(value: object) -> object:
    match value:
        case str():
            return redact(value)
        case list():
            return [_told(item) for item in value]
        case dict():
            return _beside(value)
    return value


def file_without_cards(item: Attached) -> Attached:
    """The file with every card number removed from its name, and from its text if it is one; and without what no
    column of plain text can keep."""
    is_text = item.media_type.startswith("text/")
    return replace(
        item,
        name=redact(unturned(_plain(item.name))),
        media_type=_plain(item.media_type),
        content=redact_bytes(item.content) if is_text else item.content,
        content_id=_plain(item.content_id),
        problem=_plain(item.problem),
        reference=_plain(item.reference),
    )


def _plain(text: str) -> str:
    """Databases refuse the sign of number nought, and halves of signs."""
    return text.replace("\x00", "").encode(errors="replace").decode()
