"""Quiet hours by the recipient's clock: what nobody waits for comes in the morning, and in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.sms import Sms
from channels.sms_quiet import quiet_until
from store.models import Event, OutboxRow
from tests.channels.sms.conftest import Line
from tests.channels.sms.provider import sms_settings
from tests.company import StandingClock
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
