"""Two tickets become one without loss, later words reach the one that goes on, and it can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import desk
from bot.handoff import packet_of, to_triage
from bot.merging import merge, split
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.watch import watch_once
from core.errors import Conflict, IllegalTransition, NotFound
from store.clocks import read_clocks
from store.merging import merged_into
from store.models import Conversation, Event, Message, QueueEntry, Ticket
from store.turns import claim
from tests.company import Company, StandingClock, Writer


def opened(company: Company, writer: Writer, words: str = "My parcel is lost") -> int:
    """A ticket of a mail thread of its own."""
    writer.keys.clear()
    receive(company.house, company.mail, [writer.mail(words, subject=words)])
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert number is not None
    return number


def row(number: int) -> Ticket:
    return Ticket.objects.select_related("conversation", "policy__calendar").get(number=number)


def words_in(number: int) -> int:
    return Message.objects.filter(conversation__ticket__number=number, author="customer").count()


def test_what_is_written_later_reaches_the_one_that_goes_on(
    company: Company, clock: StandingClock
) -> None:
    maya = Writer()
    first = opened(company, maya)
    second = opened(company, maya, "Where is it now?")
    keys = list(maya.keys)
    desk.take(company.house, company.agent, first)
    said = Message.objects.count()
    merge(company.house, company.agent, second, first)
    assert Message.objects.count() == said, "nothing is moved or lost"
    ended = row(second)
    assert (ended.status, ended.merged_into_id) == ("closed", row(first).pk)
    assert merged_into(row(first)) == [second]
    assert not QueueEntry.objects.filter(ticket=ended).exists()
    maya.keys[:] = keys
    receive(company.house, company.mail, [maya.mail("It has come")])
    assert (words_in(first), words_in(second)) == (2, 1)
    clock.advance(days=30)
    watch_once(company.house)
    told = Event.objects.filter(kind="sla_breached").values_list("data__ticket", flat=True)
    assert set(told) == {first}, "the clocks of the one that ended are over"


def test_several_may_end_in_one(company: Company) -> None:
    maya = Writer()
    first, second, third = (opened(company, maya, f"Parcel {n}") for n in range(3))
    keys = list(maya.keys)
    merge(company.house, company.lead, second, first)
    merge(company.house, company.lead, third, first)
    maya.keys[:] = keys
    receive(company.house, company.mail, [maya.mail("Still nothing")])
    assert words_in(first) == 2
    assert merged_into(row(first)) == [second, third]


def test_it_can_be_taken_back(company: Company, clock: StandingClock) -> None:
    maya = Writer()
    first = opened(company, maya)
    second = opened(company, maya, "Where is it now?")
    before, keys = read_clocks(row(second), clock()), list(maya.keys)
    merge(company.house, company.agent, second, first)
    split(company.house, company.agent, second)
    again = row(second)
    assert (again.status, again.merged_into_id) == ("open", None)
    assert again.conversation.speaker == Conversation.Speaker.QUEUE
    assert QueueEntry.objects.filter(ticket=again).exists()
    assert read_clocks(again, clock()) == before
    maya.keys[:] = keys
    receive(company.house, company.mail, [maya.mail("It has come")])
    assert (words_in(first), words_in(second)) == (1, 2)
    with pytest.raises(IllegalTransition):
        split(company.house, company.agent, second)


def test_what_would_mix_people_or_run_in_circles_is_refused(company: Company) -> None:
    maya, lee = Writer(), Writer("lee@customers.example")
    first, other = opened(company, maya), opened(company, lee)
    second = opened(company, maya, "Where is it now?")
    with pytest.raises(Conflict, match="different customers"):
        merge(company.house, company.agent, other, first)
    with pytest.raises(IllegalTransition):
        merge(company.house, company.agent, first, first)
    merge(company.house, company.agent, second, first)
    with pytest.raises(IllegalTransition):
        merge(company.house, company.agent, first, second)
    with pytest.raises(IllegalTransition):
        merge(company.house, company.agent, second, first)
    with pytest.raises(NotFound):
        merge(company.house, company.other, other, 9999)
