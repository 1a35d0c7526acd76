"""What attached services say on a ticket's page: the customer's fields from the CRM, a message or a draft in another language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from bot import slot_answers
from bot.permissions import tickets_of
from core.errors import Failed, MalformedPayload, NotFound
from store.desk_ticket import find_ticket, items_after
from web.desk.entry import at_desk, person
from web.errors import sentence_of
from web.house import house
from web.languages import language_name


@require_GET
@at_desk
def customer_fields(request: HttpRequest, number: int) -> HttpResponse:
    """What the CRM says of the customer, or that it does not answer."""
    shown: dict[str, object] = {}
    try:
        shown["fields"] = slot_answers.customer_fields(house(), person(request), number)
    except Failed as problem:
        shown["problem"] = sentence_of(problem)
    return render(request, "desk/customer_fields.html", shown)


@require_POST
@at_desk
def translate(request: HttpRequest, number: int) -> HttpResponse:
    """`seq`: a message of the thread, into the reader's language; or `text`: a draft, into the customer's."""
    user, seq = person(request), request.POST.get("seq", "")
    shown: dict[str, object] = {"seq": seq, "number": number}
    ticket = find_ticket(tickets_of(user), number)
    to = request.POST.get("to", "") or (ticket.conversation.language or "en")
    text = request.POST.get("text", "")
    if seq:
        text, to = _said(ticket.conversation_id, seq), (get_language() or "en").split("-")[0]
    shown["to"], shown["to_name"] = to, language_name(to)
    try:
        shown["done"] = slot_answers.translated(house(), user, number, text, to)
    except Failed as problem:
        shown["problem"] = sentence_of(problem).rstrip(".")
    except MalformedPayload:
        if text.strip():
            raise
        shown["is_empty"] = True
    return render(request, "desk/translated.html", shown)


def _said(conversation: object, seq: str) -> str:
    if not seq.isdecimal() or len(seq) > 12:
        raise NotFound("There is no such message on this ticket.")
    found = items_after(house().vault, conversation, int(seq) - 1, 1, only_said=True)  # type: ignore[arg-type]
    if not found or found[0].seq != int(seq) or found[0].body is None or not found[0].body.text:
        raise NotFound("There is no such message on this ticket.")
    return found[0].body.text
