"""What helps somebody write: drafts, macros, suggested answers, whom a note can name, and taking a reply back."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import desk_knowledge, macros, replying
from bot import preview as previews
from bot.permissions import May, require, tickets_of
from bot.rich import RICH
from core.errors import MalformedPayload, TemporaryFailure
from core.knowledge import Answering
from store.bodies import sender_of
from store.desk import subject_of
from store.desk_ticket import find_ticket, last_asked
from store.held import keep_draft
from store.models import Article, Draft, Macro, Ticket, User
from store.similar import similar
from store.vault import Erased
from web.desk import words
from web.desk.entry import at_desk, person
from web.desk.views import pane
from web.house import house

OFFERED = 30
ARTICLES = 6


@require_POST
@at_desk
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keeps what is being written, on the server too; an empty text forgets it."""
    user, mode = person(request), request.POST.get("mode", "")
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    text = request.POST.get("text", "")
    if mode not in Draft.Mode.values or len(text) > 50_000:
        raise MalformedPayload("A draft is of a reply or of a note, and not longer than those.")
    form = RICH if request.POST.get("form") == RICH else ""
    with transaction.atomic():
        keep_draft(house().vault, ticket.conversation, user, mode, text, house().clock(), form)
    return HttpResponse(status=204)


@require_POST
@at_desk
def preview(request: HttpRequest, number: int) -> HttpResponse:
    """How the text will come out `way`, or as a note; for whoever writes here."""
    user, text = person(request), request.POST.get("text", "")
    require(user, May.WORK_TICKETS)
    talk = find_ticket(tickets_of(user), number).conversation
    is_note = request.POST.get("mode") == Draft.Mode.NOTE
    way = "" if is_note else request.POST.get("way", "")
    shown = previews.preview(house(), talk, text, way, is_note=is_note)
    return render(request, "desk/preview.html", {"shown": shown})


@require_POST
@at_desk
def undo(request: HttpRequest, number: int, held: UUID) -> HttpResponse:
    """Takes a reply back that is not out yet; its words return to the composer."""
    written = replying.undo(house(), person(request), number, held)
    response = pane(request, number)
    back = {"number": number, "text": written.text, "form": written.form}
    told = {"desk:queue": {}, "desk:written": back}
    response["HX-Trigger"] = json.dumps(told)
    return response


@require_GET
@at_desk
def inserts(request: HttpRequest, number: int) -> HttpResponse:
    """Macros and articles whose names hold `?q=`, to put into the text. Without it the page asks once more for the articles
    (`?near`), which are then the nearest to what the customer asked: macros do not wait for that search."""
    user, asked = person(request), request.GET.get("q", "").strip()[:120]
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    shown: dict[str, object] = {"number": number}
    if "near" in request.GET:
        return render(request, "desk/near.html", shown | {"articles": articles_for(ticket, user)})
    shown["macros"] = macros_named(user, asked)
    if asked:
        shown["articles"] = articles_named(user, asked)
    return render(request, "desk/inserts.html", shown | {"is_asked": bool(asked)})


@require_GET
@at_desk
def macro(request: HttpRequest, number: int, macro: UUID) -> HttpResponse:
    """A macro as it would be sent here: its text, as it is typed in the format `?form=`, what it lacks, and what it does."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    row = macros.macro(user, macro)
    filled = macros.filled_in(row, values_of(ticket, user), request.GET.get("form", ""))
    return JsonResponse(
        {
            "id": str(row.id),
            "name": row.name,
            "text": filled.text,
            "missing": list(filled.missing),
            "does": does(row.actions),
            "then": row.actions.get("then", ""),
        }
    )


@require_GET
@at_desk
def suggestion(request: HttpRequest, number: int) -> HttpResponse:
    """What the knowledge base would answer to what the customer asked last, with its sources."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    ticket = find_ticket(tickets_of(user), number)
    shown: dict[str, object] = {"number": number}
    try:
        question = last_asked(house().vault, ticket)
        language = ticket.conversation.language
        answer = desk_knowledge.ask(house(), question, language).answer.known if question else None
        if answer and answer.citations and answer.decision is Answering.ANSWER:
            # A source for each sentence, of which many are the same article: it is named once.
            sources = {(one.title, one.url): one for one in answer.citations}
            shown |= {"answer": answer, "source": answer.citations[0], "sources": sources.values()}
        elif answer:
            # Of one article many passages may be near: it is named once.
            near = {(one.title, one.url): one for one in answer.passages}
            shown["near"] = list(near.values())[:3]
    except TemporaryFailure:
        shown["is_away"] = True
    return render(request, "desk/suggestion.html", shown)


@require_GET
@at_desk
def alike(request: HttpRequest, number: int) -> HttpResponse:
    """Tickets about the same, out of those that this person may see. Raises `NotFound`."""
    visible = tickets_of(person(request))
    found = similar(house().vault, visible, find_ticket(visible, number))
    return render(request, "desk/similar.html", {"similar": found})


@require_POST
@at_desk
def judged(request: HttpRequest, number: int) -> HttpResponse:
    """Notes that a suggestion was accepted, edited or rejected: the next training may learn from it."""
    source = request.POST.get("article", ""), request.POST.get("revision", "")
    replying.learn(house(), person(request), number, source, request.POST.get("outcome", ""))
    return HttpResponse(status=204)


@require_GET
@at_desk
def colleagues(request: HttpRequest, number: int) -> HttpResponse:
    """Whom a note on this ticket can name: those who may see it."""
    user = person(request)
    require(user, May.WORK_TICKETS)
    find_ticket(tickets_of(user), number)
    people = User.objects.filter(is_active=True).exclude(id=user.id).order_by("name")
    names = [one.name for one in people if tickets_of(one).filter(number=number).exists()]
    return JsonResponse({"names": names})


def moment_in(request: HttpRequest, name: str) -> datetime | None:
    """A time of the form, in the person's own zone where it names none; None where there is none."""
    text = request.POST.get(name, "")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise MalformedPayload("A time is written as 2026-11-28T14:30.") from error
    return at if at.tzinfo else timezone.make_aware(at)


def macros_named(user: User, asked: str) -> QuerySet[Macro]:
    """Those that this person may use, whose names hold what is asked for; by name."""
    return macros.macros_for(user).filter(name__icontains=asked)[:OFFERED]


def articles_named(user: User, asked: str) -> list[Article]:
    """Those that this person may read, whose titles hold what is asked for; by title."""
    rows = desk_knowledge.articles_of(user).select_related("live_revision")
    rows = rows.filter(live_revision__title__icontains=asked)
    return list(rows.order_by("live_revision__title", "slug")[:ARTICLES])


def articles_for(ticket: Ticket, user: User) -> list[Article]:
    """Those that this person may read, the nearest to what the customer asked last first. Asks the brain."""
    asked, language = last_asked(house().vault, ticket), ticket.conversation.language
    return desk_knowledge.nearest(house(), user, asked, language, ARTICLES)


def values_of(ticket: Ticket, user: User) -> dict[str, str]:
    """What the variables of a macro stand for on this ticket."""
    vault, address = house().vault, ticket.conversation.address
    try:
        name, subject = sender_of(vault, address).display_name, subject_of(vault, ticket)
    except Erased:
        name, subject = "", ""
    return {
        "customer.name": name,
        "customer.first_name": name.split(" ")[0],
        "ticket.number": str(ticket.number),
        "ticket.subject": subject,
        "ticket.team": ticket.team.name,
        "agent.name": user.name,
        "agent.first_name": user.first_name,
    }


def does(actions: dict[str, object]) -> list[str]:
    """What a macro does beside its words, for people."""
    then = {"wait": gettext("wait for the customer"), "resolve": gettext("resolve")}
    found = {
        "category": words.category(str(actions.get("category", ""))),
        "priority": str(words.PRIORITIES.get(int(str(actions.get("priority", 0))), "")),
        "team": str(actions.get("team", "")),
        "then": then.get(str(actions.get("then", "")), ""),
    }
    return [value for name, value in found.items() if actions.get(name)]
