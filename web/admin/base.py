"""What all pages of the settings share: rights by role, saving through verbs, and refusals told as messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, Media, ModelForm
from django.forms.utils import pretty_name
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from bot import company
from bot.permissions import May, may
from core.errors import ThreadlineError
from store.models import User
from web.errors import sentence_of
from web.house import house


def person(request: HttpRequest) -> User:
    """Who is signed in; Django's admin lets nobody in who is not."""
    return cast(User, request.user)


class ByRole:
    """Rights from `bot.permissions` instead of Django's own tables of them."""

    sees = May.CONFIGURE
    changes: May | None = May.CONFIGURE

    def _may(self, request: HttpRequest, permission: May | None) -> bool:
        user = request.user
        return isinstance(user, User) and permission is not None and may(user, permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.sees)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.sees)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.changes)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.changes)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.changes)


class Light:
    """Without Django's scripts that write one field from another, on pages where no field is written so."""

    NEEDLESS = ("xregexp.min.js", "xregexp.js", "urlify.js", "prepopulate.min.js", "prepopulate.js")

    @property
    def media(self) -> Media:
        whole: Any = super().media  # type: ignore[misc]
        if self.prepopulated_fields:  # type: ignore[attr-defined]
            return cast(Media, whole)
        scripts = [one for one in whole._js if not str(one).endswith(self.NEEDLESS)]
        return Media(css=whole._css, js=scripts)


class Settings(Light, ByRole, ModelAdmin):  # type: ignore[misc]
    """Rows that people edit; each save and each removal is a verb, and is refused in words."""

    compressed_fields = True
    warn_unsaved_form = True

    def save_model(
        self, request: HttpRequest, obj: Model, form: ModelForm[Any], change: bool
    ) -> None:
        if getattr(obj, "brand_id", True) is None:
            cast(Any, obj).brand = company.default_brand()
        company.keep(house(), person(request), obj, form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        company.remove(house(), person(request), obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for row in queryset:
            company.remove(house(), person(request), row)

    def save_formset(
        self,
        request: HttpRequest,
        form: ModelForm[Any],
        formset: BaseModelFormSet[Any, Any],
        change: bool,
    ) -> None:
        formset.save(commit=False)
        for row in formset.deleted_objects:
            company.remove(house(), person(request), row)
        for row, changed in formset.changed_objects:
            company.keep(house(), person(request), row, changed)
        for row in formset.new_objects:
            company.keep(house(), person(request), row)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._told(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._told(request, super().delete_view, *args, **kwargs)

    def _told(
        self, request: HttpRequest, view: Callable[..., HttpResponse], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """A verb's refusal becomes a message on the page where it was asked for."""
        try:
            return view(request, *args, **kwargs)
        except ThreadlineError as refusal:
            messages.error(request, sentence_of(refusal))
            return redirect(request.get_full_path())


class Rows(ByRole, TabularInline):  # type: ignore[misc]
    """Rows of a page's own rows. A field's name stands at the head of its column alone, so each says it once more for
    those who hear the page."""

    extra = 0
    tab = False
    hide_title = True

    def get_formset(self, *args: Any, **kwargs: Any) -> Any:
        made = super().get_formset(*args, **kwargs)
        for name, field in made.form.base_fields.items():
            field.widget.attrs.setdefault("aria-label", field.label or pretty_name(name))
        return made


def by_name(word: Callable[[str], str]) -> type[admin.AllValuesFieldListFilter]:
    """A filter over a column of codes that people read by their names."""

    class Named(admin.AllValuesFieldListFilter):
        def choices(self, changelist: Any) -> Iterator[Any]:
            first, *rest = super().choices(changelist)
            yield first
            for one in rest:
                yield {**one, "display": word(str(one["display"]))}

    return Named


class Found(ChangeList):  # type: ignore[misc]
    """A list without a count of all there are: the page would say "3 results (Show all)" where all are shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.filter_params):
            self.full_result_count = self.result_count


class Records(Light, ByRole, ModelAdmin):  # type: ignore[misc]
    """Rows that only the product writes."""

    changes = None
    actions: Any = None
    list_per_page = 50
    show_full_result_count = False
    compressed_fields = True

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Iterable[str]:
        return tuple(self.fields or ())

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return Found
