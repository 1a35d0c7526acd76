"""Settings of time: working hours with holidays, and the promises that count in them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from bot import holidays
from bot.company import check_calendar, default_brand, promised_targets
from core.decision import Priority
from core.errors import MalformedPayload, UnusableCalendar
from store.clocks import policy_of
from store.models import Calendar, Holiday, SlaPolicy
from web.admin.base import Rows, Settings, person
from web.admin.people import zones
from web.desk.words import PRIORITIES
from web.errors import sentence_of
from web.house import house

_SPAN = re.compile(r"^(\d{1,2}:\d{2})\s*(?:-|–|to)\s*(\d{1,2}:\d{2})$")
_AMOUNT = re.compile(r"^(\d+)\s*(s|sec|min|m|h|d)$")
_SECONDS = {"s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}


def read_spans(text: str) -> list[list[str]]:
    """`08:00-12:00, 13:00-17:00` as pairs. Raises ValidationError."""
    spans = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        match = _SPAN.match(part)
        if match is None:
            raise ValidationError(
                gettext("Write times as 09:00-17:00, several parted by commas: %(part)s"),
                params={"part": part},
            )
        spans.append([match[1].zfill(5), match[2].zfill(5)])
    return spans


def write_spans(spans: list[list[str]]) -> str:
    """Pairs as `08:00-12:00, 13:00-17:00`."""
    return ", ".join(f"{start}-{end}" for start, end in spans)


_Week: Any = type(
    "_Week",
    (forms.Form,),
    {
        f"day_{day}": forms.CharField(
            label=str(label),
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "09:00-17:00"}),
        )
        for day, label in WEEKDAYS.items()
    },
)


class CalendarForm(forms.ModelForm, _Week):  # type: ignore[type-arg, misc]
    """A week in words: one line of times for each weekday."""

    time_zone = forms.ChoiceField(
        choices=zones, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Time zone")
    )
    country = forms.ChoiceField(
        required=False,
        choices=lambda: [("", ""), *holidays.countries()],
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Holidays of a country"),
        help_text=gettext_lazy("Of this year and the next two; days that are there already stay."),
    )
    ical = forms.FileField(
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        label=gettext_lazy("Holidays from an iCal file"),
        help_text=gettext_lazy("Whole days, also those that come again each year."),
    )

    class Meta:
        model = Calendar
        fields = ("name", "time_zone")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["time_zone"] = default_brand().time_zone
        self.days_off: dict[date, str] = {}
        for day, label in WEEKDAYS.items():
            self.fields[f"day_{day}"].label = str(label)
            self.initial[f"day_{day}"] = write_spans(self.instance.spans.get(str(day), []))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        spans = {}
        for day in WEEKDAYS:
            try:
                times = read_spans(cleaned.get(f"day_{day}", ""))
            except ValidationError as problem:
                self.add_error(f"day_{day}", problem)
                continue
            if times:
                spans[str(day)] = times
        self.instance.spans = spans
        self.instance.time_zone = cleaned.get("time_zone", "UTC")
        if not self.errors:
            try:
                check_calendar(self.instance)
                self.days_off = _days_off(cleaned)
            except (UnusableCalendar, MalformedPayload, ValueError) as problem:
                raise ValidationError(sentence_of(problem)) from problem
        return cleaned


def _days_off(cleaned: dict[str, Any]) -> dict[date, str]:
    """What was asked to be added. Raises `MalformedPayload`."""
    found, today = {}, house().clock().date()
    if cleaned.get("country"):
        found = holidays.of_country(cleaned["country"], today)
    if cleaned.get("ical"):
        found |= holidays.of_file(cleaned["ical"].read(holidays.MOST_BYTES + 1), today)
    return found


class HolidayRows(Rows):
    model = Holiday
    fields = ("on", "name")
    ordering = ("on",)
    verbose_name_plural = gettext_lazy("Holidays: whole days that do not count")


@admin.register(Calendar)
class CalendarAdmin(Settings):
    """When people work. A calendar without working time is refused."""

    form = CalendarForm
    list_display = ("name", "time_zone")
    ordering = ("name",)
    fields = ("name", "time_zone", *(f"day_{day}" for day in WEEKDAYS), "country", "ical")
    inlines = (HolidayRows,)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Days that were asked for come after those that were written."""
        super().save_related(request, form, formsets, change)
        if form.days_off:
            added = holidays.add_days_off(house(), person(request), form.instance, form.days_off)
            messages.success(request, gettext("Holidays added: %(n)s") % {"n": added})


CLOCKS = {
    "response": gettext_lazy("First reply"),
    "next_response": gettext_lazy("Each later reply"),
    "resolution": gettext_lazy("Resolution"),
}
_CELLS = [(clock, priority) for clock in CLOCKS for priority in Priority]


def read_amount(text: str) -> dict[str, int] | None:
    """`4 h`, `90 min`, `2 d` as a target; None for nothing. Raises ValidationError."""
    if not text.strip():
        return None
    match = _AMOUNT.match(text.strip().lower())
    if match is None or not int(match[1]):
        raise ValidationError(gettext("Write an amount such as 30 min, 4 h or 5 d."))
    number, unit = int(match[1]), match[2]
    return {"days": number} if unit == "d" else {"seconds": number * _SECONDS[unit]}


def write_amount(target: dict[str, int] | None) -> str:
    """A target as `4 h`."""
    if not target:
        return ""
    if target.get("days"):
        return f"{target['days']} d"
    seconds = target.get("seconds", 0)
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


_Targets: Any = type(
    "_Targets",
    (forms.Form,),
    {
        f"{clock}_{priority.label}": forms.CharField(
            label=priority.label.capitalize(),
            required=False,
            widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "4 h"}),
        )
        for clock, priority in _CELLS
    },
)


class PolicyForm(forms.ModelForm, _Targets):  # type: ignore[type-arg, misc]
    """A table of promises: three clocks by four priorities."""

    class Meta:
        model = SlaPolicy
        fields = ("name", "is_default", "counts", "calendar")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        targets = promised_targets() if self.instance._state.adding else self.instance.targets
        for clock, priority in _CELLS:
            name = f"{clock}_{priority.label}"
            self.fields[name].label = str(PRIORITIES[int(priority)])
            self.initial[name] = write_amount(targets.get(clock, {}).get(priority.label))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        targets: dict[str, dict[str, dict[str, int]]] = {}
        for clock, priority in _CELLS:
            name = f"{clock}_{priority.label}"
            try:
                amount = read_amount(cleaned.get(name, ""))
            except ValidationError as problem:
                self.add_error(name, problem)
                continue
            if amount:
                targets.setdefault(clock, {})[priority.label] = amount
        if cleaned.get("counts") == SlaPolicy.Counts.BUSINESS and not cleaned.get("calendar"):
            self.add_error("calendar", gettext("Business time needs a calendar to count in."))
        self.instance.targets = targets
        if not self.errors:
            self.instance.counts = cleaned["counts"]
            try:
                policy_of(self.instance)
            except ValueError as problem:
                raise ValidationError(sentence_of(problem)) from problem
        return cleaned


@admin.register(SlaPolicy)
class PolicyAdmin(Settings):
    """What customers are promised. Exactly one policy is the default."""

    form = PolicyForm
    list_display = ("name", "is_default", "counts", "calendar")
    list_select_related = ("calendar",)
    ordering = ("name",)
    fieldsets = (
        (None, {"fields": ("name", "is_default", "counts", "calendar")}),
        *(
            (label, {"fields": tuple(f"{clock}_{priority.label}" for priority in Priority)})
            for clock, label in CLOCKS.items()
        ),
    )
