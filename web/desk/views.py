"""Pages of the desk and the two fragments that keep them live: the queue (views and list) and one ticket's pane."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from bot.options import TextPrice, options_of
from bot.permissions import May, few_teams_of, may, permissions_of, tickets_of
from bot.resting import with_rests
from bot.slots import kinds_on
from core.errors import NotFound
from store.asides import asides_at
from store.desk_counts import counts
from store.desk_filter import Criteria
from store.desk_ticket import open_ticket_page
from store.desk_views import View
from store.dossier_view import dossier_of
from store.held import drafts_of, held_in, held_rows
from store.merging import merging_of
from store.models import Conversation, Ticket, User
from store.satisfaction import comment_of
from web.company.door import wants_guide
from web.desk.customer import behind
from web.desk.dossier_words import RELATIONS
from web.desk.entry import at_desk, is_fragment, opens_to, person
from web.desk.later import later_times
from web.desk.lists import Shelf, queue_context
from web.desk.ticket import shown
from web.desk.words import toolbar
from web.house import house


@require_GET
@opens_to(*May)
def home(request: HttpRequest) -> HttpResponse:
    """The first view with something in it for this person; the settings for who sees no tickets."""
    user = person(request)
    if not permissions_of(user) & {May.WORK_TICKETS, May.SEE_ALL_TICKETS}:
        return redirect("company:settings")
    if wants_guide(user) and not tickets_of(user).exists():
        return redirect("company:guide")
    order = [View.MINE, View.TEAM, View.UNASSIGNED]
    if not may(user, May.WORK_TICKETS) or may(user, May.CONFIGURE):
        order = [View.ALL]
    found = counts(tickets_of(user), user, house().clock(), order, partial(few_teams_of, user))
    chosen = next((view for view in order if found[view]), order[-1])
    return redirect("desk:view", view=chosen.value)


@require_GET
@at_desk
def queue(request: HttpRequest, view: str) -> HttpResponse:
    """A view's list; as a fragment the rail's counts and the list alone. Raises `NotFound`."""
    return _list(request, Shelf(_view(view)))


@require_GET
@at_desk
def saved(request: HttpRequest, saved: UUID) -> HttpResponse:
    """The same of a list that somebody saved."""
    return _list(request, Shelf(saved=saved))


@require_GET
@at_desk
def find(request: HttpRequest) -> HttpResponse:
    """The same of what the address says: words and whatever else narrows it."""
    return _list(request, Shelf(criteria=Criteria.read(request.GET)))


def _list(request: HttpRequest, shelf: Shelf) -> HttpResponse:
    context = queue_context(person(request), shelf, request.GET.get("open", ""))
    name = "desk/queue.html" if is_fragment(request) else "desk/page.html"
    return render(request, name, context)


@require_GET
@at_desk
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """A ticket beside its list; as a fragment the pane alone. Raises `NotFound`."""
    user = person(request)
    if is_fragment(request):
        return pane(request, number)
    context = queue_context(user, Shelf.of(user, request.GET), str(number))
    return render(request, "desk/page.html", {**context, **_pane_context(user, number)})


def pane(request: HttpRequest, number: int) -> HttpResponse:
    """The pane of a ticket as it is now."""
    return render(request, "desk/pane.html", _pane_context(person(request), number))


def _pane_context(user: User, number: int) -> dict[str, Any]:
    now = house().clock()
    vault = house().vault
    waiting = held_rows(number)
    opened = open_ticket_page(vault, tickets_of(user), number, now)
    conversation = opened.ticket.conversation
    thread = with_rests(house(), user, conversation.id, opened.thread)
    opened = replace(opened, thread=thread)
    return {
        "user": user,
        "now": now,
        "open": shown(opened, user, now, comment_of(vault, conversation, opened.survey)),
        "held": held_in(vault, conversation, waiting),
        "drafts": drafts_of(vault, conversation, user) if may(user, May.WORK_TICKETS) else {},
        "can": house().channel_of(conversation.inbox).can,
        "behind": behind(house(), conversation, user),
        "price": _price_of_text(conversation),
        **_dossier(user, opened.ticket),
        "asides": asides_at(vault, opened.ticket),
        "later": later_times(now),
        "tools": toolbar(),
        "slots": kinds_on(conversation.brand_id),
    }


def _price_of_text(conversation: Conversation) -> TextPrice | None:
    """What a segment costs, where it is billed by the segment."""
    if conversation.inbox.channel != "sms":
        return None
    return options_of(conversation.inbox.brand).text_price


def _dossier(user: User, ticket: Ticket) -> dict[str, Any]:
    found = dossier_of(house().vault, tickets_of(user), ticket)
    return {
        "dossier": found,
        "follows": any(key == user.id for key, _ in found.followers),
        "merged": merging_of(tickets_of(user), ticket),
        "relations": RELATIONS.items(),
    }


def _view(name: str) -> View:
    try:
        return View(name)
    except ValueError as error:
        raise NotFound("There is no such view.") from error
