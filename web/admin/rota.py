"""Settings of who is on call: rotas with their people in order, covers, and the turns that come of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from bot.company import default_brand
from bot.escalation import check_rota
from core.errors import Conflict
from core.rota import turns
from store.models import Rota, RotaCover, RotaMember, User
from store.rotas import rota_of
from web.admin.base import Rows, Settings
from web.admin.people import zones
from web.errors import sentence_of
from web.house import house

AHEAD = timedelta(days=35)


class RotaForm(forms.ModelForm):  # type: ignore[type-arg]
    """When turns change, and how people are paged."""

    time_zone = forms.ChoiceField(
        choices=zones, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Time zone")
    )
    handover = forms.TimeField(
        input_formats=["%H:%M"],
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "09:00"}),
        label=gettext_lazy("Handed over at"),
    )

    class Meta:
        model = Rota
        fields = ("name", "time_zone", "starts_on", "days", "inbox")
        labels = {
            "name": gettext_lazy("Name"),
            "starts_on": gettext_lazy("First turn begins on"),
            "days": gettext_lazy("Days of a turn"),
            "inbox": gettext_lazy("Paged through"),
        }
        help_texts = {
            "inbox": gettext_lazy(
                "A mailbox, or a number for text messages. Left empty, the first mailbox."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inboxes: Any = self.fields["inbox"]
        inboxes.queryset = inboxes.queryset.filter(channel__in=["email", "sms"], is_active=True)
        if self.instance._state.adding:
            self.initial.setdefault("time_zone", default_brand().time_zone)

    def clean_handover(self) -> str:
        at: time = self.cleaned_data["handover"]
        return at.strftime("%H:%M")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        row = self.instance
        for name in ("handover", "time_zone", "starts_on", "days", "inbox"):
            setattr(row, name, cleaned[name])
        try:
            check_rota(row)
        except Conflict as problem:
            raise ValidationError(sentence_of(problem)) from problem
        return cleaned


class MemberRows(Rows):
    model = RotaMember
    verbose_name = gettext_lazy("Person")
    verbose_name_plural = gettext_lazy("People, in their order")


class CoverForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who stands in, and when."""

    class Meta:
        model = RotaCover
        fields = ("user", "start", "end")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned["end"] <= cleaned["start"]:
            raise ValidationError(gettext("A cover ends after it begins."))
        return cleaned


class CoverRows(Rows):
    model = RotaCover
    form = CoverForm
    verbose_name = gettext_lazy("Cover")
    verbose_name_plural = gettext_lazy("Who stands in")


@dataclass(frozen=True, slots=True)
class Row:
    """A turn as the page shows it, in the rota's own zone."""

    name: str
    start: datetime
    end: datetime
    is_cover: bool
    is_now: bool


@admin.register(Rota)
class RotaAdmin(Settings):
    """Who is on call, and what comes of it in the next five weeks."""

    form = RotaForm
    inlines = (MemberRows, CoverRows)
    change_form_outer_after_template = "admin/rota_turns.html"
    list_display = ("name", "now", "days", "handover", "time_zone")
    ordering = ("name",)
    fields = ("name", "time_zone", "starts_on", "handover", "days", "inbox")

    @admin.display(description=gettext_lazy("On call now"))
    def now(self, row: Rota) -> str:
        shown = [turn.name for turn in turns_of(row, house().clock()) if turn.is_now]
        return shown[0] if shown else gettext("Nobody")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        shown = turns_of(row, house().clock()) if row else []
        more = {**(extra_context or {}), "turns": shown, "rota": row}
        page: HttpResponse = super().change_view(request, object_id, form_url, more)
        return page


def turns_of(row: Rota, now: datetime) -> list[Row]:
    """The turn that runs and those of the next five weeks."""
    names = {str(key): name for key, name in User.objects.values_list("pk", "name")}
    zone = ZoneInfo(row.time_zone)
    return [
        Row(
            names.get(one.person, ""),
            timezone.localtime(one.start, zone),
            timezone.localtime(one.end, zone),
            one.is_cover,
            one.start <= now < one.end,
        )
        for one in turns(rota_of(row), now, now + AHEAD)
    ]
