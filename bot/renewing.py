"""Tokens of installed apps that end by themselves: renewed well before, by one worker. Adding an app is `bot.installing`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction

from bot.apps import app_of, note_removal
from bot.company import set_inbox_settings, stored_settings
from bot.duty import Duty, in_rounds
from bot.house import House
from core.errors import PermanentFailure, TemporaryFailure
from store.duties import Held
from store.models import Inbox

log = structlog.get_logger()

LEASE = timedelta(seconds=60)
EVERY = 300.0


async def keep_renewing(house: House, worker: str, stopping: asyncio.Event) -> None:
    """Holds the `renew` duty whenever nobody else does, until `stopping`."""

    async def step(_: Held) -> bool:
        await renew_due(house)
        return False

    await in_rounds(Duty(house, "renew", worker, LEASE), step, stopping, EVERY)


async def renew_due(house: House) -> int:
    """Renews what ends soon; how many. A provider that is away is asked again in the next round; one that refuses for good
    has taken the app out, as far as we can know."""
    due = await house.database.read(_due, house)
    return sum(await asyncio.gather(*(_renew(house, inbox) for inbox in due)))


async def _renew(house: House, inbox: Inbox) -> bool:
    app = app_of(house, inbox)
    if app is None:
        return False
    used = app.standing.renewal
    try:
        given = await app.renew(house.clock())
    except TemporaryFailure as failure:
        log.warning("token_not_renewed", inbox=inbox.slug, problem=str(failure))
    except PermanentFailure as failure:
        log.error("token_refused", inbox=inbox.slug, problem=str(failure))
        await house.database.run(note_removal, house, inbox, house.clock())
    else:
        await house.database.run(keep_token, house, inbox, used, given)
        return True
    return False


def _due(house: House) -> list[Inbox]:
    now = house.clock()
    found = []
    for inbox in Inbox.objects.filter(is_active=True):
        app = app_of(house, inbox)
        if app is not None and (at := app.standing.renews_at) is not None and at <= now:
            found.append(inbox)
    return found


def keep_token(house: House, inbox: Inbox, used: str, given: Mapping[str, Any]) -> None:
    """Puts the new token beside whatever else was set meanwhile; nothing where the app was taken out or added anew."""
    with transaction.atomic():
        row = Inbox.objects.select_for_update().get(id=inbox.id)
        app = app_of(house, row)
        if app is None or app.standing.renewal != used:
            return
        set_inbox_settings(house, row, {**stored_settings(house, row), **given})
        row.save(update_fields=["settings_cipher"])
