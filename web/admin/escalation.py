"""The escalation matrix: what happens by itself while a ticket waits, one line a step."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from bot.escalation import check_step
from core.errors import Conflict
from store.models import Agent, EscalationStep, Inbox, Rota, Team
from web.admin.base import Settings, by_name
from web.admin.foreseen import foreseen_page
from web.admin.matrix import AMOUNTS, WANTED, amount_of, deed_of, matrices, moment_of, names_of
from web.desk.escalation_words import ACTIONS, TRIGGERS
from web.desk.words import PRIORITIES, category
from web.errors import sentence_of

_ANY = ("", gettext_lazy("Any"))
_NONE = ("", "")


def _teams() -> list[tuple[str, str]]:
    return [_NONE, *Team.objects.order_by("name").values_list("slug", "name")]


def _agents() -> list[tuple[str, str]]:
    rows = Agent.objects.filter(user__is_active=True).select_related("user").order_by("user__name")
    return [_NONE, *((str(row.user_id), str(row)) for row in rows)]


def _mailed() -> list[tuple[str, Any]]:
    fixed = [("leads", gettext_lazy("The team's leads")), ("assignee", gettext_lazy("Whose it is"))]
    return [_NONE, *fixed, *_agents()[1:]]


def _slacks() -> list[tuple[str, str]]:
    rows = Inbox.objects.filter(channel="slack").order_by("name")
    return [_NONE, *rows.values_list("slug", "name")]


def _rotas() -> list[tuple[str, str]]:
    return [_NONE, *((str(row.pk), row.name) for row in Rota.objects.order_by("name"))]


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    """One step: for which tickets, when, and what then."""

    category = forms.CharField(
        required=False,
        max_length=48,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "billing"}),
        label=gettext_lazy("Category"),
        help_text=gettext_lazy("As the router names it. Left empty, any."),
    )
    priority = forms.TypedChoiceField(
        required=False,
        choices=[_ANY, *PRIORITIES.items()],
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Priority"),
    )
    tiers = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "vip, enterprise"}),
        label=gettext_lazy("Customer tiers"),
        help_text=gettext_lazy("Several parted by commas. Left empty, any."),
    )
    clock = forms.ChoiceField(
        choices=TRIGGERS.items(), widget=UnfoldAdminSelectWidget, label=gettext_lazy("When")
    )
    amount = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy(
            "Of a promise: percent used, 100 is broken. Of silence: minutes. Opened again, upset: times."
        ),
    )
    action = forms.ChoiceField(
        choices=ACTIONS.items(), widget=UnfoldAdminSelectWidget, label=gettext_lazy("Then")
    )
    team = forms.ChoiceField(
        required=False, choices=_teams, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Team")
    )
    agent = forms.ChoiceField(
        required=False, choices=_agents, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Agent")
    )

    to = forms.ChoiceField(
        required=False,
        choices=_mailed,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Mail to"),
    )
    inbox = forms.ChoiceField(
        required=False,
        choices=_slacks,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Slack workspace"),
    )
    place = forms.CharField(
        required=False,
        max_length=24,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "C0123ABCD"}),
        label=gettext_lazy("Slack channel"),
        help_text=gettext_lazy("Its id; the app must be a member of it."),
    )
    rota = forms.ChoiceField(
        required=False, choices=_rotas, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Rota")
    )
    skills = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "api, de"}),
        label=gettext_lazy("Skills needed then"),
        help_text=gettext_lazy("Several parted by commas. Left empty, nobody needs any."),
    )

    class Meta:
        model = EscalationStep
        fields = ("policy", "category", "priority", "clock", "action")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row._state.adding:
            self.initial.setdefault("amount", 80)
            return
        self.initial["amount"] = amount_of(row)
        self.initial["tiers"] = ", ".join(row.arguments.get("tiers", ()))
        self.initial["skills"] = ", ".join(row.arguments.get("skills", ()))
        for name in ("team", "agent", "to", "inbox", "place", "rota"):
            self.initial[name] = row.arguments.get(name, "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        row = self.instance
        for name in ("policy", "category", "priority", "clock", "action"):
            setattr(row, name, cleaned[name])
        row.arguments = _arguments(cleaned)
        if cleaned["clock"] not in AMOUNTS:
            row.at_share = cleaned["amount"] / 100
        try:
            check_step(row)
        except Conflict as problem:
            raise ValidationError(sentence_of(problem)) from problem
        return cleaned


def _arguments(cleaned: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if cleaned["clock"] in AMOUNTS:
        found[AMOUNTS[cleaned["clock"]]] = cleaned["amount"]
    tiers = [tier.strip() for tier in cleaned["tiers"].split(",") if tier.strip()]
    if tiers:
        found["tiers"] = tiers
    for name in WANTED.get(cleaned["action"], ()):
        found[name] = cleaned[name].strip()
    if cleaned["action"] == "add_ring":
        found["skills"] = [one.strip() for one in cleaned["skills"].split(",") if one.strip()]
    return found


@admin.register(EscalationStep)
class StepAdmin(Settings):
    """The matrix, by policy, priority and moment."""

    form = StepForm
    list_before_template = "admin/matrix.html"
    list_display = ("when", "shown_category", "shown_priority", "tiers", "then", "policy")
    list_filter = (
        "policy",
        ("clock", by_name(lambda code: str(TRIGGERS.get(code, code)))),
        ("action", by_name(lambda code: str(ACTIONS.get(code, code)))),
    )
    list_select_related = ("policy",)
    ordering = ("policy__name", "clock", "priority", "at_share")
    fieldsets = (
        (
            gettext_lazy("For which tickets"),
            {"fields": ("policy", "category", "priority", "tiers")},
        ),
        (gettext_lazy("What happens"), {"fields": ("clock", "amount", "action")}),
        (
            gettext_lazy("For whom, by what happens"),
            {"fields": ("team", "agent", "to", "inbox", "place", "rota", "skills")},
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.foreseen)
        return [path("foreseen/", view, name="store_escalationstep_foreseen"), *super().get_urls()]

    def foreseen(self, request: HttpRequest) -> HttpResponse:
        """What the matrix would do to a ticket that nobody touches."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return foreseen_page(request, shared)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {**(extra_context or {}), "matrices": matrices(), "priorities": PRIORITIES.values()}
        page: HttpResponse = super().changelist_view(request, more)
        return page

    @admin.display(description=gettext_lazy("When"), ordering="clock")
    def when(self, row: EscalationStep) -> str:
        return moment_of(row)

    @admin.display(description=gettext_lazy("Category"), ordering="category")
    def shown_category(self, row: EscalationStep) -> str:
        return category(row.category) if row.category else gettext("Any")

    @admin.display(description=gettext_lazy("Priority"), ordering="priority")
    def shown_priority(self, row: EscalationStep) -> str:
        return str(PRIORITIES.get(row.priority or 0, _ANY[1]))

    @admin.display(description=gettext_lazy("Customer tiers"))
    def tiers(self, row: EscalationStep) -> str:
        return ", ".join(row.arguments.get("tiers", ())) or gettext("Any")

    @admin.display(description=gettext_lazy("Then"), ordering="action")
    def then(self, row: EscalationStep) -> str:
        return deed_of(row, names_of())
