"""Threads of mailing lists: who writes through the same list goes on in one conversation, as long as nobody of ours has spoken in it.

What everybody on the list reads is nobody's secret; what we answer is. So a conversation that began otherwise, or in which
we said something, is closed to them, and who came in so is no participant of it. The rule is told in `docs/channels/email.md`.
"""

from __future__ import annotations

from django.db.models import QuerySet

from core.message import Circle
from store.events import CIRCLE, JOINED, PARTED
from store.models import Address, Conversation, Event, Message

BY_LIST = "list"
"""The evidence on which somebody else came in."""
WORD, OWN = "word", "own"
"""How a message came through a list: its writer is the list's word alone, or named by the mail itself."""
MOST = 200
"""Messages of one thread; what comes beyond is not put there any more."""


def mark_of(circle: Circle) -> str:
    """What the event of this message says."""
    return WORD if circle.is_word else OWN


def is_guest(conversation: Conversation, address: Address) -> bool:
    """True for who is in this conversation by their list alone."""
    own = {conversation.address_id, conversation.contact_id}
    return address.id not in own and _moves(conversation, address).exists()


def is_open_to(conversation: Conversation, address: Address, circle: Circle) -> bool:
    """True while everything in it came through a list and nobody of ours has said a word, to whoever was not taken out.

    Where the list alone says who wrote, they go on as somebody who was there before only if that was its word too.
    """
    said = Event.objects.filter(conversation=conversation, message__isnull=False)
    rows = said.exclude(message__kind=Message.Kind.NOTE).values_list(
        "message__author", "message__is_automatic", "message__address", "data"
    )
    found = list(rows.order_by("seq")[: MOST + 1])
    customer = Message.Author.CUSTOMER
    marks = [
        (who, data.get(CIRCLE, ""))
        for author, is_machine, who, data in found
        if not (author == customer and is_machine)
    ]
    if not marks or len(found) > MOST or not all(mark for _, mark in marks):
        return False
    if circle.is_word and any(who == address.id and mark != WORD for who, mark in marks):
        return False
    last = _moves(conversation, address, JOINED, PARTED).order_by("-seq").first()
    return last is None or last.kind == JOINED


def _moves(conversation: Conversation, address: Address, *kinds: str) -> QuerySet[Event]:
    told = Event.objects.filter(conversation=conversation, kind__in=kinds or (JOINED,))
    told = told.filter(data__address=str(address.id))
    return told if kinds else told.filter(data__evidence=BY_LIST)
