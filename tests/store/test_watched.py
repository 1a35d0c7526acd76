"""Those who watch are told with the log itself what they would read by number; where something is missing it is read."""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from bot.receive import receive, start_chat
from bot.reply import Outcome, finish_turn
from core.message import AddressKind, Button, Inbound, Reply, Sender
from store.events import Log, Position, PublicEvent, feed_after, feed_end, public_after
from store.models import Address, Conversation, Message, User
from store.turns import Finish, claim, lock, say, write
from store.watched import news_after
from tests.bench.hot_path import LEASE
from tests.company import Company, Writer
from tests.concurrency import in_thread, open_transaction
from tests.plans import plans_of, walked

PAGE = 100


@pytest.fixture
def talk(company: Company) -> UUID:
    """A chat in which the bot, a colleague and the system have said something, and a note that is no customer's."""
    house, visitor = company.house, uuid4()
    talk = start_chat(house, company.chat, visitor, "en")
    _ask(company, talk, visitor, "How do I reset it?")
    (one,) = claim(house.vault, "w", LEASE, 8, house.clock())
    asks = Reply("Did that help?", buttons=(Button("Yes", "/affirm"),))
    finish_turn(house, one, Outcome((Reply("So."), asks), {}))
    with transaction.atomic():
        row = lock(talk)
        finish = Finish(house.vault, row, house.clock(), Log(row, house.clock()))
        finish.log.add("assigned", "system")
        finish.log.add("speaker_changed", "system", is_public=True, data={"speaker": "person"})
        user = User.objects.create(email="mia@acme.example", name="Mia Lang")
        say(finish, Reply("I am here."), author=Message.Author.AGENT, user=user, parts=0)
        write(finish)
    _ask(company, talk, visitor, "Thanks")
    return talk


def _ask(company: Company, talk: UUID, visitor: UUID, text: str) -> None:
    sender = Sender(kind=AddressKind.VISITOR, value=str(visitor))
    said = Inbound(text, sender, text, at=company.house.clock(), thread_keys=(str(talk),))
    receive(company.house, company.chat, [said])


def test_the_news_tell_what_is_read_by_number(company: Company, talk: UUID) -> None:
    """From wherever the log is read, and whatever a visitor has seen by then; what was erased, too."""
    vault = company.house.vault
    places = [Position(), *(event.position for event in feed_after(Position()))]
    for erased in (False, True):
        if erased:
            Address.objects.update(key_wrapped=None)
        for place in places[:-1]:
            expected = feed_after(place)
            for seen in range(7):
                events, told = news_after(vault, place, lambda _, seen=seen: seen, 500, PAGE)
                assert events == expected
                is_news = any((event.public_seq or 0) > seen for event in events)
                by_number = {talk: public_after(vault, talk, seen, PAGE)} if is_news else {}
                assert told == by_number
    assert [event.data["text"] for event in told.get(talk, ())] == [""] * len(told.get(talk, ()))


def test_nobody_who_watches_nothing_is_told(company: Company, talk: UUID) -> None:
    events, told = news_after(company.house.vault, Position(), lambda _: None, 500, PAGE)
    assert (events, told) == (feed_after(Position()), {})


def test_a_page_is_all_that_is_told_at_once(company: Company, talk: UUID) -> None:
    _, told = news_after(company.house.vault, Position(), lambda _: 0, 500, 2)
    assert told == {talk: public_after(company.house.vault, talk, 0, 2)}


def test_the_news_are_read_from_their_place(company: Company, talk: UUID) -> None:
    ask = partial(news_after, company.house.vault, feed_end(), lambda _: None, 500, PAGE)
    assert walked(plans_of(ask), ("store_event",)) == []


def test_nobody_is_told_before_an_older_transaction_has_ended(company: Company, talk: UUID) -> None:
    """On PostgreSQL rows become visible out of order; who is told of the later one would never hear of the other."""
    vault, start = company.house.vault, feed_end()
    seen = Conversation.objects.get(id=talk).last_public_seq

    def elsewhere() -> None:
        receive(company.house, company.mail, [Writer("b@customers.example").mail("hello")])

    def here() -> None:
        with transaction.atomic():
            row = lock(talk)
            finish = Finish(vault, row, company.house.clock(), Log(row, company.house.clock()))
            finish.log.add("speaker_changed", "system", is_public=True, data={"speaker": "bot"})
            write(finish)

    def told() -> list[PublicEvent]:
        _, found = news_after(vault, start, lambda one: seen if one == talk else None, 500, PAGE)
        return found.get(talk, [])

    with open_transaction(elsewhere):
        if connection.vendor == "postgresql":
            in_thread(here)
            assert told() == []
    if connection.vendor != "postgresql":
        here()
    (news,) = told()
    assert news.data["speaker"] == "bot"
