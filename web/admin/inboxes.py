"""Settings of inboxes: a form made from each channel's own settings model; secrets go in and never come out."""

from __future__ import annotations

import json
from typing import Any, Literal, get_args, get_origin

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from pydantic import BaseModel
from pydantic import ValidationError as NotFitting
from pydantic.fields import FieldInfo
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from bot import company
from store.models import Inbox
from web.admin import inbox_words
from web.admin.base import Settings, person
from web.desk.words import channel
from web.house import house

PREFIX = "setting_"


def asked_of(channel_name: str) -> dict[str, FieldInfo]:
    """The settings of a channel that people write."""
    told = company.told_names(channel_name)
    fields = company.settings_model(channel_name).model_fields
    return {name: field for name, field in fields.items() if name not in told}


def form_field(
    channel_name: str, name: str, field: FieldInfo, is_secret: bool, is_set: bool
) -> forms.Field:
    """The form's field for one field of a channel's settings; what is no plain value is written as JSON. Under it stands
    its name in the documents."""
    label = str(inbox_words.named(channel_name, name))
    common: dict[str, Any] = {"label": label, "required": field.is_required() and not is_set}

    def hint(more: str = "") -> SafeString:
        return format_html('<code dir="ltr">{}</code> {}', name, more)

    if is_secret:
        known = gettext("Set. Left empty, it stays.") if is_set else ""
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        return forms.CharField(widget=widget, help_text=hint(known), strip=False, **common)
    kind = field.annotation
    if kind is bool:
        switch = UnfoldBooleanSwitchWidget
        return forms.BooleanField(label=label, required=False, widget=switch, help_text=hint())
    if get_origin(kind) is Literal:
        choices = [(value, str(inbox_words.value(value))) for value in get_args(kind)]
        select = UnfoldAdminSelectWidget
        return forms.ChoiceField(choices=choices, widget=select, help_text=hint(), **common)
    if kind in (str, int, float):
        return forms.CharField(widget=UnfoldAdminTextInputWidget, help_text=hint(), **common)
    if get_origin(kind) is tuple:
        told = hint(gettext("One a line."))
        widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return forms.CharField(widget=widget, help_text=told, **common)
    told = hint(gettext("JSON."))
    return forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}), help_text=told, **common
    )


def _as_text(value: Any, kind: Any) -> Any:
    if isinstance(value, bool) or get_origin(kind) is Literal or kind in (str, int, float):
        return value
    if get_origin(kind) is tuple:
        return "\n".join(map(str, value))
    if isinstance(value, BaseModel):
        value = value.model_dump()
    return json.dumps(value, ensure_ascii=False)


def _as_value(text: Any, kind: Any, is_secret: bool) -> Any:
    if is_secret or not isinstance(text, str) or text == "":
        return text
    if get_origin(kind) is tuple:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if kind in (str, int, float) or get_origin(kind) is Literal:
        return text
    return json.loads(text)


class InboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """Subclassed for each channel with its fields; see `form_for`."""

    channel_name = ""

    class Meta:
        model = Inbox
        fields = ("name", "slug", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.channel = self.channel_name
        shown, _ = company.shown_settings(house(), self.instance)
        for name, field in asked_of(self.channel_name).items():
            default = None if field.is_required() else field.get_default(call_default_factory=True)
            value = shown.get(name, default)
            if value is not None and PREFIX + name in self.fields:
                self.initial[PREFIX + name] = _as_text(value, field.annotation)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        model = company.settings_model(self.channel_name)
        hidden = company.secret_names(model)
        given: dict[str, Any] = {}
        for name, field in asked_of(self.channel_name).items():
            try:
                text = cleaned.get(PREFIX + name)
                given[name] = _as_value(text, field.annotation, name in hidden)
            except ValueError:
                self.add_error(PREFIX + name, gettext("This is not JSON."))
        self.settings = {
            name: value for name, value in given.items() if value not in ("", None, [])
        }
        if not self.errors:
            self._check(model)
        return cleaned

    def _check(self, model: type[BaseModel]) -> None:
        merged = company.merged_settings(house(), self.instance, self.settings)
        try:
            model.model_validate(merged)
        except NotFitting as problem:
            for error in problem.errors(include_input=False, include_url=False):
                place = PREFIX + str(error["loc"][0]) if error["loc"] else None
                known = place if place in self.fields else None
                self.add_error(known, ValidationError(str(error["msg"])))


def form_for(channel_name: str, inbox: Inbox | None) -> type[InboxForm]:
    """The form of one channel."""
    model = company.settings_model(channel_name)
    hidden = company.secret_names(model)
    known = company.shown_settings(house(), inbox)[1] if inbox else frozenset()
    fields = {
        PREFIX + name: form_field(channel_name, name, field, name in hidden, name in known)
        for name, field in asked_of(channel_name).items()
    }
    return type("ChannelForm", (InboxForm,), {"channel_name": channel_name, **fields})


@admin.register(Inbox)
class InboxAdmin(Settings):
    """One account of one channel."""

    list_display = ("name", "shown_channel", "slug", "is_active")
    ordering = ("name",)

    @admin.display(description=gettext_lazy("Kind"))
    def shown_channel(self, inbox: Inbox) -> str:
        return channel(inbox.channel)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        name = obj.channel if obj else request.GET.get("channel", "")
        return super().get_form(request, obj, form=form_for(name, obj), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        name = obj.channel if obj else request.GET.get("channel", "")
        asked = asked_of(name)
        usual = tuple(PREFIX + one for one in asked if not inbox_words.is_rare(one))
        rare = tuple(PREFIX + one for one in asked if inbox_words.is_rare(one))
        shown = [
            (None, {"fields": ("name", "slug", "is_active")}),
            (channel(name), {"fields": usual}),
        ]
        return [*shown, (gettext("Rarely changed"), {"fields": rare})] if rare else shown

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """First which channel, then its form."""
        if request.GET.get("channel") in company.channel_names():
            page: HttpResponse = super().add_view(request, form_url, extra_context)
            return page
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Add a channel"),
            "channels": [(name, channel(name)) for name in company.channel_names()],
            "opts": self.opts,
        }
        return render(request, "admin/choose_channel.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.brand_id is None:
            obj.brand = company.default_brand()
        company.keep_inbox(house(), person(request), obj, form.settings)
