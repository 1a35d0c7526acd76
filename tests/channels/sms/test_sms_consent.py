"""After a STOP nothing is sent (R20): neither what waited, nor what was being thought, nor what a colleague writes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.consent import REASON
from store.models import Event, Message, OutboxRow
from store.outbox import lease
from store.undelivered import replay
from tests.channels.sms.conftest import Line
from tests.fakes.twilio import CUSTOMER, HELPED, signed

State = OutboxRow.State
LEASE, HOLD = timedelta(seconds=60), timedelta(minutes=10)


def opted_out_events() -> list[str]:
    kinds = ("opted_out", "opted_in")
    return list(Event.objects.filter(kind__in=kinds).order_by("id").values_list("kind", flat=True))


def test_what_waited_is_withdrawn_by_the_stop_itself(line: Line) -> None:
    asked = line.text("Where is my order?")
    line.say(asked, "On its way.", "It comes tomorrow.")
    stop = line.text("Stop")
    assert line.states == [State.CANCELLED] * 2
    assert line.deliver(3) == 0
    assert line.sent == []
    assert not line.waits(stop) or line.waits(asked), "a keyword wants no answer of the bot"


@pytest.mark.parametrize(
    "word", ["stop", "STOPALL", " Unsubscribe.", "CANCEL", "end", "quit", "revoke", "optout"]
)
def test_what_is_said_after_the_stop_stays_here(line: Line, word: str) -> None:
    stop = line.text(word)
    assert not line.waits(stop)
    line.say(stop, "But we have an offer!")
    assert line.deliver() == 0
    assert (line.states, line.sent) == ([State.CANCELLED], [])


def test_a_colleague_is_told_that_theirs_was_not_sent(line: Line) -> None:
    stop = line.text("stop")
    line.say(stop, "A person writes.")
    Message.objects.exclude(author=Message.Author.CUSTOMER).update(is_automatic=False)
    line.deliver()
    row = OutboxRow.objects.get()
    assert (row.state, row.last_error) == (State.DEAD, REASON)
    assert Event.objects.filter(kind="delivery_dead").count() == 1
    assert replay([row.id], line.house.clock()) == 1
    line.deliver()
    assert line.sent == [], "not even when it is tried once more"


def test_start_lets_messages_out_again_and_counts_only_after_a_stop(line: Line) -> None:
    hello = line.text("START")
    assert line.waits(hello), "without a STOP it is a word like any other"
    line.text("stop")
    line.text("yes")
    assert opted_out_events() == ["opted_out", "opted_in"]
    line.say(hello, "Welcome back.")
    line.deliver()
    assert line.sent == ["Welcome back."]


def test_yes_is_an_answer_while_nobody_said_stop(line: Line) -> None:
    assert line.waits(line.text("Yes"))
    assert opted_out_events() == []


def test_help_is_left_to_twilio(line: Line) -> None:
    assert not line.waits(line.text("HELP"))
    assert [item["body"] for item in line.twilio.messages] == [HELPED]
    assert line.deliver() == 0


def test_near_misses_are_answered(line: Line) -> None:
    assert line.waits(line.text("stop the printer"))
    assert opted_out_events() == []


def test_one_customers_stop_silences_nobody_else(line: Line) -> None:
    line.text("stop")
    other = line.text("hello", "+15017122662")
    line.say(other, "Hello!")
    line.deliver()
    assert line.sent == ["Hello!"]


def test_an_opt_out_that_only_twilio_knew_is_learned_from_its_refusal(line: Line) -> None:
    asked = line.text("hello")
    line.twilio.opted_out.add((CUSTOMER, "+15005550006"))
    line.say(asked, "one", "two")
    assert line.deliver(2) == 1, "after 21610 the second is not even tried"
    assert line.states == [State.DEAD, State.CANCELLED]
    assert opted_out_events() == ["opted_out"]


def test_a_stop_that_is_brought_twice_is_one(line: Line) -> None:
    call = signed(line.url, line.twilio.text("stop"))
    line.bring(call)
    (again,) = line.bring(call)
    assert again.is_duplicate
    assert opted_out_events() == ["opted_out"]


def test_a_message_in_flight_when_the_stop_came_is_not_tried_again(line: Line) -> None:
    asked = line.text("hello")
    line.say(asked, "one")
    line.twilio.behaviour.append(500)
    line.deliver()
    line.text("stop")
    assert line.states == [State.CANCELLED]
    OutboxRow.objects.update(not_before=None)
    assert not lease(line.house.vault, "w", LEASE, HOLD, 10, line.house.clock())
