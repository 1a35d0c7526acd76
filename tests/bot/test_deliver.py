"""The way out: order, retries, dead letters, and honesty about what nobody knows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from bot.deliver import BACKOFF, LEASE, SEND_SECONDS, Deliveries, deliver_some, outbound_of
from bot.house import House
from bot.receive import receive
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Outbound, Receipt, Reply
from store.events import Log
from store.models import Address, Conversation, Event, Inbox, OutboxRow
from store.outbox import (
    cancel_for,
    lease,
    mark_failed,
    mark_retry,
    mark_sent,
    release_rows,
    tell_of_delay,
)
from store.sendable import anything_to_send
from store.turns import Finish, lock, say, write
from store.undelivered import replay
from tests.company import Company, FindingChannel, ScriptedChannel, StandingClock, Writer
from tests.concurrency import in_thread, together

HOLD = timedelta(minutes=10)
State = OutboxRow.State


def replies(company: Company, *texts: str, to: str = "maya@customers.example") -> Conversation:
    """A conversation with a customer in which the bot has said these, none of it sent yet."""
    accepted = receive(company.house, company.mail, [Writer(to).mail("hello")])[0]
    with transaction.atomic():
        row = lock(accepted.conversation)
        finish = Finish(
            company.house.vault, row, company.house.clock(), Log(row, company.house.clock())
        )
        for text in texts:
            say(finish, Reply(text), parts=1)
        write(finish)
    return row


def deliver(company: Company, house: House | None = None, rounds: int = 1) -> int:
    """Delivers what can be sent now, so many times; how many rows were attempted."""

    async def run() -> int:
        return sum([await deliver_some(house or company.house, "w", 16) for _ in range(rounds)])

    return asyncio.run(run())


def finding(company: Company) -> tuple[House, FindingChannel]:
    """The same house with a provider that can be asked."""
    channel = FindingChannel()
    return replace(company.house, channel_of=lambda inbox: channel), channel  # type: ignore[arg-type,return-value]


def states() -> list[str]:
    return list(OutboxRow.objects.order_by("id").values_list("state", flat=True))


def told(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def crash_in_flight(company: Company, house: House | None = None) -> None:
    """A worker leases the head, hands it to the provider and dies before it can say so."""
    house = house or company.house
    (row,) = lease(house.vault, "dead", LEASE, HOLD, 1, house.clock())
    channel = house.channel_of(company.mail)
    assert isinstance(channel, ScriptedChannel)
    channel.taken.append(outbound_of(row, channel, "http://127.0.0.1"))  # type: ignore[arg-type]
    release_rows("dead")


def test_replies_go_out_one_after_the_other(company: Company) -> None:
    replies(company, "one", "two", "three")
    assert deliver(company) == 1, "the second must wait until the first is out"
    assert deliver(company, rounds=2) == 2
    assert [item.text for item in company.provider.taken] == ["one", "two", "three"]
    assert states() == [State.SENT] * 3
    assert not anything_to_send(company.house.clock())


def test_conversations_do_not_wait_for_each_other(company: Company) -> None:
    for number in range(5):
        replies(company, f"to {number}", to=f"{number}@customers.example")
    assert deliver(company) == 5


def test_a_failing_head_holds_back_what_follows_it(company: Company, clock: StandingClock) -> None:
    replies(company, "one", "two")
    company.provider.script.append(TemporaryFailure("busy", retry_after=7))
    deliver(company)
    clock.advance(seconds=6.9)
    assert deliver(company) == 0, "never before what the provider asked for"
    clock.advance(seconds=0.1)
    deliver(company, rounds=2)
    assert [item.text for item in company.provider.taken] == ["one", "two"]
    first, second = (item.key for item in company.provider.attempts[:2])
    assert first == second, "the provider can recognise the repetition"


def test_attempts_are_spaced_further_and_further_and_end_with_a_dead_letter(
    company: Company, clock: StandingClock
) -> None:
    row = replies(company, "one")
    company.provider.script.extend(TemporaryFailure("busy") for _ in range(20))
    for wait in BACKOFF:
        deliver(company)
        due = OutboxRow.objects.get().not_before
        assert due is not None
        assert 0.5 * wait <= (due - clock.now).total_seconds() <= wait
        clock.advance(seconds=wait)
    deliver(company)
    outbox = OutboxRow.objects.get()
    assert (outbox.state, outbox.last_error, outbox.attempts) == (State.DEAD, "busy", 8)
    assert Event.objects.get(kind="delivery_dead").conversation_id == row.id
    clock.advance(days=9)
    assert deliver(company) == 0


def test_after_ten_minutes_the_rest_goes_on_and_a_person_is_told_once(
    company: Company, clock: StandingClock
) -> None:
    replies(company, "stuck", "later")
    company.provider.script.extend(TemporaryFailure("busy", retry_after=240) for _ in range(2))
    deliver(company)
    clock.advance(minutes=9, seconds=59)
    deliver(company)
    assert tell_of_delay(HOLD, clock.now) == 0
    assert [item.text for item in company.provider.taken] == []
    clock.advance(seconds=1)
    assert tell_of_delay(HOLD, clock.now) == 1
    deliver(company)
    assert [item.text for item in company.provider.taken] == ["later"]
    company.provider.script.append(TemporaryFailure("busy", retry_after=240))
    clock.advance(minutes=4)
    deliver(company)
    assert tell_of_delay(HOLD, clock.now) == 0
    assert told("delivery_delayed") == 1


def test_what_the_provider_refuses_is_a_dead_letter_at_once_and_the_rest_goes_on(
    company: Company,
) -> None:
    replies(company, "refused", "fine")
    company.provider.script.append(PermanentFailure("no such mailbox"))
    deliver(company, rounds=2)
    assert states() == [State.DEAD, State.SENT]
    assert told("delivery_dead") == 1


def test_a_worker_that_dies_while_sending_leaves_an_unknown_not_a_second_send(
    company: Company,
) -> None:
    replies(company, "one")
    crash_in_flight(company)
    deliver(company, rounds=2)
    assert len(company.provider.taken) == 1
    assert states() == [State.UNKNOWN]
    assert told("delivery_unknown") == 1


def test_a_provider_that_can_be_asked_settles_what_a_dead_worker_left(
    company: Company,
) -> None:
    house, channel = finding(company)
    replies(company, "arrived")
    crash_in_flight(company, house)
    deliver(company, house)
    assert (len(channel.attempts), states()) == (0, [State.SENT])
    assert OutboxRow.objects.get().provider_id == f"sent-{OutboxRow.objects.get().key}"


def test_what_surely_never_arrived_is_sent_again(company: Company) -> None:
    house, channel = finding(company)
    replies(company, "lost")
    crash_in_flight(company, house)
    channel.taken.clear()
    deliver(company, house)
    assert ([item.text for item in channel.taken], states()) == (["lost"], [State.SENT])


def test_as_long_as_nobody_can_be_asked_nothing_is_sent_again(
    company: Company, clock: StandingClock
) -> None:
    house, channel = finding(company)
    replies(company, "arrived")
    crash_in_flight(company, house)
    channel.search.extend([TemporaryFailure("away"), TemporaryFailure("still away")])
    for _ in range(3):
        deliver(company, house)
        clock.advance(minutes=5)
    assert (channel.attempts, len(channel.taken), states()) == ([], 1, [State.SENT])


def test_silence_of_the_provider_is_looked_into_before_a_second_attempt(
    company: Company, clock: StandingClock
) -> None:
    house, channel = finding(company)
    replies(company, "one")
    channel.script.append(TemporaryFailure("connection lost after DATA", certain=False))
    deliver(company, house)
    clock.advance(minutes=5)
    deliver(company, house)
    assert (len(channel.attempts), len(channel.taken), states()) == (1, 1, [State.SENT])


def test_silence_where_nobody_can_be_asked_is_unknown(company: Company) -> None:
    replies(company, "one")
    company.provider.script.append(TemporaryFailure("no answer", certain=False))
    deliver(company, rounds=2)
    assert (len(company.provider.attempts), states()) == (1, [State.UNKNOWN])


def test_looking_and_sending_together_end_before_the_lease(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else another worker would take the row up while this one still sends."""

    class Slow(FindingChannel):
        async def find(self, outbound: Outbound) -> Receipt | None:
            await asyncio.sleep(0.2)
            return None

        async def send(self, outbound: Outbound) -> Receipt:
            await asyncio.sleep(0.2)
            return await super().send(outbound)

    assert timedelta(seconds=SEND_SECONDS) < LEASE <= timedelta(seconds=45)
    channel = Slow()
    house = replace(company.house, channel_of=lambda inbox: channel)  # type: ignore[arg-type,return-value]
    replies(company, "one")
    crash_in_flight(company, house)
    channel.taken.clear()
    monkeypatch.setattr("bot.deliver.SEND_SECONDS", 0.3)
    deliver(company, house)
    row = OutboxRow.objects.get()
    assert (row.state, row.in_flight, channel.taken) == (State.WAITING, True, [])


def test_replaying_twice_is_one_send(company: Company) -> None:
    replies(company, "one")
    company.provider.script.append(PermanentFailure("blocked"))
    deliver(company)
    ids = [OutboxRow.objects.get().id]
    assert [replay(ids, company.house.clock()) for _ in range(2)] == [1, 0]
    deliver(company, rounds=2)
    assert replay(ids, company.house.clock()) == 0, "what was sent is never sent again"
    assert len(company.provider.taken) == 1


def test_an_adapter_that_breaks_stops_nobody_else(company: Company) -> None:
    replies(company, "breaks", to="a@customers.example")
    replies(company, "fine", to="b@customers.example")
    company.provider.script.append(ZeroDivisionError())
    deliver(company)
    assert sorted(states()) == [State.SENT, State.UNKNOWN]


def test_an_erased_address_does_not_hold_up_the_others(company: Company) -> None:
    replies(company, "nobody there", to="gone@customers.example")
    replies(company, "fine", to="here@customers.example")
    Address.objects.filter(id=company.address_id("gone@customers.example")).update(key_wrapped=None)
    deliver(company)
    assert states() == [State.DEAD, State.SENT]


def test_the_outcome_of_a_lost_lease_is_not_recorded(company: Company) -> None:
    replies(company, "one")
    vault, now = company.house.vault, company.house.clock()
    (stale,) = lease(vault, "w1", timedelta(seconds=-1), HOLD, 1, now)
    (fresh,) = lease(vault, "w2", LEASE, HOLD, 1, now)
    assert fresh.may_have_arrived
    assert not mark_sent(vault, stale.id, stale.fence, Receipt("x"), now)
    assert not mark_retry(stale.id, stale.fence, "x", now, now)
    assert not mark_failed(stale.id, stale.fence, "dead", "x", now)
    assert states() == [State.WAITING]


def test_two_workers_never_lease_the_same_row(company: Company) -> None:
    for number in range(12):
        replies(company, "hello", to=f"{number}@customers.example")
    vault, now = company.house.vault, company.house.clock()
    results = together(
        [
            lambda name=f"w{n}": [
                row.id for _ in range(4) for row in lease(vault, name, LEASE, HOLD, 2, now)
            ]
            for n in range(4)
        ]
    )
    leased = [number for result in results for number in result]  # type: ignore[union-attr]
    assert len(leased) == len(set(leased)) == 12


def test_what_is_withdrawn_is_not_sent_but_what_is_under_way_is_left(company: Company) -> None:
    row = replies(company, "under way", "waiting")
    lease(company.house.vault, "w", LEASE, HOLD, 1, company.house.clock())
    assert in_thread(lambda: cancel_for(row.id, company.house.clock())) == 1
    assert states() == [State.WAITING, State.CANCELLED]


def test_a_provider_that_hangs_holds_up_its_own_inbox_only(company: Company) -> None:
    """Else one slow provider would fill every place, and nobody would hear anything."""
    hanging = asyncio.Event()

    class Hanging(ScriptedChannel):
        async def send(self, outbound: Outbound) -> Receipt:
            await hanging.wait()
            return await super().send(outbound)

    slow, quick = Hanging(), ScriptedChannel()
    for number in range(12):
        replies(company, "slow", to=f"s{number}@customers.example")
    other = Inbox.objects.create(brand=company.brand, slug="other", name="Other", channel="email")
    quickly = [replies(company, "quick", to=f"q{number}@customers.example") for number in range(6)]
    OutboxRow.objects.filter(conversation__in=quickly).update(inbox=other)
    channels = {"scripted": slow, "other": quick}
    house = replace(company.house, channel_of=lambda inbox: channels[inbox.slug])  # type: ignore[arg-type,return-value]

    async def run() -> None:
        deliveries = Deliveries(house, "w", 8, lambda: None)
        for _ in range(40):
            await deliveries.begin()
            if len(quick.taken) == 6:
                break
            await asyncio.sleep(0.02)
        assert (len(quick.taken), len(slow.taken)) == (6, 0)
        hanging.set()
        await deliveries.finish()

    asyncio.run(run())
    assert len(slow.taken) == 4, "half of the places, and no more"
