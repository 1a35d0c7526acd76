"""Coming in for the first time: the first admin of an empty installation, and colleagues who were invited."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from bot import beginning, invites
from bot.beginning import Founder
from core.errors import BadSignature, Conflict, MalformedPayload, NotFound
from store.models import User
from web.account.device import remember
from web.account.sessions import note_beginning
from web.account.tries import account_key
from web.errors import sentence_of
from web.house import house


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """The company and its first admin. Raises `NotFound` for a wrong key, and once there is an admin."""
    try:
        beginning.check_key(house(), key)
    except BadSignature as problem:
        raise NotFound("There is nothing here.") from problem
    if not beginning.is_empty():
        return redirect("account_login")
    if request.method == "GET":
        return _begin_page(request)
    asked = request.POST
    founder = Founder(
        email=asked.get("email", "").strip().lower(),
        name=asked.get("name", ""),
        password=asked.get("password", ""),
        company=asked.get("company", ""),
        time_zone=asked.get("time_zone", "UTC"),
        language=_language(),
    )
    try:
        validate_email(founder.email)
        validate_password(founder.password, User(email=founder.email, name=founder.name))
        user = beginning.begin(house(), key, founder)
    except ValidationError as problem:
        return _begin_page(request, " ".join(problem.messages))
    except (MalformedPayload, Conflict) as problem:
        return _begin_page(request, sentence_of(problem))
    return _signed_in(request, user, "company:guide")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def welcome(request: HttpRequest, user: UUID, token: str) -> HttpResponse:
    """An invited person chooses a password. A link that is old or used says so."""
    try:
        found = invites.invited(user, token)
    except BadSignature:
        return render(request, "account/welcome.html", {"gone": True}, status=404)
    if request.method == "GET":
        return render(request, "account/welcome.html", {"found": found})
    password = request.POST.get("password", "")
    try:
        validate_password(password, found)
    except ValidationError as problem:
        shown = {"found": found, "problem": " ".join(problem.messages)}
        return render(request, "account/welcome.html", shown, status=400)
    try:
        found = invites.welcome(house(), user, token, password)
    except BadSignature:
        return render(request, "account/welcome.html", {"gone": True}, status=404)
    return _signed_in(request, found, settings.LOGIN_REDIRECT_URL)


def _begin_page(request: HttpRequest, problem: str = "") -> HttpResponse:
    context: dict[str, Any] = {
        "problem": problem,
        "values": request.POST,
        "zones": sorted(available_timezones()),
    }
    return render(request, "account/begin.html", context, status=400 if problem else 200)


def _signed_in(request: HttpRequest, user: User, leads_to: str) -> HttpResponse:
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    note_beginning(request)
    response = redirect(leads_to)
    remember(request, response, account_key(user.email).hex())
    return response


def _language() -> str:
    here = (get_language() or "en")[:2]
    return here if here in dict(settings.LANGUAGES) else "en"
