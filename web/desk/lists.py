"""The rail and the list beside it: the desk's own views, lists that people saved, and what was looked for just now."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bot.permissions import May, few_teams_of, may, posts_of, tickets_of
from core.errors import NotFound
from store.desk import of_criteria, rows
from store.desk_counts import all_counts
from store.desk_filter import Criteria
from store.desk_views import Reach, View
from store.models import PublicPost, SavedView, User
from store.saved_views import saved_for
from web.desk.view_words import VIEWS, ViewWords
from web.house import house

FOUND = ViewWords(
    gettext_lazy("Found"),
    "search",
    gettext_lazy("Nothing found"),
    gettext_lazy("Fewer words, or only their beginning, find more."),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A list in the rail."""

    name: str
    label: str
    icon: str
    count: int | None
    is_here: bool
    address: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """Which list is shown: a view, a saved one, or what `criteria` says."""

    view: View | None = None
    saved: UUID | None = None
    criteria: Criteria = field(default_factory=Criteria)

    @classmethod
    def of(cls, user: User, values: QueryDict) -> Shelf:
        """The list that an address of a ticket names; the person's first one where it names none."""
        if values.get("saved"):
            try:
                return cls(saved=UUID(str(values["saved"])))
            except ValueError as error:
                raise NotFound("There is no such view.") from error
        if values.get("view") in set(View):
            return cls(View(str(values["view"])))
        if any(name.startswith("f.") for name in values):
            narrowed = {name[2:]: values[name] for name in values if name.startswith("f.")}
            return cls(criteria=Criteria.read(narrowed))
        return cls(View.TEAM if may(user, May.WORK_TICKETS) else View.ALL)

    @property
    def query(self) -> str:
        """How an address names this list."""
        if self.view is not None:
            return urlencode({"view": self.view.value})
        if self.saved is not None:
            return urlencode({"saved": str(self.saved)})
        return urlencode({f"f.{name}": value for name, value in self.criteria.as_json().items()})

    @property
    def address(self) -> str:
        """Where the list itself stands."""
        if self.view is not None:
            return reverse("desk:view", args=[self.view.value])
        if self.saved is not None:
            return reverse("desk:saved", args=[self.saved])
        return f"{reverse('desk:find')}?{urlencode(self.criteria.as_json())}"

    @property
    def key(self) -> str:
        """Tells one list from another in the page."""
        return self.view.value if self.view else f"{self.saved or self.query}"


def queue_context(user: User, shelf: Shelf, selected: str) -> dict[str, Any]:
    """What the rail and the list show."""
    now, visible, vault = house().clock(), tickets_of(user), house().vault
    saved = saved_for(user)
    conditions = {f"s{at}": _condition(one, user) for at, one in enumerate(saved)}
    more = {name: wish for name, wish in conditions.items() if wish is not None}
    found = all_counts(visible, user, now, more, views_for(user), partial(few_teams_of, user))
    words, total = _words(shelf, saved), 0
    if shelf.view is not None:
        reach = found.reach if shelf.view is not View.RESOLVED else _of_done(user)
        listed = rows(vault, visible, shelf.view, user, now, reach)
        total = found.get(shelf.view.value, len(listed))
    else:
        criteria = _criteria(shelf, saved)
        narrowed = criteria.condition(vault, user)
        is_alive = criteria.is_alive
        reach = found.reach if is_alive else _of_done(user)
        listed, total = of_criteria(vault, visible, narrowed, is_alive, user, now, reach)
    return {
        "user": user,
        "shelf": shelf,
        "view": shelf.key,
        "words": words,
        "places": _views(user, found, shelf),
        "saved": [
            Place(
                str(one.id), one.name, "team" if one.team_id else "list", found.get(f"s{at}"),
                one.id == shelf.saved, reverse("desk:saved", args=[one.id]),
            )
            for at, one in enumerate(saved)
        ],
        "rows": listed,
        "total": total,
        "selected": int(selected) if selected.isdecimal() else None,
        "now": now,
        "may_work": may(user, May.WORK_TICKETS),
        "may_report": may(user, May.SEE_REPORTS),
        "posts": _posts(user),
        "kept": may(user, May.SEE_ALL_TICKETS),
        "may_teach": may(user, May.REVIEW_LESSONS),
    }  # fmt: skip


def _of_done(user: User) -> Reach:
    """What is done is read by its parts, however little is to do: there is more of it each year."""
    return Reach(is_wide=True, teams=few_teams_of(user))


def _posts(user: User) -> Place | None:
    """What others write in public, for whom there is some."""
    visible = posts_of(user)
    if not visible.exists():
        return None
    new = visible.filter(state=PublicPost.State.NEW).count()
    return Place("posts", gettext("Public posts"), "graph", new, False, reverse("desk:posts"))


def views_for(user: User) -> list[View]:
    """The views that the desk offers to this person."""
    hidden: set[View] = set()
    if not may(user, May.SEE_ALL_TICKETS):
        hidden |= {View.ALL}
    if not may(user, May.WORK_TICKETS):
        hidden |= {View.MINE, View.MENTIONED, View.FOLLOWED, View.TEAM}
    return [view for view in View if view not in hidden]


def _views(user: User, found: dict[str, int], shelf: Shelf) -> list[Place]:
    return [
        Place(
            one.value,
            str(VIEWS[one].label),
            VIEWS[one].icon,
            found.get(one.value),
            one is shelf.view,
            reverse("desk:view", args=[one.value]),
        )
        for one in views_for(user)
    ]


def _condition(saved: SavedView, user: User) -> Q | None:
    """None for lists of what may be done: those are not counted."""
    criteria = Criteria.read(saved.criteria)
    return criteria.condition(house().vault, user) if criteria.is_alive else None


def _criteria(shelf: Shelf, saved: list[SavedView]) -> Criteria:
    if shelf.saved is None:
        return shelf.criteria
    for one in saved:
        if one.id == shelf.saved:
            return Criteria.read(one.criteria)
    raise NotFound("There is no such view.")


def _words(shelf: Shelf, saved: list[SavedView]) -> ViewWords:
    if shelf.view is not None:
        return VIEWS[shelf.view]
    for one in saved:
        if one.id == shelf.saved:
            empty = gettext("Nothing in this view")
            return ViewWords(one.name, "list", empty, gettext("What fits it appears by itself."))
    return FOUND
