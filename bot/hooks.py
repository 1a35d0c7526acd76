"""Verbs over outgoing webhooks: who is told of what. Only admins; each deed leaves an audit entry. Sending is `bot.calls`."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from pydantic import SecretStr

from bot.company import default_brand
from bot.house import House
from bot.permissions import May, require
from channels.outside import checked_url
from channels.webhook_settings import key_of
from core.errors import Conflict, MalformedPayload, NotFound
from core.happenings import HAPPENINGS
from store import hooks
from store.audit import record
from store.models import Hook, HookCall, User

BOTH_SIGN = timedelta(hours=24)
"""After a change of secret each call is signed by the former one too, for as long."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address is to be told. `kinds`: none is everything."""

    name: str
    url: str
    kinds: tuple[str, ...] = ()
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook with its signing secret, which is shown this once."""

    row: Hook
    secret: str = field(repr=False)


def hooks_of(user: User) -> QuerySet[Hook]:
    """The webhooks that this person may see. Raises `NotAllowed`."""
    require(user, May.CONFIGURE)
    return Hook.objects.order_by("name")


def hook_of(user: User, hook: UUID) -> Hook:
    """One of them. Raises `NotAllowed`, `NotFound`."""
    found = hooks_of(user).filter(id=hook).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def make(house: House, by: User, wanted: Wanted, secret: str = "") -> Made:
    """A new webhook, told from now on. `secret`: one's own, else one is made up.

    Raises `NotAllowed`, `MalformedPayload`, `Conflict` for a name that is taken.
    """
    require(by, May.CONFIGURE)
    row = Hook(brand=default_brand(), by=by, created_at=house.clock())
    _fill(house, row, wanted)
    secret = _checked_secret(secret) if secret else new_secret()
    hooks.seal_secrets(house.vault, row, [(secret, None)])
    with transaction.atomic():
        if row.is_active:
            hooks.follow_from_now()
        row.save(force_insert=True)
        _note(house, by, "webhook.create", row, url=row.url, kinds=row.kinds)
    return Made(row, secret)


def change(house: House, by: User, hook: UUID, wanted: Wanted) -> Hook:
    """Changes what an address is told. Switched on again, it is told what happens from then on.

    Raises as `make`, and `NotFound`.
    """
    require(by, May.CONFIGURE)
    with transaction.atomic():
        row = _locked(hook)
        was_active = row.is_active
        _fill(house, row, wanted)
        if row.is_active and not was_active:
            hooks.follow_from_now()
            row.failures, row.failing_since, row.rests_until, row.ended = 0, None, None, ""
        row.save()
        _note(house, by, "webhook.change", row, url=row.url, kinds=row.kinds, on=row.is_active)
    return row


def remove(house: House, by: User, hook: UUID) -> None:
    """Takes a webhook away with the log of its calls. Raises `NotAllowed`, `NotFound`."""
    require(by, May.CONFIGURE)
    with transaction.atomic():
        row = _locked(hook)
        _note(house, by, "webhook.remove", row, url=row.url)
        row.delete()


def change_secret(house: House, by: User, hook: UUID, secret: str = "") -> Made:
    """A new signing secret; for a day the former one signs beside it. Raises as `change`."""
    require(by, May.CONFIGURE)
    new, now = _checked_secret(secret) if secret else new_secret(), house.clock()
    with transaction.atomic():
        row = _locked(hook)
        former = hooks.secrets_of(house.vault, row, now)[:1]
        kept = [(one, now + BOTH_SIGN) for one in former if one != new]
        hooks.seal_secrets(house.vault, row, [(new, None), *kept])
        row.save(update_fields=["secrets_cipher"])
        _note(house, by, "webhook.secret", row)
    return Made(row, new)


def send_test(house: House, by: User, hook: UUID) -> HookCall:
    """Sends a call of the kind `test`, also to an address that is switched off. Raises `NotAllowed`, `NotFound`."""
    call = hooks.test_call(hook_of(by, hook), house.clock())
    house.doorbell.ring("events")
    return call


def send_again(house: House, by: User, hook: UUID, call: int) -> HookCall:
    """One more round for a call that was settled. Raises `NotAllowed`, `NotFound`, `Conflict`."""
    found = hooks.call_again(hook_of(by, hook), call, house.clock())
    house.doorbell.ring("events")
    return found


def new_secret() -> str:
    """A signing secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(os.urandom(32)).decode()


def _fill(house: House, row: Hook, wanted: Wanted) -> None:
    name = wanted.name.strip()
    if not name or len(name) > 120 or "\x00" in name:
        raise MalformedPayload("A webhook needs a name of 1 to 120 characters.")
    if Hook.objects.filter(name=name).exclude(id=row.id).exists():
        raise Conflict("A webhook has this name already.")
    if len(wanted.url) > 600:
        raise MalformedPayload("An address has at most 600 characters.")
    row.name, row.is_active = name, wanted.is_active
    row.url = checked_url(wanted.url, house.settings.web.inside_hosts)
    row.kinds = _known(wanted.kinds)


def _known(kinds: Iterable[str]) -> list[str]:
    wanted = sorted(set(kinds))
    if unknown := set(wanted) - set(HAPPENINGS):
        raise MalformedPayload(
            "There are no events of the kind '%(kind)s'.", kind=sorted(unknown)[0][:40]
        )
    return wanted


def _checked_secret(secret: str) -> str:
    try:
        key_of(SecretStr(secret))
    except ValueError as problem:
        raise MalformedPayload(
            "The secret does not fit: %(problem)s.", problem=problem
        ) from problem
    return secret


def _locked(hook: UUID) -> Hook:
    row = Hook.objects.select_for_update().filter(id=hook).first()
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


def _note(house: House, by: User, action: str, row: Hook, **details: Any) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{by.id}",
        action=action,
        subject=f"webhook:{row.id}",
        details=details,
    )
