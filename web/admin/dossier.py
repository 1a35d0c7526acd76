"""Settings of what hangs on tickets: the company's own fields and templates of tasks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from bot.annotate import check_checklist, check_field
from core.dossier import FieldKind
from core.errors import Conflict
from store.models import Checklist, CustomField
from web.admin.base import Settings
from web.errors import sentence_of

KINDS: dict[FieldKind, str | Promise] = {
    FieldKind.TEXT: gettext_lazy("Words"),
    FieldKind.NUMBER: gettext_lazy("A number"),
    FieldKind.CHOICE: gettext_lazy("A choice"),
    FieldKind.YES_NO: gettext_lazy("Yes or no"),
    FieldKind.DATE: gettext_lazy("A date"),
}


def lines_in(text: str) -> list[str]:
    """What stands there, one a line, each once."""
    return list(
        dict.fromkeys(plain for line in text.splitlines() if (plain := " ".join(line.split())))
    )


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field; its options one a line."""

    kind = forms.ChoiceField(
        choices=KINDS.items(), widget=UnfoldAdminSelectWidget, label=gettext_lazy("Holds")
    )
    choices = forms.CharField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        label=gettext_lazy("Options"),
        help_text=gettext_lazy("Of a choice, one a line."),
    )

    class Meta:
        model = CustomField
        fields = ("label", "slug", "kind", "is_required", "is_active", "position")
        labels = {
            "label": gettext_lazy("Label"),
            "slug": gettext_lazy("Short name"),
            "is_required": gettext_lazy("Needed before a ticket is resolved"),
            "is_active": gettext_lazy("Shown on tickets"),
            "position": gettext_lazy("Place"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = "\n".join(self.instance.options)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        row = self.instance
        row.kind = cleaned["kind"]
        row.options = lines_in(cleaned["choices"]) if row.kind == FieldKind.CHOICE else []
        try:
            check_field(row)
        except Conflict as problem:
            raise ValidationError(sentence_of(problem)) from problem
        return cleaned


@admin.register(CustomField)
class FieldAdmin(Settings):
    """Fields that stand on every ticket. One in use is hidden rather than removed: its values go with it."""

    form = FieldForm
    list_display = ("label", "slug", "shown_kind", "is_required", "is_active")
    ordering = ("position", "label")
    fields = ("label", "slug", "kind", "choices", "is_required", "is_active", "position")
    prepopulated_fields = {"slug": ("label",)}

    @admin.display(description=gettext_lazy("Holds"), ordering="kind")
    def shown_kind(self, row: CustomField) -> str:
        return str(KINDS.get(FieldKind(row.kind), row.kind))


class ChecklistForm(forms.ModelForm):  # type: ignore[type-arg]
    """A template; its tasks one a line."""

    lines = forms.CharField(
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        label=gettext_lazy("Tasks"),
        help_text=gettext_lazy("One a line. What is changed here changes no ticket that has them."),
    )

    class Meta:
        model = Checklist
        fields = ("name", "is_active")
        labels = {
            "name": gettext_lazy("Name"),
            "is_active": gettext_lazy("Offered on tickets"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["lines"] = "\n".join(self.instance.tasks)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self.instance.tasks = lines_in(cleaned["lines"])
            try:
                check_checklist(self.instance)
            except Conflict as problem:
                raise ValidationError(sentence_of(problem)) from problem
        return cleaned


@admin.register(Checklist)
class ChecklistAdmin(Settings):
    """Tasks that belong together, to be put on a ticket at once."""

    form = ChecklistForm
    list_display = ("name", "count", "is_active")
    ordering = ("name",)
    fields = ("name", "lines", "is_active")

    @admin.display(description=gettext_lazy("Tasks"))
    def count(self, row: Checklist) -> str:
        return gettext("%(n)s tasks") % {"n": len(row.tasks)}
