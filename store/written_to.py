"""To which of an inbox's addresses a customer wrote last."""

from __future__ import annotations

from store.bodies import open_body
from store.models import Message, OutboxRow
from store.vault import Erased, Vault

_MOST = 30
"""Messages that are looked through: most answers name no address but that of their thread."""


def written_to(vault: Vault, outbox: int) -> str:
    """By whoever gets this message, in this conversation and inbox; empty where they named no address."""
    row = OutboxRow.objects.select_related("message").get(id=outbox)
    said = Message.objects.select_related("address").filter(
        conversation=row.message.conversation_id,
        address=row.address_id,
        inbox=row.inbox_id,
        author=Message.Author.CUSTOMER,
    )
    for message in said.order_by("-seq")[:_MOST]:
        try:
            found = str(open_body(vault, message).extra.get("written_to", ""))
        except Erased:
            return ""
        if found:
            return found
    return ""
