"""Days off of a calendar: by country, or out of an iCalendar file. Counting in calendars is `core.calendar`, reading files `core.ical`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from django.db import transaction

from bot.house import House
from bot.permissions import May, require
from core.errors import MalformedPayload
from core.ical import days_off
from store.audit import record
from store.models import Calendar, Holiday, User

YEARS = 3
"""How far holidays of a country are known: this year and the next two."""
MOST_BYTES = 1_000_000


@cache
def countries() -> list[tuple[str, str]]:
    """(code, name) of every country, and of those of its regions that have days of their own: `DE`, `DE-BY`."""
    import holidays

    found = []
    for code, regions in sorted(holidays.list_supported_countries().items()):
        found.append((code, code))
        found += [(f"{code}-{region}", f"{code} {region}") for region in regions]
    return found


def of_country(code: str, today: date) -> dict[date, str]:
    """Its public holidays this year and the next two. Raises `MalformedPayload` for a country that nobody knows."""
    import holidays

    country, _, region = code.partition("-")
    years = range(today.year, today.year + YEARS)
    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=years)
    except NotImplementedError as problem:
        raise MalformedPayload(
            "The holidays of %(code)s are not known here.", code=code
        ) from problem
    return {day: str(name)[:120] for day, name in sorted(found.items())}


def of_file(content: bytes, today: date) -> dict[date, str]:
    """Days off of an iCalendar file from this year on, ten years at most. Raises `MalformedPayload`."""
    if len(content) > MOST_BYTES:
        raise MalformedPayload("The file is larger than a megabyte.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise MalformedPayload("This is no iCalendar file: it is not in UTF-8.") from problem
    found = days_off(text, date(today.year, 1, 1), date(today.year + 10, 12, 31))
    if not found:
        raise MalformedPayload("The file has no whole day off from this year on.")
    return found


def add_days_off(house: House, by: User, calendar: Calendar, days: Mapping[date, str]) -> int:
    """Adds those that the calendar has not; how many these were. One audit entry. Raises `NotAllowed`."""
    require(by, May.CONFIGURE)
    with transaction.atomic():
        there = set(Holiday.objects.filter(calendar=calendar).values_list("on", flat=True))
        fresh = {day: name for day, name in days.items() if day not in there}
        Holiday.objects.bulk_create(
            Holiday(calendar=calendar, on=day, name=name or str(day)) for day, name in fresh.items()
        )
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{by.id}",
            action="calendar.days_off",
            subject=f"calendar:{calendar.id}",
            details={"added": len(fresh)},
        )
    return len(fresh)
