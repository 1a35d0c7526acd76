"""Days off out of iCalendar files, as other programs write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import MalformedPayload
from core.ical import days_off

FIRST, LAST = date(2026, 1, 1), date(2029, 12, 31)


def file(*events: str) -> str:
    """With the line ends of the standard."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def test_whole_days_are_read_and_moments_are_not() -> None:
    text = file(
        "DTSTART;VALUE=DATE:20260501\nSUMMARY:Labour Day",
        "DTSTART:20260502T090000Z\nSUMMARY:A meeting",
        "DTSTART;TZID=Europe/Berlin:20260503T090000\nSUMMARY:Another",
        "DTSTART;VALUE=DATE:20260504\nSUMMARY:Not any more\nSTATUS:CANCELLED",
        "DTSTART;VALUE=DATE:20251231\nSUMMARY:Before",
    )
    assert days_off(text, FIRST, LAST) == {date(2026, 5, 1): "Labour Day"}


def test_several_days_end_before_their_end() -> None:
    text = file(
        "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227\nSUMMARY:Closed\\, all of us",
        "DTSTART;VALUE=DATE:20260101\nDURATION:P1W\nSUMMARY:New year",
    )
    found = days_off(text, FIRST, LAST)
    assert [day for day in found if day.month == 12] == [date(2026, 12, d) for d in (24, 25, 26)]
    assert found[date(2026, 12, 24)] == "Closed, all of us"
    assert len(found) == 10


def test_what_comes_again_each_year_is_expanded() -> None:
    text = file(
        "DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271225\nSUMMARY:Christmas",
        "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29\nSUMMARY:Leap",
        "DTSTART;VALUE=DATE:20250601\nRRULE:FREQ=YEARLY;COUNT=2\nSUMMARY:Twice",
        "DTSTART;VALUE=DATE:20250701\nRRULE:FREQ=YEARLY;INTERVAL=2;UNTIL=20280101\nSUMMARY:Odd",
    )
    found = days_off(text, FIRST, LAST)
    assert [day for day, name in found.items() if name == "Christmas"] == [
        date(year, 12, 25) for year in (2026, 2028, 2029)
    ]
    assert [day for day, name in found.items() if name == "Leap"] == [date(2028, 2, 29)]
    assert [day for day, name in found.items() if name == "Twice"] == [date(2026, 6, 1)]
    assert [day for day, name in found.items() if name == "Odd"] == [date(2027, 7, 1)]


def test_folded_lines_and_alarms_are_no_trouble() -> None:
    text = file(
        "DTSTART;VALUE=DATE:20260501\nSUMMARY:Labour\n  Day\nBEGIN:VALARM\nSUMMARY:Wake up\n"
        "DTSTART;VALUE=DATE:20260901\nEND:VALARM"
    )
    assert days_off(text, FIRST, LAST) == {date(2026, 5, 1): "Labour Day"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("on=2026-01-01", "no iCalendar"),
        (file("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=WEEKLY\nSUMMARY:Sundays"), "Sundays"),
        (
            file("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;BYDAY=1MO\nSUMMARY:First Monday"),
            "First Monday",
        ),
        (file("DTSTART;VALUE=DATE:20261341\nSUMMARY:Never"), "cannot be read"),
        (file("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20270101\nSUMMARY:Year"), "lasts"),
        (file("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;COUNT=x\nSUMMARY:X"), "cannot"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(MalformedPayload, match=says):
        days_off(text, FIRST, LAST)


@given(st.text(max_size=400))
def test_garbage_is_refused_or_empty(garbage: str) -> None:
    for text in (garbage, file(f"DTSTART;VALUE=DATE:20260501\n{garbage}")):
        try:
            found = days_off(text, FIRST, LAST)
        except MalformedPayload:
            continue
        assert all(FIRST <= day <= LAST for day in found)
