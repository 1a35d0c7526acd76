"""What the escalation matrix would do, and when, to a ticket that nobody touches: a page of the settings. Counting is `core.escalation`'s."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from bot.escalation import foreseen
from core.decision import Priority
from store.clocks import calendar_for
from store.models import SlaPolicy
from web.admin.matrix import deed_of, moment_of, names_of
from web.desk.words import PRIORITIES
from web.house import house

MOST_DAYS = 60


class Asked(forms.Form):
    """Such a ticket. `opened`: in the time zone of the policy's calendar."""

    policy = forms.ModelChoiceField(
        SlaPolicy.objects.order_by("name"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Policy"),
    )
    priority = forms.TypedChoiceField(
        choices=PRIORITIES.items(),
        coerce=int,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Priority"),
    )
    category = forms.CharField(
        required=False,
        max_length=48,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "billing"}),
        label=gettext_lazy("Category"),
    )
    tier = forms.CharField(
        required=False,
        max_length=48,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "vip"}),
        label=gettext_lazy("Customer tier"),
    )
    opened = forms.DateTimeField(
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        label=gettext_lazy("Opened"),
    )
    days = forms.IntegerField(
        min_value=1,
        max_value=MOST_DAYS,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Days that nobody touches it"),
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A step that would fire. `after`: since the ticket was opened, in words; `at`: in the calendar's zone; `then`: its priority
    from then on, empty where that is as before."""

    at: datetime
    after: str
    when: str
    deed: str
    then: str


def foreseen_page(request: HttpRequest, shared: dict[str, Any]) -> HttpResponse:
    """The form, and the time line of what it asks for. `shared`: what every page of the settings shows."""
    form = Asked(request.GET or _usual())
    found = _lines(form.cleaned_data) if form.is_valid() else None
    context = {
        **shared,
        "title": gettext("What the matrix would do"),
        "form": form,
        "lines": found,
        "zone": _zone(form.cleaned_data["policy"]).key if found is not None else "",
    }
    return render(request, "admin/foreseen.html", context)


def _usual() -> dict[str, Any]:
    """The ticket that is asked about before anybody has chosen: a usual one, opened now."""
    policy = SlaPolicy.objects.order_by("-is_default", "name").first()
    if policy is None:
        return {}
    opened = house().clock().astimezone(_zone(policy))
    return {
        "policy": policy.pk,
        "priority": int(Priority.HIGH),
        "category": "",
        "tier": "",
        "opened": opened.strftime("%Y-%m-%dT%H:%M"),
        "days": 14,
    }


def _zone(policy: SlaPolicy) -> ZoneInfo:
    return ZoneInfo(calendar_for(policy).zone)


def _lines(asked: dict[str, Any]) -> list[Line]:
    policy, zone = asked["policy"], _zone(asked["policy"])
    # What was written is the wall clock of the calendar's place, whatever zone the reader is in.
    opened = asked["opened"].replace(tzinfo=zone)
    names, before = names_of(), Priority(asked["priority"])
    found = []
    for one in foreseen(policy, opened, before, asked["category"], asked["tier"], asked["days"]):
        then = str(PRIORITIES[int(one.priority)]) if one.priority != before else ""
        before = one.priority
        found.append(
            Line(
                one.at.astimezone(zone),
                _after(one.at - opened),
                moment_of(one.row),
                deed_of(one.row, names),
                then,
            )
        )
    return found


def _after(passed: timedelta) -> str:
    hours, minutes = divmod(round(passed.total_seconds() / 60), 60)
    return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
