"""How far the tickets have moved from what the serving router learned, as it was measured last. Measuring is `bot.drifting`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from store.audit import record
from store.jobs import enqueue
from store.models import Counter, ModelVersion
from store.vault import Vault

EVERY = timedelta(days=1)
_SINCE = "drift:since"
_KEY = "drift"


def look_when_due(job: str, now: datetime) -> bool:
    """Asks for a measurement when a day has passed since the last one was asked for, or since the first look: a fresh
    installation has nothing to measure. True when it did."""
    known = Counter.objects.filter(name=_SINCE).values_list("value", flat=True).first()
    if known is not None and now - datetime.fromtimestamp(known, UTC) < EVERY:
        return False
    with transaction.atomic():
        Counter.objects.update_or_create(name=_SINCE, defaults={"value": int(now.timestamp())})
        if known is not None:
            enqueue(job, {"verb": "drift"}, now, key=_KEY)
    return known is not None


def keep_drift(vault: Vault, version: str, found: dict[str, Any], now: datetime) -> bool:
    """Keeps what was measured with the router that it is of. True, and an audit entry, where a sign alarms that did not
    the last time."""
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(kind="router", version=version)
        before = set(alarms(row.manifest.get(_KEY, {})))
        row.manifest = {**row.manifest, _KEY: {**found, "at": now.isoformat()}}
        row.save(update_fields=["manifest"])
        fresh = sorted(set(alarms(found)) - before)
        if fresh:
            record(
                vault,
                at=now,
                actor="system:drift",
                action="model.drifted",
                subject="model:router",
                details={"version": version, "signs": fresh},
            )
    return bool(fresh)


def drift_now() -> dict[str, Any]:
    """Of the router that serves: `at`, `tickets`, `fewest` that say anything, `days`, `signs` (name, value, is_alarming, says); empty where nothing
    was measured."""
    row = ModelVersion.objects.filter(kind="router", is_active=True).first()
    found: dict[str, Any] = {} if row is None else row.manifest.get(_KEY, {})
    return found


def alarms(found: dict[str, Any]) -> list[str]:
    """Names of the signs that alarm."""
    return [sign["name"] for sign in found.get("signs", ()) if sign["is_alarming"]]
