"""What people do on a ticket: each posts a form, calls one verb of `bot.desk` or `bot.line` and answers with the pane as it is then."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bot import bulk, desk, line, merging, on_hold, preferred, replying, resting
from bot.files import LIMIT
from bot.permissions import tickets_of
from core.errors import MalformedPayload
from core.message import Attached
from store.desk_ticket import find_ticket
from store.held import Written, forget_draft
from web.desk.entry import at_desk, person
from web.desk.undoing import word_for_one
from web.desk.views import pane
from web.desk.writing import moment_in
from web.house import house


@require_POST
@at_desk
def take(request: HttpRequest, number: int) -> HttpResponse:
    desk.take(house(), person(request), number)
    return done(request, number, gettext("You speak with the customer now."))


@require_POST
@at_desk
def release(request: HttpRequest, number: int) -> HttpResponse:
    desk.release(house(), person(request), number, version_of(request))
    return done(request, number, gettext("Back in the team's queue."))


@require_POST
@at_desk
def reply(request: HttpRequest, number: int) -> HttpResponse:
    """`form`: how the text was typed; `then`: what follows: nothing, `wait` for the customer, or `resolve`. `seen`: the last number on the
    screen; `at`: send it then; `macro`: what it was made with; `files`; `copy`: addresses, with commas. It can be undone for a moment."""
    files = attached(request)
    macro, seen = request.POST.get("macro", ""), request.POST.get("seen", "")
    written = Written(
        request.POST.get("text", ""),
        request.POST.get("then", ""),
        replying.kept(house(), files),
        UUID(macro) if macro else None,
        request.POST.get("way", ""),
        request.POST.get("form", ""),
        tuple(one for one in request.POST.get("copy", "")[:8000].lower().split(",") if one),
    )
    held = replying.send(
        house(),
        person(request),
        number,
        written,
        seen=int(seen) if seen.isdecimal() else None,
        send_at=moment_in(request, "at"),
    )
    if held is not None and held.is_scheduled:
        return done(request, number, gettext("It will be sent at the time you chose."))
    return done(request, number, _told(request.POST.get("then", ""), is_out=held is None))


def _told(then: str, *, is_out: bool) -> str:
    """What became of a reply, and of its ticket with it."""
    match then, is_out:
        case "resolve", True:
            return gettext("Sent, and the ticket is resolved.")
        case "wait", True:
            return gettext("Sent; the ticket waits for the customer.")
        case _, True:
            return gettext("Sent.")
        case "resolve", _:
            return gettext("Going out, then the ticket is resolved; you can still undo it.")
        case "wait", _:
            return gettext(
                "Going out, then the ticket waits for the customer; you can still undo it."
            )
    return gettext("Going out; you can still undo it.")


@require_POST
@at_desk
def note(request: HttpRequest, number: int) -> HttpResponse:
    user = person(request)
    desk.note(house(), user, number, request.POST.get("text", ""), request.POST.get("form", ""))
    forget_draft(find_ticket(tickets_of(user), number).conversation_id, user, "note")
    return done(request, number, gettext("Note added."))


@require_POST
@at_desk
def classify(request: HttpRequest, number: int) -> HttpResponse:
    """Any of `category`, `priority`, `team`."""
    priority = request.POST.get("priority", "")
    if priority and not priority.isdecimal():
        raise MalformedPayload("A priority is 1 (critical) to 4 (low).")
    desk.reclassify(
        house(),
        person(request),
        number,
        category=request.POST.get("category") or None,
        priority=int(priority) if priority else None,
        team=request.POST.get("team") or None,
        version=version_of(request),
    )
    return done(request, number, gettext("Changed."))


@require_POST
@at_desk
def wait(request: HttpRequest, number: int) -> HttpResponse:
    user = person(request)
    was = bulk.as_it_was(user, number, "wait")
    desk.wait(house(), user, number, version_of(request))
    said = gettext("Waiting for the customer. The clocks rest.")
    return done(request, number, said, word_for_one(user, number, "wait", was))


@require_POST
@at_desk
def snooze(request: HttpRequest, number: int) -> HttpResponse:
    """`until`: out of the lists until then; without it, back at once, also what waits for the customer."""
    user, until = person(request), moment_in(request, "until")
    was = bulk.as_it_was(user, number, "snooze")
    desk.snooze(house(), user, number, until, version_of(request))
    said = gettext("Put aside; its clocks run on.") if until else gettext("Back in the lists.")
    # What waited for the customer is not put aside again by an undo.
    return done(
        request, number, said, word_for_one(user, number, "snooze", was) if until or was else ""
    )


@require_POST
@at_desk
def resolve(request: HttpRequest, number: int) -> HttpResponse:
    desk.resolve(house(), person(request), number, version_of(request))
    return done(request, number, gettext("Resolved."))


@require_POST
@at_desk
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    desk.reopen(house(), person(request), number, version_of(request))
    return done(request, number, gettext("Open again, and yours."))


@require_POST
@at_desk
def connect(request: HttpRequest, number: int) -> HttpResponse:
    """The caller and this person's telephone."""
    line.connect(house(), person(request), number)
    return done(request, number, gettext("Your telephone rings. Press 1 there to be connected."))


@require_POST
@at_desk
def hang_up(request: HttpRequest, number: int) -> HttpResponse:
    """This person's own telephone."""
    line.hang_up(house(), person(request), number)
    return done(request, number, gettext("Your telephone is put down."))


@require_POST
@at_desk
def hold(request: HttpRequest, number: int) -> HttpResponse:
    on_hold.hold(house(), person(request), number)
    return done(request, number, gettext("The caller is on hold."))


@require_POST
@at_desk
def unhold(request: HttpRequest, number: int) -> HttpResponse:
    on_hold.take_back(house(), person(request), number)
    return done(request, number, gettext("You speak with the caller again."))


@require_POST
@at_desk
def send_again(request: HttpRequest, number: int, row: int) -> HttpResponse:
    desk.send_again(house(), person(request), number, row)
    return done(request, number, gettext("In line to be sent again."))


@require_POST
@at_desk
def send_now(request: HttpRequest, number: int, row: int) -> HttpResponse:
    """A reply that waits for its recipient's morning."""
    resting.send_now(house(), person(request), number, row, version_of(request))
    return done(request, number, gettext("It goes out now."))


@require_POST
@at_desk
def link(request: HttpRequest, number: int) -> HttpResponse:
    """`other`: the ticket of the same person."""
    other = request.POST.get("other", "").strip().lstrip("#")
    if not other.isdecimal() or len(other) > 18:
        raise MalformedPayload("Which ticket? Its number is enough.")
    desk.link(house(), person(request), number, int(other))
    return done(request, number, gettext("One customer from now on."))


@require_POST
@at_desk
def part(request: HttpRequest, number: int) -> HttpResponse:
    """`way`: what joined from there is another need; or `message`: this one mail is."""
    if message := request.POST.get("message"):
        into = merging.take_out(house(), person(request), number, message)
    else:
        into = merging.part(house(), person(request), number, request.POST.get("way", ""))
    return done(request, number, gettext("It is ticket %(number)s now.") % {"number": into})


@require_POST
@at_desk
def confirm(request: HttpRequest, number: int, tie: UUID) -> HttpResponse:
    desk.confirm(house(), person(request), number, tie)
    return done(request, number, gettext("One customer from now on."))


@require_POST
@at_desk
def unlink(request: HttpRequest, number: int, tie: UUID) -> HttpResponse:
    desk.unlink(house(), person(request), number, tie)
    return done(request, number, gettext("Taken back; everything is as it was before."))


@require_POST
@at_desk
def allow(request: HttpRequest, number: int) -> HttpResponse:
    """`wants`: `yes` or `no`, about the way named `way`."""
    wants = request.POST.get("wants", "")
    if wants not in {"yes", "no"}:
        raise MalformedPayload("Does the customer want messages there: yes or no?")
    desk.allow(house(), person(request), number, request.POST.get("way", ""), wants == "yes")
    return done(request, number, gettext("Noted."))


@require_POST
@at_desk
def prefer_agent(request: HttpRequest, number: int) -> HttpResponse:
    """`agent`: mail address of the customer's own agent from now on; empty: they have none."""
    email = request.POST.get("agent", "")
    preferred.prefer_agent(house(), person(request), number, email)
    return done(request, number, gettext("Noted."))


def attached(request: HttpRequest) -> list[Attached]:
    """Files of the form, read only where they may be kept."""
    sent = request.FILES.getlist("files")
    if sum(one.size or 0 for one in sent) > LIMIT:
        raise MalformedPayload(
            "The files are larger than %(most)s MB together.", most=LIMIT // 1024 // 1024
        )
    return [
        Attached(one.name or "file", one.content_type or "application/octet-stream", one.read())
        for one in sent
    ]


def version_of(request: HttpRequest) -> int:
    """The ticket's version on the person's screen; a deed about what they have not seen is refused."""
    text = request.POST.get("version", "")
    if not text.isdecimal():
        raise MalformedPayload("The form does not say which version of the ticket it is about.")
    return int(text)


def done(request: HttpRequest, number: int, said: str, undo: str = "") -> HttpResponse:
    """The pane as it is now; the list is asked again, and a line says what was done, with what takes it back."""
    response = pane(request, number)
    response["HX-Trigger"] = json.dumps(
        {"desk:queue": {}, "desk:say": {"text": said, "undo": undo}}
    )
    return response
