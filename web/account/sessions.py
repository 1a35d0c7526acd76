"""Where one is signed in: each session with its device and beginning, ended by its owner or an admin. Its streams end within seconds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from bot.clock import system_clock
from bot.permissions import May, may
from core.errors import NotFound
from store.audit import record
from store.database import database_now
from store.models import User
from web.account.sitting import BEGUN
from web.house import house


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session. `name` stands for its key, which opens doors and is shown to nobody."""

    key: str
    name: str
    device: str
    since: datetime | None
    until: datetime
    is_this: bool


def note_beginning(request: HttpRequest) -> None:
    """Called at sign-in, and the moment to forget sessions that are over. The time is Django's, by which they end."""
    Session.objects.filter(expire_date__lt=system_clock()).delete()
    request.session[BEGUN] = {
        "at": system_clock().isoformat(),
        "device": request.headers.get("User-Agent", "")[:200],
    }


@never_cache
@login_required
@require_GET
def shown(request: HttpRequest) -> HttpResponse:
    """One's own sessions; `?user=`: somebody's, for an admin."""
    owner = _owner(request, request.GET.get("user", ""))
    found = sorted(
        _sessions(request, owner), key=lambda one: (not one.is_this, -one.until.timestamp())
    )
    page = {"rows": found, "owner": owner, "has_others": not all(one.is_this for one in found)}
    return render(request, "account/sessions.html", page)


@login_required
@require_POST
def end(request: HttpRequest) -> HttpResponse:
    """Ends the session `name`, or with `others` all but this one. Raises `NotFound`."""
    owner = _owner(request, request.POST.get("user", ""))
    name, all_others = request.POST.get("name", ""), bool(request.POST.get("others"))
    found = [
        one
        for one in _sessions(request, owner)
        if (all_others and not one.is_this) or (name and one.name == name)
    ]
    if not found and not all_others:
        raise NotFound("There is no such session.")
    by = cast(User, request.user)
    with transaction.atomic():
        Session.objects.filter(session_key__in=[one.key for one in found]).delete()
        record(
            house().vault,
            at=house().clock(),
            actor=f"user:{by.id}",
            action="session.end",
            subject=f"user:{owner.id}",
            details={"count": len(found)},
        )
    query = "" if owner.pk == by.pk else f"?user={owner.pk}"
    return redirect(f"/account/sessions/{query}")


def _owner(request: HttpRequest, asked: str) -> User:
    """Oneself, or for an admin whoever is asked for; anybody else's are as if they did not exist."""
    me = cast(User, request.user)
    if not asked or asked == str(me.pk):
        return me
    try:
        found = User.objects.filter(id=UUID(asked)).first() if may(me, May.CONFIGURE) else None
    except ValueError:
        found = None
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _sessions(request: HttpRequest, owner: User) -> Iterator[SignedIn]:
    """Sessions are few and their owner is inside them, signed: all are opened and compared."""
    for row in Session.objects.filter(expire_date__gt=database_now()).iterator():
        data = row.get_decoded()
        if data.get(SESSION_KEY) != str(owner.pk):
            continue
        begun = data.get(BEGUN) or {}
        since = datetime.fromisoformat(begun["at"]) if begun.get("at") else None
        key = row.session_key
        yield SignedIn(
            key=key,
            name=hashlib.sha256(key.encode()).hexdigest()[:32],
            device=str(begun.get("device", "")),
            since=since,
            until=row.expire_date,
            is_this=key == request.session.session_key,
        )
