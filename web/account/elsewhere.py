"""One's own chat apps: a code that shows there who one is, and taking it back. Deciding is `bot.colleagues`."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bot import colleagues
from store.models import User
from web.house import house


@never_cache
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@require_http_methods(["GET", "POST"])
def own_apps(request: HttpRequest) -> HttpResponse:
    """The list; POST makes a code and shows it this once. Whoever has not lately says again who they are."""
    user = cast(User, request.user)
    code = colleagues.new_code(house(), user) if request.method == "POST" else ""
    context = {"rows": colleagues.addresses(house(), user), "code": code}
    return render(request, "account/elsewhere.html", context)


@login_required
@require_POST
def forget(request: HttpRequest, address: UUID) -> HttpResponse:
    """Ends it. Raises `NotFound` for one that is not theirs."""
    colleagues.forget(house(), cast(User, request.user), address)
    return redirect("account_elsewhere")
