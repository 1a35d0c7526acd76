"""Gaps in the knowledge base, to write an article for, and ratings of answers with what they say of our confidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bot import learning
from bot.permissions import May
from bot.sources import BRAND
from bot.trust import LEAST, measured_trust
from core.curves import Words, drawn
from core.errors import ThreadlineError
from store.gaps import (
    SHOWN,
    GapQuestion,
    deflected,
    draft_of,
    publishing_problem,
    questions_of,
    titles_of,
)
from store.learning import cited_titles
from store.models import AnswerRating, Gap
from web.admin.base import Records, person
from web.errors import sentence_of
from web.house import house
from web.languages import without_articles

REFUSED = "refused"
"""In the session: what was refused last, and where."""


class Deeds(Records):
    """Records with deeds of their own: each is a verb, and is refused in words."""

    sees = May.WRITE_ARTICLES

    def _deed(self, view: Callable[..., HttpResponse]) -> Any:
        return self.admin_site.admin_view(require_POST(never_cache(view)))

    def _done(
        self, request: HttpRequest, back: str, said: str, act: Callable[[], None]
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            act()
            messages.success(request, said)
        except ThreadlineError as refusal:
            messages.error(request, sentence_of(refusal))
            typed = request.POST.dict()
            typed.pop("csrfmiddlewaretoken", None)
            request.session[REFUSED] = {"at": back, "typed": typed}
        return redirect(back)

    def _typed(self, request: HttpRequest) -> dict[str, str]:
        """What was filled in here and refused, once: it is corrected, not typed again."""
        refused = request.session.get(REFUSED, {})
        if refused.get("at") != request.path:
            return {}
        del request.session[REFUSED]
        return dict(refused["typed"])


@admin.register(Gap)
class GapAdmin(Deeds):
    """Questions of one kind that nobody answers yet, dearest first."""

    list_display = ("name", "conversations", "hours", "state", "gain")
    list_filter = ("state", "language")
    ordering = ("-handling_seconds",)
    fields = ("name", "conversations", "hours", "language", "state", "found_at", "written", "gain")
    change_list_template = "admin/gaps.html"
    change_form_outer_after_template = "admin/gap.html"

    @admin.display(description=gettext_lazy("Hours of work"), ordering="handling_seconds")
    def hours(self, gap: Gap) -> str:
        return f"{gap.handling_seconds / 3600:.1f}"

    @admin.display(description=gettext_lazy("Article"))
    def written(self, gap: Gap) -> str:
        if not gap.article:
            return ""
        page = reverse("portal:article", args=[gap.article])
        return format_html(
            '<a href="{}" class="text-primary-600 dark:text-primary-500 underline">{}</a>',
            page,
            gap.article,
        )

    @admin.display(description=gettext_lazy("Gained"))
    def gain(self, gap: Gap) -> str:
        if gap.state != Gap.State.PUBLISHED:
            return ""
        count = deflected(gap)
        each = gap.handling_seconds / max(1, gap.conversations)
        return gettext(
            "%(now)s of %(all)s questions are answered now; since then %(n)s conversations without us, %(hours)s hours"
        ) % {
            "now": gap.gained,
            "all": len(gap.questions),
            "n": count,
            "hours": f"{count * each / 3600:.1f}",
        }

    def get_urls(self) -> list[URLPattern]:
        return [
            path("look/", self._deed(self.look), name="store_gap_look"),
            path("<uuid:gap>/publish/", self._deed(self.publish), name="store_gap_publish"),
            path("<uuid:gap>/check/", self._deed(self.ask_again), name="store_gap_check"),
            path("<uuid:gap>/dismiss/", self._deed(self.dismiss), name="store_gap_dismiss"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        more = {**(extra_context or {}), "without_articles": without_articles(BRAND)}
        page: HttpResponse = super().changelist_view(request, more)
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        gap = self.get_object(request, object_id)
        more: dict[str, Any] = {**(extra_context or {})}
        if gap is not None and self.has_view_permission(request):
            vault = house().vault
            title, text = draft_of(vault, gap)
            typed = self._typed(request)
            title, text = typed.get("title", title), typed.get("text", text)
            more |= {"gap": gap, "title_draft": title, "text_draft": text}
            more |= _answered(gap)
            more["failed"] = publishing_problem(gap)
            more["asked"] = _shown(gap, questions_of(vault, gap))
            if len(more["asked"]) == SHOWN:
                more["more"] = len(gap.questions) - SHOWN
        page: HttpResponse = super().change_view(request, object_id, form_url, more)
        return page

    def look(self, request: HttpRequest) -> HttpResponse:
        """Finds gaps anew, in the background."""
        said = gettext("We are looking: the list is new in a minute or two.")
        return self._done(
            request,
            reverse("admin:store_gap_changelist"),
            said,
            lambda: learning.look_again(house(), person(request)),
        )

    def publish(self, request: HttpRequest, gap: UUID) -> HttpResponse:
        """The article goes live, and the gap shows what it gained."""
        title, text = request.POST.get("title", ""), request.POST.get("text", "")
        said = gettext("The article goes live within moments.")
        return self._done(
            request,
            reverse("admin:store_gap_change", args=[gap]),
            said,
            lambda: learning.publish(house(), person(request), gap, title, text),
        )

    def ask_again(self, request: HttpRequest, gap: UUID) -> HttpResponse:
        """Asks its questions again, in the background."""
        return self._done(
            request,
            reverse("admin:store_gap_change", args=[gap]),
            gettext(
                "The questions are asked again: how each fares stands here in a minute or two."
            ),
            lambda: learning.check_again(house(), person(request), gap),
        )

    def dismiss(self, request: HttpRequest, gap: UUID) -> HttpResponse:
        """Out of the list, and it does not come back."""
        return self._done(
            request,
            reverse("admin:store_gap_changelist"),
            gettext("Put aside."),
            lambda: learning.dismiss(house(), person(request), gap),
        )


def _words() -> Words:
    """The drawing in the reader's language."""
    return Words(
        reliability=gettext("Reliability"),
        confidence=gettext("confidence"),
        right=gettext("share right"),
        risk=gettext("Risk and coverage"),
        answered=gettext("share answered"),
        wrong=gettext("share wrong"),
        told=gettext("%(count)s answers, calibration error %(error)s"),
    )


def _answered(gap: Gap) -> dict[str, Any]:
    """How many of its questions are answered, as far as was looked; the share in percent."""
    answered = sum(bool(article) for article, _ in gap.checked.values())
    share = round(100 * answered / max(1, len(gap.checked)))
    return {"checked": len(gap.checked), "answered": answered, "share": share}


def _shown(gap: Gap, asked: Sequence[GapQuestion]) -> list[dict[str, Any]]:
    """The questions with the title of what answers them now; `title` is empty where that article is gone."""
    titles = titles_of(gap.brand, (one.article for one in asked if one.article))
    return [
        {
            "words": one.text,
            "under": one.under,
            "article": one.article,
            "title": titles.get(one.article, ""),
            "percent": None if one.chance is None else round(100 * one.chance),
        }
        for one in asked
    ]


@admin.register(AnswerRating)
class RatingAdmin(Deeds):
    """What customers made of answers, and whether our confidence deserves its name."""

    list_display = ("at", "helpful", "cited", "source")
    list_filter = ("helpful", "source")
    ordering = ("-at",)
    fields = ("at", "helpful", "source", "message")
    change_list_template = "admin/ratings.html"

    @admin.display(description=gettext_lazy("Article"))
    def cited(self, rating: Any) -> str:
        return ", ".join(rating.titles)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        titles = cited_titles(row.message_id for row in shown.result_list)
        for row in shown.result_list:
            row.titles = titles.get(row.message_id, [])
        return shown

    def get_urls(self) -> list[URLPattern]:
        again = path("measure/", self._deed(self.measure), name="store_answerrating_measure")
        return [again, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        trust = measured_trust(house())
        more: dict[str, Any] = {**(extra_context or {}), "trust": trust, "least": LEAST}
        if trust is not None and len(trust.right) >= LEAST:
            title = gettext("How far answers can be trusted")
            # Made of numbers and of words that the drawing escapes.
            more["drawing"] = mark_safe(drawn(trust.confidences, trust.right, title, _words()))  # noqa: S308
        page: HttpResponse = super().changelist_view(request, more)
        return page

    def measure(self, request: HttpRequest) -> HttpResponse:
        """Asks every rated question again, in the background."""
        said = gettext("We are measuring: the diagram is new in a minute or two.")
        return self._done(
            request,
            reverse("admin:store_answerrating_changelist"),
            said,
            lambda: learning.measure_again(house(), person(request)),
        )
