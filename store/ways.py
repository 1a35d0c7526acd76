"""How a customer can be reached from a conversation, and whether they want that. Sending is `bot.deliver`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Max

from core.line import ON_LINE
from core.message import Sender
from store.bodies import sender_of
from store.consent import is_refused
from store.models import Address, Call, Conversation, Inbox, Message
from store.parting import parted
from store.vault import Erased, Vault


@dataclass(frozen=True, slots=True)
class Reach:
    """An address and the inbox that can write to it. `is_own`: where the conversation began; `is_last`: where
    the customer wrote last; `is_refused`: they want nothing from there."""

    address: Address
    inbox: Inbox
    to: Sender = field(repr=False)
    is_own: bool
    is_last: bool
    is_refused: bool
    is_private_answer: bool = False
    """The one answer in private to what was written in public."""

    @property
    def name(self) -> str:
        """Names it in forms and the API."""
        return f"{self.address.id}.{self.inbox.id}"


def reaches_of(
    vault: Vault,
    row: Conversation,
    addresses: Collection[Address],
    inboxes: Collection[Inbox],
    starters: dict[str, Inbox],
    private: Address | None = None,
) -> list[Reach]:
    """Every way to the customer of this conversation, its own first; other participants are not among them.

    `addresses`: the customer's; `starters`: the inbox that can write unasked to an address of a kind; `private`:
    where whoever wrote in public may be written to once.
    """
    ours = (row.address, row.contact, private, *addresses)
    known = {address.id: address for address in ours if address}
    used = [pair for pair in _used(row) if pair[0] in known]
    own = (row.address_id, row.inbox_id)
    last = used[0] if used else own
    by_id = {inbox.id: inbox for inbox in (row.inbox, *inboxes)}
    found: list[Reach] = []
    for pair in dict.fromkeys(_pairs(row, used, private, addresses, starters)):
        address, inbox = known[pair[0]], by_id.get(pair[1])
        if inbox is None:
            continue
        try:
            to = sender_of(vault, address)
        except Erased:
            continue
        refused = is_refused(address, inbox.id)
        is_private = address == private
        found.append(Reach(address, inbox, to, pair == own, pair == last, refused, is_private))
    return found


def _used(row: Conversation) -> list[tuple[UUID, UUID]]:
    """Where people wrote into this conversation themselves, the latest first."""
    written = Message.objects.filter(
        conversation=row, author=Message.Author.CUSTOMER, is_automatic=False
    )
    # Nobody hears what is said into a call that has ended.
    hung_up = Call.objects.filter(conversation=row, inbox__isnull=False).exclude(
        standing__in=ON_LINE
    )
    written = written.exclude(inbox__in=hung_up.values("inbox"))
    pairs = written.order_by().values_list("address", "inbox").annotate(last=Max("seq"))
    elsewhere = parted(row)
    return [
        (address, inbox)
        for address, inbox, last in pairs.order_by("-last")
        if last > elsewhere.get((address, inbox), 0)
    ]


def _pairs(
    row: Conversation,
    used: Collection[tuple[UUID, UUID]],
    private: Address | None,
    addresses: Collection[Address],
    starters: dict[str, Inbox],
) -> Iterator[tuple[UUID, UUID]]:
    yield row.address_id, row.inbox_id
    if row.contact_id is not None and row.contact_inbox_id is not None:
        yield row.contact_id, row.contact_inbox_id
    yield from used
    if private is not None:
        yield private.id, row.inbox_id
    for address in addresses:
        if address.kind in starters:
            yield address.id, starters[address.kind].id
