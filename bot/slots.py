"""Services that an admin attached to the desk: who may, the call itself, and what of an answer is believed.

Off by default. Nothing about a customer goes out unless a slot is set and on; what went out leaves an audit entry,
without words. What colleagues see of it is `bot.slot_answers`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.db import transaction
from pydantic import SecretStr

from bot.breaker import Breaker
from bot.company import default_brand
from bot.hooks import new_secret
from bot.house import House
from bot.permissions import May, require
from channels.outside import Outside, checked_url
from channels.webhook_settings import key_of
from channels.webhook_signature import ID, SIGNATURE, TIME, signatures
from core.errors import (
    DialogueFailed,
    Failed,
    MalformedPayload,
    NotFound,
    Rejected,
    TemporaryFailure,
)
from store.audit import record
from store.models import Slot, User

log = structlog.get_logger()

SECONDS = 3.0
"""So long an answer is waited for: a colleague looks on."""
LONGEST = 65_536
_breakers: dict[UUID, Breaker] = {}


@dataclass(frozen=True, slots=True)
class Made:
    """A slot with its signing secret, where that is new: it is shown this once."""

    row: Slot
    secret: str = field(default="", repr=False)


def slots_of(user: User) -> dict[str, Slot | None]:
    """What is attached, by kind. Raises `NotAllowed`."""
    require(user, May.CONFIGURE)
    rows = {row.kind: row for row in Slot.objects.filter(brand=default_brand())}
    return {kind.value: rows.get(kind.value) for kind in Slot.Kind}


def attach(house: House, by: User, kind: str, url: str, is_active: bool) -> Made:
    """Sets a slot, on or off; a first one, and one that leads to another address, gets a new secret.

    Raises `NotAllowed`, `NotFound` for a kind that there is not, `MalformedPayload`.
    """
    require(by, May.CONFIGURE)
    if kind not in set(Slot.Kind):
        raise NotFound("There is no such slot.")
    if len(url) > 600:
        raise MalformedPayload("An address has at most 600 characters.")
    address = checked_url(url.strip(), house.settings.web.inside_hosts)
    brand, now = default_brand(), house.clock()
    with transaction.atomic():
        row = Slot.objects.select_for_update().filter(brand=brand, kind=kind).first()
        row = row or Slot(brand=brand, kind=kind)
        is_new, secret = row.url != address, ""
        row.url, row.is_active, row.changed_by, row.changed_at = address, is_active, by, now
        if is_new:
            secret = new_secret()
            row.secret_cipher = house.vault.seal_own(f"slot.secret:{row.id}", secret.encode())
        row.save()
        _note(house, f"user:{by.id}", "slot.attach", row, url=address, on=is_active)
    _breakers.pop(row.id, None)
    return Made(row, secret)


def detach(house: House, by: User, kind: str) -> None:
    """Takes a slot away; from then on nothing is asked. Raises `NotAllowed`, `NotFound`."""
    require(by, May.CONFIGURE)
    with transaction.atomic():
        row = Slot.objects.select_for_update().filter(brand=default_brand(), kind=kind).first()
        if row is None:
            raise NotFound("There is no such slot.")
        _note(house, f"user:{by.id}", "slot.detach", row, url=row.url)
        row.delete()


def try_out(house: House, by: User, kind: str) -> str:
    """Asks the service with an example that is nobody's; why it did not work, or nothing. Raises as `attach`."""
    row = slots_of(by).get(kind)
    if row is None:
        raise NotFound("There is no such slot.")
    try:
        ask(house, row, "test", {})
    except (Failed, Rejected) as problem:
        return str(problem)
    return ""


def active_slot(brand: UUID, kind: Slot.Kind) -> Slot | None:
    """The slot, if it is set and on."""
    return Slot.objects.filter(brand=brand, kind=kind, is_active=True).first()


def kinds_on(brand: UUID) -> set[str]:
    """The kinds that can be asked."""
    rows = Slot.objects.filter(brand=brand, is_active=True)
    return set(rows.values_list("kind", flat=True))


def ask(house: House, slot: Slot, about: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """One signed question; the answer's JSON object. Must not run in an event loop's thread.

    Raises `TemporaryFailure` where there is no usable answer, or the service is left alone after failures, and what
    `Outside.ask` raises for an address that must not be called.
    """
    breaker = _breakers.setdefault(slot.id, Breaker("the service", time.monotonic, rest=30.0))
    body = json.dumps({"type": f"{slot.kind}.{about}", **asked}).encode()
    try:
        with breaker.guard():
            return _answered(house, slot, body)
    except DialogueFailed as failure:
        raise TemporaryFailure(str(failure)) from failure


def _answered(house: House, slot: Slot, body: bytes) -> dict[str, Any]:
    headers = _headers(house, slot, body)

    async def once() -> tuple[int, bytes]:
        outside = Outside(house.settings.web.inside_hosts)
        try:
            return await outside.ask(slot.url, headers, body, SECONDS)
        finally:
            await outside.close()

    try:
        status, answer = asyncio.run(once())
    except TemporaryFailure as failure:
        raise DialogueFailed(str(failure)) from failure
    if not 200 <= status < 300:
        raise DialogueFailed(f"it answered with status {status}")
    try:
        found = json.loads(answer) if len(answer) <= LONGEST else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DialogueFailed("its answer is no JSON object, or too large")
    return found


def _headers(house: House, slot: Slot, body: bytes) -> dict[str, str]:
    secret = house.vault.open_own(f"slot.secret:{slot.id}", bytes(slot.secret_cipher)).decode()
    name, seconds = f"ask_{uuid4().hex}", int(house.clock().timestamp())
    return {
        "content-type": "application/json",
        "user-agent": "Threadline-Slots/1",
        ID: name,
        TIME: str(seconds),
        SIGNATURE: signatures([key_of(SecretStr(secret))], name, seconds, body),
    }


def note_asked(house: House, user: User, number: int, slot: Slot, **details: Any) -> None:
    """That something about a ticket's customer went to the service, and how much; never what."""
    _note(house, f"user:{user.id}", f"slot.{slot.kind}", slot, ticket=number, **details)


def _note(house: House, actor: str, action: str, row: Slot, **details: Any) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=actor,
        action=action,
        subject=f"slot:{row.kind}",
        details=details,
    )
