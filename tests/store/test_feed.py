"""Reading by number: nothing is skipped while transactions overlap, and customers see only what is theirs."""

from __future__ import annotations

from functools import partial
from threading import Event as Flag
from threading import Thread

from django.db import connection, transaction

from bot.receive import receive
from store.events import (
    Log,
    Position,
    feed_after,
    feed_end,
    last_public_seqs,
    places_after,
    public_after,
)
from store.models import Conversation, Event
from store.turns import lock
from tests.company import Company, Writer
from tests.concurrency import in_thread, open_transaction
from tests.plans import plans_of


def _conversation(company: Company, address: str) -> Conversation:
    accepted = receive(company.house, company.mail, [Writer(address).mail("hello")])[0]
    return Conversation.objects.get(id=accepted.conversation)


def _note(company: Company, conversation: Conversation, kind: str) -> None:
    with transaction.atomic():
        row = lock(conversation.id)
        log = Log(row, company.house.clock())
        log.add(kind, "system")
        log.write()
        row.save(update_fields=["last_seq", "last_public_seq"])


def test_the_feed_gives_everything_once_in_order(company: Company) -> None:
    row = _conversation(company, "a@customers.example")
    for number in range(7):
        _note(company, row, f"kind{number}")
    seen: list[str] = []
    position = Position()
    while batch := feed_after(position, limit=3):
        seen += [event.kind for event in batch]
        position = batch[-1].position
    assert seen == ["message", *(f"kind{number}" for number in range(7))]
    assert Position.parse(str(position)) == position == feed_end()


def test_the_log_is_read_from_its_place(company: Company) -> None:
    """Not from its beginning: of a year's events those of the last seconds are wanted."""
    row = _conversation(company, "a@customers.example")
    _note(company, row, "kind")
    asked = (partial(feed_after, feed_end(), 500), partial(places_after, feed_end(), 500))
    for ask in asked:
        [plan] = plans_of(ask)
        if connection.vendor == "postgresql":
            assert "Index Cond: ((ROW(xid, id) > ROW(" in plan, plan
        else:
            assert "SEARCH store_event USING INTEGER PRIMARY KEY (rowid>?)" in plan, plan


def test_nothing_is_skipped_while_an_older_transaction_stays_open(company: Company) -> None:
    """On PostgreSQL rows become visible out of order. On SQLite a second writer simply has to wait."""
    slow, quick = (_conversation(company, f"{n}@customers.example") for n in "ab")
    start = feed_end()

    def slowly() -> None:
        _note(company, slow, "slow")

    with open_transaction(slowly):
        if connection.vendor == "postgresql":
            in_thread(lambda: [_note(company, quick, f"quick{n}") for n in range(5)])
            early = feed_after(start)
            assert early == [], "what committed early must wait, or `slow` would be skipped"
            assert Event.objects.filter(kind__startswith="quick").count() == 5
    seen: list[str] = []
    position = start
    if connection.vendor != "postgresql":
        for number in range(5):
            _note(company, quick, f"quick{number}")
    while batch := feed_after(position, limit=2):
        seen += [event.kind for event in batch]
        position = batch[-1].position
    assert seen == ["slow", *(f"quick{number}" for number in range(5))]


def test_readers_beside_eight_writers_miss_nothing(company: Company) -> None:
    rows = [_conversation(company, f"c{n}@customers.example") for n in range(4)]
    start = feed_end()
    done = Flag()
    seen: list[tuple[object, int]] = []

    def read() -> None:
        position, last_round = start, False
        try:
            while True:
                last_round = done.is_set()
                batch = feed_after(position, limit=50)
                seen.extend((event.conversation, event.seq) for event in batch)
                if batch:
                    position = batch[-1].position
                elif last_round:
                    return
        finally:
            connection.close()

    def write(part: int) -> None:
        try:
            for _ in range(6):
                _note(company, rows[part % 4], "busy")
        finally:
            connection.close()

    reader = Thread(target=read)
    writers = [Thread(target=write, args=(part,)) for part in range(8)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    reader.join(60)
    assert len(seen) == len(set(seen)) == 48


def test_customers_see_only_public_events_by_their_own_number(company: Company) -> None:
    row = _conversation(company, "a@customers.example")
    _note(company, row, "secret")
    receive(company.house, company.mail, [])
    events = public_after(company.house.vault, row.id, 0)
    assert [(event.seq, event.data["type"]) for event in events] == [(1, "message")]
    assert events[0].data["text"] == "hello"
    assert public_after(company.house.vault, row.id, 1) == []
    assert last_public_seqs([row.id]) == {row.id: 1}
