"""The knowledge base to read: articles and the text that answers come from. They are changed where they are written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from bot.permissions import May
from store.article_ratings import helped, title_of, why_of
from store.models import Article, ArticleRating
from web.admin.base import Records, by_name
from web.house import house

_VISIBLE: dict[str, Any] = {"public": gettext_lazy("Public"), "internal": gettext_lazy("Internal")}


def _visible(code: str) -> str:
    return str(_VISIBLE.get(code, code))


@admin.register(Article)
class ArticleAdmin(Records):
    """Articles come from the folder that `threadline kb ingest` reads."""

    sees = May.WRITE_ARTICLES
    list_display = (
        "shown_title",
        "section",
        "language",
        "shown_visibility",
        "shown_helped",
        "shown_state",
    )
    list_filter = ("language", "section", ("visibility", by_name(_visible)))
    search_fields = ("slug", "live_revision__title")
    ordering = ("section", "slug")
    list_select_related = ("live_revision",)
    fields = (
        "slug",
        "shown_title",
        "section",
        "language",
        "shown_visibility",
        "tags",
        "source",
        "text",
    )

    @admin.display(description=gettext_lazy("Title"))
    def shown_title(self, article: Article) -> str:
        return article.live_revision.title if article.live_revision else article.slug

    @admin.display(description=gettext_lazy("Visibility"), ordering="visibility")
    def shown_visibility(self, article: Article) -> str:
        return _visible(article.visibility)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        found = helped(shown.result_list)
        for row in shown.result_list:
            row.helped = found.get(row)
        return shown

    @admin.display(description=gettext_lazy("Helped readers"))
    def shown_helped(self, article: Any) -> str:
        if article.helped is None:
            return ""
        yes, total = article.helped
        return gettext("%(yes)s of %(all)s") % {"yes": yes, "all": total}

    @admin.display(description=gettext_lazy("Live"), boolean=True)
    def shown_state(self, article: Article) -> bool:
        return article.removed_at is None and article.live_revision_id is not None

    @admin.display(description=gettext_lazy("Text"))
    def text(self, article: Article) -> Any:
        body = article.live_revision.body if article.live_revision else ""
        return format_html('<pre class="keeps-lines">{}</pre>', body)


@admin.register(ArticleRating)
class ArticleRatingAdmin(Records):
    """What readers of the help pages made of them, and what they missed."""

    sees = May.WRITE_ARTICLES
    list_display = ("at", "helpful", "about", "missed")
    list_filter = ("helpful",)
    ordering = ("-at",)
    list_select_related = ("article__live_revision",)
    fields = ("at", "helpful", "about", "missed")

    @admin.display(description=gettext_lazy("Article"))
    def about(self, rating: ArticleRating) -> str:
        return title_of(rating.article)

    @admin.display(description=gettext_lazy("What was missing"))
    def missed(self, rating: ArticleRating) -> str:
        return why_of(house().vault, rating)
