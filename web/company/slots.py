"""Services that are attached to the desk: where they are, the secret that signs what they are asked, and a test."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from bot import slots as verbs
from bot.permissions import May
from core.errors import MalformedPayload, NotAllowed
from store.models import Slot
from web.desk.entry import opens_to, person
from web.errors import sentence_of
from web.house import house

ABOUT = {
    Slot.Kind.CUSTOMER: (
        gettext_lazy("Customer fields from your CRM"),
        gettext_lazy("Beside each ticket stands what your CRM says of its customer. It is asked with the addresses for which somebody vouches, and with nothing else."),
    ),
    Slot.Kind.TRANSLATION: (
        gettext_lazy("Translation"),
        gettext_lazy("Colleagues can have a message or a draft translated. Its words go to the service when somebody asks for that, and only then."),
    ),
}  # fmt: skip


@require_http_methods(["GET", "POST"])
@opens_to(May.CONFIGURE)
def slots(request: HttpRequest) -> HttpResponse:
    """All slots; posted: one of them, set on or off. A new secret is shown once."""
    user, made = person(request), None
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        try:
            made = verbs.attach(
                house(), user, kind, request.POST.get("url", ""), "on" in request.POST
            )
            messages.success(request, gettext("Saved."))
        except (MalformedPayload, NotAllowed) as refusal:
            messages.error(request, sentence_of(refusal))
    rows = verbs.slots_of(user)
    cards = [(kind.value, *ABOUT[kind], rows[kind.value]) for kind in Slot.Kind]
    return render(request, "company/slots.html", {"cards": cards, "made": made})


@require_POST
@opens_to(May.CONFIGURE)
def test(request: HttpRequest, kind: str) -> HttpResponse:
    """Asks the service with an example that is nobody's. Raises `NotFound`."""
    problem = verbs.try_out(house(), person(request), kind)
    if problem:
        messages.error(request, gettext("Not yet: %s.") % problem.rstrip("."))
    else:
        messages.success(request, gettext("It answers, and accepts our signature."))
    return redirect("company:slots")


@require_POST
@opens_to(May.CONFIGURE)
def detach(request: HttpRequest, kind: str) -> HttpResponse:
    """Takes it away. Raises `NotFound`."""
    verbs.detach(house(), person(request), kind)
    messages.success(request, gettext("Taken away; nothing is asked any more."))
    return redirect("company:slots")
