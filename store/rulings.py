"""What colleagues decided about mail of a sender: kept here, and heeded by the transaction that accepts a mail. Who may decide is `bot.rulings`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from core.errors import NotFound
from core.message import AddressKind, Inbound, Kept, Sender
from core.rulings import Ruling, domains_of
from store.addresses import address_of
from store.bodies import sender_of
from store.models import Address, Conversation, Inbox, Message, SenderRuling, Ticket, User
from store.vault import Erased, Vault

ALWAYS = "always"
"""Why it goes to people (`Inbound.for_people`)."""
OPENS = frozenset({Kept.AUTOMATIC, Kept.ABSENCE, Kept.ROBOT, Kept.BULK})
"""Signs of a machine that such a decision outweighs. Not of reports, nor of what has no sender or is our own: there a
ticket would begin a loop, or be about a mail of ours."""
IN_AN_HOUR, HOUR = 20, timedelta(hours=1)
"""So many automatic mails of one address become tickets; what comes beyond, in a storm or a loop, is kept as ever."""


@dataclass(frozen=True, slots=True)
class ShownRuling:
    """A decision for those who look at it. `sender`: the address, or `domain`; both empty where it is erased."""

    row: SenderRuling
    sender: str = field(repr=False)

    @property
    def is_erased(self) -> bool:
        """True where it was about somebody whose data is erased."""
        return not (self.sender or self.row.domain)


def ruling_about(inbox: Inbox, address: Address, sender: Sender) -> str:
    """What was decided about mail of this sender here, as `Ruling` has it; empty where nothing was. What was said of
    the address counts before what was said of its domain, and that before what was said of one above."""
    names = domains_of(sender.value)
    about = Q(address=address) | Q(domain__in=names)
    rows = SenderRuling.objects.filter(about, inbox=inbox).values_list("domain", "ruling")
    found = dict(rows)
    return next((found[name] for name in ("", *names) if name in found), "")


def as_ruled(
    inbox: Inbox, inbound: Inbound, address: Address, now: datetime
) -> tuple[Inbound, bool]:
    """The mail as the decision about its sender has it, and whether it must open no ticket."""
    if inbound.sender.kind is not AddressKind.EMAIL:
        return inbound, False
    ruling = ruling_about(inbox, address, inbound.sender)
    if ruling == Ruling.ALWAYS and _may_open(inbound, address, now):
        extra = {name: value for name, value in inbound.extra.items() if name != "kept"}
        return replace(inbound, for_people=ALWAYS, extra=extra), False
    return inbound, ruling == Ruling.NEVER


def _may_open(inbound: Inbound, address: Address, now: datetime) -> bool:
    """True for what a machine wrote, unless it is about a mail of ours, forged, or one of too many."""
    extra = inbound.extra
    if inbound.is_typed or extra.get("kept") not in OPENS or inbound.reports or "bounce" in extra:
        return False
    if "forged" in extra.get("marks", ()):
        return False
    since = now - HOUR
    rows = Message.objects.filter(address=address, accepted_at__gt=since)
    return rows.filter(author=Message.Author.CUSTOMER).count() < IN_AN_HOUR


def without_ticket(inbound: Inbound, conversation: Conversation) -> Inbound:
    """The mail of somebody of whom no mail opens a ticket. Where there is one, it goes there as ever."""
    if Ticket.objects.filter(conversation=conversation).exists():
        return inbound
    sign = inbound.extra.get("kept", Kept.DECIDED)
    extra = {**inbound.extra, "kept": sign}
    return replace(inbound, is_automatic=True, for_people="", circle=None, extra=extra)


def decide(
    vault: Vault, inbox: Inbox, whose: Sender | str, ruling: Ruling, by: User, now: datetime
) -> SenderRuling:
    """From now on mail of this sender, or of this domain and those below it, is so in this inbox; an earlier decision about the
    same is replaced. Raises `NotFound` for somebody whose data is erased."""
    with transaction.atomic():
        Inbox.objects.select_for_update().get(id=inbox.id)
        address = address_of(vault, inbox, whose, now) if isinstance(whose, Sender) else None
        if address is not None and address.key_wrapped is None:
            raise NotFound("The words of this customer were erased.")
        domain = "" if isinstance(whose, Sender) else whose
        row, _ = SenderRuling.objects.update_or_create(
            inbox=inbox,
            address=address,
            domain=domain,
            defaults={"ruling": ruling, "by": by, "made_at": now},
        )
    return row


def shown_rulings(vault: Vault, rows: Sequence[SenderRuling]) -> list[ShownRuling]:
    """With whom they are about; `address` is loaded."""
    return [ShownRuling(row, _sender(vault, row)) for row in rows]


def _sender(vault: Vault, row: SenderRuling) -> str:
    if row.address is None:
        return ""
    try:
        return sender_of(vault, row.address).value
    except Erased:
        return ""


def find(visible: QuerySet[SenderRuling], ruling: UUID) -> SenderRuling:
    """One of those visible, locked. Raises `NotFound`."""
    rows = visible.select_for_update(of=("self",)).select_related("inbox", "address")
    row = rows.filter(id=ruling).first()
    if row is None:
        raise NotFound("There is no such decision; it may be undone already.")
    return row
