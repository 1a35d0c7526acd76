"""What goes out of asides and comes in to them. What colleagues do with them is `store.asides`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction

from core.aside import About
from core.message import Delivery, Inbound, Report
from store.asides import (
    ANSWERED,
    CHANGED,
    about_of,
    files_in,
    line_up,
    next_number,
    open_aside_body,
    remember,
    shown_sender,
    tell,
    with_files,
)
from store.boards import first_time
from store.bodies import seal_json
from store.events import Log
from store.jobs import enqueue
from store.models import (
    Address,
    Aside,
    AsideKey,
    AsideMessage,
    Conversation,
    Follower,
    Inbox,
    Notice,
    Ticket,
    User,
)
from store.notices import JOB, mailbox
from store.receiving import Filed
from store.statements import Given, Select
from store.turns import lock
from store.vault import Erased, Vault

TRIES = 6
"""So often a message is tried before people are told that it cannot be sent."""
NOTICE = "aside"
NOTICED_AFTER = timedelta(minutes=2)
"""So long an answer may wait unread at the desk before it is told of by mail."""


@dataclass(frozen=True, slots=True)
class Going:
    """A message to send. `part`: so many of its messages are out. `keys`: of what was said before, oldest first.
    `may_have_arrived`: look first."""

    message: UUID
    aside: UUID
    inbox: Inbox
    about: About
    text: str
    files: tuple[Filed, ...]
    part: int
    author: str
    keys: tuple[str, ...]
    at: datetime
    attempts: int
    may_have_arrived: bool


_NAMED = Select(
    lambda: AsideKey.objects.filter(
        inbox=Given("inbox", models.UUIDField()), lookup=Given("lookup", models.BinaryField())
    ).select_related("aside__ticket__conversation__address")
)


# ---- out --------------------------------------------------------------------------------------------


def going(vault: Vault, message: UUID, part: int) -> Going | None:
    """The message if this part of it waits to be sent; None where it does not, or where its words were erased."""
    rows = AsideMessage.objects.select_related(
        "aside__inbox__brand", "aside__ticket__conversation__address", "user"
    )
    waiting = rows.filter(id=message, part=part, state=AsideMessage.State.WAITING)
    row = waiting.filter(user__isnull=False).first()
    if row is None:
        return None
    aside, address = row.aside, row.aside.ticket.conversation.address
    try:
        body = open_aside_body(vault, address, row)
        keys = [
            vault.open(
                address.key_wrapped, address.id, f"aside.key:{aside.id}", bytes(key.key_cipher)
            )
            for key in AsideKey.objects.filter(aside=aside).order_by("id")
        ]
    except Erased:
        return None
    return Going(
        message=row.id,
        aside=aside.id,
        inbox=aside.inbox,
        about=about_of(vault, address, aside),
        text=str(body["text"]),
        files=tuple(files_in(body)),
        part=row.part,
        author=row.user.name if row.user else "",
        keys=tuple(key.decode() for key in keys),
        at=row.at,
        attempts=row.attempts,
        may_have_arrived=row.in_flight,
    )


def aside_tried(message: UUID, in_flight: bool, attempts: int) -> None:
    """An attempt begins (`in_flight`), or is known to have sent nothing."""
    waiting = AsideMessage.objects.filter(id=message, state=AsideMessage.State.WAITING)
    waiting.update(in_flight=in_flight, attempts=attempts)


def aside_sent(
    vault: Vault, message: UUID, provider_id: str, key: str, now: datetime, more: bool = False
) -> None:
    """It was taken. `key`: the name under which an answer may refer to it. `more`: that was a part of it, and the next
    is in line now."""
    with transaction.atomic():
        row = (
            _next_part(message, now)
            if more
            else _settled(message, AsideMessage.State.SENT, "", now)
        )
        if row is None:
            return
        row.provider_id = provider_id[:300]
        row.save(update_fields=["provider_id"])
        address = row.aside.ticket.conversation.address
        if key and address.key_wrapped:
            remember(vault, address, row.aside, key)


def _next_part(message: UUID, now: datetime) -> AsideMessage | None:
    row = _waiting(message)
    if row is not None:
        row.part, row.attempts, row.in_flight = row.part + 1, 0, False
        row.save(update_fields=["part", "attempts", "in_flight"])
        line_up(row.id, row.part, now)
    return row


def aside_failed(message: UUID, state: str, problem: str, now: datetime) -> None:
    """It was not sent (`failed`), or nobody knows (`unknown`); whoever sees the ticket is told."""
    with transaction.atomic():
        _settled(message, AsideMessage.State(state), problem, now)


def _settled(
    message: UUID, state: AsideMessage.State, problem: str, now: datetime
) -> AsideMessage | None:
    row = _waiting(message)
    if row is None:
        return None
    row.state, row.problem, row.in_flight = state, problem[:300], False
    row.save(update_fields=["state", "problem", "in_flight"])
    what = "sent" if state == AsideMessage.State.SENT else "failed"
    _told(row.aside, CHANGED, what, now)
    return row


def _waiting(message: UUID) -> AsideMessage | None:
    rows = AsideMessage.objects.select_related(
        "aside__inbox", "aside__ticket__conversation__address"
    )
    return rows.filter(id=message, state=AsideMessage.State.WAITING).first()


def _told(aside: Aside, kind: str, what: str, now: datetime) -> None:
    conversation = lock(aside.ticket.conversation_id)
    log = Log(conversation, now)
    tell(log, kind, "system", aside, what)
    log.write()
    conversation.save(update_fields=["last_seq", "last_public_seq"])


# ---- in ---------------------------------------------------------------------------------------------


def about_to_name(vault: Vault, inbox: Inbox, inbound: Inbound) -> None:
    """`aside_named` will be called."""
    for lookup in _lookups(vault, inbound):
        _NAMED.expect(inbox=inbox.id, lookup=lookup)


def _lookups(vault: Vault, inbound: Inbound) -> list[bytes]:
    return [vault.lookup("thread", key) for key in inbound.thread_keys]


def aside_named(vault: Vault, inbox: Inbox, inbound: Inbound) -> UUID | None:
    """The aside that this answers, or of whose message it reports; None where it is a customer's.

    A signed reply address or the provider's own thread is enough; who only repeats a name must have been asked.
    """
    for report in inbound.reports:
        sent = AsideMessage.objects.filter(provider_id=report.provider_id, aside__inbox=inbox)
        if report.provider_id and (found := sent.values_list("aside", flat=True).first()):
            return found
    lookups = _lookups(vault, inbound)
    rows = [row for lookup in lookups for row in _NAMED.rows(inbox=inbox.id, lookup=lookup)]
    row = min(rows, key=lambda row: row.id, default=None)
    if row is None:
        return None
    aside = row.aside
    about = about_of(vault, aside.ticket.conversation.address, aside)
    was_asked = inbound.sender.value in {one.value for one in about.to}
    return aside.id if inbound.claims_conversation or was_asked else None


def take_in(
    vault: Vault,
    inbox: Inbox,
    aside: UUID,
    inbound: Inbound,
    files: tuple[Filed, ...],
    now: datetime,
) -> bool:
    """Inside a transaction: keeps an answer, once; True where it was news. Nothing answers it by itself: what machines
    write is kept too, and makes nobody look."""
    if first_time(vault, inbox, inbound.external_id, now) is None:
        return False
    row = Aside.objects.select_related("ticket", "inbox").get(id=aside)
    conversation = lock(row.ticket.conversation_id)
    log = Log(conversation, now)
    for report in inbound.reports:
        _came_back(row, report, log)
    if not inbound.reports:
        _keep(vault, row, conversation.address, inbound, files, now)
        tell(log, ANSWERED, "system", row, "" if inbound.is_typed else "automatic")
    if inbound.is_typed:
        Aside.objects.filter(id=row.id).update(is_unread=True, state=Aside.State.OPEN)
        Ticket.objects.filter(id=row.ticket_id).update(snoozed_until=None)
        _notice(row, conversation, now)
    log.write()
    conversation.save(update_fields=["last_seq", "last_public_seq"])
    return True


def _keep(
    vault: Vault,
    aside: Aside,
    address: Address,
    inbound: Inbound,
    files: tuple[Filed, ...],
    now: datetime,
) -> None:
    message = AsideMessage(
        aside=aside,
        number=next_number(aside, now),
        is_automatic=not inbound.is_typed,
        state=AsideMessage.State.CAME,
        at=now,
    )
    if address.key_wrapped:  # else the customer was erased, and so is what is said about them
        body = {"text": inbound.text, "from": shown_sender(inbound.sender), **with_files(files)}
        body |= {"quoted": inbound.quoted} if inbound.quoted else {}
        message.body_cipher = seal_json(vault, address, f"aside.body:{message.id}", body)
        for key in inbound.own_keys:
            remember(vault, address, aside, key)
    message.save(force_insert=True)


def aside_file(
    vault: Vault, aside: Aside, message: UUID, place: int
) -> tuple[str, str, bytes] | None:
    """Name, where it lies, and key of a file of a message; None where there is none, or it was not kept."""
    row = AsideMessage.objects.filter(id=message, aside=aside).first()
    try:
        body = open_aside_body(vault, aside.ticket.conversation.address, row) if row else {}
    except Erased:
        return None
    files = tuple(files_in(body))
    if not 0 <= place < len(files) or not files[place].stored_as:
        return None
    one = files[place]
    return one.name, one.stored_as, one.key


def _came_back(aside: Aside, report: Report, log: Log) -> None:
    if report.delivery is not Delivery.FAILED:
        return
    sent = AsideMessage.objects.filter(aside=aside, state=AsideMessage.State.SENT)
    named = sent.filter(provider_id=report.provider_id) if report.provider_id else sent
    message = named.order_by("-number").first()
    if message is not None:
        message.state, message.problem = AsideMessage.State.FAILED, report.problem[:300]
        message.save(update_fields=["state", "problem"])
        tell(log, CHANGED, "system", aside, "failed")


def _notice(aside: Aside, conversation: Conversation, now: datetime) -> None:
    """Whoever asked and whoever has the ticket is told by mail, unless somebody reads it at the desk before. Followers
    are told as of everything else."""
    inbox = mailbox(conversation.brand_id)
    following = Follower.objects.filter(ticket=aside.ticket_id).values_list("user", flat=True)
    wanted = {aside.opened_by_id, aside.ticket.assignee_id or aside.opened_by_id} - set(following)
    if inbox is None:
        return
    for user in User.objects.filter(id__in=wanted, is_active=True):
        told = {"ticket": aside.ticket, "user": user, "kind": NOTICE, "state": Notice.State.WAITING}
        if Notice.objects.filter(**told).exists():
            continue
        row = Notice.objects.create(**told, inbox=inbox, told=[{"kind": ANSWERED}], made_at=now)
        enqueue(JOB, {"notice": str(row.id)}, now + NOTICED_AFTER, key=str(row.id))


def is_waiting_to_be_read(ticket: UUID) -> bool:
    """True while something came beside this ticket that nobody has looked at."""
    return Aside.objects.filter(ticket=ticket, is_unread=True).exists()
