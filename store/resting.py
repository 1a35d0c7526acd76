"""What waits for its recipient's morning, and a colleague's word that theirs does not. Which hours are quiet is the channels' to say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core.errors import Conflict
from core.message import Sender
from store.bodies import sender_of
from store.models import Event, Inbox, Message, OutboxRow
from store.tickets import Change
from store.vault import Erased, Vault

WOKEN = "sent_in_quiet_hours"
"""The event by which a row goes out whatever the hour."""


@dataclass(frozen=True, slots=True)
class Waits:
    """A part of a message that was not sent yet. `by`: the colleague whose own words it is, None for everything else.
    `answers`: its recipient has written in this conversation from the address that it goes to."""

    row: int
    message: UUID
    to: Sender = field(repr=False)
    inbox: Inbox
    by: UUID | None
    answers: bool


def waiting_in(vault: Vault, conversation: UUID) -> list[Waits]:
    """What waits there, in the order in which it goes out; nothing that is being sent or has failed before."""
    rows = OutboxRow.objects.select_related("message", "address", "inbox").filter(
        conversation=conversation, state=OutboxRow.State.WAITING, in_flight=False, last_error=""
    )
    return _read(vault, conversation, list(rows.order_by("id")))


def _read(vault: Vault, conversation: UUID, rows: Sequence[OutboxRow]) -> list[Waits]:
    if not rows:
        return []
    woken = _woken(conversation)
    spoken = Message.objects.filter(
        conversation=conversation, author=Message.Author.CUSTOMER, is_automatic=False
    )
    heard = set(spoken.values_list("address", flat=True).distinct())
    found = []
    for row in rows:
        if row.id in woken:
            continue
        try:
            to = sender_of(vault, row.address)
        except Erased:
            continue
        said = row.message
        is_own = said.author == Message.Author.AGENT and not said.is_automatic
        by = said.user_id if is_own and said.kind == Message.Kind.MESSAGE else None
        found.append(Waits(row.id, row.message_id, to, row.inbox, by, row.address_id in heard))
    return found


def wake(change: Change, row: Waits) -> None:
    """Lets a reply out now, with what stands before it to the same address: the order stays, and who is woken is woken
    once. Raises `Conflict` when it does not wait any more."""
    conversation, now = change.finish.conversation, change.finish.now
    waiting = OutboxRow.objects.select_for_update().filter(
        conversation=conversation, state=OutboxRow.State.WAITING
    )
    own = waiting.filter(id=row.row, in_flight=False).first()
    if own is None:
        raise Conflict("This message does not wait any more.")
    ahead = waiting.filter(address=own.address_id, id__lt=own.id)
    same = waiting.filter(message=own.message_id, address=own.address_id)
    ids = sorted({*ahead.values_list("id", flat=True), *same.values_list("id", flat=True)})
    # What a provider asked to wait for is still waited for: such rows have failed before.
    OutboxRow.objects.filter(id__in=ids, last_error="", in_flight=False).update(not_before=None)
    seq = Message.objects.values_list("seq", flat=True).get(id=row.message)
    change.finish.log.add(
        WOKEN, change.actor, data={"rows": ids, "seq": seq, "at": now.isoformat()}
    )


def is_woken(conversation: UUID, row: int) -> bool:
    """Whether a colleague has let this row out."""
    return row in _woken(conversation)


def _woken(conversation: UUID) -> set[int]:
    events = Event.objects.filter(conversation=conversation, kind=WOKEN)
    return {int(row) for data in events.values_list("data", flat=True) for row in data["rows"]}
