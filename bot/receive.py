"""The one way in: what an adapter parsed becomes stored messages, and only then is it acknowledged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from uuid import UUID

from bot.house import House
from core.message import Attached, Inbound
from core.redaction import redact, redact_bytes
from store.models import Inbox
from store.receiving import Accepted, Arriving, Cursor, accept, open_chat


def receive(
    house: House, inbox: Inbox, inbounds: Sequence[Inbound], cursor: Cursor | None = None
) -> list[Accepted]:
    """Stores what arrived, in one transaction; when this returns, it may be acknowledged.

    Runs in a database thread. Raises what `store.receiving.accept` raises; then nothing is stored.
    """
    arriving = [
        Arriving(clean, tuple(house.files.keep(item) for item in clean.attachments))
        for clean in map(without_cards, inbounds)
    ]
    now = house.clock()
    raw_until = now + timedelta(days=house.settings.raw_days) if house.settings.raw_days else None
    accepted = accept(house.vault, inbox, arriving, now=now, raw_until=raw_until, cursor=cursor)
    if any(item.wants_turn for item in accepted):
        house.doorbell.ring("turns")
    if accepted:
        house.doorbell.ring("events")
    return accepted


def start_chat(house: House, inbox: Inbox, visitor: UUID, language: str = "") -> UUID:
    """A new, still empty conversation of a website visitor; `visitor` may have had others before."""
    return open_chat(house.vault, inbox, visitor, now=house.clock(), language=language)


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
        attachments=tuple(map(_file_without_cards, inbound.attachments)),
    )
    if clean == inbound or not inbound.raw:
        return replace(clean, raw=redact_bytes(inbound.raw))
    fields = asdict(replace(clean, raw=b"", attachments=()))
    return replace(clean, raw=json.dumps(fields, default=str, ensure_ascii=False).encode())


def _file_without_cards(item: Attached) -> Attached:
    is_text = item.media_type.startswith("text/")
    content = redact_bytes(item.content) if is_text else item.content
    return replace(item, name=redact(item.name), content=content)
