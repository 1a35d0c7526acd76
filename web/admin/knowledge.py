"""The knowledge base to read: articles and the text that answers come from. They are changed where they are written."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from bot.permissions import May
from store.models import Article
from web.admin.base import Records, by_name

_VISIBLE: dict[str, Any] = {"public": gettext_lazy("Public"), "internal": gettext_lazy("Internal")}


def _visible(code: str) -> str:
    return str(_VISIBLE.get(code, code))


@admin.register(Article)
class ArticleAdmin(Records):
    """Articles come from the folder that `threadline kb ingest` reads."""

    sees = May.WRITE_ARTICLES
    list_display = ("shown_title", "section", "language", "shown_visibility", "shown_state")
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

    @admin.display(description=gettext_lazy("Live"), boolean=True)
    def shown_state(self, article: Article) -> bool:
        return article.removed_at is None and article.live_revision_id is not None

    @admin.display(description=gettext_lazy("Text"))
    def text(self, article: Article) -> Any:
        body = article.live_revision.body if article.live_revision else ""
        return format_html('<pre class="keeps-lines">{}</pre>', body)
