"""What measures and groups are called, and numbers as people read them, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext, gettext_lazy

from store.models import Team, User
from store.reporting import By, Measure, Number, Unit
from web.desk import words

TITLES = {
    "conversations": gettext_lazy("Conversations"),
    "tickets": gettext_lazy("Tickets"),
    "resolved": gettext_lazy("Resolved"),
    "bot_resolution": gettext_lazy("Resolved by the assistant"),
    "response": gettext_lazy("First response"),
    "response_working": gettext_lazy("First response, working time"),
    "resolution": gettext_lazy("Resolution"),
    "resolution_working": gettext_lazy("Resolution, working time"),
    "response_kept": gettext_lazy("Response promises kept"),
    "resolution_kept": gettext_lazy("Resolution promises kept"),
    "first_contact": gettext_lazy("Resolved at first contact"),
    "reopened": gettext_lazy("Opened again"),
    "transferred": gettext_lazy("Transferred"),
    "satisfaction": gettext_lazy("Satisfaction"),
}
MEANINGS = {
    "conversations": gettext_lazy("Conversations that a customer began in the period."),
    "tickets": gettext_lazy("Conversations that were handed to people in the period."),
    "resolved": gettext_lazy("Tickets resolved in the period and not open now."),
    "bot_resolution": gettext_lazy(
        "Of the conversations begun in the period in which the assistant answered: those that never became a ticket "
        "and after which the customer did not come back within 72 hours. Counted 72 hours after the last word."
    ),
    "response": gettext_lazy(
        "From the handover to the first message of a person, for first messages in the period. Median."
    ),
    "response_working": gettext_lazy(
        "The same in working time of the team, where it has a calendar."
    ),
    "resolution": gettext_lazy(
        "From the handover to the last resolution, for tickets resolved in the period. Median."
    ),
    "resolution_working": gettext_lazy(
        "The same in working time of the team, where it has a calendar."
    ),
    "response_kept": gettext_lazy(
        "Of the tickets opened in the period whose response promise is kept or broken by now: those kept."
    ),
    "resolution_kept": gettext_lazy(
        "Of the tickets opened in the period whose resolution promise is kept or broken by now: those kept."
    ),
    "first_contact": gettext_lazy(
        "Of the tickets resolved in the period: those with one single message of a person, never opened again."
    ),
    "reopened": gettext_lazy(
        "Of the tickets opened in the period: those opened again at least once."
    ),
    "transferred": gettext_lazy(
        "Of the tickets opened in the period: those that changed team or went from one person to another."
    ),
    "satisfaction": gettext_lazy("Mean of the ratings given in the period, 1 to 5."),
}
BY = {
    By.DAY: gettext_lazy("Day"),
    By.WEEK: gettext_lazy("Week"),
    By.MONTH: gettext_lazy("Month"),
    By.CHANNEL: gettext_lazy("Channel"),
    By.TEAM: gettext_lazy("Team"),
    By.AGENT: gettext_lazy("Agent"),
    By.CATEGORY: gettext_lazy("Category"),
    By.LANGUAGE: gettext_lazy("Language"),
}


def names_of(by: By, keys: Iterable[str]) -> dict[str, str]:
    """What to call groups, by their keys."""
    wanted = [key for key in keys if key]
    if by is By.TEAM:
        known = {
            str(id): name
            for id, name in Team.objects.filter(id__in=wanted).values_list("id", "name")
        }
        return {**known, "": gettext("No team")}
    if by is By.AGENT:
        known = {
            str(id): name
            for id, name in User.objects.filter(id__in=wanted).values_list("id", "name")
        }
        return {**known, "": gettext("Nobody")}
    return {key: _name(by, key) for key in [*wanted, ""]}


def _name(by: By, key: str) -> str:
    if not key:
        return gettext("None")
    if by is By.CHANNEL:
        return words.channel(key)
    if by is By.CATEGORY:
        return words.category(key)
    if by in {By.DAY, By.WEEK}:
        return date_format(date.fromisoformat(key), "MONTH_DAY_FORMAT")
    if by is By.MONTH:
        return date_format(date.fromisoformat(key), "YEAR_MONTH_FORMAT")
    return key


def told(measure: Measure, number: Number) -> str:
    """A number's value."""
    return value_told(measure.unit, number.value)


def value_told(unit: Unit, value: float | None) -> str:
    """`1,204`, `87 %`, `4.62`, `3 h 5 min`, as numbers are written in the reader's language; a dash for nothing."""
    if value is None:
        return "–"
    match unit:
        case Unit.COUNT:
            return number_format(round(value), force_grouping=True)
        case Unit.SHARE:
            return f"{value * 100:.0f} %"
        case Unit.RATING:
            return number_format(value, decimal_pos=2)
        case _:
            return duration(value)


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 5 min`, `3 h`, `2 d 4 h`."""
    whole = round(seconds)
    if whole < 60:
        return gettext("%(n)s s") % {"n": whole}
    if whole < 3600:
        return gettext("%(n)s min") % {"n": whole // 60}
    hours, minutes = whole // 3600, whole // 60 % 60
    if whole < 86_400:
        if not minutes:
            return gettext("%(n)s h") % {"n": hours}
        return gettext("%(h)s h %(m)s min") % {"h": hours, "m": minutes}
    if not hours % 24:
        return gettext("%(n)s d") % {"n": hours // 24}
    return gettext("%(d)s d %(h)s h") % {"d": hours // 24, "h": hours % 24}
