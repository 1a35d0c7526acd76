"""A waiting ticket stands in its queue by the first promise that it is still owed, broken or not, whatever happens to it meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot import desk
from bot import offers as verbs
from bot.receive import receive
from core.assignment import Available
from store import presence
from store.duties import Held, take
from store.escalation import escalate
from store.models import EscalationStep, QueueEntry, SlaPolicy, Ticket
from store.reservations import open_offers
from store.watching import record_breach
from tests.company import Company, StandingClock, Writer
from tests.store.test_offers import make_ticket


@pytest.fixture
def held(company: Company) -> Held:
    found = take("offer", "w", timedelta(seconds=30))
    assert found is not None
    return found


def due(number: int) -> datetime | None:
    return QueueEntry.objects.values_list("due_at", flat=True).get(ticket__number=number)


def offered_next(company: Company, held: Held) -> int:
    """Whom the agent, who has just come, is offered."""
    presence.be(company.agent, Available.ONLINE, company.house.clock())
    verbs.offer_once(company.house, held)
    (one,) = open_offers(company.agent, company.house.clock())
    return one.number


@pytest.mark.parametrize("meanwhile", ["a note", "a step", "another category", "nothing"])
def test_what_is_late_stays_first_whatever_happens_to_it(
    company: Company, held: Held, clock: StandingClock, meanwhile: str
) -> None:
    late = make_ticket(company)
    promised = due(late)
    clock.advance(hours=20)
    soon = make_ticket(company, "lee")
    clock.advance(hours=5)
    record_breach(late, clock())
    match meanwhile:
        case "a note":
            desk.note(company.house, company.lead, late, "we are short of people")
        case "another category":
            desk.reclassify(company.house, company.lead, late, category="billing")
        case "a step":
            EscalationStep.objects.create(
                policy=SlaPolicy.objects.get(), clock="response", at_share=1.0, action="notify"
            )
            assert escalate(company.house.vault, late, clock())
    assert promised is not None
    assert due(late) == promised < clock() < (due(soon) or clock())
    assert offered_next(company, held) == late


def test_who_writes_again_stands_by_the_reply_that_they_are_owed(
    company: Company, clock: StandingClock
) -> None:
    maya = Writer()
    number = make_ticket(company)
    desk.take(company.house, company.agent, number)
    desk.reply(company.house, company.agent, number, "We look into it.")
    desk.release(company.house, company.agent, number)
    ticket = Ticket.objects.get()
    assert due(number) == ticket.resolution_due, "nothing else is owed"
    clock.advance(hours=1)
    again = maya.mail("Is there any news?", thread_keys=(f"ticket:{number}",))
    receive(company.house, company.mail, [again])
    ticket.refresh_from_db()
    assert due(number) == ticket.next_due == clock() + timedelta(hours=24)


def test_what_waited_for_the_customer_has_its_place_again_when_they_write(
    company: Company, clock: StandingClock
) -> None:
    number = make_ticket(company)
    promised = due(number)
    assert promised is not None
    desk.wait(company.house, company.lead, number)
    assert due(number) is None
    clock.advance(hours=3)
    answer = Writer().mail("Here is the number.", thread_keys=(f"ticket:{number}",))
    receive(company.house, company.mail, [answer])
    assert Ticket.objects.get().status == Ticket.Status.OPEN
    assert due(number) == promised + timedelta(hours=3)
