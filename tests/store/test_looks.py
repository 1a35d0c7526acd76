"""What a worker looks for once a second is asked with statements that are compiled once, and finds what their querysets find."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.sql.compiler import SQLCompiler

from bot.receive import receive
from store.assignment import anything_to_offer
from store.boards import lease_posts, note_news
from store.events import Position, feed_after, places_after
from store.hooks import fan_out
from store.indexing import begin_again, erased, index_next
from store.jobs import enqueue, take_jobs
from store.models import Address
from tests.company import Company, StandingClock, Writer

LEASE = timedelta(hours=1)


def looks(company: Company, clock: StandingClock) -> list[Any]:
    """What each finds."""
    now = clock()
    return [
        take_jobs("w", LEASE, 8, now, only="call"),
        take_jobs("w", LEASE, 8, now, but=("call", "learn")),
        anything_to_offer(now),
        note_news(now),
        lease_posts("w", LEASE, 8, now),
        fan_out(now),
        erased(),
        index_next(company.house.vault),
    ]


def test_who_looks_again_compiles_nothing(
    company: Company, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = looks(company, clock)
    compiled: list[str] = []
    compile_it = SQLCompiler.as_sql

    def watched(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        found = compile_it(self, *args, **kwargs)
        compiled.append(found[0])
        return found

    monkeypatch.setattr(SQLCompiler, "as_sql", watched)
    clock.advance(seconds=1)
    assert looks(company, clock) == nothing == [[], [], False, 0, [], 0, 0, 0]
    assert compiled == []


def test_jobs_are_found_by_their_kind_when_they_are_due(
    company: Company, clock: StandingClock
) -> None:
    looks(company, clock)
    now = clock()
    enqueue("call", {}, now + timedelta(seconds=5))
    enqueue("mood", {}, now + timedelta(seconds=9))
    for seconds, calls, others in ((4, [], []), (5, ["call"], []), (9, [], ["mood"])):
        at = now + timedelta(seconds=seconds)
        taken = take_jobs("w", LEASE, 8, at, only="call")
        assert [job.kind for job in taken] == calls
        assert [job.kind for job in take_jobs("w", LEASE, 8, at, but=("call",))] == others


def test_events_are_found_where_the_feed_finds_them(company: Company) -> None:
    for name in ("a", "b", "a"):
        receive(company.house, company.mail, [Writer(f"{name}@customers.example").mail("hello")])
    whole = feed_after(Position(), 500)
    assert len(whole) >= 3
    for after in (Position(), whole[0].position, whole[-1].position):
        for limit in (2, 500):
            found = [(event.position, event.conversation) for event in feed_after(after, limit)]
            assert places_after(after, limit) == found


def test_the_search_index_goes_on_from_where_it_stopped(company: Company) -> None:
    receive(company.house, company.mail, [Writer("a@customers.example").mail("hello")])
    first = index_next(company.house.vault)
    assert first
    assert index_next(company.house.vault) == 0
    receive(company.house, company.mail, [Writer("b@customers.example").mail("hello")])
    second = index_next(company.house.vault)
    assert second
    assert index_next(company.house.vault) == 0
    begin_again()
    assert index_next(company.house.vault) == first + second


def test_the_erased_are_counted(company: Company) -> None:
    for name in ("a", "b", "c"):
        receive(company.house, company.mail, [Writer(f"{name}@customers.example").mail("hello")])
    before = erased()
    gone = Address.objects.values_list("id", flat=True)[:2]
    Address.objects.filter(id__in=list(gone)).update(key_wrapped=None)
    assert (before, erased()) == (0, 2)
