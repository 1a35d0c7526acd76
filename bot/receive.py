"""The one way in: what an adapter parsed becomes stored messages, and only then is it acknowledged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from bot.aside_post import divided, take_answers
from bot.house import House
from bot.metrics import ACCEPTED, REPEATED
from bot.reply import keep_contact
from bot.tracing import accepted as traced
from bot.tracing import now as trace_clock
from core.message import Attached, Inbound
from core.redaction import redact, redact_bytes
from store.events import Log
from store.jobs import enqueue
from store.models import Inbox
from store.participants import learn_from_numbers
from store.receiving import Accepted, Arriving, Cursor, accept, open_chat
from store.reports import record_reports
from store.turns import Finish, lock, write


def receive(
    house: House, inbox: Inbox, inbounds: Sequence[Inbound], cursor: Cursor | None = None
) -> list[Accepted]:
    """Stores what arrived, in one transaction; when this returns, it may be acknowledged.

    What answers an aside is kept there, and is no customer's. Runs in a database thread. Raises what
    `store.receiving.accept` raises; then nothing is stored.
    """
    since = trace_clock()
    arriving = [
        Arriving(clean, tuple(house.files.keep(item) for item in clean.attachments))
        for clean in map(without_cards, inbounds)
    ]
    now = house.clock()
    raw_until = now + timedelta(days=house.settings.raw_days) if house.settings.raw_days else None
    learn_from_numbers(house.vault, inbox.brand_id, inbounds, now)
    arriving, answers = divided(house, inbox, arriving)
    brings_files = any(file.reference for item in inbounds for file in item.attachments)
    reports = [report for item in inbounds for report in item.reports]
    # A transaction around a transaction costs two statements, so only those pay who need it.
    with transaction.atomic() if brings_files or reports or answers else nullcontext():
        take_answers(house, inbox, answers, now)
        accepted = accept(house.vault, inbox, arriving, now=now, raw_until=raw_until, cursor=cursor)
        if brings_files:
            _fetch_later(inbox, [item.inbound for item in arriving], accepted, now)
        record_reports(house.vault, inbox.id, reports, now)
    for item in accepted:
        (REPEATED if item.is_duplicate else ACCEPTED).labels(inbox.channel).inc()
        if not item.is_duplicate:
            traced(item.message, inbox.channel, since)
    if any(item.wants_turn for item in accepted):
        house.doorbell.ring("turns")
    if accepted or answers:
        house.doorbell.ring("events")
    return accepted


def _fetch_later(
    inbox: Inbox, inbounds: Sequence[Inbound], accepted: Sequence[Accepted], now: datetime
) -> None:
    """Files that are still at the provider are a job, stored with the message that names them."""
    if len(inbounds) != len(accepted):
        return  # some of it was nobody's, and only what is somebody's brings files
    for inbound, item in zip(inbounds, accepted, strict=True):
        files = {file.name: file.reference for file in inbound.attachments if file.reference}
        if files and not item.is_duplicate:
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


def without_cards(inbound: Inbound) -> Inbound:
    """The message with every card number removed, in its text files and the raw payload too.

    Where a number was found, it may stand in the raw bytes in an encoding that nobody can search, so these
    are replaced by the redacted message itself: less exact, but surely clean.
    """
    clean = replace(
        inbound,
        text=redact(inbound.text),
        subject=redact(inbound.subject),
        html=redact(inbound.html),
        quoted=redact(inbound.quoted),
        attachments=tuple(map(file_without_cards, inbound.attachments)),
    )
    if clean == inbound or not inbound.raw:
        return replace(clean, raw=redact_bytes(inbound.raw))
    fields = asdict(replace(clean, raw=b"", attachments=()))
    return replace(clean, raw=json.dumps(fields, default=str, ensure_ascii=False).encode())


def file_without_cards(item: Attached) -> Attached:
    """The file with every card number removed from its name, and from its text if it is one."""
    is_text = item.media_type.startswith("text/")
    content = redact_bytes(item.content) if is_text else item.content
    return replace(item, name=redact(item.name), content=content)
