"""Slack's app: its description to paste there, its keys, and adding it to workspaces by consent."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot import installing
from bot.company import default_brand
from bot.permissions import May
from channels.contract_apps import AppWish
from core.errors import Conflict, NotFound
from store.models import Inbox
from web.company.consent import begin, settle
from web.company.door import attempted
from web.desk.entry import opens_to, person
from web.errors import sentence_of
from web.house import house

CHANNEL = "slack"
MAKE_AT = "https://api.slack.com/apps"


@require_http_methods(["GET", "POST"])
@opens_to(May.CONFIGURE)
def slack(request: HttpRequest) -> HttpResponse:
    """The workspaces of our apps, and a description for a new app; posted: its keys."""
    if request.method == "POST" and _keys_kept(request):
        return redirect("company:slack")
    asked = request.POST if request.method == "POST" else request.GET
    slug = slug_in(asked.get("slug", ""))
    wish = wish_of(
        slug,
        asked.get("name", "") or default_brand().name,
        socket="socket" in asked,
        assistant="assistant" in asked,
    )
    made = installing.manifest(house(), person(request), CHANNEL, wish)
    context = {
        "rows": installing.standings(house(), CHANNEL),
        "wish": wish,
        "slug": slug,
        "manifest": json.dumps(made, indent=2, ensure_ascii=False),
        "make_at": f"{MAKE_AT}?{urlencode({'new_app': 1, 'manifest_json': json.dumps(made)})}",
        "is_reachable": house().settings.public_url.startswith("https://"),
    }
    return render(request, "company/slack.html", context)


@require_POST
@opens_to(May.CONFIGURE)
def add(request: HttpRequest, inbox: UUID) -> HttpResponse:
    """Sets out for Slack's page of consent. Led there by a page of ours: the policy of our pages lets no form go to
    another site, not by a redirect either."""
    row = Inbox.objects.filter(id=inbox, channel=CHANNEL).first()
    if row is None:
        raise NotFound("There is no such workspace here any more.")
    state = begin(request, row)
    page = installing.consent_page(
        house(), person(request), row, state, back_to_us(), elsewhere="elsewhere" in request.POST
    )
    return render(request, "company/slack_consent.html", {"page": page, "inbox": row})


@require_GET
@opens_to(May.CONFIGURE)
def back(request: HttpRequest) -> HttpResponse:
    """Where Slack leads back to. Whatever comes of it is said on the page of the app, whose address keeps no code."""
    try:
        inbox = settle(request, request.GET.get("state", "")[:200])
        if request.GET.get("error") or not request.GET.get("code"):
            raise Conflict("Nobody agreed in Slack: nothing was added.")
        code = request.GET["code"][:500]
        added = installing.add(house(), person(request), inbox, code, back_to_us())
    except (Conflict, NotFound) as refusal:
        messages.error(request, sentence_of(refusal))
        return redirect("company:slack")
    messages.success(request, gettext("Added to %(name)s.") % {"name": added.name})
    if added.missing:
        lacks = ", ".join(added.missing)
        messages.error(request, gettext("Slack did not grant: %(scopes)s.") % {"scopes": lacks})
    return redirect("company:slack")


def slug_in(asked: str) -> str:
    """The short name, the channel's own where it is none."""
    return asked if re.fullmatch(r"[-a-zA-Z0-9_]{1,50}", asked) else CHANNEL


def wish_of(slug: str, name: str, *, socket: bool, assistant: bool) -> AppWish:
    """What the app shall be like, with our addresses in it."""
    hook = installing.hook_of(house(), CHANNEL, slug)
    return AppWish(name, hook, back_to_us(), socket=socket, assistant=assistant)


def back_to_us() -> str:
    """The address that has to be among the app's redirect URLs."""
    return house().settings.public_url + reverse("company:slack_back")


def _keys_kept(request: HttpRequest) -> bool:
    asked = request.POST
    keys: dict[str, Any] = {
        name: asked.get(name, "").strip()
        for name in ("client_id", "client_secret", "signing_secret", "app_token")
    }
    keys["assistant"] = "assistant" in asked

    def deed() -> None:
        installing.make_app(
            house(), person(request), CHANNEL, asked.get("slug", ""), asked.get("name", ""), keys
        )

    return attempted(request, deed, gettext("The keys are kept. Now add the app to a workspace."))
