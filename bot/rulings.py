"""Always or never a ticket from a sender: decided by those who look after kept mail, told with who and when, and undone. Heeding it is `store.rulings`."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from bot.house import House
from bot.permissions import May, kept_of, mailboxes_of, require, rulings_of
from channels.contract_board import Asks
from channels.registry import channel_class, names
from core.errors import IllegalTransition, MalformedPayload, NotFound
from core.message import AddressKind, Sender
from core.rulings import Ruling, domain_in, domains_of, is_everybodys
from store import rulings
from store.audit import record
from store.bodies import sender_of
from store.models import Inbox, SenderRuling, User
from store.vault import Erased


def boxes(user: User) -> list[Inbox]:
    """The mailboxes about whose senders the user may decide."""
    mail = [name for name in names() if channel_class(name).can.address is AddressKind.EMAIL]
    return list(mailboxes_of(user).filter(channel__in=mail).order_by("slug"))


def decide(house: House, user: User, inbox: str, typed: str, ruling: Ruling) -> SenderRuling:
    """A decision about a mail address or a domain, as somebody typed it. Raises `NotAllowed`, `NotFound` for no mailbox of
    theirs, `MalformedPayload` for what is neither, is ours, or belongs to everybody."""
    _require(user)
    box = next((one for one in boxes(user) if one.slug == inbox), None)
    if box is None:
        raise NotFound("There is no such mailbox.")
    return _decide(house, user, box, _whose(house, box, typed), ruling)


def decide_about(
    house: House, user: User, message: UUID, ruling: Ruling, *, is_domain: bool
) -> SenderRuling:
    """The same about whoever a kept mail is from, or about all of their domain, in its mailbox. Raises as `decide`, and
    `IllegalTransition` where the words are erased."""
    _require(user)
    row = kept_of(user).select_related("address", "inbox").filter(id=message).first()
    if row is None:
        raise NotFound("There is no such mail here; it may be a ticket already.")
    try:
        sender = sender_of(house.vault, row.address)
    except Erased as gone:
        raise IllegalTransition("Its words are erased.") from gone
    typed = next(iter(domains_of(sender.value)), "") if is_domain else sender.value
    return _decide(house, user, row.inbox, _whose(house, row.inbox, typed), ruling)


def undo(house: House, user: User, ruling: UUID) -> None:
    """From now on mail of that sender is judged as any other. Raises `NotAllowed`, `NotFound`."""
    _require(user)
    with transaction.atomic():
        row = rulings.find(rulings_of(user), ruling)
        _record(house, user, "sender.undo", row)
        row.delete()


def _require(user: User) -> None:
    require(user, May.SEE_ALL_TICKETS)
    require(user, May.WORK_TICKETS)


def _whose(house: House, inbox: Inbox, typed: str) -> Sender | str:
    if "@" in typed.strip().lstrip("@"):
        channel = house.channel_of(inbox)
        sender = channel.asked(typed.strip()) if isinstance(channel, Asks) else None
        if sender is None or sender.kind is not AddressKind.EMAIL:
            raise MalformedPayload("Write a mail address that is not ours, or a domain.")
        return sender
    domain = domain_in(typed)
    if not domain:
        raise MalformedPayload("Write a mail address that is not ours, or a domain.")
    if is_everybodys(domain):
        raise MalformedPayload(
            "Anybody may have an address at %(domain)s: decide about one address.", domain=domain
        )
    return domain


def _decide(
    house: House, user: User, inbox: Inbox, whose: Sender | str, ruling: Ruling
) -> SenderRuling:
    with transaction.atomic():
        row = rulings.decide(house.vault, inbox, whose, ruling, user, house.clock())
        _record(house, user, f"sender.{ruling}", row)
    return row


def _record(house: House, user: User, action: str, row: SenderRuling) -> None:
    """Whom it is about is named by number alone: the chain outlives an erasure."""
    about = {"domain": row.domain} if row.domain else {"address": str(row.address_id)}
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{user.id}",
        action=action,
        subject=f"inbox:{row.inbox_id}",
        details={**about, "ruling": row.ruling},
    )
