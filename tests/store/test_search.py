"""The search index: what is found, what is not, what lies on disk, and that it can be thrown away."""

from __future__ import annotations

import asyncio

import pytest

from bot import desk, indexing
from bot.house import House
from bot.permissions import tickets_of
from core.terms import terms_of, words_of
from store.bodies import Body, seal_body
from store.desk_search import search
from store.indexing import begin_again, forget_erased, index_next
from store.models import Address, Conversation, Message, SearchDoc, Ticket
from store.search import matching
from tests.company import StandingClock
from tests.web.day import make_day
from tests.web.desk.conftest import Day
from tests.web.seed import make_company


@pytest.fixture
def day(house: House, clock: StandingClock) -> Day:
    company = make_company(house, clock)
    made = Day(company, make_day(company))
    _catch_up(made)
    return made


def _catch_up(day: Day) -> None:
    while index_next(day.company.house.vault):
        pass


def _found(day: Day, login: str, question: str) -> list[int]:
    company, user = day.company, day.company.users[login]
    hits = search(company.house.vault, tickets_of(user), question, company.clock(), 20)
    return [hit.number for hit in hits]


def test_words_are_compared_without_case_and_accents_and_by_their_beginnings() -> None:
    assert words_of("Größe: ÉTÉ, FH-20418 (maya.ruiz@example.org)") == [
        "grosse", "ete", "fh", "20418", "maya", "ruiz", "example", "org",
    ]  # fmt: skip
    assert {"ref", "refu", "refun", "refund"} <= terms_of("Refund")
    assert "re" not in terms_of("Refund")
    assert words_of("注文番号") == ["注文", "文番", "番号"]


@pytest.mark.parametrize(
    "question",
    [
        "charged",
        "charg",
        "FH-20418",
        "maya ruiz",
        "statement-november",
        "settled payments",
        "finan",
    ],
)
def test_a_ticket_is_found_by_what_was_said_noted_attached_and_by_whom(
    day: Day, question: str
) -> None:
    assert _found(day, "amira", question) == [day.made["maya"]]


def test_all_words_must_be_there_and_a_number_is_a_ticket(day: Day) -> None:
    assert _found(day, "amira", "charged hub") == []
    assert _found(day, "ruth", f"#{day.made['hub']}") == [day.made["hub"]]
    assert _found(day, "amira", "  -- ") == []
    assert _found(day, "amira", "'\" OR * NEAR(") == []


def test_nobody_finds_what_they_may_not_see(day: Day) -> None:
    assert _found(day, "wei", "charged") == []
    assert _found(day, "wei", str(day.made["maya"])) == []
    assert _found(day, "ines", "charged") == []
    assert _found(day, "otto", "charged") == [day.made["maya"]]


def test_it_shows_the_place(day: Day) -> None:
    company, user = day.company, day.company.users["amira"]
    [hit] = search(company.house.vault, tickets_of(user), "settled", company.clock(), 5)
    assert hit.found == "settled"
    assert hit.before.endswith("two ") or hit.before.endswith("were ")


def test_what_is_said_later_is_found_a_moment_later(day: Day) -> None:
    company = day.company
    desk.note(company.house, company.users["amira"], day.made["maya"], "Ask Zwickau about it")
    assert _found(day, "amira", "zwickau") == []
    _catch_up(day)
    assert _found(day, "amira", "zwick") == [day.made["maya"]]


def test_the_index_holds_no_word_and_can_be_thrown_away(day: Day) -> None:
    held = b"".join(bytes(doc.words) for doc in SearchDoc.objects.all())
    assert len(held) > 500
    assert b"charged" not in held
    assert b"maya" not in held
    begin_again()
    assert not SearchDoc.objects.exists()
    assert _found(day, "amira", "charged") == []
    _catch_up(day)
    assert _found(day, "amira", "charged") == [day.made["maya"]]


def test_an_erased_customer_is_not_found_and_leaves_the_index(day: Day) -> None:
    conversation = Conversation.objects.get(ticket__number=day.made["maya"])
    Address.objects.filter(id=conversation.address_id).update(key_wrapped=None)
    assert _found(day, "amira", "charged") == []
    assert forget_erased(day.company.house.vault) == 1
    assert not SearchDoc.objects.filter(number=day.made["maya"]).exists()
    wanted = matching(day.company.house.vault, "charged")
    assert wanted is not None
    assert not Ticket.objects.filter(wanted).exists()


def test_what_an_erased_participant_said_leaves_the_index_of_anothers_ticket(day: Day) -> None:
    company, number = day.company, day.made["maya"]
    conversation = Conversation.objects.get(ticket__number=number)
    stranger = Address.objects.exclude(id=conversation.address_id).first()
    assert stranger is not None
    said = Message.objects.filter(conversation=conversation).order_by("seq")[0]
    body = Body("Zwickau, please")
    copy = Message(conversation=conversation, address=stranger, inbox=said.inbox, author="customer")
    copy.seq, copy.sent_at, copy.accepted_at = 900, said.sent_at, said.accepted_at
    copy.body_cipher = seal_body(company.house.vault, stranger, copy, body)
    copy.save(force_insert=True)
    begin_again()
    _catch_up(day)
    assert _found(day, "amira", "zwickau") == [number]
    Address.objects.filter(id=stranger.id).update(key_wrapped=None)
    forget_erased(company.house.vault)
    assert _found(day, "amira", "zwickau") == []
    assert number in _found(day, "amira", "charged"), "the ticket itself stays"


async def _gone(house: House, number: int) -> None:
    while await house.database.read(SearchDoc.objects.filter(number=number).exists):  # noqa: ASYNC110 - rows do not ring
        await asyncio.sleep(0.01)


def test_whoever_is_erased_is_gone_from_the_index_in_the_next_round(
    day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = day.company.house
    monkeypatch.setattr(indexing, "EVERY", 0.02)
    whose = dict(Ticket.objects.values_list("conversation__address", "number"))
    assert len(whose) > 2

    async def run() -> None:
        stopping = asyncio.Event()
        working = asyncio.create_task(indexing.keep_indexing(house, "w", stopping))
        for address, number in list(whose.items())[:2]:  # the second is not found by the first look
            gone = Address.objects.filter(id=address)
            await house.database.run(gone.update, key_wrapped=None)
            async with asyncio.timeout(20):
                await _gone(house, number)
        stopping.set()
        await working

    asyncio.run(run())
