"""Tickets as people work on them: fences, versions, one survey, one warning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import desk
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from bot.watch import watch_once
from core.errors import ClaimLost, Conflict, IllegalTransition, NotAllowed, NotFound
from core.message import Reply
from store.audit import verify
from store.bodies import open_json
from store.claims import Claimed
from store.events import public_after
from store.models import (
    AuditEntry,
    Conversation,
    Decision,
    Event,
    OutboxRow,
    QueueEntry,
    Survey,
    Ticket,
)
from store.turns import claim
from tests.company import Company, StandingClock, Writer
from tests.concurrency import together

LEASE = timedelta(seconds=30)


def claimed(company: Company) -> Claimed:
    (got,) = claim(company.house.vault, "w", LEASE, 5, company.house.clock())
    return got


@pytest.fixture
def maya(company: Company) -> Writer:
    writer = Writer()
    receive(company.house, company.mail, [writer.mail("My parcel is lost", subject="Parcel")])
    return writer


@pytest.fixture
def number(company: Company, maya: Writer) -> int:
    """A ticket in the queue of the triage team."""
    got = claimed(company)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    opened = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert opened is not None
    return opened


def row() -> Conversation:
    return Conversation.objects.get()


def test_a_ticket_comes_with_decision_clocks_packet_and_queue_entry(
    company: Company, number: int
) -> None:
    ticket = Ticket.objects.select_related("decision", "conversation__address").get(number=number)
    now = company.house.clock()
    assert (ticket.number, ticket.team, ticket.priority) == (1001, company.triage, 3)
    assert ticket.response_due == now + timedelta(hours=24)
    assert ticket.resolution_due == now + timedelta(days=5)
    assert QueueEntry.objects.get().due_at == ticket.next_due == ticket.response_due
    address = ticket.conversation.address
    packet = open_json(
        company.house.vault, address, f"ticket.packet:{ticket.id}", bytes(ticket.packet_cipher)
    )
    assert packet["wants"] == {"seq": 1, "text": "My parcel is lost"}
    assert packet["open_question"] == {"seq": 1, "text": "My parcel is lost"}
    assert Decision.objects.get().abstained
    assert row().speaker == Conversation.Speaker.QUEUE
    kinds = [e.data["type"] for e in public_after(company.house.vault, row().id, 0)]
    assert kinds == ["message", "ticket_opened", "speaker_changed", "message"]


def test_numbers_are_handed_out_once_by_eight_workers(company: Company) -> None:
    mails = [Writer(f"{n}@customers.example").mail("lost") for n in range(8)]
    receive(company.house, company.mail, mails)
    got = claim(company.house.vault, "w", LEASE, 8, company.house.clock())
    outcome = Outcome(routed=to_triage("a test"), packet={})
    numbers = together(
        [lambda item=item: finish_turn(company.house, item, outcome) for item in got]
    )
    assert sorted(numbers) == list(range(1001, 1009))  # type: ignore[type-var]


def test_taking_gives_one_person_the_word(company: Company, number: int) -> None:
    desk.take(company.house, company.agent, number)
    assert (row().speaker, row().speaker_user) == (Conversation.Speaker.PERSON, company.agent)
    assert not QueueEntry.objects.exists()
    with pytest.raises(Conflict):
        desk.take(company.house, company.other, number)
    desk.take(company.house, company.lead, number)
    assert row().speaker_user == company.lead, "a lead may take over"


def test_a_ticket_of_another_team_is_as_if_it_did_not_exist(company: Company, number: int) -> None:
    desk.reclassify(company.house, company.lead, number, team="orders")
    for absent in (number, 9_999):
        with pytest.raises(NotFound):
            desk.take(company.house, company.agent, absent)
        with pytest.raises(NotFound):
            desk.note(company.house, company.agent, absent, "curious")
    company.other.role = company.other.Role.AUTHOR
    with pytest.raises(NotAllowed):
        desk.take(company.house, company.other, number)


def test_of_two_who_take_at_once_one_is_told_that_it_is_taken(
    company: Company, number: int
) -> None:
    company.other.agent.teams.add(company.triage, through_defaults={})
    people = [company.agent, company.other]
    results = together([lambda who=who: desk.take(company.house, who, number) for who in people])
    assert sorted(type(item).__name__ for item in results) == ["Conflict", "NoneType"]


def test_only_the_speaker_replies_and_the_customer_gets_it(company: Company, number: int) -> None:
    with pytest.raises(IllegalTransition):
        desk.reply(company.house, company.agent, number, "hello")
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "It is at the depot.")
    assert company.texts("agent") == ["It is at the depot."]
    outbox = OutboxRow.objects.order_by("-id")[0]
    assert (outbox.state, outbox.address_id) == (OutboxRow.State.WAITING, row().address_id)
    assert Ticket.objects.get().first_response_at == company.house.clock()
    event = public_after(company.house.vault, row().id, 0)[-1]
    assert (event.data["from"], event.data["author"]) == ("agent", "Agent")


def test_a_note_is_for_colleagues_only(company: Company, number: int) -> None:
    before = len(public_after(company.house.vault, row().id, 0))
    sent = OutboxRow.objects.count()
    desk.note(company.house, company.agent, number, "He called before.")
    assert len(public_after(company.house.vault, row().id, 0)) == before
    assert OutboxRow.objects.count() == sent
    assert Event.objects.get(kind="note").public_seq is None


def test_releasing_puts_it_back_and_silences_the_former_speaker(
    company: Company, number: int
) -> None:
    desk.take(company.house, company.agent, number)
    desk.release(company.house, company.agent, number)
    assert row().speaker == Conversation.Speaker.QUEUE
    assert QueueEntry.objects.count() == 1
    with pytest.raises(IllegalTransition):
        desk.reply(company.house, company.agent, number, "still me")


def test_a_stale_screen_overwrites_nothing(company: Company, number: int) -> None:
    version = Ticket.objects.get().version
    desk.take(company.house, company.agent, number, version)
    with pytest.raises(Conflict):
        desk.reclassify(company.house, company.lead, number, priority=1, version=version)
    assert Ticket.objects.get().priority == 3


def test_eight_changes_at_once_are_all_counted(company: Company, number: int) -> None:
    version = Ticket.objects.get().version
    results = together(
        [lambda n=n: desk.note(company.house, company.agent, number, f"note {n}") for n in range(8)]
    )
    assert not [item for item in results if isinstance(item, BaseException)]
    assert Ticket.objects.get().version == version + 8
    seqs = Event.objects.filter(kind="note").values_list("seq", flat=True)
    assert len(set(seqs)) == 8


def test_a_new_priority_moves_the_clocks_and_the_queue(company: Company, number: int) -> None:
    desk.reclassify(company.house, company.agent, number, priority=1, team="orders")
    ticket = Ticket.objects.get()
    assert ticket.response_due == ticket.opened_at + timedelta(hours=1)
    assert (QueueEntry.objects.get().team, QueueEntry.objects.get().priority) == (company.orders, 1)


def test_waiting_for_the_customer_rests_the_clocks_until_they_write(
    company: Company, number: int, maya: Writer, clock: StandingClock
) -> None:
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "Which parcel?", waits=True)
    due = Ticket.objects.get().resolution_due
    clock.advance(hours=5)
    watch_once(company.house)
    receive(company.house, company.mail, [maya.mail("The blue one")])
    ticket = Ticket.objects.get()
    assert ticket.status == Ticket.Status.OPEN
    assert due is None or ticket.resolution_due == due + timedelta(hours=5)
    assert row().wants_turn_at is None, "a person is speaking: the bot stays silent"


def test_a_message_that_took_its_time_before_the_ticket_was_opened_is_accepted_after_it(
    company: Company, number: int, maya: Writer, clock: StandingClock
) -> None:
    """Web reads the clock, then waits for the transaction in which a worker opens the ticket."""
    opened = Ticket.objects.get().clock
    clock.advance(seconds=-2)
    receive(company.house, company.mail, [maya.mail("one thing more")])
    ticket = Ticket.objects.get()
    assert [event["what"] for event in ticket.clock][-1] == "customer_message"
    assert ticket.clock[-1]["at"] == opened[-1]["at"]
    watch_once(company.house)


def test_resolving_asks_once_and_the_answer_is_on_the_ticket(
    company: Company, number: int, maya: Writer
) -> None:
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    with pytest.raises(IllegalTransition):
        desk.resolve(company.house, company.agent, number)
    assert company.texts("system")[0].startswith("How did we do?")
    receive(company.house, company.mail, [maya.mail("5")])
    finish_turn(company.house, claimed(company), Outcome(rating=5))
    assert (Ticket.objects.get().rating, Survey.objects.get().rating) == (5, 5)
    desk.reopen(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    assert Survey.objects.count() == len(company.texts("system")) == 1


def test_a_customer_who_writes_again_reopens_and_reaches_the_same_person(
    company: Company, number: int, maya: Writer
) -> None:
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    receive(company.house, company.mail, [maya.mail("It is lost again")])
    finish_turn(company.house, claimed(company), Outcome(reopens=True))
    ticket = Ticket.objects.get()
    assert (ticket.status, ticket.resolved_at) == (Ticket.Status.OPEN, None)
    assert (row().speaker, row().speaker_user) == (Conversation.Speaker.PERSON, company.agent)
    assert row().status == Conversation.Status.OPEN


def test_a_bot_turn_is_void_when_an_agent_reopened_meanwhile(
    company: Company, number: int, maya: Writer
) -> None:
    desk.take(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    receive(company.house, company.mail, [maya.mail("thanks")])
    turn = claimed(company)
    desk.reopen(company.house, company.agent, number)
    with pytest.raises(ClaimLost):
        finish_turn(company.house, turn, Outcome((Reply("You are welcome."),)))
    assert "You are welcome." not in company.texts("bot")


def test_a_breach_is_told_once_on_time_and_again_only_for_another_clock(
    company: Company, number: int, clock: StandingClock
) -> None:
    clock.advance(hours=23, minutes=59)
    watch_once(company.house)
    assert not Event.objects.filter(kind="sla_breached").exists()
    clock.advance(minutes=2)
    for _ in range(3):
        watch_once(company.house)
        clock.advance(seconds=5)
    assert [e.data["clock"] for e in Event.objects.filter(kind="sla_breached")] == ["response"]
    clock.advance(days=5)
    watch_once(company.house)
    watch_once(company.house)
    clocks = [e.data["clock"] for e in Event.objects.filter(kind="sla_breached").order_by("id")]
    assert clocks == ["response", "resolution"]


def test_two_watchers_tell_once(company: Company, number: int, clock: StandingClock) -> None:
    clock.advance(hours=25)
    together([lambda: watch_once(company.house) for _ in range(4)])
    assert Event.objects.filter(kind="sla_breached").count() == 1


def test_each_deed_leaves_one_audit_entry(company: Company, number: int) -> None:
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "hello")
    with pytest.raises(IllegalTransition):
        desk.reopen(company.house, company.agent, number)
    desk.resolve(company.house, company.agent, number)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["ticket.take", "ticket.reply", "ticket.resolve"]
    assert verify() == (3, None)
