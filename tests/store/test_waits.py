"""On PostgreSQL what only writes waits for the next statement, and nothing else is different: not the order, not what is refused."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from itertools import count
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import (
    DatabaseError,
    IntegrityError,
    OperationalError,
    connection,
    connections,
    transaction,
)

from bot.receive import receive, start_chat
from bot.reply import Outcome, finish_turn
from core.knowledge import Citation
from core.message import AddressKind, Inbound, Reply, Sender, Verified
from store.events import feed_end, public_after
from store.models import Article, Conversation, Event, Message, OutboxRow, Revision
from store.sayings import Sql, execute
from store.statements import Columns, insert, new, update
from store.turns import claim
from store.watched import news_after
from tests.bench.hot_path import LEASE
from tests.company import Company, Writer

pytestmark = pytest.mark.usefixtures("on_postgresql")


@pytest.fixture
def on_postgresql(company: Company) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite is in this process: there is no wait to share")


@pytest.fixture
def talk(company: Company) -> Conversation:
    receive(company.house, company.mail, [Writer("a@customers.example").mail("hello")])
    return Conversation.objects.select_related("address", "inbox").get()


def _line() -> Any:
    connection.ensure_connection()
    return connections["default"].line  # type: ignore[attr-defined]


def _row(talk: Conversation, part: int, key: UUID | None = None) -> OutboxRow:
    return new(
        OutboxRow,
        key=key or uuid4(),
        conversation=talk,
        address=talk.address,
        inbox=talk.inbox,
        message=Message.objects.get(conversation=talk),
        part=part,
        created_at=talk.opened_at,
    )


def test_a_message_costs_seven_waits(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does an article that is cited cost one more, nor another conversation that is claimed with it."""
    house, now = company.house, company.house.clock()
    senders = [Sender(kind=AddressKind.VISITOR, value=str(uuid4())) for _ in range(2)]
    talks = [start_chat(house, company.chat, UUID(sender.value), "en") for sender in senders]
    cites = (_cited(company),)
    waits: list[int] = []
    line = _line()
    monkeypatch.setattr(line, "_results", _counted(line._results, waits))
    only_read = line._connection  # what wrote nothing last is committed by the driver
    monkeypatch.setattr(only_read, "commit", _counted(only_read.commit, waits))

    def cost(deed: Callable[[], Any]) -> tuple[int, Any]:
        waits.clear()
        done = deed()
        return len(waits), done

    for number in range(2):
        said = [f"How do I reset {name} {number}?" for name in "ab"]
        for sender, talk, text in zip(senders, talks, said, strict=True):
            words = Inbound(text, sender, text, at=now, thread_keys=(str(talk),))
            assert cost(lambda: receive(house, company.chat, [words]))[0] == 2  # noqa: B023
        understood, claimed = cost(lambda: claim(house.vault, "w", LEASE, 8, now))
        assert (understood, sorted(one.text for one in claimed)) == (3, said)
        for one in claimed:
            before = [item.text for item in one.earlier if item.speaker == "customer"]
            assert before == [one.text.replace("1", "0")] * number
            answer = Outcome((Reply("Here.", citations=cites), Reply("And here.")), {"a": 1})
            assert cost(lambda: finish_turn(house, one, answer))[0] == 2  # noqa: B023


@pytest.mark.parametrize(
    ("kind", "new", "known"), [(AddressKind.PHONE, 6, 3), (AddressKind.SLACK, 7, 3)]
)
def test_what_a_providers_message_is_asked_for_beside_costs_one_wait(
    company: Company, monkeypatch: pytest.MonkeyPatch, kind: AddressKind, new: int, known: int
) -> None:
    """Whose number it is, whether it answers an aside, whether its thread is known and its writer to be asked for a name:
    beside what a chat's message costs, and the names that it is remembered by cost none."""
    waits: list[int] = []
    line = _line()
    monkeypatch.setattr(line, "_results", _counted(line._results, waits))
    monkeypatch.setattr("bot.aside_post.Asks", object)
    monkeypatch.setattr("bot.people.KnowsPeople", object)
    monkeypatch.setattr(company.provider, "tells_names", True, raising=False)
    sender = Sender(kind=kind, value="+491701234567", verified=Verified.CHANNEL)
    costs = []
    for number in range(3):
        words = Inbound(
            f"id {number}",
            sender,
            f"Words {number}",
            at=company.house.clock(),
            thread_keys=("thread",),
            own_keys=(f"own {number}",),
            claims_conversation=True,
        )
        waits.clear()
        with transaction.atomic():  # as in a commit that is shared
            receive(company.house, company.mail, [words])
        costs.append(len(waits))
    assert costs == [new, known, known]


def _cited(company: Company) -> Citation:
    article = Article.objects.create(brand=company.brand, slug="reset")
    article.live_revision = Revision.objects.create(
        article=article, digest="r", title="Reset", body="[]", created_at=company.house.clock()
    )
    article.save()
    return Citation("reset", "Reset", "/help/reset", "So.", "r")


def test_an_answer_that_was_expected_is_no_older_than_what_was_said(talk: Conversation) -> None:
    """Whatever is said between, the question is asked again; and nothing of it is left for another transaction."""
    told = Columns(lambda: Conversation.objects.filter(id=talk.id).values_list("language"))
    other = Columns(lambda: Message.objects.filter(conversation=talk.id).values_list("seq"))
    asks = count()

    def expected() -> None:
        told.expect()
        other.rows(limit=next(asks) + 1)  # the answer to the other question is here now, too

    with transaction.atomic():
        expected()
        talk.language = "pt"
        update(talk, ["language"])
        assert told.rows() == [("pt",)]
        expected()
        Conversation.objects.update(language="uk")
        assert told.rows() == [("uk",)]
        expected()
        execute(connection, Sql("UPDATE store_conversation SET language = 'de'"), [])
        assert told.rows() == [("de",)]
        told.expect()
    with contextlib.suppress(LookupError), transaction.atomic():
        expected()
        raise LookupError
    Conversation.objects.update(language="es")
    with transaction.atomic():
        assert told.rows() == [("es",)]
        expected()
    Conversation.objects.update(language="it")
    assert told.rows() == [("it",)]


def test_what_was_said_in_many_conversations_is_read_in_one_wait(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, begin, talks = company.house, feed_end(), list[UUID]()
    for _ in range(3):
        sender = Sender(kind=AddressKind.VISITOR, value=str(uuid4()))
        talk = start_chat(house, company.chat, UUID(sender.value), "en")
        text, keys = f"In {talk}", (str(talk),)
        words = Inbound(text, sender, text, at=house.clock(), thread_keys=keys)
        receive(house, company.chat, [words])
        talks.append(talk)
    waits: list[int] = []
    line = _line()
    monkeypatch.setattr(line, "_results", _counted(line._results, waits))
    events, told = news_after(house.vault, begin, lambda _: 0, 100, 100)
    assert (len(events), len(waits)) == (3, 1)
    assert {talk: [event.data["text"] for event in told[talk]] for talk in talks} == {
        talk: [f"In {talk}"] for talk in talks
    }
    Event.objects.all().delete()
    assert public_after(house.vault, talks[0], 0, 100) == [], "nothing is left of it"


def test_what_is_expected_is_asked_once(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Columns(lambda: Conversation.objects.filter(id=talk.id).values_list("language"))
    line, said = _line(), list[int]()
    say = line._say
    monkeypatch.setattr(line, "_say", lambda steps: (said.append(len(steps)), say(steps))[1])
    with transaction.atomic():
        told.expect()
        assert told.rows() == told.rows() == [("",)]
    assert said == [1, 1], "once as expected, once anew"


def _counted(results: Any, waits: list[int]) -> Any:
    def counted() -> Any:
        waits.append(1)
        return results()

    return counted


def test_what_was_written_is_read(talk: Conversation) -> None:
    with transaction.atomic(), connection.cursor() as early:
        insert([_row(talk, 0)])
        assert _line().holds
        early.execute("SELECT count(*) FROM store_outboxrow")
        assert early.fetchone() == (1,), "a cursor that was open before"
        insert([_row(talk, 1)])
        assert OutboxRow.objects.count() == 2
        talk.language = "pt"
        update(talk, ["language"])
        assert Conversation.objects.filter(language="pt").exists()
        insert([_row(talk, 2)])
    assert not _line().holds
    assert OutboxRow.objects.count() == 3


def test_what_is_refused_is_told_and_undone(talk: Conversation) -> None:
    key = uuid4()
    rows = [_row(talk, 0, key), _row(talk, 0, key)]
    seen: list[object] = []

    def write(*asks: Callable[[], object]) -> None:
        seen.clear()
        with transaction.atomic():
            insert(rows)
            seen.append(_line().holds)
            seen.extend(ask() for ask in asks)

    with pytest.raises(IntegrityError):
        write()
    assert seen == [True], "told by the commit"
    assert OutboxRow.objects.count() == 0
    with pytest.raises(IntegrityError):
        write(Message.objects.count)
    assert seen == [True], "told to whoever asks next"
    assert OutboxRow.objects.count() == 0
    with transaction.atomic():
        insert(rows[:1])
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(rows[1:])
        insert([_row(talk, 1)])
    assert sorted(OutboxRow.objects.values_list("part", flat=True)) == [0, 1]


def test_what_was_undone_is_never_said(talk: Conversation) -> None:
    def undone(row: OutboxRow) -> None:
        with contextlib.suppress(LookupError), transaction.atomic():
            insert([row])
            raise LookupError

    undone(_row(talk, 0))
    assert not _line().holds
    rows = [_row(talk, part) for part in range(3)]
    with transaction.atomic():
        insert(rows[:1])
        undone(rows[1])
        insert(rows[2:])
    assert sorted(OutboxRow.objects.values_list("part", flat=True)) == [0, 2]


def test_a_value_that_cannot_be_written_spoils_nothing(talk: Conversation) -> None:
    talk.language = "p\x00"
    with pytest.raises(DatabaseError), transaction.atomic():
        update(talk, ["language"])
    assert Conversation.objects.get().language == ""


def test_a_lost_server_is_told_and_the_next_connection_works(talk: Conversation) -> None:
    rows = [_row(talk, 0)]

    def lose() -> None:
        with transaction.atomic():
            insert(rows)
            shutdown(_line()._connection.fileno())

    with pytest.raises(OperationalError):
        lose()
    connection.close()
    with transaction.atomic():
        insert(rows)
    assert OutboxRow.objects.count() == 1
    with pytest.raises(OperationalError):
        execute(connection, Sql("SELECT pg_terminate_backend(pg_backend_pid())"), [])
    connection.close()
    assert OutboxRow.objects.count() == 1


def shutdown(number: int) -> None:
    """Ends what can be heard and said over this socket."""
    with socket.socket(fileno=os.dup(number)) as line:
        line.shutdown(socket.SHUT_RDWR)


def test_others_run_while_somebody_waits(company: Company) -> None:
    """Held until the server answers, the interpreter would never come to what the server waits for."""
    take, give = (Sql(f"SELECT pg_advisory_{name}(7)") for name in ("lock", "unlock"))
    execute(connection, take, [])

    def wait() -> None:
        try:
            execute(connection, take, [])
            execute(connection, give, [])
        finally:
            connection.close()

    waiter = Thread(target=wait)
    waiter.start()
    waiter.join(0.2)
    assert waiter.is_alive()
    assert execute(connection, give, []).fetchone() == (True,)
    waiter.join(60)
    assert not waiter.is_alive()


def test_much_is_said_at_once(talk: Conversation) -> None:
    """More than a socket takes at once, of which nobody reads until it is all said."""
    talk.state_cipher = bytes(range(256)) * 20_000
    with transaction.atomic():
        for _ in range(3):
            update(talk, ["state_cipher"])
    assert bytes(Conversation.objects.get().state_cipher) == talk.state_cipher
