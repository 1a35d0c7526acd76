"""Quiet hours by the recipient's clock: what nobody waits for comes in the morning, and in order."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot import desk, resting
from bot.deliver import deliver_some
from bot.reply import Outcome, finish_turn
from channels.sms import Sms
from channels.sms_quiet import quiet_until
from core.decision import Priority, Routed
from core.errors import NotAllowed, NotFound
from store.consent import note_refusal
from store.models import (
    Agent,
    AuditEntry,
    Conversation,
    Event,
    Message,
    OutboxRow,
    TeamMember,
    Ticket,
    User,
)
from store.turns import claim
from tests.channels.sms.conftest import Line
from tests.channels.sms.provider import sms_settings
from tests.company import Company, StandingClock
from tests.fakes.twilio import NUMBER

HOURS = "21:00-08:00"
ARKANSAS, BERLIN, MOSCOW = "+15017122661", "+4915112345678", "+79161234567"
NIGHT = datetime(2027, 3, 2, 4, 0, tzinfo=UTC)
"""22:00 in Arkansas, 05:00 in Berlin."""


def test_the_recipients_clock_counts() -> None:
    assert quiet_until(HOURS, ARKANSAS, NUMBER, NIGHT) == NIGHT + timedelta(hours=10)
    assert quiet_until(HOURS, BERLIN, NUMBER, NIGHT) == NIGHT + timedelta(hours=3)
    assert quiet_until(HOURS, BERLIN, NUMBER, NIGHT + timedelta(hours=3)) is None
    assert quiet_until(HOURS, "+442071234567", NUMBER, NIGHT + timedelta(hours=4)) is None
    assert quiet_until("", ARKANSAS, NUMBER, NIGHT) is None


def test_hours_within_a_day_and_around_midnight() -> None:
    noon = datetime(2027, 3, 2, 11, 30, tzinfo=UTC)
    assert quiet_until("12:00-14:00", BERLIN, NUMBER, noon) == noon + timedelta(hours=1, minutes=30)
    assert quiet_until("14:00-16:00", BERLIN, NUMBER, noon) is None


def test_the_day_the_clocks_change() -> None:
    """In Berlin 2 o'clock did not exist on 28 March 2027, so the morning comes an hour earlier."""
    before = datetime(2027, 3, 28, 0, 0, tzinfo=UTC)
    assert quiet_until(HOURS, BERLIN, NUMBER, before) == before + timedelta(hours=6)


def test_a_country_of_many_zones_has_an_hour_too() -> None:
    at, waits = NIGHT, 0
    for _ in range(96):
        waits += quiet_until(HOURS, MOSCOW, NUMBER, at) is not None
        at += timedelta(minutes=15)
    assert 0 < waits < 96


def test_an_unknown_place_is_ours() -> None:
    assert quiet_until(HOURS, "12345", BERLIN, NIGHT) == NIGHT + timedelta(hours=3)
    assert quiet_until(HOURS, "12345", "54321", NIGHT) is None


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from([ARKANSAS, BERLIN, MOSCOW, "+61412345678", "+18005551234"]),
    st.integers(0, 4 * 365 * 24 * 60),
    st.tuples(st.times(), st.times()).map(lambda t: f"{t[0]:%H:%M}-{t[1]:%H:%M}"),
)
def test_what_is_put_off_is_never_put_off_for_a_day(number: str, minute: int, hours: str) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    until = quiet_until(hours, number, NUMBER, at)
    if until is not None:
        assert at < until < at + timedelta(days=1)
        assert quiet_until(hours, number, NUMBER, until) is None


@pytest.mark.parametrize("hours", ["21-8", "25:00-08:00", "21:00", "21:00-08:60", "x"])
def test_what_are_no_hours_is_refused(hours: str) -> None:
    with pytest.raises(ValidationError):
        sms_settings(quiet_hours=hours)


# ---- on the house -------------------------------------------------------------------------------


@pytest.fixture
def quiet(line: Line, clock: StandingClock) -> Line:
    settings = sms_settings(line.twilio.url, quiet_hours=HOURS)
    sms = Sms(line.inbox.id, settings)  # type: ignore[arg-type]
    usual = line.house.channel_of
    house = replace(
        line.house, channel_of=lambda box: sms if box.id == line.inbox.id else usual(box)
    )
    clock.now = NIGHT
    return replace(line, house=house)


def test_who_has_just_written_is_answered_at_any_hour(quiet: Line) -> None:
    quiet.say(quiet.text("Where is my order?"), "It comes tomorrow.")
    quiet.deliver()
    assert quiet.sent == ["It comes tomorrow."]


def test_what_nobody_waits_for_comes_in_the_morning_and_in_order(
    quiet: Line, clock: StandingClock
) -> None:
    asked = quiet.text("Where is my order?")
    clock.advance(hours=1)
    quiet.say(asked, "It has been sent.", "How was it?")
    for _ in range(3):
        quiet.deliver()
        clock.advance(minutes=5)
    assert quiet.sent == []
    assert not Event.objects.filter(kind="delivery_delayed").exists()
    assert set(OutboxRow.objects.values_list("attempts", flat=True)) == {0}
    clock.now = NIGHT + timedelta(hours=10)
    quiet.deliver(2)
    assert quiet.sent == ["It has been sent.", "How was it?"]


def test_who_writes_at_night_is_awake(quiet: Line, clock: StandingClock) -> None:
    asked = quiet.text("Where is my order?")
    clock.advance(hours=1)
    quiet.say(asked, "It has been sent.")
    quiet.deliver()
    clock.advance(minutes=6)
    quiet.say(quiet.text("Hello?"), "Good evening.")
    quiet.deliver(2)
    assert quiet.sent == ["It has been sent.", "Good evening."]


# ---- at the desk --------------------------------------------------------------------------------


@pytest.fixture
def asked(quiet: Line, clock: StandingClock) -> Ticket:
    """A ticket of who wrote an hour ago, its notice delivered; now it is night there."""
    quiet.text("My heating is off")
    (claimed,) = claim(quiet.house.vault, "w", timedelta(minutes=1), 10, quiet.house.clock())
    routed = Routed("device", Priority.HIGH, "orders")
    finish_turn(quiet.house, claimed, Outcome(routed=routed, packet={"wants": {"text": "heat"}}))
    quiet.deliver()
    quiet.twilio.asked.clear()
    clock.advance(hours=1)
    return Ticket.objects.get()


def replied(line: Line, company: Company, ticket: Ticket, text: str = "Turn the valve.") -> int:
    """A colleague's reply waits; its row."""
    if ticket.conversation.speaker != Conversation.Speaker.PERSON:
        desk.take(line.house, company.other, ticket.number)
        ticket.conversation.refresh_from_db()
    desk.reply(line.house, company.other, ticket.number, text)
    line.deliver()
    return OutboxRow.objects.latest("id").id


def page(line: Line, user: User, ticket: Ticket, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("web.house._current", [line.house])
    client = Client()
    client.force_login(user)
    return client.get(f"/desk/tickets/{ticket.number}/").content.decode()


def test_the_time_is_told_on_the_recipients_clock_and_is_full() -> None:
    for minutes in (0, 7, 14, 59):
        until = quiet_until(HOURS, ARKANSAS, NUMBER, NIGHT + timedelta(minutes=minutes, seconds=3))
        assert until == NIGHT + timedelta(hours=10)
        assert f"{until:%H:%M %Z}" == "08:00 CST"
    until = quiet_until(HOURS, MOSCOW, NUMBER, NIGHT.replace(hour=16))
    assert until is not None
    assert f"{until:%H:%M}" == "08:00", "of whichever zone wakes up then"


def test_the_desk_says_why_it_waits_and_until_when(
    quiet: Line, company: Company, asked: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    replied(quiet, company, asked)
    shown = page(quiet, company.other, asked, monkeypatch)
    assert "Waits until 08:00 in the recipient’s zone (quiet hours)" in shown
    assert "Send now" in shown
    quiet.text("Are you there?")
    assert "quiet hours" not in page(quiet, company.other, asked, monkeypatch)


def test_it_goes_out_at_its_time_exactly_once(
    quiet: Line, company: Company, asked: Ticket, clock: StandingClock
) -> None:
    """Two workers look every quarter of an hour, all night and the day after."""
    replied(quiet, company, asked)
    morning = NIGHT + timedelta(hours=10)

    async def look() -> None:
        await asyncio.gather(*(deliver_some(quiet.house, name, 16) for name in ("one", "two")))

    while clock.now < morning - timedelta(minutes=15):
        clock.advance(minutes=15)
        asyncio.run(look())
    clock.now = morning - timedelta(seconds=1)
    asyncio.run(look())
    assert quiet.sent == []
    clock.now = morning
    asyncio.run(look())
    assert quiet.sent == ["Turn the valve."]
    for _ in range(8):
        clock.advance(hours=3)
        asyncio.run(look())
    assert quiet.sent == ["Turn the valve."]
    assert OutboxRow.objects.latest("id").state == OutboxRow.State.SENT


def test_an_urgent_reply_is_sent_now_with_what_stands_before_it(
    quiet: Line, company: Company, asked: Ticket
) -> None:
    first = replied(quiet, company, asked, "Is it cold?")
    row = replied(quiet, company, asked, "Turn the gas off!")
    assert quiet.sent == []
    resting.send_now(quiet.house, company.other, asked.number, row)
    quiet.deliver(2)
    assert quiet.sent == ["Is it cold?", "Turn the gas off!"]
    event = Event.objects.get(kind="sent_in_quiet_hours")
    assert event.data["rows"] == [first, row]
    assert event.actor == f"user:{company.other.id}"
    entry = AuditEntry.objects.get(action="ticket.send_now")
    assert (entry.actor, entry.subject) == (event.actor, f"ticket:{asked.number}")
    later = replied(quiet, company, asked, "And now?")
    assert quiet.sent == ["Is it cold?", "Turn the gas off!"], "the next one waits again"
    for gone in (first, row):
        with pytest.raises(NotFound):
            resting.send_now(quiet.house, company.other, asked.number, gone)
    resting.send_now(quiet.house, company.lead, asked.number, later)
    quiet.deliver()
    assert quiet.sent[-1] == "And now?"


def test_who_may_not_send_it_now(
    quiet: Line, company: Company, asked: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replied(quiet, company, asked)
    TeamMember.objects.create(team=asked.team, agent=Agent.objects.get(user=company.agent))
    with pytest.raises(NotAllowed, match="author"):
        resting.send_now(quiet.house, company.agent, asked.number, row)
    assert "Send now" not in page(quiet, company.agent, asked, monkeypatch)
    Message.objects.filter(author="customer").update(is_automatic=True)
    with pytest.raises(NotAllowed, match="has not written"):
        resting.send_now(quiet.house, company.other, asked.number, row)
    Message.objects.filter(author="customer").update(is_automatic=False)
    Message.objects.filter(outboxrow=row).update(kind=Message.Kind.SURVEY)
    with pytest.raises(NotAllowed, match="own reply"):
        resting.send_now(quiet.house, company.other, asked.number, row)
    quiet.deliver()
    assert quiet.sent == []
    assert not Event.objects.filter(kind="sent_in_quiet_hours").exists()


def test_a_number_may_keep_its_nights_without_exception(
    quiet: Line, company: Company, asked: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replied(quiet, company, asked)
    strict = Sms(
        quiet.inbox.id,  # type: ignore[arg-type]
        sms_settings(quiet.twilio.url, quiet_hours=HOURS, urgent_replies=False),
    )
    house = replace(quiet.house, channel_of=lambda box: strict)
    with pytest.raises(NotAllowed, match="settings"):
        resting.send_now(house, company.other, asked.number, row)
    shown = page(replace(quiet, house=house), company.other, asked, monkeypatch)
    assert "Waits until 08:00" in shown
    assert "Send now" not in shown


def test_who_wants_no_messages_is_not_woken(quiet: Line, company: Company, asked: Ticket) -> None:
    row = replied(quiet, company, asked)
    resting.send_now(quiet.house, company.other, asked.number, row)
    note_refusal(row, quiet.house.clock())
    quiet.deliver()
    assert quiet.sent == []
