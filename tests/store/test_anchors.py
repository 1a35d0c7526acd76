"""Whoever can write the audit tables, counter and chain included, is found out by the anchors that stand outside the database."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable

import pytest
from django.db import transaction

from store import anchors as anchor_files
from store.anchors import Anchors
from store.audit import _link, record, verify
from store.models import AuditEntry, Counter
from store.vault import VaultError
from tests.company import Company
from tests.concurrency import together

ENTRIES = 40
PLACES = int(os.environ.get("THREADLINE_TAMPERED", "150"))
"""How many places are tampered with; 1000 for the whole measure."""


@pytest.fixture
def entries(company: Company) -> list[AuditEntry]:
    return [_deed(company, number) for number in range(ENTRIES)]


def _deed(company: Company, number: int) -> AuditEntry:
    return record(
        company.house.vault,
        at=company.house.clock(),
        actor="user:x",
        action="ticket.take",
        subject=f"ticket:{number}",
        details={"number": number},
    )


def _written_anew(dice: random.Random) -> None:
    """The attacker knows how the chain is made: everything after the place is chained again, and the head with it."""
    rows = list(AuditEntry.objects.order_by("id"))
    place = dice.randrange(len(rows))
    deed = dice.choice(["edit", "drop", "cut"])
    if deed == "edit":
        rows[place].subject = "ticket:666"
    elif deed == "drop":
        del rows[place]
    else:
        rows = rows[:place]
    AuditEntry.objects.all().delete()
    before = bytes(32)
    for row in rows:
        row.previous = before
        row.chain = before = _link(row)
        row.save(force_insert=True)
    Counter.objects.filter(name="audit").update(value=len(rows), head=before)


def _simple(dice: random.Random) -> None:
    row = dice.choice(list(AuditEntry.objects.all()))
    deed = dice.choice(
        ["actor", "action", "subject", "at", "details", "digest", "chain", "delete", "last", "copy"]
    )
    if deed in {"actor", "action", "subject"}:
        setattr(row, deed, "other")
    elif deed == "at":
        row.at = row.at.replace(year=2020)
    elif deed == "details":
        row.details_cipher = b"other"
    elif deed in {"digest", "chain"}:
        setattr(row, deed, hashlib.sha256(b"other").digest())
    elif deed == "copy":
        row.pk = None
    if deed in {"delete", "last"}:
        (AuditEntry.objects.latest("id") if deed == "last" else row).delete()
    else:
        row.save()


@pytest.mark.parametrize("tamper", [_written_anew, _simple])
def test_tampering_at_any_place_is_found(
    company: Company, entries: list[AuditEntry], tamper: Callable[[random.Random], None]
) -> None:
    vault, missed = company.house.vault, []
    assert verify(vault) == (ENTRIES, None)
    for seed in range(PLACES // 2):
        with transaction.atomic():
            tamper(random.Random(seed))
            if verify(vault)[1] is None:
                missed.append(seed)
            transaction.set_rollback(True)
    assert missed == []
    assert verify(vault) == (ENTRIES, None)


def test_a_tail_that_was_cut_and_chained_on_is_found(
    company: Company, entries: list[AuditEntry]
) -> None:
    """Cut off, hidden in the counter, and then the product went on writing."""
    AuditEntry.objects.filter(id__gte=entries[-3].id).delete()
    Counter.objects.filter(name="audit").update(value=ENTRIES - 3, head=bytes(entries[-4].chain))
    assert verify(company.house.vault)[1] == -1
    for number in range(5):
        _deed(company, number)
    assert verify(company.house.vault)[1] is not None


def test_what_was_rolled_back_is_anchored_nowhere(
    company: Company, entries: list[AuditEntry]
) -> None:
    with transaction.atomic():
        _deed(company, 99)
        transaction.set_rollback(True)
    assert max(_file(company).known()) == ENTRIES
    assert verify(company.house.vault) == (ENTRIES, None)


def test_an_anchor_that_was_lost_in_a_crash_does_not_accuse_anybody(
    company: Company, entries: list[AuditEntry]
) -> None:
    file = company.house.vault.anchors
    assert file is not None
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:-2]))
    assert verify(company.house.vault) == (ENTRIES, None)


def test_a_forged_anchor_is_refused(company: Company, entries: list[AuditEntry]) -> None:
    file = company.house.vault.anchors
    assert file is not None
    count, chain, signature = file.read_text().splitlines()[-1].split(" ")
    with file.open("a") as opened:
        opened.write(f"{int(count) - 1} {chain} {signature}\n")
    with pytest.raises(VaultError):
        verify(company.house.vault)


def test_eight_writers_leave_no_gap_and_every_count_once(company: Company) -> None:
    results = together([lambda n=n: [_deed(company, n) for _ in range(4)] for n in range(8)])
    assert not [item for item in results if isinstance(item, BaseException)]
    assert sorted(_file(company).known()) == list(range(1, 33))
    assert verify(company.house.vault) == (32, None)


def test_the_file_stays_small_and_still_finds_a_cut(
    company: Company, entries: list[AuditEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(anchor_files, "LARGEST", 500)
    monkeypatch.setattr(anchor_files, "KEPT_EVERY", 10)
    _deed(company, 41)
    assert sorted(_file(company).known()) == [10, 20, 30, 40, 41]
    AuditEntry.objects.latest("id").delete()
    Counter.objects.filter(name="audit").update(value=ENTRIES, head=bytes(entries[-1].chain))
    assert verify(company.house.vault)[1] == -1


def _file(company: Company) -> Anchors:
    assert company.house.vault.anchors is not None
    return Anchors(company.house.vault.anchors, company.house.vault)
