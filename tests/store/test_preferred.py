"""A customer's own agent: asked alone first where a rule says so, kept while customers are joined and parted, gone with the customer's data."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import desk
from bot import offers as verbs
from bot.preferred import prefer_agent
from core.customer import Evidence
from core.decision import Target
from core.errors import NotAllowed, NotFound
from store.audit import verify
from store.customers import customer_of
from store.duties import Held, take
from store.erased import erase_again, erased_list
from store.models import Address, AuditEntry, Customer, Event, QueueEntry, Tie, User
from store.preferred import preferred_agent, preferred_email
from store.reservations import open_offers
from tests.company import Company, StandingClock
from tests.store.test_customers import a_ticket, tied
from tests.store.test_targets import online, opened


@pytest.fixture
def held(company: Company) -> Held:
    found = take("offer", "w", timedelta(seconds=30))
    assert found is not None
    return found


def own(company: Company, name: str) -> str:
    """Mail address of the own agent of who writes from there; empty without one."""
    found = preferred_agent(company.address_id(f"{name}@customers.example"))
    return found.user.email if found else ""


def ask(company: Company, name: str, agent: User | None) -> int:
    number = a_ticket(company, f"{name}@customers.example")
    prefer_agent(company.house, company.agent, number, agent.email.upper() if agent else "")
    return number


def test_the_customers_own_agent_is_asked_alone_first(
    company: Company, held: Held, clock: StandingClock
) -> None:
    first = ask(company, "maya", company.lead)
    desk.take(company.house, company.agent, first)
    desk.resolve(company.house, company.agent, first)
    online(company, company.agent)
    online(company, company.lead)
    plan = (Target(0, "care", agent="preferred"), Target(2, "care"))
    number = opened(company, *plan)
    assert verbs.offer_once(company.house, held) == [number]
    (offer,) = open_offers(company.lead, clock())
    verbs.decline(company.house, company.lead, offer.id)
    assert verbs.offer_once(company.house, held) == [], "until the target's time is over"
    clock.advance(minutes=2)
    assert verbs.offer_once(company.house, held) == [number]
    assert [one.number for one in open_offers(company.agent, clock())] == [number]


def test_without_an_own_agent_or_without_them_there_the_next_target_counts_at_once(
    company: Company,
) -> None:
    plan = (Target(0, "care", agent="preferred"), Target(2, "orders"))
    ask(company, "away", company.lead)
    for name in ("nobody", "away"):
        number = opened(company, *plan, name=name)
        row = QueueEntry.objects.select_related("team").get(ticket__number=number)
        assert (row.team, row.only_id) == (company.orders, None), name


def test_it_is_set_and_taken_away_audited_by_those_who_work_tickets(company: Company) -> None:
    number = ask(company, "maya", company.lead)
    conversation = Event.objects.filter(kind="customer_agent").values_list("conversation")[0][0]
    assert preferred_email(conversation) == own(company, "maya") == company.lead.email
    with pytest.raises(NotFound, match="nobody@acme"):
        prefer_agent(company.house, company.agent, number, "nobody@acme.example")
    auditor = User.objects.create(email="au@acme.example", name="Au", role=User.Role.AUDITOR)
    with pytest.raises(NotAllowed):
        prefer_agent(company.house, auditor, number, company.lead.email)
    foreign = a_ticket(company, "lee@customers.example")
    desk.reclassify(company.house, company.agent, foreign, team="orders")
    with pytest.raises(NotFound):
        prefer_agent(company.house, company.agent, foreign, company.lead.email)
    prefer_agent(company.house, company.agent, number, "")
    assert own(company, "maya") == ""
    told = Event.objects.filter(kind="customer_agent").order_by("id")
    changes = [(one.data["before"], one.data["after"]) for one in told]
    assert changes == [("", company.lead.name), (company.lead.name, "")]
    assert not any(one.public_seq for one in told)
    rows = AuditEntry.objects.filter(action="ticket.prefer_agent", subject=f"ticket:{number}")
    assert [row.actor for row in rows] == 2 * [f"user:{company.agent.id}"]
    assert verify()[1] is None


def test_who_has_left_is_nobodys_own_agent(company: Company) -> None:
    number = ask(company, "maya", company.lead)
    company.lead.is_active = False
    company.lead.save()
    assert own(company, "maya") == ""
    with pytest.raises(NotFound):
        prefer_agent(company.house, company.agent, number, company.lead.email)


def test_joining_customers_keeps_it_and_parting_brings_each_their_own_again(
    company: Company,
) -> None:
    a_ticket(company, "ben@customers.example")
    ask(company, "maya", company.lead)
    maya, ben = (
        Address.objects.get(id=company.address_id(f"{name}@customers.example"))
        for name in ("maya", "ben")
    )
    Customer.objects.filter(addresslink__address=ben).update(tier="vip")
    assert tied(company, maya, ben, Evidence.AGENT, company.agent)
    assert customer_of(maya.id) == customer_of(ben.id), "who is vip stands for both"
    assert own(company, "maya") == own(company, "ben") == company.lead.email
    desk.unlink(company.house, company.agent, 1001, Tie.objects.get().id)
    assert (own(company, "maya"), own(company, "ben")) == (company.lead.email, "")


def test_of_two_that_become_one_the_older_ones_counts_and_none_is_left_when_it_is_taken_away(
    company: Company, clock: StandingClock
) -> None:
    ask(company, "maya", company.lead)
    clock.advance(minutes=1)
    number = ask(company, "ben", company.agent)
    maya, ben = (
        Address.objects.get(id=company.address_id(f"{name}@customers.example"))
        for name in ("maya", "ben")
    )
    assert tied(company, maya, ben, Evidence.AGENT, company.agent)
    assert own(company, "ben") == own(company, "maya") == company.lead.email, "the older one's"
    prefer_agent(company.house, company.agent, number, "")
    assert own(company, "ben") == own(company, "maya") == ""


def test_it_goes_with_the_customers_data(company: Company) -> None:
    number = ask(company, "maya", company.lead)
    address = Address.objects.get(id=company.address_id("maya@customers.example"))
    key = address.key_wrapped
    Address.objects.filter(id=address.id).update(key_wrapped=None)
    gone = erased_list(company.house.vault)
    assert own(company, "maya") == ""
    with pytest.raises(NotFound):
        prefer_agent(company.house, company.agent, number, company.lead.email)
    Address.objects.filter(id=address.id).update(key_wrapped=key)
    assert erase_again(company.house.vault, gone) == 1
    assert not Customer.objects.exclude(preferred=None).exists()
