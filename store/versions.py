"""Versions of trained artefacts side by side, and which of them serves: switched in one transaction. Training is `bot.workshop`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from core.errors import Conflict, NotFound, StaleVersion
from store.audit import record
from store.experiments import overtaken
from store.models import ModelVersion
from store.vault import Vault

_ACTIVATED = "activated_at"
_WITHDRAWN = "withdrawn"


def add_version(
    kind: str, version: str, folder: str, manifest: dict[str, Any], now: datetime
) -> ModelVersion:
    """Keeps an artefact beside the others of its kind without serving it; the same version again is the same row."""
    row, is_new = ModelVersion.objects.get_or_create(
        kind=kind,
        version=version,
        defaults={
            "folder": folder,
            "manifest": {**manifest, _ACTIVATED: []},
            "created_at": now,
            "is_active": False,
        },
    )
    if not is_new:
        kept = {
            name: row.manifest[name] for name in (_ACTIVATED, _WITHDRAWN) if name in row.manifest
        }
        row.manifest = {**manifest, **kept}
        row.folder = folder
        row.save(update_fields=["manifest", "folder"])
    return row


def versions(kind: str = "") -> list[ModelVersion]:
    """Of one kind or of all, by kind and newest first."""
    rows = ModelVersion.objects.order_by("kind", "-created_at", "version")
    return list(rows.filter(kind=kind) if kind else rows)


def version_named(kind: str, beginning: str) -> ModelVersion:
    """The version of this kind that begins so. Raises `NotFound`; `Conflict` when there are several."""
    found = list(ModelVersion.objects.filter(kind=kind, version__startswith=beginning)[:2])
    if not found or not beginning:
        known = ", ".join(row.version[:12] for row in versions(kind)) or "none"
        raise NotFound(f"There is no version {beginning!r} of {kind!r}; there are: {known}.")
    if len(found) > 1:
        raise Conflict(f"Several versions of {kind} begin with {beginning!r}: give more of it.")
    return found[0]


def version_before(kind: str) -> ModelVersion:
    """The one that served before the present one and was not withdrawn. Raises `NotFound`."""
    served = [
        row
        for row in versions(kind)
        if not row.is_active and activations(row) and not row.manifest.get(_WITHDRAWN)
    ]
    if not served:
        raise NotFound(f"No other version of {kind!r} has served before.")
    return max(served, key=lambda row: activations(row)[-1])


def switch_version_from(
    vault: Vault, before: ModelVersion | None, row: ModelVersion, now: datetime, *, actor: str
) -> None:
    """As `switch_version`, if what serves is still what this version was made from (None: nothing). Raises `StaleVersion`."""
    try:
        with transaction.atomic():
            serving = _serving(row.kind)
            if [one.pk for one in serving] != ([] if before is None else [before.pk]):
                raise StaleVersion(f"Another version of {row.kind} serves meanwhile.")
            # These and no others: what came to serve since they were read must not be put aside unread.
            _switch(vault, row, serving, now, actor=actor, withdraw=False)
    except IntegrityError as error:  # where nothing served, there was nothing to wait for
        raise StaleVersion(f"Another version of {row.kind} serves meanwhile.") from error


def switch_version(
    vault: Vault, row: ModelVersion, now: datetime, *, actor: str, withdraw: bool = False
) -> None:
    """From now on this version serves its kind; every brain follows within a second. One audit entry.

    `withdraw`: the one that served until now is no target of `version_before` until it is activated again.
    """
    with transaction.atomic():
        _switch(vault, row, _serving(row.kind), now, actor=actor, withdraw=withdraw)


def _serving(kind: str) -> list[ModelVersion]:
    """What serves, locked."""
    return list(ModelVersion.objects.select_for_update().filter(kind=kind, is_active=True))


def _switch(
    vault: Vault,
    row: ModelVersion,
    serving: list[ModelVersion],
    now: datetime,
    *,
    actor: str,
    withdraw: bool,
) -> None:
    for other in serving:
        other.is_active = False
        # What served before this was written down counts as activated when it was made.
        history = {_ACTIVATED: activations(other), _WITHDRAWN: withdraw}
        other.manifest = {**other.manifest, **history}
        other.save(update_fields=["is_active", "manifest"])
    fresh = ModelVersion.objects.get(pk=row.pk)
    history = {_ACTIVATED: [*activations(fresh), now.isoformat()], _WITHDRAWN: False}
    fresh.manifest = {**fresh.manifest, **history}
    fresh.is_active = True
    fresh.save(update_fields=["is_active", "manifest"])
    if row.kind == "policy":
        overtaken(vault, row.version, now, actor=actor)
    record(
        vault,
        at=now,
        actor=actor,
        action="model.rollback" if withdraw else "model.activate",
        subject=f"model:{row.kind}",
        details={"version": row.version},
    )


def activations(row: ModelVersion) -> list[str]:
    """When it began to serve, each time, ISO 8601."""
    found: list[str] = row.manifest.get(_ACTIVATED, [row.created_at.isoformat()])
    return list(found)
