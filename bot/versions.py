"""Which trained artefact serves: listing, activating after its canary set, rolling back. Training is `bot.workshop`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from bot.canary import Checked, check
from bot.house import House
from store.models import ModelVersion
from store.versions import (
    activations,
    add_version,
    switch_version,
    version_before,
    version_named,
    versions,
)

ACTOR = "system:command"


def listed(kind: str = "") -> list[dict[str, Any]]:
    """Every version, newest first within its kind, with what its manifest says."""
    return [_told(row) for row in versions(kind)]


def activate(house: House, kind: str, version: str, *, actor: str = ACTOR) -> dict[str, Any]:
    """`version`: its first characters are enough. Raises `NotFound`, `Conflict`, `CanaryFailed`, `ModelUnavailable`;
    then what served goes on serving."""
    row = version_named(kind, version)
    checked = _check(house, row)
    if not row.is_active:
        switch_version(house.vault, row, house.clock(), actor=actor)
    return {"kind": kind, "version": row.version, "canary": checked.as_data()}


def rollback(house: House, kind: str) -> dict[str, Any]:
    """Back to the version that served before; the present one is kept, but no later rollback returns to it.

    Raises as `activate`.
    """
    row = version_before(kind)
    checked = _check(house, row)
    left = [one.version for one in versions(kind) if one.is_active]
    switch_version(house.vault, row, house.clock(), actor=ACTOR, withdraw=True)
    return {
        "kind": kind,
        "version": row.version,
        "instead_of": left[0] if left else "",
        "canary": checked.as_data(),
    }


def admit(
    house: House, kind: str, folder: str, manifest: dict[str, Any], *, actor: str = ACTOR
) -> Checked:
    """Keeps a freshly trained artefact and lets it serve if it passes its canary set; else raises as `activate`."""
    row = add_version(kind, str(manifest["version"]), folder, manifest, house.clock())
    checked = _check(house, row)
    if not row.is_active:
        switch_version(house.vault, row, house.clock(), actor=actor)
    return checked


def admit_all(
    house: House, trained: Sequence[tuple[str, str, dict[str, Any]]]
) -> dict[str, dict[str, Any]]:
    """Several artefacts (kind, folder, manifest) that serve together or not at all; kind to what its canary set said.

    Raises as `activate`, and then none of them is kept in the list.
    """
    checked = {
        kind: check(house, kind, house.settings.state / folder, manifest).as_data()
        for kind, folder, manifest in trained
    }
    now = house.clock()
    with transaction.atomic():
        for kind, folder, manifest in trained:
            row = add_version(kind, str(manifest["version"]), folder, manifest, now)
            if not row.is_active:
                switch_version(house.vault, row, now, actor=ACTOR)
    return checked


def _check(house: House, row: ModelVersion) -> Checked:
    return check(house, row.kind, house.settings.state / row.folder, row.manifest)


def _told(row: ModelVersion) -> dict[str, Any]:
    manifest = row.manifest
    times = activations(row)
    return {
        "kind": row.kind,
        "version": row.version,
        "is_active": row.is_active,
        "trained_at": row.created_at.isoformat(),
        "activated_at": times[-1] if times else None,
        "withdrawn": bool(manifest.get("withdrawn")),
        "rows": manifest.get("rows"),
        "data": manifest.get("data"),
        "scores": manifest.get("scores", {}),
        "canary": {k: v for k, v in manifest.get("canary", {}).items() if k != "sha256"},
        "libraries": manifest.get("libraries", {}),
    }
