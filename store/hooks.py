"""Outgoing webhooks in the database: each event once for each address that wants it, and what became of each call.

Sending is `bot.calls`; who may set them up is `bot.hooks`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from core.errors import Conflict, NotFound
from store.events import FeedEvent, feed_after, feed_end
from store.following import place_of, put
from store.jobs import enqueue
from store.models import Counter, Hook, HookCall, Job, Ticket
from store.statements import Select
from store.vault import Vault

JOB = "call"
KEPT = timedelta(days=30)
WAITS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds after each failed attempt of one call; after the last it has failed. Three days in all."""
RESTS = (0, 0, 30, 60, 120, 300, 600)
"""Seconds for which an address is left alone after so many failures in a row; the last counts on."""
GIVEN_UP_AFTER = timedelta(days=5)
"""An address that has failed for so long, and fails again, is switched off."""
_CURSOR = "hooks"


@dataclass(frozen=True, slots=True)
class Due:
    """A call to make now. `secrets`: whsec_..., the newest first."""

    id: int
    hook: UUID
    url: str
    name: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an attempt: `status` of the answer, or the `problem` where there was none."""

    status: int | None
    problem: str
    took_ms: int

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """410: it says that it wants nothing any more."""
        return self.status == 410

    @property
    def is_down(self) -> bool:
        """The address itself is away, not only unwilling to take this one."""
        return self.status is None or self.status >= 500 or self.status == 429


def fan_out(now: datetime, limit: int = 200) -> int:
    """Makes the calls that the next events ask for, in one transaction with the mark of how far it came.
    Returns how many events were read."""
    hooks = _HOOKS.rows()
    if not hooks or not feed_after(place_of(Counter.objects.get(name=_CURSOR)), 1):
        return 0
    with transaction.atomic():
        cursor = Counter.objects.select_for_update().get(name=_CURSOR)
        events = feed_after(place_of(cursor), limit)
        if not events:
            return 0
        numbers = _tickets({event.conversation for event in events})
        calls = [
            _call(hook, event, numbers.get(event.conversation), now)
            for event in events
            for hook in hooks
            if not hook.kinds or event.kind in hook.kinds
        ]
        HookCall.objects.bulk_create(calls)
        for call in calls:
            _send_at(call, now)
        put(cursor, events[-1].position)
        return len(events)


_HOOKS = Select(lambda: Hook.objects.filter(is_active=True))


def follow_from_now() -> None:
    """Called in the transaction that switches an address on: where nobody was told before, the past is not either."""
    cursor, is_new = Counter.objects.get_or_create(name=_CURSOR)
    if is_new or not Hook.objects.filter(is_active=True).exists():
        put(cursor, feed_end())


def test_call(hook: Hook, now: datetime) -> HookCall:
    """A call that carries nothing, sent at once, to see whether the address works."""
    body = {"type": "test", "timestamp": now.isoformat(), "data": {"webhook": str(hook.id)}}
    with transaction.atomic():
        call = HookCall.objects.create(
            hook=hook, name=_name(), kind="test", body=body, created_at=now, next_at=now
        )
        Hook.objects.filter(id=hook.id).update(rests_until=None)
        _send_at(call, now)
    return call


def call_again(hook: Hook, number: int, now: datetime) -> HookCall:
    """One more round of attempts for a call that was settled, under its old id. Raises `NotFound`, `Conflict`."""
    with transaction.atomic():
        call = HookCall.objects.select_for_update().filter(hook=hook, id=number).first()
        if call is None:
            raise NotFound("There is no such call.")
        if call.state == HookCall.State.WAITING:
            raise Conflict("This call is waiting already.")
        call.state, call.attempts, call.next_at = HookCall.State.WAITING, 0, now
        call.save(update_fields=["state", "attempts", "next_at"])
        _send_at(call, now)
    return call


def due_call(vault: Vault, number: int, attempt: int, now: datetime) -> Due | None:
    """The call to make, or None when it was settled or put off meanwhile. What an inactive hook has left fails."""
    with transaction.atomic():
        call = HookCall.objects.select_for_update().filter(id=number).first()
        if call is None or call.state != HookCall.State.WAITING or call.attempts != attempt:
            return None
        hook = Hook.objects.get(id=call.hook_id)
        if not hook.is_active and call.kind != "test":
            call.state, call.problem = HookCall.State.FAILED, "the webhook is switched off"
            call.next_at = None
            call.save(update_fields=["state", "problem", "next_at"])
            return None
        if hook.rests_until is not None and hook.rests_until > now:
            call.next_at = hook.rests_until
            call.save(update_fields=["next_at"])
            _send_at(call, hook.rests_until, again=True)
            return None
        text = json.dumps(call.body, separators=(",", ":"), sort_keys=True).encode()
        return Due(call.id, hook.id, hook.url, call.name, text, secrets_of(vault, hook, now))


def called(due: Due, tried: Tried, now: datetime) -> bool:
    """Keeps what became of a call and plans the next attempt. True when the address was switched off for it."""
    with transaction.atomic():
        hook = Hook.objects.select_for_update().filter(id=due.hook).first()
        call = HookCall.objects.select_for_update().filter(id=due.id).first()
        if hook is None or call is None or call.state != HookCall.State.WAITING:
            return False
        call.attempts += 1
        call.status, call.problem, call.took_ms = tried.status, tried.problem[:200], tried.took_ms
        call.tried_at, call.next_at = now, None
        if tried.is_taken:
            call.state = HookCall.State.DELIVERED
            hook.failures, hook.failing_since, hook.rests_until = 0, None, None
        else:
            _failed(hook, call, tried, now)
        is_ended = not tried.is_taken and _ends(hook, tried, now)
        call.save()
        hook.save(update_fields=["failures", "failing_since", "rests_until", "is_active", "ended"])
        return is_ended


def _failed(hook: Hook, call: HookCall, tried: Tried, now: datetime) -> None:
    hook.failures += 1
    hook.failing_since = hook.failing_since or now
    if tried.is_down:
        rest = RESTS[min(hook.failures, len(RESTS) - 1)]
        hook.rests_until = now + timedelta(seconds=rest) if rest else None
    if call.attempts > len(WAITS) or call.kind == "test" or tried.is_gone:
        call.state = HookCall.State.FAILED
    else:
        call.next_at = now + timedelta(seconds=WAITS[call.attempts - 1])
        _send_at(call, call.next_at)


def _ends(hook: Hook, tried: Tried, now: datetime) -> bool:
    since = hook.failing_since
    is_hopeless = since is not None and now - since >= GIVEN_UP_AFTER
    if not hook.is_active or not (tried.is_gone or is_hopeless):
        return False
    hook.is_active = False
    hook.ended = "it answered 410: gone" if tried.is_gone else "it failed for five days"
    return True


def forget_calls(now: datetime) -> int:
    """Forgets calls that were settled and are older than thirty days; returns how many."""
    old = HookCall.objects.filter(created_at__lt=now - KEPT)
    return old.exclude(state=HookCall.State.WAITING).delete()[0]


def seal_secrets(vault: Vault, hook: Hook, secrets: Sequence[tuple[str, datetime | None]]) -> None:
    """Puts the signing secrets on the row, each with the moment until which it signs; the caller saves."""
    rows = [[secret, until.isoformat() if until else None] for secret, until in secrets]
    place = f"hook.secrets:{hook.id}"
    hook.secrets_cipher = vault.seal_own(place, json.dumps(rows).encode())


def secrets_of(vault: Vault, hook: Hook, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, the newest first."""
    opened = vault.open_own(f"hook.secrets:{hook.id}", bytes(hook.secrets_cipher))
    rows = json.loads(opened or b"[]")
    return tuple(
        secret for secret, until in rows if until is None or datetime.fromisoformat(until) > now
    )


def _call(hook: Hook, event: FeedEvent, ticket: int | None, now: datetime) -> HookCall:
    body = {"type": event.kind, "timestamp": event.at.isoformat(), "data": told(event, ticket)}
    return HookCall(
        hook=hook,
        name=_name(),
        event=event.position.id,
        kind=event.kind,
        body=body,
        created_at=now,
        next_at=now,
    )


def told(event: FeedEvent, ticket: int | None) -> dict[str, Any]:
    """What is said of an event: the same as by the API, and nobody's words."""
    return {
        "position": str(event.position),
        "conversation": str(event.conversation),
        "ticket": ticket,
        "seq": event.seq,
        "actor": event.actor,
        "message": str(event.message) if event.message else None,
        "data": event.data,
    }


def _tickets(conversations: set[UUID]) -> dict[UUID, int]:
    rows = Ticket.objects.filter(conversation__in=conversations)
    return dict(rows.values_list("conversation_id", "number"))


def _send_at(call: HookCall, at: datetime, again: bool = False) -> None:
    """One job for each attempt. `again`: the running job was only put off, so its key is in use still."""
    if again:
        Job.objects.filter(kind=JOB, key=_key(call), state=Job.State.WAITING).update(key=None)
    payload = {"call": call.id, "attempt": call.attempts}
    enqueue(JOB, payload, at, key=_key(call))


def _key(call: HookCall) -> str:
    return f"{call.id}:{call.attempts}"


def _name() -> str:
    return f"msg_{uuid4().hex}"
