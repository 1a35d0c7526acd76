"""Outgoing webhooks as a page of the settings: what is told to whom, a test, a new secret, and the log of calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminURLInputWidget

from bot import hooks
from channels.outside import checked_url
from core.errors import Rejected, ThreadlineError
from core.happenings import HAPPENINGS
from store.models import Hook, HookCall
from web.admin.base import Settings, person
from web.errors import sentence_of
from web.house import house

LOG = 50


def _kinds() -> list[tuple[str, str]]:
    """What can be told, in the reader's words, with the name by which programs know it."""
    return [(kind, f"{gettext(about)} ({kind})") for kind, about in HAPPENINGS.items()]


class HookForm(forms.ModelForm):  # type: ignore[type-arg]
    """Where to, and of what."""

    url = forms.CharField(
        max_length=600,
        widget=UnfoldAdminURLInputWidget(attrs={"placeholder": "https://crm.example.com/events"}),
        label=gettext_lazy("Address"),
    )
    kinds = forms.MultipleChoiceField(
        required=False,
        choices=_kinds,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        label=gettext_lazy("Told of"),
        help_text=gettext_lazy("None chosen: everything."),
    )

    class Meta:
        model = Hook
        fields = ("name", "url", "is_active", "kinds")

    def clean_url(self) -> str:
        try:
            return checked_url(self.cleaned_data["url"], house().settings.web.inside_hosts)
        except Rejected as problem:
            raise ValidationError(sentence_of(problem)) from problem

    def wanted(self) -> hooks.Wanted:
        """What the verb is asked for."""
        asked = self.cleaned_data
        return hooks.Wanted(asked["name"], asked["url"], tuple(asked["kinds"]), asked["is_active"])


@admin.register(Hook)
class HookAdmin(Settings):
    """Programs elsewhere that are told what happens, signed as Standard Webhooks says."""

    form = HookForm
    change_form_outer_after_template = "admin/hook_deeds.html"
    list_display = ("name", "url", "is_active", "how")
    ordering = ("name",)
    fields = ("name", "url", "is_active", "kinds")

    @admin.display(description=gettext_lazy("How it does"))
    def how(self, hook: Hook) -> str:
        if hook.ended:
            return gettext("switched off: %(why)s") % {"why": hook.ended}
        if hook.failing_since:
            return gettext("failing, %(n)s times in a row") % {"n": hook.failures}
        return gettext("well")

    def get_urls(self) -> list[URLPattern]:
        deeds = {"test": self.test, "secret": self.secret}
        own = [
            path(f"<uuid:hook>/{name}/", self._deed(view), name=f"store_hook_{name}")
            for name, view in deeds.items()
        ]
        again = path(
            "<uuid:hook>/calls/<int:call>/", self._deed(self.again), name="store_hook_again"
        )
        return [*own, again, *super().get_urls()]

    def _deed(self, view: Any) -> Any:
        return self.admin_site.admin_view(require_POST(never_cache(view)))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            hooks.change(house(), person(request), obj.id, form.wanted())
            return
        made = hooks.make(house(), person(request), form.wanted())
        obj.pk, obj.made = made.row.pk, made

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        hooks.remove(house(), person(request), obj.id)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for row in queryset:
            hooks.remove(house(), person(request), row.id)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: Any = None
    ) -> HttpResponse:
        """The page that shows the secret, instead of a redirect: it is kept nowhere in the clear."""
        return self._secret_page(request, obj.made)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        calls = HookCall.objects.filter(hook=row).order_by("-id")[:LOG] if row else ()
        more = {**(extra_context or {}), "calls": calls, "hook": object_id}
        page: HttpResponse = super().change_view(request, object_id, form_url, more)
        return page

    def test(self, request: HttpRequest, hook: UUID) -> HttpResponse:
        """Sends a test; the log on the page tells what came of it."""

        def act() -> None:
            hooks.send_test(house(), person(request), hook)
            messages.success(request, gettext("A test is on its way: look at the log below."))

        return self._back(request, hook, act)

    def again(self, request: HttpRequest, hook: UUID, call: int) -> HttpResponse:
        """One more round for a call that was settled."""

        def act() -> None:
            hooks.send_again(house(), person(request), hook, call)
            messages.success(request, gettext("In line to be sent again."))

        return self._back(request, hook, act)

    def secret(self, request: HttpRequest, hook: UUID) -> HttpResponse:
        """A new secret, shown this once."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self._secret_page(request, hooks.change_secret(house(), person(request), hook))

    def _back(self, request: HttpRequest, hook: UUID, act: Any) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            act()
        except ThreadlineError as refusal:
            messages.error(request, sentence_of(refusal))
        return redirect("admin:store_hook_change", hook)

    def _secret_page(self, request: HttpRequest, made: hooks.Made) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": made.row.name,
            "opts": self.opts,
            "made": made,
            "hours": int(hooks.BOTH_SIGN.total_seconds() // 3600),
        }
        return render(request, "admin/hook_secret.html", context)
