"""Distinct types for identifiers, so that one is never passed for another. No behaviour belongs here."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

BrandId = NewType("BrandId", UUID)
InboxId = NewType("InboxId", UUID)
AddressId = NewType("AddressId", UUID)
CustomerId = NewType("CustomerId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
TicketId = NewType("TicketId", UUID)
UserId = NewType("UserId", UUID)
TeamId = NewType("TeamId", UUID)
OutboxId = NewType("OutboxId", UUID)

ThreadKey = NewType("ThreadKey", str)
"""Names a thread at a provider; made and read by its adapter alone."""

ExternalId = NewType("ExternalId", str)
"""The provider's id of one arrival; the same in each retry of it. The dedupe key together with the inbox."""
