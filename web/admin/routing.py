"""The rules of routing: edited as lines, shown on last week's tickets, then put into service. The verbs are `bot.rules`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from bot import company, rules
from core.decision import Priority
from core.errors import MalformedPayload, ThreadlineError
from store.drift import drift_now
from store.models import RoutingRule, Team
from web.admin.base import Settings, person
from web.admin.drifted import told_drift
from web.desk.words import PRIORITIES
from web.errors import sentence_of
from web.house import house

_LISTS = ("skills",)


def _teams() -> list[tuple[str, str]]:
    return [("", ""), *Team.objects.order_by("name").values_list("slug", "name")]


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """One rule: when, and what then."""

    conditions = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 5, "spellcheck": "false", "placeholder": rules.EXAMPLE}
        ),
        label=gettext_lazy("When"),
        help_text=gettext_lazy(
            "A line each, and all of them hold: a field, then is, in, has, says, at_least or at_most, then a value. "
            "“or” joins what may hold instead, “not” turns one round."
        ),
    )
    because = forms.CharField(
        max_length=240,
        widget=UnfoldAdminTextInputWidget,
        label=gettext_lazy("The sentence that agents read"),
        help_text=gettext_lazy(
            "{found}, {category}, {customer_tier} and {tried_answers} are filled in."
        ),
    )
    priority = forms.ChoiceField(
        required=False,
        choices=[("", ""), *((one.label, PRIORITIES[int(one)]) for one in Priority)],
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Priority at least"),
    )
    team = forms.ChoiceField(
        required=False, choices=_teams, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Team")
    )
    skills = forms.CharField(
        required=False,
        widget=UnfoldAdminTextInputWidget,
        label=gettext_lazy("Skills needed"),
        help_text=gettext_lazy("Parted by commas; {category} is one too."),
    )
    steps = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", ""), (1, "1"), (2, "2"), (3, "3")],
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Raise the priority by steps"),
    )
    targets = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 3, "spellcheck": "false", "placeholder": rules.TARGETS_EXAMPLE}
        ),
        label=gettext_lazy("Whom it is for as it waits"),
        help_text=gettext_lazy(
            "A line each, in their order: from so many minutes on a team, the skills needed then, and when it is skipped."
        ),
    )
    stop = forms.BooleanField(required=False, label=gettext_lazy("No later rule is asked"))

    class Meta:
        model = RoutingRule
        fields = ("name", "position", "is_on", "because")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        if row._state.adding:
            self.initial.setdefault("is_on", False)
            return
        then = row.then
        shown = {
            "conditions": rules.lines_of(row.when),
            "priority": then.get("priority", ""),
            "steps": then.get("raise", ""),
            "team": then.get("team", ""),
            "skills": ", ".join(then.get("skills", ())),
            "targets": rules.target_lines(then.get("targets", ())),
            "stop": then.get("stop", False),
        }
        self.initial.update(shown)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        row = self.instance
        if self.errors:
            return cleaned
        for name in ("name", "because"):
            setattr(row, name, cleaned[name])
        try:
            row.when = rules.conditions_of(cleaned["conditions"])
            row.then = _then(cleaned)
            rules.check_rule(row)
        except MalformedPayload as problem:
            raise ValidationError(sentence_of(problem)) from problem
        return cleaned


def _then(cleaned: dict[str, Any]) -> dict[str, Any]:
    said = {
        "priority": cleaned["priority"],
        "raise": cleaned["steps"],
        "team": cleaned["team"],
        "skills": [one.strip() for one in cleaned["skills"].split(",") if one.strip()],
        "targets": rules.targets_of(cleaned["targets"]),
        "stop": cleaned["stop"],
    }
    return {name: value for name, value in said.items() if value}


@admin.register(RoutingRule)
class RuleAdmin(Settings):
    """The rules in their order, as they are being edited."""

    form = RuleForm
    list_before_template = "admin/rules_deeds.html"
    change_form_outer_after_template = "admin/rule_effect.html"
    list_display = ("name", "conditions", "consequences", "is_on", "position")
    ordering = ("position", "name")
    fieldsets = (
        (None, {"fields": ("name", "position", "is_on")}),
        (gettext_lazy("For which tickets"), {"fields": ("conditions",)}),
        (
            gettext_lazy("What happens"),
            {"fields": ("priority", "steps", "team", "skills", "targets", "stop", "because")},
        ),
    )

    @admin.display(description=gettext_lazy("When"))
    def conditions(self, row: RoutingRule) -> str:
        lines = rules.lines_of(row.when) or gettext("Any")
        return lines if len(lines) < 120 else f"{lines[:118]}…"

    @admin.display(description=gettext_lazy("Then"))
    def consequences(self, row: RoutingRule) -> str:
        then = row.then
        parts = [
            str(PRIORITIES[int(Priority[then["priority"].upper()])])
            if then.get("priority")
            else "",
            f"+{then['raise']}" if then.get("raise") else "",
            str(then.get("team", "")),
            ", ".join(then.get("skills", ())),
            rules.target_lines(then.get("targets", ())).replace("\n", "; "),
        ]
        return " · ".join(filter(None, parts))

    def get_urls(self) -> list[URLPattern]:
        views = {
            "preview": self.preview,
            "enable": require_POST(self.enable),
            "over": require_POST(self.start_over),
            "export": self.export,
        }
        own = [
            path(f"{name}/", self.admin_site.admin_view(view), name=f"store_routingrule_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        self._enter(request)
        more = {**(extra_context or {}), "drift": told_drift(drift_now())}
        page: HttpResponse = super().changelist_view(request, more)
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        effect = rules.preview(house(), also=row) if row else None
        more = {**(extra_context or {}), "effect": effect, "rule": row}
        if row and effect:
            more["fired"] = effect.fired.get(row.name, 0)
        page: HttpResponse = super().change_view(request, object_id, form_url, more)
        return page

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What the edited rules would have changed last week."""
        self._enter(request)
        effect = rules.preview(house())
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("What these rules would have changed last week"),
            "effect": effect,
            "changed": effect.changed[: rules.SHOWN],
            "fired": effect.fired.most_common(),
            "opts": self.opts,
        }
        return render(request, "admin/rules_preview.html", context)

    def enable(self, request: HttpRequest) -> HttpResponse:
        """The edited rules serve from now on."""
        self._enter(request)
        try:
            made = rules.enable(house(), person(request))
            said = gettext("In service: %(n)s rules, version %(version)s.")
            messages.success(request, said % {"n": made["rules"], "version": made["version"][:12]})
        except ThreadlineError as refusal:
            messages.error(request, sentence_of(refusal))
        return redirect(reverse("admin:store_routingrule_changelist"))

    def start_over(self, request: HttpRequest) -> HttpResponse:
        """Back to what is in service."""
        self._enter(request)
        rules.start_over(house(), person(request))
        messages.success(request, gettext("These are the rules in service again."))
        return redirect(reverse("admin:store_routingrule_changelist"))

    def export(self, request: HttpRequest) -> HttpResponse:
        """The edited policy as a file."""
        self._enter(request)
        return HttpResponse(
            rules.as_toml(house()),
            content_type="application/toml",
            headers={"Content-Disposition": 'attachment; filename="policy.toml"'},
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if obj.brand_id is None:
            obj.brand = company.default_brand()
        super().save_model(request, obj, form, change)

    def _enter(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        rules.begin_editing(house())
