"""The audit chain: whatever is done to its rows from outside is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from store.audit import record, verify
from store.models import AuditEntry, Counter
from tests.company import Company
from tests.concurrency import together


def entries(company: Company, count: int) -> list[AuditEntry]:
    return [
        record(
            company.house.vault,
            at=company.house.clock(),
            actor="user:x",
            action="ticket.take",
            subject=f"ticket:{number}",
            details={"number": number},
        )
        for number in range(count)
    ]


def _edit_action() -> None:
    AuditEntry.objects.filter(subject="ticket:2").update(action="ticket.nothing")


def _edit_actor() -> None:
    AuditEntry.objects.filter(subject="ticket:2").update(actor="user:somebody-else")


def _edit_details() -> None:
    other = AuditEntry.objects.get(subject="ticket:3").details_cipher
    AuditEntry.objects.filter(subject="ticket:2").update(details_cipher=other)


def _delete() -> None:
    AuditEntry.objects.filter(subject="ticket:2").delete()


def _reorder() -> None:
    first, second = AuditEntry.objects.order_by("id")[2:4]
    AuditEntry.objects.filter(id=first.id).update(id=1_000_000)
    AuditEntry.objects.filter(id=second.id).update(id=first.id)
    AuditEntry.objects.filter(id=1_000_000).update(id=second.id)


def _truncate() -> None:
    AuditEntry.objects.order_by("-id")[0].delete()


def _truncate_and_hide_the_head() -> None:
    _truncate()
    Counter.objects.all().delete()


def _insert() -> None:
    copy = AuditEntry.objects.order_by("-id")[0]
    copy.pk = None
    copy.save()


def test_an_untouched_chain_verifies(company: Company) -> None:
    assert verify() == (0, None)
    entries(company, 5)
    assert verify() == (5, None)


@pytest.mark.parametrize(
    "attack",
    [
        _edit_action,
        _edit_actor,
        _edit_details,
        _delete,
        _reorder,
        _truncate,
        _truncate_and_hide_the_head,
        _insert,
    ],
)
def test_tampering_is_found(company: Company, attack: Callable[[], None]) -> None:
    entries(company, 5)
    attack()
    assert verify()[1] is not None


def test_it_still_verifies_after_the_words_were_erased(company: Company) -> None:
    entries(company, 3)
    AuditEntry.objects.update(details_cipher=b"")
    assert verify() == (3, None)


def test_eight_writers_make_one_chain(company: Company) -> None:
    together([lambda: entries(company, 3) for _ in range(8)])
    assert verify() == (24, None)
