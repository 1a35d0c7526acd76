"""What providers say about messages they took. It never takes a message back: only a higher rank counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.message import Delivery, Report
from store.consent import note_refusal
from store.copies import copy_failed
from store.database import database_now
from store.events import Log
from store.models import Conversation, ConversationKey, Event, Message, OutboxRow
from store.turns import lock
from store.vault import Vault
from store.withheld import note_gone

KIND = "delivery_reported"
_AT_ONCE = 20


def record_reports(vault: Vault, inbox: UUID, reports: Sequence[Report], now: datetime) -> int:
    """Keeps what is news about messages of this inbox; returns how many reports that were."""
    single = [one for report in reports for one in _each(vault, inbox, report)]
    return sum(_record(vault, inbox, report, now) for report in single)


def _of_copy(
    vault: Vault, row: OutboxRow, report: Report, conversation: Conversation, now: datetime
) -> bool | None:
    """A failure that is about somebody who only got a copy; None for all others."""
    log = Log(conversation, now)
    is_news = copy_failed(vault, row, report.recipient, log)
    if is_news:
        log.write()
        conversation.save(update_fields=["last_seq", "last_public_seq"])
    return is_news


def reported(row: OutboxRow) -> Delivery | None:
    """How far the provider says it has come, None while it has said nothing."""
    told = Event.objects.filter(
        conversation=row.conversation_id, kind=KIND, data__outbox=row.id
    ).values_list("data", flat=True)
    known = [Delivery(data["delivery"]) for data in told]
    return max(known, key=lambda delivery: delivery.rank, default=None)


def _record(vault: Vault, inbox: UUID, report: Report, now: datetime) -> bool:
    with transaction.atomic():
        row = _row_of(inbox, report)
        if row is None:
            return False
        conversation = lock(row.conversation_id)
        if (
            report.recipient
            and (told := _of_copy(vault, row, report, conversation, now)) is not None
        ):
            return told
        known = reported(row)
        if known is not None and known.rank >= report.delivery.rank:
            return False
        log = Log(conversation, now)
        log.add(KIND, "system", data={"outbox": row.id, "delivery": report.delivery.value})
        if _settled(row, report, now) and row.state == OutboxRow.State.DEAD:
            message = Message.objects.get(id=row.message_id)
            log.add("delivery_dead", "system", data={"outbox": row.id, "seq": message.seq})
        log.write()
        conversation.save(update_fields=["last_seq", "last_public_seq"])
        if report.has_opted_out:
            note_refusal(row.id, now)
        if report.is_gone:
            note_gone(row.id, now)
        return True


def _each(vault: Vault, inbox: UUID, report: Report) -> list[Report]:
    """The report itself, or one for each message of the thread that was sent until then, the last ones of many. A
    failure is of the last one alone."""
    if report.thread is None or report.until is None:
        return [report]
    known = ConversationKey.objects.filter(
        inbox=inbox, lookup=vault.lookup("thread", report.thread)
    ).values("conversation")
    rows = OutboxRow.objects.filter(
        inbox_id=inbox,
        conversation__in=known,
        state=OutboxRow.State.SENT,
        settled_at__lte=report.until,
    ).order_by("-id")[: 1 if report.delivery is Delivery.FAILED else _AT_ONCE]
    return [replace(report, key=str(row.key), thread=None) for row in reversed(rows)]


def _row_of(inbox: UUID, report: Report) -> OutboxRow | None:
    rows = OutboxRow.objects.select_for_update(of=("self",)).filter(inbox_id=inbox)
    if report.key:
        try:
            return rows.filter(key=UUID(report.key)).first()
        except ValueError:
            return None
    if not report.provider_id:
        return None
    # In the words of the index. Few rows have one name, so they are put in order here.
    given = rows.filter(attempts__gt=0, settled_at__isnull=False)
    sent = given.filter(provider_id=report.provider_id)
    return max(sent, key=lambda row: row.id, default=None)


def _settled(row: OutboxRow, report: Report, now: datetime) -> bool:
    """Brings the row to what the report proves; False while a worker has it in hand and will say so itself."""
    is_held = row.lease_until is not None and row.lease_until > database_now()
    state = row.State.DEAD if report.delivery is Delivery.FAILED else row.State.SENT
    if is_held or row.state in {state, row.State.CANCELLED}:
        return False
    row.state, row.settled_at = state, row.settled_at or now
    row.in_flight, row.lease_until, row.held_since = False, None, None
    row.provider_id = row.provider_id or report.provider_id
    row.last_error = report.problem[:300]
    row.save()
    return True
