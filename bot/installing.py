"""Adding an app to an account by consent: from its keys to an inbox that works. Whose consent it was is `web.company.consent`'s."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import transaction

from bot.apps import app_of, of_app
from bot.company import default_brand, keep_inbox, set_inbox_settings, stored_settings
from bot.house import House
from bot.permissions import May, require
from channels.contract_apps import AppWish, Installed, Installs, Standing
from channels.registry import channel_class
from core.errors import Conflict, MalformedPayload, NotFound, PermanentFailure, TemporaryFailure
from core.ids import InboxId
from store.audit import record
from store.models import Inbox, User

PATIENCE = 20.0
"""Seconds after which the provider is taken for away."""
_SLUG = 50


@dataclass(frozen=True, slots=True)
class Added:
    """What came of a consent. `is_new`: it made an inbox of its own; `missing`: permissions that were not granted."""

    inbox: Inbox
    name: str
    is_new: bool
    missing: tuple[str, ...]


def manifest(house: House, by: User, channel: str, wish: AppWish) -> dict[str, Any]:
    """The description from which the provider makes the app. Raises `NotAllowed`, `NotFound`."""
    require(by, May.CONFIGURE)
    return _kind(channel).manifest(wish)


def hook_of(house: House, channel: str, slug: str) -> str:
    """The address that the provider calls, for all accounts of the app."""
    return f"{house.settings.public_url}/webhooks/{channel}/{slug}"


def make_app(
    house: House, by: User, channel: str, slug: str, name: str, settings: Mapping[str, Any]
) -> Inbox:
    """An inbox with an app's keys, in no account yet. Raises `NotAllowed`, `Conflict`, `MalformedPayload`."""
    require(by, May.CONFIGURE)
    if re.fullmatch(r"[-a-zA-Z0-9_]{1,50}", slug) is None:
        raise MalformedPayload("A short name has letters, digits, - and _ alone.")
    if Inbox.objects.filter(slug=slug).exists():
        raise Conflict("There is a channel of this short name: choose another one.")
    inbox = Inbox(
        brand=default_brand(), slug=slug, name=name.strip()[:120] or slug, channel=channel
    )
    try:
        keep_inbox(house, by, inbox, dict(settings))
    except ValueError as problem:
        raise MalformedPayload("These keys cannot be right: copy them once more.") from problem
    return inbox


def consent_page(
    house: House, by: User, inbox: Inbox, state: str, back: str, *, elsewhere: bool
) -> str:
    """Where to agree. Raises `NotAllowed`, `NotFound`."""
    require(by, May.CONFIGURE)
    return _app(house, inbox).consent_page(state, back, elsewhere=elsewhere)


def add(house: House, by: User, inbox_id: UUID, code: str, back: str) -> Added:
    """Exchanges a consent's code and keeps what it gives: in the app's inbox of that account, or in a new one.

    Raises `NotAllowed`, `NotFound`, `Conflict` with what the provider says.
    """
    require(by, May.CONFIGURE)
    inbox = Inbox.objects.filter(id=inbox_id).first()
    if inbox is None:
        raise NotFound("There is no such workspace here any more.")
    channel = _app(house, inbox)
    try:
        installed = asyncio.run(_exchanged(house, inbox, code, back))
    except PermanentFailure as failure:
        raise Conflict(failure.sentence, **failure.values) from failure
    except (TemporaryFailure, TimeoutError) as failure:
        raise Conflict("The provider did not answer: begin again.") from failure
    return _kept(house, by, inbox, channel, installed)


async def _exchanged(house: House, inbox: Inbox, code: str, back: str) -> Installed:
    """With an adapter of its own: a client that is kept belongs to another loop."""
    cls = channel_class(inbox.channel)
    settings = cls.Settings.model_validate(stored_settings(house, inbox))
    channel = cast(Installs, cls(InboxId(inbox.id), settings))
    async with asyncio.timeout(PATIENCE):
        return await channel.install(code, back, house.clock())


def _kept(house: House, by: User, first: Inbox, channel: Installs, installed: Installed) -> Added:
    with transaction.atomic():
        # One after the other: two consents of one account make one inbox.
        list(Inbox.objects.select_for_update().filter(channel=first.channel).order_by("id"))
        known = of_app(house, first.channel, channel.standing.app)
        accounts = {app.standing.account: one for one, app in reversed(known)}
        row, ends = accounts.get(installed.account), channel.of_installation
        if row is None and "" in accounts and accounts[""].id == first.id:
            row = first
        is_new = row is None
        if row is None:
            row, ends = _beside(first, installed), ends | channel.of_account
        before = stored_settings(house, first if is_new else row)
        left = {name: value for name, value in before.items() if name not in ends}
        set_inbox_settings(house, row, {**left, **installed.settings})
        row.save()
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{by.id}",
            action="inbox.install",
            subject=f"inbox:{row.id}",
            details={"account": installed.account, "missing": list(installed.missing)},
        )
    return Added(row, installed.name or installed.account, is_new, installed.missing)


def _beside(first: Inbox, installed: Installed) -> Inbox:
    """A further inbox of the same app, named by its account."""
    tail = re.sub(r"[^a-z0-9]+", "-", installed.account.lower()).strip("-")
    slug = f"{first.slug[: _SLUG - len(tail) - 1]}-{tail}"[:_SLUG]
    if Inbox.objects.filter(slug=slug).exists():
        slug = f"{first.channel}-{uuid4().hex[:12]}"
    name = installed.name or installed.account
    return Inbox(brand=first.brand, slug=slug, name=name, channel=first.channel)


def standings(house: House, channel: str) -> list[tuple[Inbox, Standing]]:
    """How the inboxes of this channel's apps stand."""
    rows = Inbox.objects.select_related("brand").filter(channel=channel).order_by("id")
    found = ((row, app_of(house, row)) for row in rows)
    return [(row, app.standing) for row, app in found if app is not None]


def _app(house: House, inbox: Inbox) -> Installs:
    app = app_of(house, inbox)
    if app is None:
        raise NotFound("This workspace has no keys of an app: enter them first.")
    return app


def _kind(channel: str) -> type[Installs]:
    kind = channel_class(channel)
    if not hasattr(kind, "manifest"):
        raise NotFound("This channel has no apps.")
    return cast(type[Installs], kind)
