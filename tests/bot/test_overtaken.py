"""What must not be sent any more, but was handed over by a worker that died: it may have arrived, and that is found out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.errors import PermanentFailure, TemporaryFailure
from core.message import Reply
from store.backlog import tell_wait, waiters
from store.models import OutboxRow
from store.turns import claim
from tests.bot.test_deliver import crash_in_flight, deliver, finding, states, told
from tests.company import Company, FindingChannel, StandingClock, Writer

State = OutboxRow.State


def overtaken(company: Company) -> None:
    """That it takes longer was handed to the provider by a worker that died; now the answer is there."""
    house = company.house
    receive(house, company.mail, [Writer("maya@customers.example").mail("hello")])
    (waiter,) = waiters(house.clock())
    tell_wait(house.vault, waiter, Reply("It takes longer.", kind="notice"), 1, house.clock())


def answer(company: Company) -> None:
    house = company.house
    for one in claim(house.vault, "w", timedelta(seconds=30), 1, house.clock()):
        finish_turn(house, one, Outcome((Reply("Here you are."),)))


@pytest.mark.parametrize("has_arrived", [True, False])
def test_what_must_not_be_sent_any_more_is_looked_up_all_the_same(
    company: Company, has_arrived: bool
) -> None:
    house, channel = finding(company)
    overtaken(company)
    crash_in_flight(company, house)
    if not has_arrived:
        channel.taken.clear()
    answer(company)
    deliver(company, house, rounds=2)
    assert [item.text for item in channel.attempts] == ["Here you are."]
    assert states() == [State.SENT if has_arrived else State.CANCELLED, State.SENT]


def test_what_must_not_be_sent_any_more_stays_unknown_where_nobody_can_be_asked(
    company: Company,
) -> None:
    overtaken(company)
    crash_in_flight(company)
    answer(company)
    deliver(company, rounds=2)
    assert [item.text for item in company.provider.attempts] == ["Here you are."]
    assert states() == [State.UNKNOWN, State.SENT], "a dead letter would be sent again on demand"
    assert (told("delivery_unknown"), told("delivery_dead")) == (1, 0)


def test_a_side_that_takes_a_key_once_says_nothing_of_what_arrived(company: Company) -> None:
    class TakesOnce(FindingChannel):
        can = replace(FindingChannel.can, takes_once=True)

    channel = TakesOnce()
    house = replace(company.house, channel_of=lambda inbox: channel)  # type: ignore[arg-type,return-value]
    overtaken(company)
    crash_in_flight(company, house)
    answer(company)
    deliver(company, house, rounds=2)
    assert states() == [State.UNKNOWN, State.SENT]


def test_as_long_as_what_must_not_be_sent_cannot_be_looked_up_it_waits(
    company: Company, clock: StandingClock
) -> None:
    house, channel = finding(company)
    overtaken(company)
    crash_in_flight(company, house)
    answer(company)
    channel.search.extend([TemporaryFailure("away"), PermanentFailure("closed")])
    deliver(company, house, rounds=2)
    assert states() == [State.WAITING, State.WAITING]
    clock.advance(minutes=5)
    deliver(company, house, rounds=2)
    assert [item.text for item in channel.attempts] == ["Here you are."]
    assert states() == [State.UNKNOWN, State.SENT]
