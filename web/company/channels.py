"""The channels with their state, and a test for each, which says in plain words what came back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from bot.apps import app_of
from bot.permissions import May
from bot.trial import Tried, try_out
from channels.contract import InOrder
from store import wall
from store.models import Inbox
from web.desk.entry import is_fragment, opens_to, person
from web.desk.words import channel
from web.house import house

FOUND = {
    "signed_in": gettext_lazy("It knows us, as %s."),
    "reads": gettext_lazy("The mailbox %s can be read."),
    "brought": gettext_lazy("Mails are brought here by your mail server; that cannot be tried from here."),
    "sends": gettext_lazy("Mails from %s are accepted for sending."),
    "number": gettext_lazy("The number is in the account, as %s."),
    "answers": gettext_lazy("Something is there and accepts our signature: %s"),
    "our_own": gettext_lazy("The chat is our own: its keys fit. Websites that may show it: %s"),
}  # fmt: skip

_AWAY = re.compile(r"(.+) is away: (\w+)")
"""How adapters say that the other side could not be reached: who, and the kind of the error."""
_OTHERS = {
    "the mailbox": gettext_lazy("the mailbox"),
    "the mail server": gettext_lazy("the mail server"),
}
_NOTHING = gettext_lazy("Nothing listens at that address and port: check both in its settings.")
_NO_NAME = gettext_lazy("There is no server of that name: check it in the settings.")
_LATE = gettext_lazy("There was no answer in time.")
_CERTIFICATE = gettext_lazy("Its certificate is not trusted, or is for another name.")
_TLS = gettext_lazy("It does not encrypt there: perhaps the port is another.")
_HUNG_UP = gettext_lazy("It hung up.")
_REFUSED = gettext_lazy("It refused us: check the user and the password.")
WHY = {
    "ConnectionRefusedError": _NOTHING,
    "ConnectError": _NOTHING,
    "gaierror": _NO_NAME,
    "TimeoutError": _LATE,
    "ConnectTimeout": _LATE,
    "ReadTimeout": _LATE,
    "SSLCertVerificationError": _CERTIFICATE,
    "SSLError": _TLS,
    "ConnectionResetError": _HUNG_UP,
    "RemoteProtocolError": _HUNG_UP,
    "SMTPServerDisconnected": _HUNG_UP,
    "abort": _HUNG_UP,
    "error": _REFUSED,
    "SMTPAuthenticationError": _REFUSED,
}
"""What an error most likely means, for who is to do something about it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An inbox in the list."""

    inbox: Inbox
    kind: str
    stuck: int
    is_gone: bool
    """Its app was taken out of the account, or never added to one."""


@require_GET
@opens_to(May.CONFIGURE)
def channels(request: HttpRequest) -> HttpResponse:
    """All inboxes."""
    return render(request, "company/channels.html", {"channels": _shown()})


@require_POST
@opens_to(May.CONFIGURE)
def test(request: HttpRequest, inbox: str) -> HttpResponse:
    """Tries one out; as a fragment what came of it alone. Raises `NotFound`."""
    tried = try_out(house(), person(request), inbox)
    result = {"tried": tried, "told": told(tried), "tried_inbox": inbox}
    if is_fragment(request):
        return render(request, "company/channel_tried.html", result)
    return render(request, "company/channels.html", {"channels": _shown(), **result})


def told(tried: Tried) -> list[str]:
    """What a trial found, in sentences."""
    if tried.problem:
        what, why = _problem(tried.problem)
        after = gettext("Trying again in a moment may help.") if tried.may_pass else ""
        return [part for part in (gettext("Not yet: %s.") % what, why, after) if part]
    return [_sentence(one) for one in tried.found]


def _problem(text: str) -> tuple[str, str]:
    """What does not work and, where that is known, why; what the other side itself said stands as it came."""
    away = _AWAY.fullmatch(text)
    if away is None:
        return text.rstrip("."), ""
    other, error = away.groups()
    what = gettext("%(other)s cannot be reached") % {"other": _OTHERS.get(other, other)}
    return (what, str(WHY[error])) if error in WHY else (f"{what} ({error})", "")


def _sentence(one: InOrder) -> str:
    words = str(FOUND[one.what])
    return words % (one.about or gettext("none but our own")) if "%s" in words else words


def _shown() -> list[Shown]:
    stuck = wall.stuck_by_inbox()
    rows: list[Any] = list(Inbox.objects.order_by("-is_active", "name"))
    return [Shown(row, channel(row.channel), stuck.get(row.id, 0), _is_gone(row)) for row in rows]


def _is_gone(inbox: Inbox) -> bool:
    app = app_of(house(), inbox)
    return app is not None and not app.standing.is_installed
