"""Inboxes that are installations of one app: whose a call at their shared address is, and the news that one is gone. Adding one is `bot.installing`."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from bot.company import set_inbox_settings, stored_settings
from bot.house import House
from channels.contract import Arrival
from channels.contract_apps import Installs
from core.errors import NotFound
from store.audit import record
from store.models import Inbox
from store.vault import VaultError

log = structlog.get_logger()


def app_of(house: House, inbox: Inbox) -> Installs | None:
    """The adapter of an inbox whose app is installed by consent; None for all others and for unusable settings."""
    try:
        channel = house.channel_of(inbox)
    except (ValueError, NotFound, VaultError):
        return None
    return channel if isinstance(channel, Installs) and channel.standing.app else None


def of_app(house: House, channel: str, app: str) -> list[tuple[Inbox, Installs]]:
    """All inboxes of an app, the first first."""
    rows = Inbox.objects.select_related("brand").filter(channel=channel).order_by("id")
    found = ((row, app_of(house, row)) for row in rows)
    return [(row, known) for row, known in found if known is not None and known.standing.app == app]


def whose(house: House, inbox: Inbox, arrival: Arrival) -> Inbox | None:
    """Of which inbox a genuine call is that came at the address of this one; None where nobody is meant: a workspace
    without an inbox, or with one that is switched off. Raises `MalformedPayload`."""
    channel = app_of(house, inbox)
    if channel is None:
        return inbox if inbox.is_active else None
    named = channel.accounts(arrival)
    if not named:
        return inbox  # a question about the address itself
    if inbox.is_active and channel.standing.account == named[0]:
        return inbox
    rows = of_app(house, inbox.channel, channel.standing.app)
    known = {one.standing.account: row for row, one in reversed(rows) if row.is_active}
    return next((known[account] for account in named if account in known), None)


def note_removal(house: House, inbox: Inbox, at: datetime) -> None:
    """The app was taken out of the account: what was given for it is forgotten, and nothing is sent there until it is
    added anew. Told once more, it changes nothing."""
    with transaction.atomic():
        row = Inbox.objects.select_for_update().get(id=inbox.id)
        channel = app_of(house, row)
        if channel is None or not channel.standing.is_installed:
            return
        kept = stored_settings(house, row)
        if int(kept.get("installed_at") or 0) > at.timestamp():
            return  # it was added anew while this waited
        left = {name: kept[name] for name in kept if name not in channel.of_installation}
        set_inbox_settings(house, row, left)
        row.save(update_fields=["settings_cipher"])
        record(
            house.vault,
            at=house.clock(),
            actor="system",
            action="inbox.removed",
            subject=f"inbox:{row.id}",
            details={"account": channel.standing.account, "at": at.isoformat()},
        )
    log.warning("app_removed", inbox=inbox.slug, channel=inbox.channel)


def take_removal(house: House, inbox: Inbox, arrival: Arrival) -> None:
    """Forgets the installation if that is what is told. Raises `MalformedPayload`."""
    channel = app_of(house, inbox)
    if channel is not None and (at := channel.removed_at(arrival)):
        note_removal(house, inbox, at)
