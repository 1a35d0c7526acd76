"""Messages that their authors change or take back, inside the transaction that accepts the news. Accepting messages is `store.receiving`.

What nobody has answered yet is answered as it stands now, or not at all; what was answered stays answered. News that
comes before its message, or in the wrong order, has the same end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.message import Inbound
from store.bodies import Body, open_body, seal_body
from store.events import Log
from store.models import Conversation, Inbox, InboxRow, Message
from store.statements import is_inserted, new, update
from store.turns import lock
from store.vault import Erased, Vault

EDITED, WITHDRAWN = "message_edited", "message_withdrawn"
EDITED_AT = "edited_at"
"""In the body: when its author wrote these words, where they are not the first ones."""
EARLY = b""
"""The content of an arrival that is known only by what was done to it."""
_KEPT = 5
"""Earlier wordings that are kept for the desk."""


def original_of(vault: Vault, inbox: Inbox, inbound: Inbound) -> Message | None:
    """The customer's message that this arrival changes; None where none of it was kept."""
    if not inbound.revises:
        return None
    row = (
        InboxRow.objects.filter(inbox=inbox, lookup=vault.lookup("arrival", inbound.revises))
        .select_related("message__address")
        .first()
    )
    return row.message if row else None


def original_or_place_of(
    vault: Vault, inbox: Inbox, inbound: Inbound, now: datetime
) -> tuple[Message | None, InboxRow | None]:
    """The message that this arrival changes; or the place of one that is still on its way, so that its old words are
    a repetition when they come. Neither where it changes nothing, or what had been taken back or is nobody's."""
    original = original_of(vault, inbox, inbound)
    if original is not None or not inbound.revises:
        return original, None
    lookup = vault.lookup("arrival", inbound.revises)
    place = new(InboxRow, inbox=inbox, lookup=lookup, content=EARLY, received_at=now)
    if is_inserted(place):
        return None, place
    return original_of(vault, inbox, inbound), None


def revise(vault: Vault, message: Message, inbound: Inbound, now: datetime) -> Conversation:
    """Changes or withdraws a message, and voids the turn that thinks about its old words. The conversation."""
    conversation = lock(message.conversation_id)
    message = Message.objects.select_related("address").get(id=message.id)
    waits = message.turn is None
    try:
        body = open_body(vault, message)
    except Erased:
        return conversation
    if _is_overtaken(body, inbound):
        return conversation
    if inbound.is_withdrawn:
        changed = _withdrawn(body, waits)
        message.turn = conversation.turns if waits else message.turn
    else:
        changed = _edited(body, inbound)
    message.body_cipher = seal_body(vault, message.address, message, changed)
    update(message, ("body_cipher", "turn"))
    log = Log(conversation, now)
    kind = WITHDRAWN if inbound.is_withdrawn else EDITED
    log.add(kind, "customer", data={"seq": message.seq})
    log.write()
    if waits:
        _think_anew(conversation)
    update(conversation, ("last_seq", "last_public_seq", "claim", "lease_until", "wants_turn_at"))
    return conversation


def _is_overtaken(body: Body, inbound: Inbound) -> bool:
    """Words older than those that stand there, or any words once they were taken back."""
    if inbound.is_withdrawn:
        return False
    told = body.extra.get(EDITED_AT)
    return "withdrawn" in body.extra or (
        told is not None and inbound.at < datetime.fromisoformat(told)
    )


def _edited(body: Body, inbound: Inbound) -> Body:
    was = [*body.extra.get("was", []), body.text][-_KEPT:]
    extra = {**body.extra, "was": was, EDITED_AT: inbound.at.isoformat()}
    return replace(body, text=inbound.text, html=inbound.html, extra=extra)


def _withdrawn(body: Body, waits: bool) -> Body:
    """Words that nobody has answered are gone; those that an answer refers to stay for whoever reads it."""
    extra = {**body.extra, "withdrawn": True}
    if not waits:
        return replace(body, extra=extra)
    extra.pop("was", None)
    return Body("", client_id=body.client_id, extra=extra)


def _think_anew(conversation: Conversation) -> None:
    """A reply to the old words is refused when it comes; the next one begins at once, if anything still waits."""
    conversation.claim += 1
    conversation.lease_until = None
    waiting = Message.objects.filter(
        conversation=conversation, author=Message.Author.CUSTOMER, turn=None
    )
    if not waiting.exists():
        conversation.wants_turn_at = None
