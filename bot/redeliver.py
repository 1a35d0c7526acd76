"""Putting messages that were not delivered back in line, by number or by time. Twice is one sending; each time is audited."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from bot.house import House
from channels.contract import Finds
from store.audit import record
from store.models import Inbox
from store.undelivered import Letter, Which, replay, undelivered


def send_again(house: House, which: Which, actor: str, *, looks_first: bool = True) -> list[Letter]:
    """Those that are in line now. One of which nobody knows is looked up first where its provider can be asked;
    elsewhere, and where somebody who has looked says `looks_first` = False, it may be said twice."""
    with transaction.atomic():
        letters = undelivered(which)
        if not letters:
            return []
        asked = _that_can_be_asked(house, letters) if looks_first else frozenset()
        unsure = [one.id for one in letters if one.state == "unknown" and one.inbox_id in asked]
        others = [one.id for one in letters if one.id not in set(unsure)]
        now = house.clock()
        replay(unsure, now, look_first=True)
        replay(others, now)
        details = {"outbox": [one.id for one in letters]}
        subject = f"outbox:{letters[0].id}" if len(letters) == 1 else "outbox"
        record(
            house.vault,
            at=now,
            actor=actor,
            action="outbox.replay",
            subject=subject,
            details=details,
        )
    house.doorbell.ring("outbox")
    return letters


def _that_can_be_asked(house: House, letters: Sequence[Letter]) -> frozenset[UUID]:
    inboxes = Inbox.objects.filter(id__in={one.inbox_id for one in letters})
    return frozenset(box.id for box in inboxes if isinstance(house.channel_of(box), Finds))
