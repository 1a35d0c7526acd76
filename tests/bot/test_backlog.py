"""Who will wait long for the bot is told so, once, in their language; the answer follows, or comes in its place."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.backlog import SOON, tell_of_waits
from bot.deliver import deliver_some
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.settings import Work
from core.message import Reply
from store.backlog import AGAIN, pace, tell_wait, waiters
from store.models import Conversation, Inbox, Message, OutboxRow
from store.turns import claim
from tests.company import Company, StandingClock, Writer

LEASE = timedelta(seconds=30)
LIMIT = 60.0
BUSY = "Your message is here. A great many people are writing at the moment"


def ask(company: Company, inbox: Inbox, name: str, text: str = "hello") -> None:
    receive(company.house, inbox, [Writer(f"{name}@x.example").mail(text)])


def answer(company: Company, limit: int) -> None:
    """The bot answers the longest waiting."""
    house = company.house
    for one in claim(house.vault, "w", LEASE, limit, house.clock()):
        finish_turn(house, one, Outcome((Reply("Here you are."),)))


def round_of(company: Company) -> int:
    return tell_of_waits(company.house, company.house.clock())


def test_nobody_is_told_while_the_pace_keeps_up(company: Company, clock: StandingClock) -> None:
    for name in "abcde":
        ask(company, company.chat, name)
    answer(company, 3)
    clock.advance(seconds=SOON.total_seconds() + 1)
    assert pace(clock.now) == 3
    assert round_of(company) == 0, "two wait, three were answered in the last minute"


def test_who_stands_too_far_behind_is_told_about_how_long(
    company: Company, clock: StandingClock
) -> None:
    for name in "abcdefghi":
        ask(company, company.chat, name)
    answer(company, 2)
    clock.advance(seconds=SOON.total_seconds() + 1)
    assert round_of(company) == 6, "at two a minute all but the next one wait longer than a minute"
    told = company.texts(Message.Author.SYSTEM)
    assert all(text.startswith(BUSY) for text in told)
    minutes = sorted(text.partition("about ")[2].partition(" min")[0] for text in told)
    assert (minutes[0], minutes[-1]) == ("1", "4")
    assert round_of(company) == 0, "once"


def test_without_any_pace_no_number_is_made_up(company: Company, clock: StandingClock) -> None:
    ask(company, company.chat, "a")
    clock.advance(seconds=LIMIT - 1)
    assert round_of(company) == 0
    clock.advance(seconds=1)
    assert round_of(company) == 1
    (told,) = company.texts(Message.Author.SYSTEM)
    assert "longer than usual." in told


def test_it_is_said_in_the_customers_language(company: Company, clock: StandingClock) -> None:
    ask(company, company.chat, "a")
    Conversation.objects.update(language="es")
    clock.advance(seconds=LIMIT)
    assert round_of(company) == 1
    assert company.texts(Message.Author.SYSTEM)[0].startswith("Hemos recibido tu mensaje.")


def test_one_backlog_is_told_once_however_often_somebody_writes(
    company: Company, clock: StandingClock
) -> None:
    writer = Writer("a@x.example")
    receive(company.house, company.chat, [writer.mail("one")])
    clock.advance(seconds=LIMIT)
    assert round_of(company) == 1
    answer(company, 1)
    receive(company.house, company.chat, [writer.mail("two")])
    clock.advance(seconds=LIMIT + 30)
    assert round_of(company) == 0
    clock.advance(seconds=AGAIN.total_seconds())
    assert Conversation.objects.get().wants_turn_at < clock.now - AGAIN  # type: ignore[operator]
    assert round_of(company) == 0, "it is still the same waiting"
    answer(company, 1)
    receive(company.house, company.chat, [writer.mail("three")])
    clock.advance(seconds=AGAIN.total_seconds())
    assert round_of(company) == 1


def test_mail_people_and_those_being_answered_are_left_alone(
    company: Company, clock: StandingClock
) -> None:
    ask(company, company.mail, "mail")
    ask(company, company.chat, "people")
    Conversation.objects.filter(inbox=company.chat).update(speaker=Conversation.Speaker.PERSON)
    clock.advance(seconds=LIMIT)
    ask(company, company.chat, "held")
    clock.advance(seconds=LIMIT)
    house = company.house
    assert len(claim(house.vault, "w", LEASE, 3, house.clock())) == 3
    assert round_of(company) == 0
    assert company.texts(Message.Author.SYSTEM) == []


def test_zero_seconds_switch_it_off(company: Company, clock: StandingClock) -> None:
    settings = company.house.settings.model_copy(update={"work": Work(tell_wait_seconds=0)})
    ask(company, company.chat, "a")
    clock.advance(seconds=3600)
    assert tell_of_waits(replace(company.house, settings=settings), clock.now) == 0


@pytest.mark.parametrize("is_answered", [True, False])
def test_the_answer_takes_back_what_was_not_sent_yet(
    company: Company, clock: StandingClock, is_answered: bool
) -> None:
    house = company.house
    ask(company, company.mail, "a")
    (waiter,) = waiters(clock.now)
    assert tell_wait(house.vault, waiter, Reply("Later.", kind="notice"), 1, clock.now)
    assert not tell_wait(house.vault, waiter, Reply("Later.", kind="notice"), 1, clock.now)
    if is_answered:
        answer(company, 1)
    asyncio.run(deliver_some(house, "w", 10))
    asyncio.run(deliver_some(house, "w", 10))
    sent = [item.text for item in company.provider.taken]
    assert sent == (["Here you are."] if is_answered else ["Later."])
    states = OutboxRow.objects.order_by("id").values_list("state", flat=True)
    assert list(states) == (["cancelled", "sent"] if is_answered else ["sent"])


def test_a_later_turn_knows_nothing_of_it(company: Company, clock: StandingClock) -> None:
    ask(company, company.chat, "a")
    clock.advance(seconds=LIMIT)
    assert round_of(company) == 1
    house = company.house
    (claimed,) = claim(house.vault, "w", LEASE, 1, house.clock())
    assert claimed.text == "hello"
    assert claimed.history == ()
