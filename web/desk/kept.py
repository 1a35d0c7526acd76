"""Mail that was kept without a ticket: what machines wrote and what could not be read, each told and made a ticket by one click; and what was decided about senders. The verbs are `bot.kept` and `bot.rulings`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from bot import kept as verbs
from bot import rulings
from bot.permissions import May, kept_of, may, require, rulings_of, tickets_of, unread_of
from core.errors import Conflict, IllegalTransition, MalformedPayload, NotFound
from core.message import Kept
from core.rulings import Ruling, domains_of, is_everybodys
from store.kept import KeptMail, shown
from store.models import Message, SenderRuling, Ticket, User
from store.rulings import ShownRuling, shown_rulings
from web.desk.entry import at_desk, person
from web.desk.files import DOWNLOAD_POLICY
from web.errors import sentence_of
from web.house import house

A_PAGE = 30
MACHINES, UNREAD, DECIDED = "machines", "unread", "decided"
TABS: dict[str, str | Promise] = {
    MACHINES: gettext_lazy("By machines"),
    UNREAD: gettext_lazy("Not readable"),
    DECIDED: gettext_lazy("Decided senders"),
}
RULINGS: dict[str, str | Promise] = {
    Ruling.ALWAYS: gettext_lazy("Always a ticket"),
    Ruling.NEVER: gettext_lazy("Never a ticket"),
}
SIGNS: dict[str, str | Promise] = {
    Kept.AUTOMATIC: gettext_lazy("It says that a machine wrote it."),
    Kept.REPORT: gettext_lazy("A mail server reports about a mail."),
    Kept.ABSENCE: gettext_lazy("Its subject is that of an automatic reply."),
    Kept.ROBOT: gettext_lazy("Nobody reads the address it came from."),
    Kept.NOBODY: gettext_lazy("It names no sender."),
    Kept.OURS: gettext_lazy("It came from one of our own addresses."),
    Kept.BULK: gettext_lazy("It was sent to many at once."),
    Kept.DECIDED: gettext_lazy("Colleagues decided: never a ticket from this sender."),
    "": gettext_lazy("A machine wrote it, or its headers forbid every answer."),
}


@require_GET
@at_desk
def listed(
    request: HttpRequest, problem: str = "", status: int = 200, chosen: str = ""
) -> HttpResponse:
    """Newest first: what machines wrote, `?what=unread`, or what was decided about senders, `?what=decided`."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    what = chosen or request.GET.get("what", "")
    what = what if what in TABS else MACHINES
    page, cards = _PAGES[what](user, request.GET.get("page"))
    context = {
        "cards": cards,
        "boxes": rulings.boxes(user) if what == DECIDED else [],
        "rulings": list(RULINGS.items()),
        "page": page,
        "what": what,
        "tabs": _tabs(user),
        "may_work": may(user, May.WORK_TICKETS),
        "problem": problem,
        "user": user,
    }
    return render(request, "desk/kept.html", context, status=status)


def _machine_page(user: User, number: str | None) -> tuple[Page[Message], list[dict[str, object]]]:
    mails = kept_of(user).select_related("address", "inbox").order_by("-accepted_at", "id")
    page = Paginator(mails, A_PAGE).get_page(number)
    return page, [_machine(one) for one in shown(house().vault, list(page.object_list))]


def _unread_page(user: User, number: str | None) -> tuple[Page[UUID], list[dict[str, object]]]:
    newest = unread_of(user).order_by("-received_at", "id")
    page = Paginator(newest.values_list("id", flat=True), A_PAGE).get_page(number)
    rows = newest.filter(id__in=list(page.object_list))
    return page, [_unread(one) for one in verbs.unread(house(), rows)]


def _decided_page(
    user: User, number: str | None
) -> tuple[Page[SenderRuling], list[dict[str, object]]]:
    rows = rulings_of(user).select_related("address", "inbox", "by").order_by("-made_at", "id")
    page = Paginator(rows, A_PAGE).get_page(number)
    return page, [_ruling(one) for one in shown_rulings(house().vault, list(page.object_list))]


_PAGES: dict[str, Callable[[User, str | None], tuple[Page[Any], list[dict[str, object]]]]] = {
    MACHINES: _machine_page,
    UNREAD: _unread_page,
    DECIDED: _decided_page,
}


def _tabs(user: User) -> list[tuple[str, str | Promise, int]]:
    counts = {
        MACHINES: kept_of(user).count(),
        UNREAD: unread_of(user).count(),
        DECIDED: rulings_of(user).count(),
    }
    return [(key, name, counts[key]) for key, name in TABS.items()]


def _machine(one: KeptMail) -> dict[str, object]:
    return {
        "id": one.row.id,
        "name": one.sender.display_name if one.sender else "",
        "address": one.sender.value if one.sender else "",
        "subject": one.body.subject,
        "text": one.body.text,
        "at": one.row.accepted_at,
        "inbox": one.row.inbox.name,
        "why": SIGNS.get(one.sign, SIGNS[""]),
        "is_erased": one.is_erased,
        "reply_to": one.body.extra.get("reply_to", "") if one.sign in _FORMS else "",
        "can_open": not one.is_erased,
        "domain": _domain(one.sender.value) if one.sender else "",
        "can_decide": one.sender is not None and one.sign not in _NOBODYS,
    }


_FORMS = frozenset({Kept.OURS, Kept.ROBOT, Kept.AUTOMATIC})
"""As what a form of one's own website is kept that nobody has named in the settings."""
_NOBODYS = frozenset({Kept.NOBODY, Kept.OURS})
"""What has no sender about whom anything could be decided."""


def _domain(address: str) -> str:
    """The domain that may be decided about as a whole; empty where strangers share it."""
    name = next(iter(domains_of(address)), "")
    return "" if is_everybodys(name) else name


def _ruling(one: ShownRuling) -> dict[str, object]:
    return {
        "id": one.row.id,
        "sender": one.sender,
        "domain": one.row.domain,
        "at": one.row.made_at,
        "inbox": one.row.inbox.name,
        "by": one.row.by.name if one.row.by else "",
        "ruling": RULINGS[one.row.ruling],
        "is_erased": one.is_erased,
    }


def _unread(one: verbs.Told) -> dict[str, object]:
    return {
        "id": one.row.id,
        "name": one.sender,
        "subject": one.subject,
        "at": one.row.received_at,
        "inbox": one.row.inbox.name,
        "why": one.row.problem,
        "size": one.size,
        "is_file": not one.is_gone,
        "is_gone": one.is_gone,
        "is_unread": True,
        "notice": one.notice,
        "can_open": not one.is_gone,
    }


@require_POST
@at_desk
def open_mail(request: HttpRequest, message: UUID) -> HttpResponse:
    """Makes a ticket of a machine's mail and goes there; what is wrong is said above the list."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    try:
        ticket = verbs.open_for(house(), user, message)
    except (Conflict, IllegalTransition, NotFound) as refusal:
        return _again(request, sentence_of(refusal), MACHINES, 409)
    return _to(request, user, ticket, MACHINES)


@require_POST
@at_desk
def open_unread(request: HttpRequest, arrival: UUID) -> HttpResponse:
    """Makes a ticket of what could not be read and goes there."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    try:
        ticket = verbs.open_unread(house(), user, arrival)
    except NotFound as refusal:
        return _again(request, sentence_of(refusal), UNREAD, 409)
    return _to(request, user, ticket, UNREAD)


@require_POST
@at_desk
def decide_about(request: HttpRequest, message: UUID) -> HttpResponse:
    """Decides about whoever a kept mail is from, or all of their domain."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    try:
        is_domain = request.POST.get("whose") == "domain"
        rulings.decide_about(house(), user, message, _asked(request), is_domain=is_domain)
    except (IllegalTransition, MalformedPayload, NotFound) as refusal:
        return _again(request, sentence_of(refusal), MACHINES, 409)
    return redirect(f"{reverse('desk:kept')}?what={DECIDED}")


@require_POST
@at_desk
def decide(request: HttpRequest) -> HttpResponse:
    """Decides about an address or a domain that somebody typed."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    try:
        inbox, typed = request.POST.get("inbox", ""), request.POST.get("sender", "")[:320]
        rulings.decide(house(), user, inbox, typed, _asked(request))
    except (MalformedPayload, NotFound) as refusal:
        return _again(request, sentence_of(refusal), DECIDED, 409)
    return redirect(f"{reverse('desk:kept')}?what={DECIDED}")


@require_POST
@at_desk
def undo_ruling(request: HttpRequest, ruling: UUID) -> HttpResponse:
    """From now on that sender's mail is judged as any other."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    try:
        rulings.undo(house(), user, ruling)
    except NotFound as refusal:
        return _again(request, sentence_of(refusal), DECIDED, 409)
    return redirect(f"{reverse('desk:kept')}?what={DECIDED}")


def _asked(request: HttpRequest) -> Ruling:
    return Ruling.ALWAYS if request.POST.get("ruling") == Ruling.ALWAYS else Ruling.NEVER


@require_GET
@at_desk
def download(request: HttpRequest, arrival: UUID) -> HttpResponse:
    """What could not be read, as a file that no browser shows."""
    user = person(request)
    require(user, May.SEE_ALL_TICKETS)
    return as_file(verbs.original(house(), user, arrival))


def as_file(raw: bytes) -> HttpResponse:
    """These bytes as a download under a policy of nothing."""
    return HttpResponse(
        raw,
        content_type="application/octet-stream",
        headers={
            "Content-Disposition": f'attachment; filename="{verbs.FILE}"',
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "X-Content-Type-Options": "nosniff",
        },
    )


def _to(request: HttpRequest, user: User, ticket: Ticket, what: str) -> HttpResponse:
    if tickets_of(user).filter(number=ticket.number).exists():
        return redirect("desk:ticket", number=ticket.number)
    told = gettext("It is ticket %(number)s now, with the team %(team)s.")
    return _again(request, told % {"number": ticket.number, "team": ticket.team.name}, what, 200)


def _again(request: HttpRequest, told: str, what: str, status: int) -> HttpResponse:
    request.method = "GET"
    return listed(request, told, status, what)
