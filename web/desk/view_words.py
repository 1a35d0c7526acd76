"""What the desk's own lists are called, and what an empty one says."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from store.desk_views import View

Text = str | Promise


@dataclass(frozen=True, slots=True)
class ViewWords:
    """A view's name, its icon in the sprite, and what an empty one says."""

    label: Text
    icon: str
    empty: Text
    hint: Text


VIEWS = {
    View.MINE: ViewWords(
        gettext_lazy("Mine"),
        "person",
        gettext_lazy("Nothing on your desk"),
        gettext_lazy("Tickets that you take appear here, the most pressing first."),
    ),
    View.MENTIONED: ViewWords(
        gettext_lazy("Mentioned"),
        "at",
        gettext_lazy("Nobody has asked you anything"),
        gettext_lazy("Tickets appear here when a colleague names you with an @ in a note."),
    ),
    View.FOLLOWED: ViewWords(
        gettext_lazy("Followed"),
        "eye",
        gettext_lazy("You follow nothing that is open"),
        gettext_lazy("Follow a ticket to find it here and to be told what becomes of it."),
    ),
    View.TEAM: ViewWords(
        gettext_lazy("My teams"),
        "team",
        gettext_lazy("Your teams have nothing open"),
        gettext_lazy("New tickets for your teams appear here by themselves."),
    ),
    View.UNASSIGNED: ViewWords(
        gettext_lazy("Unassigned"),
        "tray",
        gettext_lazy("Nobody is waiting for a person"),
        gettext_lazy("What the bot hands over appears here until somebody takes it."),
    ),
    View.US: ViewWords(
        gettext_lazy("Our turn"),
        "reply",
        gettext_lazy("No customer waits for an answer"),
        gettext_lazy("Tickets appear here when the customer wrote last."),
    ),
    View.DUE: ViewWords(
        gettext_lazy("Due soon"),
        "clock",
        gettext_lazy("Nothing is due in the next two hours"),
        gettext_lazy("Tickets appear here two hours before a promise to the customer runs out."),
    ),
    View.WAITING: ViewWords(
        gettext_lazy("Customer’s turn"),
        "pause",
        gettext_lazy("No ticket waits for a customer"),
        gettext_lazy("What waits for the customer, or was put aside until a time, appears here."),
    ),
    View.RESOLVED: ViewWords(
        gettext_lazy("Resolved"),
        "check",
        gettext_lazy("Nothing resolved yet"),
        gettext_lazy("Resolved tickets appear here, the newest first."),
    ),
    View.ALL: ViewWords(
        gettext_lazy("All open"),
        "list",
        gettext_lazy("No ticket is open"),
        gettext_lazy("Every open ticket of the company appears here."),
    ),
}
