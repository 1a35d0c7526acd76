"""Which conversation a message belongs to: the one that it names, the one that its customer has open elsewhere, or a new one.

Accepting it is `store.receiving`; who is one customer is `store.customers`. The rule is told in `docs/customers.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef, Q

from core.customer import GOES_ON_FOR
from core.message import AddressKind, Inbound, Sender, Verified
from core.rating import pressed
from store.addresses import remember_keys
from store.asked import asked_last
from store.circles import BY_LIST, is_guest, is_open_to
from store.customers import addresses_of
from store.events import DOUBTFUL
from store.models import (
    Address,
    Conversation,
    ConversationKey,
    Event,
    Inbox,
    Message,
    Ticket,
    Tie,
)
from store.participants import takes_part
from store.statements import Columns, Given, Select, insert, new
from store.vault import Vault

ENDLESS = frozenset({AddressKind.PHONE, AddressKind.SOCIAL})
"""Whoever writes from such an address always writes into the same thread, whatever it is about."""
RESTS_AFTER = timedelta(hours=1)
"""So long after its last word such a thread, if no people work on it, is one in which nothing is going on."""
MOST = 50
_SAME = "same"
_DONE = Q(status__in=(Ticket.Status.RESOLVED, Ticket.Status.CLOSED))

_SAID = Message.objects.filter(conversation=OuterRef("id"), author=Message.Author.CUSTOMER)
_NAMED = Select(
    lambda: (
        Conversation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("address", "inbox")
        .filter(
            conversationkey__inbox=Given("inbox", models.UUIDField()),
            conversationkey__lookup=Given("lookup", models.BinaryField()),
        )
    )
)
_LOCKED = Select(
    lambda: (
        Conversation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("address", "inbox")
        .filter(id=Given("id", models.UUIDField()))
    )
)

_OPEN = Columns(
    lambda: (
        Conversation.objects.filter(
            address=Given("address", models.UUIDField()),
            address__key_wrapped__isnull=False,
            brand=Given("brand", models.UUIDField()),
            status=Conversation.Status.OPEN,
            last_message_at__gte=Given("since", models.DateTimeField()),
        )
        .filter(Exists(_SAID))
        .order_by("id")
        .values_list("id")
    )
)


@dataclass(frozen=True, slots=True)
class Placed:
    """The conversation, locked. `joined_by`: the evidence on which a message from elsewhere goes on in it, empty
    where it was named by the message or is new. `known_key`: the one by which it was named, which so is known."""

    conversation: Conversation
    joined_by: str = ""
    known_key: str = ""


def about_to_place(vault: Vault, inbox: Inbox, inbound: Inbound) -> None:
    """`conversation_for` will be called."""
    for key in inbound.thread_keys[:1]:
        _NAMED.expect(inbox=inbox.id, lookup=vault.lookup("thread", key), limit=1)


def conversation_for(
    vault: Vault, inbox: Inbox, inbound: Inbound, address: Address, now: datetime
) -> Placed:
    """The first known key whose conversation lets the sender in decides; then what the customer has open on
    another channel; else a new conversation begins. A pressed rating belongs where it was asked for, however long ago."""
    if pressed(inbound.text) and (asked := _asked(vault, inbox, inbound, address)):
        return Placed(asked)
    follows: Conversation | None = None
    for key in inbound.thread_keys:
        conversation = _NAMED.first(inbox=inbox.id, lookup=vault.lookup("thread", key))
        if conversation is None:
            continue
        if not (inbound.claims_conversation or _lets_in(conversation, address)):
            continue
        follows = _newest(conversation)
        if follows.status != Conversation.Status.CLOSED:
            is_free = _is_new(follows, address) or _rests(follows, inbound, now)
            elsewhere = _gone_on(inbox, inbound, address, now) if is_free else None
            if elsewhere:
                return _join(vault, inbox, inbound, elsewhere)
            return Placed(follows, known_key=key)
    if among := _among_others(vault, inbox, inbound, address):
        return among
    if elsewhere := _gone_on(inbox, inbound, address, now):
        return _join(vault, inbox, inbound, elsewhere)
    return Placed(_new(vault, inbox, inbound, address, follows, now))


def _asked(vault: Vault, inbox: Inbox, inbound: Inbound, address: Address) -> Conversation | None:
    lookups = [vault.lookup("thread", key) for key in inbound.thread_keys]
    keys = ConversationKey.objects.filter(inbox=inbox, lookup__in=lookups)
    rows = Conversation.objects.filter(conversationkey__in=keys).select_related("address")
    named = [row.id for row in rows if inbound.claims_conversation or _lets_in(row, address)]
    found = asked_last(inbox, address, named)
    return None if found is None else _LOCKED.get(id=found)


def _lets_in(conversation: Conversation, address: Address) -> bool:
    return takes_part(conversation, address) and not is_guest(conversation, address)


def _among_others(vault: Vault, inbox: Inbox, inbound: Inbound, address: Address) -> Placed | None:
    """The thread of the list that it came through, while that is open to its members."""
    if inbound.circle is None or not inbound.is_typed:
        return None
    for key in inbound.circle.keys:
        conversation = _NAMED.first(inbox=inbox.id, lookup=vault.lookup("thread", key))
        if conversation is None or conversation.status == Conversation.Status.CLOSED:
            continue
        if is_open_to(conversation, address, inbound.circle):
            is_new = not takes_part(conversation, address)
            return Placed(conversation, joined_by=BY_LIST if is_new else "", known_key=key)
    return None


def _new(
    vault: Vault,
    inbox: Inbox,
    inbound: Inbound,
    address: Address,
    follows: Conversation | None,
    now: datetime,
) -> Conversation:
    conversation = new(
        Conversation,
        brand_id=inbox.brand_id,
        inbox=inbox,
        address=address,
        follows=follows,
        language=inbound.language_hint,
        opened_at=now,
        last_message_at=now,
    )
    conversation.subject_cipher = vault.seal(
        address.key_wrapped,
        address.id,
        f"conversation.subject:{conversation.id}",
        inbound.subject.encode(),
    )
    insert([conversation])
    keys = tuple(inbound.thread_keys) if inbound.claims_conversation else ()
    remember_keys(vault, conversation, (*keys, f"conversation:{conversation.id}"))
    return conversation


def _newest(conversation: Conversation) -> Conversation:
    """The conversation itself, or where it is closed the last one that followed it, locked too."""
    while conversation.status == Conversation.Status.CLOSED:
        successor = (
            Conversation.objects.select_for_update(no_key=True, of=("self",))
            .select_related("address", "inbox")
            .filter(follows=conversation)
            .order_by("-opened_at")
            .first()
        )
        if successor is None:
            break
        conversation = successor
    return conversation


# ---- one thread over several channels ---------------------------------------------------------------


def is_doubtful(sender: Sender) -> bool:
    """True where anybody could have written this address there. A visitor claims to be nobody."""
    return sender.verified is Verified.NO and sender.kind is not AddressKind.VISITOR


def told_of_join(inbox: Inbox, address: Address, evidence: str) -> dict[str, str]:
    """What the event says: where the customer went on, and why we think it is them."""
    return {
        "channel": inbox.channel,
        "inbox": str(inbox.id),
        "address": str(address.id),
        "evidence": evidence,
    }


def _is_new(conversation: Conversation, address: Address) -> bool:
    """A chat whose visitor, known by now, has not said anything in it yet."""
    if address.kind != AddressKind.VISITOR or address.verified != Verified.PROVEN:
        return False
    said = Message.objects.filter(conversation=conversation, author=Message.Author.CUSTOMER)
    return not said.exists()


def _rests(conversation: Conversation, inbound: Inbound, now: datetime) -> bool:
    """An endless thread in which nothing is going on: then what is new in it may belong elsewhere."""
    if inbound.sender.kind not in ENDLESS or conversation.last_message_at > now - RESTS_AFTER:
        return False
    return not Ticket.objects.filter(conversation=conversation).exclude(_DONE).exists()


def _gone_on(
    inbox: Inbox, inbound: Inbound, address: Address, now: datetime
) -> tuple[Conversation, str] | None:
    """The one conversation that this customer has open (with people, else at all), if it is on another channel and
    this may go on in it, locked, with the evidence. Nothing unproven joins anything, and nothing joins what somebody
    unproven wrote in."""
    if not _is_proven(inbound.sender, address) or inbound.is_automatic or not inbound.opens:
        return None
    asked = {"brand": inbox.brand_id, "since": now - GOES_ON_FOR}
    _OPEN.expect(limit=MOST, address=address.id, **asked)  # most have no other
    theirs = [one.id for one in addresses_of(address.id)]
    every = dict.fromkeys((address.id, *theirs))
    found = [id for one in every for (id,) in _OPEN.rows(limit=MOST, address=one, **asked)]
    if not found:
        return None
    ids = set(found)
    if len(ids) > 1:
        ids = _with_people(found) or ids
    if len(ids) != 1:
        return None
    conversation = _LOCKED.get(id=ids.pop())
    if (
        conversation.status != Conversation.Status.OPEN
        or conversation.inbox.channel == inbox.channel
        or Event.objects.filter(conversation=conversation, **{f"data__{DOUBTFUL}": True}).exists()
    ):
        return None
    return conversation, _evidence(conversation, address)


def _is_proven(sender: Sender, address: Address) -> bool:
    """A provider vouches for the sender, or they have signed in on the website."""
    if sender.kind is AddressKind.VISITOR:
        return address.verified == Verified.PROVEN
    return sender.verified is not Verified.NO


def _with_people(conversations: Sequence[UUID]) -> set[UUID]:
    tickets = Ticket.objects.filter(conversation__in=conversations).exclude(_DONE)
    return set(tickets.values_list("conversation", flat=True))


def _evidence(conversation: Conversation, address: Address) -> str:
    """What says best that who writes from there is the customer."""
    if conversation.address_id == address.id:
        return _SAME
    ties = Tie.objects.filter(Q(one=address) | Q(other=address), undone_at=None)
    best = ties.order_by("-weight").values_list("kind", flat=True).first()
    return best or _SAME


def _join(vault: Vault, inbox: Inbox, inbound: Inbound, found: tuple[Conversation, str]) -> Placed:
    """From now on the thread of this channel is that conversation's."""
    conversation, evidence = found
    named: tuple[str, ...] = tuple(inbound.thread_keys) if inbound.claims_conversation else ()
    if inbound.sender.kind is AddressKind.VISITOR:
        named = (*named, str(conversation.id))  # the name that the visitor's new token will have
    keys = dict.fromkeys((*named, *inbound.own_keys, f"conversation:{conversation.id}"))
    remember_keys(vault, conversation, tuple(keys), inbox, takes=True)
    return Placed(conversation, evidence)
