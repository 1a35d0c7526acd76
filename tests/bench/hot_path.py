"""What every message costs among many stored conversations: posting, thinking's two transactions, sending, streams, the looks for work. Measuring is `sizes`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

from bot.house import House
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.message import Receipt, Reply
from store.backlog import pace
from store.events import feed_after, feed_end, public_after
from store.outbox import lease, mark_sent
from store.overdue import sending_waits, turn_waits
from store.sendable import anything_to_send
from store.turns import anything_waits, claim
from tests.company import Company, Writer

LEASE = timedelta(seconds=30)
HOLD = timedelta(minutes=10)


def deeds(house: House, company: Company) -> dict[str, Callable[[], None]]:
    """By name; each can be done any number of times."""
    regular, now = Writer("regular@customers.example"), house.clock
    (accepted,) = receive(house, company.mail, [regular.mail("hello", at=now())])
    talk = accepted.conversation

    def post_new() -> None:
        writer = Writer(f"new-{uuid4().hex}@customers.example")
        receive(house, company.mail, [writer.mail("Where is my parcel?", at=now())])

    def post_more() -> None:
        receive(
            house,
            company.mail,
            [regular.mail("And one more thing", at=now(), thread_keys=regular.keys[-1:])],
        )

    def turn() -> None:
        post_new()
        _think(house)

    def send() -> None:
        turn()
        _send(house)

    def look() -> None:
        for one in (anything_waits, anything_to_send, turn_waits, sending_waits, pace):
            one(now())

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


def drain(house: House) -> Callable[[], None]:
    """Does what waits, so that a turn or a sending that is measured next finds its own message alone."""

    def all_of_it() -> None:
        while _think(house):
            pass
        while _send(house):
            pass

    return all_of_it


def _think(house: House) -> int:
    held = claim(house.vault, "w", LEASE, 8, house.clock())
    for one in held:
        finish_turn(house, one, Outcome((Reply("Here you are."),), {}))
    return len(held)


def _send(house: House) -> int:
    rows = lease(house.vault, "w", LEASE, HOLD, 16, house.clock())
    for row in rows:
        mark_sent(house.vault, row.id, row.fence, Receipt(f"sent-{row.key}"), house.clock())
    return len(rows)
