"""Days off in an iCalendar file (RFC 5545): its whole-day events, with those that come again each year. Storing them does not belong here.

What is read: `VEVENT` with a `DTSTART` that is a date (with `DTEND` or `DURATION` in days it is several), `SUMMARY`, `RRULE`
with `FREQ=YEARLY` and at most `INTERVAL`, `COUNT` and `UNTIL`, `EXDATE`, `STATUS:CANCELLED`. An event at a time of day is no
day off and is passed over; another rule of repetition cannot be read, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from core.errors import MalformedPayload

MOST = 1_000
"""Days that one file may bring."""
LONGEST = 62
"""Days that one event may last."""
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"^([A-Za-z-]+)((?:;[^:\"]*(?:\"[^\"]*\")?[^:\"]*)*):(.*)$")
_ESCAPED = re.compile(r"\\([nN,;\\])")
_DAYS = re.compile(r"^P(?:(\d+)W)?(?:(\d+)D)?$")
_YEARLY = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}


def days_off(text: str, first: date, last: date) -> dict[date, str]:
    """Each day off from `first` to `last` with its name. Raises `MalformedPayload`, naming the event, for what cannot be read."""
    if "BEGIN:VCALENDAR" not in text.upper():
        raise MalformedPayload("This is no iCalendar file: it has no BEGIN:VCALENDAR.")
    found: dict[date, str] = {}
    for event in _events(text):
        name = _plain(event.get("SUMMARY", ("", ""))[1])[:120]
        for day in _days_of(event, name, first, last):
            found.setdefault(day, name)
            if len(found) > MOST:
                raise MalformedPayload(
                    "The file has more than %(most)s days off.", most=f"{MOST:,}"
                )
    return dict(sorted(found.items()))


def _events(text: str) -> Iterator[Mapping[str, tuple[str, str]]]:
    """Each event's properties: name to parameters and value. A property that comes again is joined by commas (EXDATE)."""
    event: dict[str, tuple[str, str]] | None = None
    inner = 0
    for line in _FOLD.sub("", text).splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        name, parameters, value = match[1].upper(), match[2].upper(), match[3]
        if name == "BEGIN" and value.upper() == "VEVENT":
            event, inner = {}, 0
        elif event is None:
            continue
        elif name == "BEGIN":
            inner += 1  # an alarm has properties of the same names
        elif name == "END" and inner:
            inner -= 1
        elif name == "END":
            yield event
            event = None
        elif not inner:
            before = f"{event[name][1]}," if name in event else ""
            event[name] = (parameters, before + value)


def _days_of(
    event: Mapping[str, tuple[str, str]], name: str, first: date, last: date
) -> Iterator[date]:
    start = _date(event.get("DTSTART", ("", ""))[1], name)
    if start is None or event.get("STATUS", ("", ""))[1].strip().upper() == "CANCELLED":
        return
    length = _length(event, start, name)
    left_out = {_date(one, name) for one in event.get("EXDATE", ("", ""))[1].split(",") if one}
    for begin in _again(event, start, name, last):
        if begin in left_out:
            continue
        for at in range(length):
            day = begin + timedelta(days=at)
            if first <= day <= last:
                yield day


def _again(
    event: Mapping[str, tuple[str, str]], start: date, name: str, last: date
) -> Iterator[date]:
    """The first day of each time it happens, until `last`."""
    said = event.get("RRULE", ("", ""))[1].upper()
    rule = dict(part.split("=", 1) for part in said.split(";") if "=" in part)
    if not rule:
        yield start
        return
    if rule.get("FREQ") != "YEARLY" or not _says_no_more(rule, start):
        raise MalformedPayload(
            "“%(name)s” comes again by a rule that is not read here: %(said)s.",
            name=name,
            said=said,
        )
    try:
        step, left = int(rule.get("INTERVAL", 1)), int(rule.get("COUNT", MOST))
    except ValueError as problem:
        raise MalformedPayload(
            "“%(name)s” has a rule that cannot be read: %(said)s.", name=name, said=said
        ) from problem
    until = min(last, _date(rule["UNTIL"][:8], name) or last) if "UNTIL" in rule else last
    year = start.year
    while step > 0 and left > 0 and year <= until.year:
        try:
            begin = start.replace(year=year)
        except ValueError:
            year += step
            continue  # the 29th of February of a year that has none
        if begin > until:
            return
        yield begin
        year, left = year + step, left - 1


def _says_no_more(rule: Mapping[str, str], start: date) -> bool:
    """Whether the rule says no more than each year, or the day on which it begins anyway."""
    more = {key: value for key, value in rule.items() if key not in _YEARLY}
    same = {"BYMONTH": str(start.month), "BYMONTHDAY": str(start.day)}
    return all(same.get(key) == value for key, value in more.items())


def _length(event: Mapping[str, tuple[str, str]], start: date, name: str) -> int:
    end = _date(event.get("DTEND", ("", ""))[1], name)
    days = (end - start).days if end is not None else 1
    if end is None and (said := event.get("DURATION", ("", ""))[1].strip().upper()):
        match = _DAYS.match(said)
        days = 7 * int(match[1] or 0) + int(match[2] or 0) if match else 0
    if not 1 <= days <= LONGEST:
        raise MalformedPayload(
            "“%(name)s” lasts %(days)s days: 1 to %(most)s can be read.",
            name=name,
            days=days,
            most=LONGEST,
        )
    return days


def _date(value: str, name: str) -> date | None:
    """None for a moment with a time of day, and for nothing."""
    if len(value.strip()) != 8:
        return None
    try:
        return date.fromisoformat(value.strip())
    except ValueError as problem:
        raise MalformedPayload(
            "“%(name)s” has a date that cannot be read: %(value)s.", name=name, value=value
        ) from problem


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda one: "\n" if one[1] in "nN" else one[1], value).strip()
