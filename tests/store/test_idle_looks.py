"""Looking whether there is work costs the same whatever is stored: it is done several times a second, mostly in vain."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from django.db import connection, transaction

from store.assignment import anything_to_offer
from store.models import Conversation, Message, OutboxRow, Presence
from store.sendable import anything_to_send
from store.turns import anything_waits, claim
from tests.bench import crowd
from tests.company import Company, StandingClock
from tests.plans import plans_of, walked

STORED = 600
LARGE = ("store_conversation", "store_outboxrow", "store_queueentry")


def sent_messages(company: Company, now: datetime) -> None:
    """Everything that was said has been sent."""
    OutboxRow.objects.bulk_create(
        OutboxRow(
            key=uuid4(),
            conversation_id=said.conversation_id,
            address_id=said.address_id,
            inbox=company.mail,
            message=said,
            state=OutboxRow.State.SENT,
            created_at=now,
            settled_at=now,
        )
        for said in Message.objects.all()
    )


def read_through(look: Callable[[], object]) -> dict[str, int]:
    """Rows of the large tables that PostgreSQL reads from end to end for `look`, planned once for any values, as it plans
    what is asked often."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        before = _counted()
        look()
        return {name: count - before[name] for name, count in _counted().items()}


def _counted() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [list(LARGE)],
        )
        return dict(cursor.fetchall())


def test_looking_for_work_in_vain_walks_through_nothing(
    company: Company, clock: StandingClock
) -> None:
    now = clock()
    made = crowd.people(company, now)
    crowd.tickets(company.house, company, made, STORED, open_count=STORED)
    Presence.objects.update(state="offline")
    sent_messages(company, now)
    crowd.settle()
    looks: list[Callable[[], object]] = [
        partial(anything_waits, now),
        partial(anything_to_send, now),
        partial(anything_to_offer, now),
        partial(claim, company.house.vault, "w", timedelta(seconds=30), 8, now),
    ]
    if connection.vendor == "postgresql":
        everything = read_through(lambda: list(Conversation.objects.filter(last_seq__gt=9)))
        assert everything["store_conversation"] == STORED, "what is counted"
        for look in looks:
            assert read_through(look) == dict.fromkeys(LARGE, 0)
    else:
        for look in looks:
            plans = plans_of(look)
            assert walked(plans, LARGE) == []
            assert "ORDER BY" not in str(plans)
    assert not looks[0]()
    assert not looks[1]()
