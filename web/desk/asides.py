"""Side conversations of a ticket: the form to ask somebody, and what is done with what was asked."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import asides, uploads
from bot.asides import Question
from core.errors import MalformedPayload
from store.models import User
from web.desk.deeds import attached, done
from web.desk.entry import at_desk, person
from web.desk.files import DOWNLOAD_POLICY
from web.house import house


@require_GET
@at_desk
def ask_form(request: HttpRequest, number: int) -> HttpResponse:
    """Through which inbox, whom, and what of the thread may be quoted."""
    user = person(request)
    shown = {
        "number": number,
        "ways": asides.ways(house(), user, number),
        "quotable": asides.quotable(house(), user, number),
    }
    return render(request, "desk/ask.html", shown)


@require_POST
@at_desk
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """`inbox`, `to`, `subject`, `text`, `files`, and `quote` for each message that is quoted."""
    quoted = request.POST.getlist("quote")
    if not all(one.isdecimal() and len(one) < 12 for one in quoted):
        raise MalformedPayload("One of these messages cannot be quoted.")
    user = person(request)
    question = Question(
        inbox=request.POST.get("inbox", ""),
        to=request.POST.get("to", ""),
        subject=request.POST.get("subject", ""),
        text=request.POST.get("text", ""),
        quote=[int(one) for one in quoted],
        files=uploads.attached(house(), user, number, attached(request)),
    )
    asides.ask(house(), user, number, question)
    return done(request, number, gettext("Asked. The answer will stand beside the ticket."))


@require_POST
@at_desk
def say(request: HttpRequest, number: int, aside: UUID) -> HttpResponse:
    """`text` and `files`."""
    user = person(request)
    files = uploads.attached(house(), user, number, attached(request))
    asides.say(house(), user, number, aside, request.POST.get("text", ""), files)
    return done(request, number, gettext("Sent beside the ticket; the customer does not see it."))


@require_POST
@at_desk
def settle(request: HttpRequest, number: int, aside: UUID) -> HttpResponse:
    """`state`: `done` or `open`."""
    state = request.POST.get("state", "")
    if state not in {"open", "done"}:
        raise MalformedPayload("A side conversation is open or done.")
    asides.settle(house(), person(request), number, aside, state == "done")
    return done(request, number, gettext("Changed."))


@require_POST
@at_desk
def seen(request: HttpRequest, number: int, aside: UUID) -> HttpResponse:
    asides.seen(house(), person(request), number, aside)
    return done(request, number, "")


@require_POST
@at_desk
def again(request: HttpRequest, number: int, aside: UUID, message: UUID) -> HttpResponse:
    asides.send_again(house(), person(request), number, aside, message)
    return done(request, number, gettext("In line to be sent again."))


@require_GET
@at_desk
def file(request: HttpRequest, number: int, aside: UUID, message: UUID, place: int) -> HttpResponse:
    """A file of a message, as a download."""
    return sent_beside(person(request), number, aside, message, place)


def sent_beside(user: User, number: int, aside: UUID, message: UUID, place: int) -> HttpResponse:
    """A file of a message that this person may see, never shown by the browser."""
    name, content = asides.opened_file(house(), user, number, aside, message, place)
    return HttpResponse(
        content,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f"attachment; filename=\"file\"; filename*=UTF-8''{quote(name, safe='')}",
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )
