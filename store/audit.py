"""The audit chain: every privileged action, each entry bound to the one before. It covers digests of ciphertext,
so it still verifies after the words in it were erased."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import transaction

from store.anchors import Anchors
from store.models import AuditEntry, Counter
from store.vault import Vault

_CHAIN = "audit"
_START = bytes(32)


def record(
    vault: Vault,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Appends an entry; joins the caller's transaction, so that deed and record stand or fall together.

    `subject`: what it was done to, as `kind:id`. `details` are sealed with the installation's key.
    """
    with transaction.atomic():
        Counter.objects.get_or_create(name=_CHAIN, defaults={"head": _START})
        head = Counter.objects.select_for_update().get(name=_CHAIN)
        text = json.dumps(details or {}, sort_keys=True, default=str).encode()
        entry = AuditEntry(at=at.astimezone(UTC), actor=actor, action=action, subject=subject)
        entry.previous = bytes(head.head)
        entry.details_cipher = vault.seal_own(f"audit.details:{head.value + 1}", text)
        entry.digest = hashlib.sha256(entry.details_cipher).digest()
        entry.chain = _link(entry)
        entry.save(force_insert=True)
        head.value, head.head = head.value + 1, entry.chain
        head.save()
        if vault.anchors is not None:
            anchors = Anchors(vault.anchors, vault)
            transaction.on_commit(partial(anchors.note, head.value, entry.chain))
        return entry


def verify(vault: Vault | None = None) -> tuple[int, int | None]:
    """(entries checked, id of the first that does not fit or None). A cut-off end is -1.

    With the vault the anchors outside the database are compared too: without them, whoever can write all tables
    can write the chain anew. Raises `VaultError` for anchors that are not ours.
    """
    anchors = Anchors(vault.anchors, vault).known() if vault and vault.anchors else {}
    previous, checked = _START, 0
    for entry in AuditEntry.objects.order_by("id").iterator(chunk_size=2000):
        fits = bytes(entry.previous) == previous and bytes(entry.chain) == _link(entry)
        sealed = bytes(entry.details_cipher)
        if not fits or (sealed and hashlib.sha256(sealed).digest() != bytes(entry.digest)):
            return checked, entry.id
        previous = bytes(entry.chain)
        checked += 1
        if anchors.get(checked, {previous}) != {previous}:
            return checked, entry.id
    head = Counter.objects.filter(name=_CHAIN).first()
    recorded = (head.value, bytes(head.head)) if head is not None else (0, _START)
    if recorded != (checked, previous) or checked < max(anchors, default=0):
        return checked, -1
    return checked, None


def _link(entry: AuditEntry) -> bytes:
    row = [
        entry.at.astimezone(UTC).isoformat(),
        entry.actor,
        entry.action,
        entry.subject,
        bytes(entry.digest).hex(),
    ]
    return hashlib.sha256(bytes(entry.previous) + json.dumps(row).encode()).digest()
