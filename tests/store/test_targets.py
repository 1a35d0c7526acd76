"""A waiting ticket follows its plan: skills fall away, teams overflow, the last agent is asked first, hours count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import bulk, desk
from bot import offers as verbs
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.assignment import Available
from core.decision import Case, Guess, Priority, Routed, Target
from core.sla import Happened
from router.policy import policy_from, verdict_of
from store import presence
from store.clocks import happened
from store.duties import Held, take
from store.escalation import escalate
from store.models import (
    Calendar,
    EscalationStep,
    Event,
    QueueEntry,
    Reservation,
    SlaPolicy,
    Ticket,
    User,
)
from store.reservations import open_offers
from store.turns import claim
from tests.company import Company, StandingClock, Writer


@pytest.fixture
def held(company: Company) -> Held:
    found = take("offer", "w", timedelta(seconds=30))
    assert found is not None
    return found


def opened(company: Company, *targets: Target, name: str = "maya") -> int:
    writer = Writer(f"{name}@customers.example")
    receive(company.house, company.mail, [writer.mail("My parcel is lost", thread_keys=())])
    (got,) = claim(company.house.vault, "w", timedelta(seconds=30), 5, company.house.clock())
    base = to_triage("a test")
    routed = Routed(base.category, base.priority, "care", targets=targets)
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(company.house, got, Outcome(routed=routed, packet=packet))
    assert number is not None
    return number


def online(company: Company, user: User) -> None:
    presence.be(user, Available.ONLINE, company.house.clock())


def entry() -> QueueEntry:
    return QueueEntry.objects.select_related("team").get()


def test_skills_fall_away_and_teams_overflow_in_their_time(
    company: Company, held: Held, clock: StandingClock
) -> None:
    rings = (
        Target(0, "care", ("api", "de")),
        Target(5, "care", ("de",)),
        Target(15, "orders"),
    )
    number = opened(company, *rings)
    online(company, company.other)
    assert (entry().team, entry().skills) == (company.triage, ["api", "de"])
    clock.advance(minutes=5)
    verbs.offer_once(company.house, held)
    assert (entry().team, entry().skills) == (company.triage, ["de"])
    clock.advance(minutes=10)
    presence.beat(company.other, clock(), arrives=False)
    online(company, company.other)
    assert verbs.offer_once(company.house, held) == [number]
    assert Ticket.objects.get().team == company.orders
    assert [one.number for one in open_offers(company.other, clock())] == [number]
    moves = Event.objects.filter(kind="ticket_changed").values_list("data", flat=True)
    assert [move["after"] for move in moves] == [{"team": "orders"}]
    assert entry().look_at is None


def test_what_is_proposed_waits_for_those_who_know_it_and_then_for_everybody(
    company: Company, held: Held, clock: StandingClock
) -> None:
    rings = {"targets": [{"skills": ["{proposed}"]}, {"minutes": 10}]}
    rule = {"name": "r", "because": "So.", "when": [], "then": rings}
    guess = Guess("other", Priority.MEDIUM, "orders", proposed_skills=("api",))
    first = verdict_of(Case("the webhook fails", "en", "email"), guess)
    verdict, _, _ = policy_from({"name": "p", "rules": [rule]}).applied(first)
    number = opened(company, *verdict.targets)
    online(company, company.other)
    assert verbs.offer_once(company.house, held) == []
    assert entry().skills == ["api"], "who does not know it is not asked yet"
    clock.advance(minutes=10)
    presence.beat(company.other, clock(), arrives=False)
    online(company, company.other)
    verbs.offer_once(company.house, held)
    assert [one.number for one in open_offers(company.other, clock())] == [number]


def test_a_target_makes_what_waits_more_urgent_and_never_less(
    company: Company, held: Held, clock: StandingClock
) -> None:
    opened(
        company,
        Target(0, "care"),
        Target(5, "care", priority="high"),
        Target(9, "care", priority="low"),
    )
    before = Ticket.objects.get()
    assert (before.priority, entry().priority) == (Priority.MEDIUM, Priority.MEDIUM)
    assert "priority" not in entry().plan[0], "an earlier version reads it as before"
    for minutes, priority in ((4, Priority.MEDIUM), (1, Priority.HIGH), (5, Priority.HIGH)):
        clock.advance(minutes=minutes)
        verbs.offer_once(company.house, held)
        assert (Ticket.objects.get().priority, entry().priority) == (priority, priority)
    after = Ticket.objects.get()
    assert None not in {before.response_due, after.response_due}
    assert (after.response_due or clock()) < (before.response_due or clock())
    assert entry().due_at == after.next_due
    (moved,) = Event.objects.filter(kind="ticket_changed").values_list("data", flat=True)
    assert (moved["before"], moved["after"]) == ({"priority": 3}, {"priority": 2})


def test_the_priority_of_a_target_reached_at_once_counts_at_once(company: Company) -> None:
    opened(
        company, Target(0, "care", skip_if="nobody_online"), Target(9, "orders", priority="high")
    )
    assert (Ticket.objects.get().priority, entry().priority) == (Priority.HIGH, Priority.HIGH)


def test_a_team_that_is_not_there_is_skipped_at_once_and_comes_back(
    company: Company, held: Held, clock: StandingClock
) -> None:
    number = opened(company, Target(0, "care", skip_if="nobody_online"), Target(30, "orders"))
    assert Ticket.objects.get().team == company.orders
    online(company, company.agent)
    clock.advance(minutes=1)
    verbs.offer_once(company.house, held)
    assert Ticket.objects.get().team == company.triage
    assert [one.number for one in open_offers(company.agent, clock())] == [number]


def test_a_closed_team_is_skipped(company: Company, clock: StandingClock) -> None:
    nights = Calendar.objects.create(
        brand=company.brand, name="Nights", time_zone="UTC", spans={"1": [["20:00", "24:00"]]}
    )
    company.triage.calendar = nights
    company.triage.save()
    plan = (Target(0, "care", skip_if="closed"), Target(60, "orders"))
    opened(company, *plan)
    assert entry().team == company.orders
    clock.advance(hours=9)
    opened(company, *plan, name="lee")
    assert QueueEntry.objects.get(ticket__number=1002).team == company.triage


def test_who_helped_last_is_asked_alone_first(
    company: Company, held: Held, clock: StandingClock
) -> None:
    first = opened(company)
    online(company, company.agent)
    online(company, company.lead)
    desk.take(company.house, company.lead, first)
    desk.resolve(company.house, company.lead, first)
    second = opened(company, Target(0, "care", agent="last"), Target(2, "care"))
    assert verbs.offer_once(company.house, held) == [second]
    assert [one.number for one in open_offers(company.lead, clock())] == [second]
    (offer,) = open_offers(company.lead, clock())
    verbs.decline(company.house, company.lead, offer.id)
    assert verbs.offer_once(company.house, held) == []
    clock.advance(minutes=2)
    assert verbs.offer_once(company.house, held) == [second]
    assert [one.number for one in open_offers(company.agent, clock())] == [second]


def test_a_colleague_named_in_a_target_is_asked_alone_first(
    company: Company, held: Held, clock: StandingClock
) -> None:
    online(company, company.agent)
    online(company, company.lead)
    email = company.lead.email.upper()
    number = opened(company, Target(0, "care", agent=email), Target(2, "care"))
    assert verbs.offer_once(company.house, held) == [number]
    (offer,) = open_offers(company.lead, clock())
    verbs.decline(company.house, company.lead, offer.id)
    assert verbs.offer_once(company.house, held) == [], "until the target's time is over"
    clock.advance(minutes=2)
    assert verbs.offer_once(company.house, held) == [number]
    assert [one.number for one in open_offers(company.agent, clock())] == [number]


def test_a_colleague_who_is_away_renamed_or_gone_is_passed_over_at_once(
    company: Company, held: Held, clock: StandingClock
) -> None:
    email = company.lead.email
    plan = (Target(0, "care", agent=email), Target(30, "orders"))
    for name in ("away", "renamed", "gone"):
        if name == "renamed":
            online(company, company.lead)
            User.objects.filter(pk=company.lead.pk).update(email="otherwise@firm.example")
        if name == "gone":
            User.objects.filter(pk=company.lead.pk).update(email=email, is_active=False)
        number = opened(company, *plan, name=name)
        row = QueueEntry.objects.select_related("team").get(ticket__number=number)
        assert (row.team, row.only_id) == (company.orders, None), name
    User.objects.filter(pk=company.lead.pk).update(is_active=True)
    clock.advance(minutes=1)
    online(company, company.lead)
    verbs.offer_once(company.house, held)
    assert {row.team for row in QueueEntry.objects.select_related("team")} == {company.triage}


def test_a_plan_ends_where_somebody_takes_the_ticket(
    company: Company, held: Held, clock: StandingClock
) -> None:
    number = opened(company, Target(0, "care"), Target(5, "orders"))
    desk.take(company.house, company.agent, number)
    clock.advance(minutes=6)
    verbs.offer_once(company.house, held)
    assert Ticket.objects.get().team == company.triage
    assert not Reservation.objects.exists()


def later(company: Company, held: Held, clock: StandingClock, **amount: float) -> QueueEntry:
    clock.advance(**amount)
    verbs.offer_once(company.house, held)
    return entry()


RINGS = (Target(0, "care", ("api",)), Target(5, "care"), Target(9, "care", priority="high"))


@pytest.mark.parametrize("way", ["reclassified", "escalated"])
def test_who_moves_a_waiting_ticket_ends_its_plan(
    company: Company, held: Held, clock: StandingClock, way: str
) -> None:
    number = opened(company, *RINGS)
    assert entry().skills == ["api"]
    if way == "reclassified":
        desk.reclassify(company.house, company.lead, number, team="orders")
    else:
        EscalationStep.objects.create(
            policy=SlaPolicy.objects.get(), clock="response", at_share=0.0001, action="move_team",
            arguments={"team": "orders"},
        )  # fmt: skip
        escalate(company.house.vault, number, clock.advance(minutes=1))
    for minutes in (1, 5, 9):
        found = later(company, held, clock, minutes=minutes)
        assert (found.team, Ticket.objects.get().team) == (company.orders, company.orders), way
        assert (found.skills, found.look_at) == ([], None)
    assert Ticket.objects.get().priority == Priority.MEDIUM


def test_another_correction_leaves_the_plan(
    company: Company, held: Held, clock: StandingClock
) -> None:
    number = opened(company, *RINGS)
    desk.reclassify(company.house, company.lead, number, priority=4, category="billing")
    assert later(company, held, clock, minutes=5).skills == []
    assert later(company, held, clock, minutes=4).priority == Priority.HIGH


def test_what_waited_for_the_customer_goes_on_with_its_plan(
    company: Company, held: Held, clock: StandingClock
) -> None:
    number = opened(company, *RINGS)
    desk.wait(company.house, company.lead, number)
    assert later(company, held, clock, minutes=6).skills == ["api"], "nobody is asked meanwhile"
    ticket = Ticket.objects.select_related("policy__calendar").get()
    ticket.status = Ticket.Status.OPEN
    happened(ticket, Happened.CUSTOMER_MESSAGE, clock())
    ticket.save()
    assert later(company, held, clock, minutes=1).skills == []


def test_a_move_of_many_that_is_taken_back_brings_the_plan_back(
    company: Company, held: Held, clock: StandingClock
) -> None:
    number = opened(company, *RINGS)
    done = bulk.do(company.house, company.lead, [number], "team", "orders")
    assert later(company, held, clock, minutes=1).team == company.orders
    assert bulk.undo(company.house, company.lead, done) == 1
    found = later(company, held, clock, minutes=0)
    assert (found.team, found.skills) == (company.triage, ["api"])
    assert later(company, held, clock, minutes=4).skills == []
