"""What every message costs among many stored conversations: posting, thinking's two transactions, sending, streams, the looks for work. Measuring is `sizes`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from uuid import UUID

from bot.house import House
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.message import Receipt, Reply
from store.backlog import pace
from store.events import feed_after, feed_end, public_after
from store.models import Conversation
from store.outbox import lease, mark_sent
from store.overdue import sending_waits, turn_waits
from store.sendable import anything_to_send
from store.turns import anything_waits, claim
from tests.company import Company, Writer

LEASE = timedelta(seconds=30)
HOLD = timedelta(minutes=10)


def deeds(house: House, company: Company) -> dict[str, Callable[[], None]]:
    """By name; each can be done any number of times."""
    numbers = count(1)
    regular = Writer("regular@customers.example")
    now = house.clock()
    receive(house, company.mail, [regular.mail("hello", at=now)])
    talk: UUID = Conversation.objects.order_by("-last_message_at").values_list("id", flat=True)[0]

    def post_new() -> None:
        writer = Writer(f"new{next(numbers)}@customers.example")
        receive(house, company.mail, [writer.mail("Where is my parcel?", at=now)])

    def post_more() -> None:
        receive(house, company.mail, [regular.mail("And one more thing", at=now)])

    def turn() -> None:
        post_new()
        for one in claim(house.vault, "w", LEASE, 8, now):
            finish_turn(house, one, Outcome((Reply("Here you are."),), {}))

    def send() -> None:
        turn()
        for row in lease(house.vault, "w", LEASE, HOLD, 16, now):
            mark_sent(house.vault, row.id, row.fence, Receipt(f"sent-{row.key}"), now)

    def look() -> None:
        anything_waits(now)
        anything_to_send(now)
        turn_waits(now)
        sending_waits(now)
        pace(now)

    def stream() -> None:
        public_after(house.vault, talk, 0, 200)
        feed_after(feed_end())

    return {
        "post_new": post_new,
        "post_more": post_more,
        "post_and_turn": turn,
        "post_turn_and_send": send,
        "looks_for_work": look,
        "stream_resumed": stream,
    }
