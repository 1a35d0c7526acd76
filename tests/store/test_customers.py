"""Customers over real tables: joined by evidence, undone without a trace, never two accounts of one website."""

from __future__ import annotations

import random
from itertools import combinations
from uuid import UUID

import pytest
from django.db import transaction

from bot import desk
from bot.handoff import packet_of, to_triage
from bot.receive import receive
from bot.reply import Outcome, finish_turn
from core.customer import Evidence
from core.errors import Conflict, NotAllowed, NotFound, TwoAccounts
from core.message import AddressKind, Sender, Verified
from store.addresses import address_of
from store.audit import verify
from store.customers import are_one, customer_of, person_of, tie, untie
from store.models import Address, AddressLink, Customer, Event, Tie
from store.turns import claim
from tests.company import Company, StandingClock, Writer
from tests.concurrency import together
from tests.store.test_tickets import LEASE


def an_address(company: Company, value: str, kind: AddressKind = AddressKind.EMAIL) -> Address:
    sender = Sender(kind, value, Verified.NO)
    with transaction.atomic():
        return address_of(company.house.vault, company.mail, sender, company.house.clock())


def an_account(company: Company, name: str, website: str = "shop") -> Address:
    return an_address(company, f"{website}/{name}", AddressKind.ACCOUNT)


def tied(company: Company, one: Address, other: Address, kind: Evidence, by: object = None) -> bool:
    now = company.house.clock()
    return tie(company.house.vault, one, other, kind, now, by)  # type: ignore[arg-type]


def whose() -> dict[UUID, tuple[UUID, str]]:
    """Every address's customer and the evidence for it, as the tables say."""
    links = AddressLink.objects.filter(undone_at=None)
    return {link.address_id: (link.customer_id, link.evidence) for link in links}


def a_ticket(company: Company, address: str) -> int:
    receive(company.house, company.mail, [Writer(address).mail("Help")])
    (got,) = claim(company.house.vault, "w", LEASE, 5, company.house.clock())
    packet = packet_of(got, None, None, {"reason": "bot_failed"})
    number = finish_turn(company.house, got, Outcome(routed=to_triage("a test"), packet=packet))
    assert number is not None
    return number


def test_strong_evidence_makes_one_customer_and_undoing_it_two_again(company: Company) -> None:
    maya, browser = an_account(company, "42"), an_address(company, "v1", AddressKind.VISITOR)
    before = whose()
    assert tied(company, maya, browser, Evidence.SIGNED)
    assert not tied(company, browser, maya, Evidence.SIGNED), "known already"
    assert are_one(maya.id, browser.id)
    assert customer_of(maya.id) == customer_of(browser.id)
    untie(Tie.objects.get().id, company.house.clock(), company.agent)
    assert whose() == before
    assert Customer.objects.count() == 2
    assert AddressLink.objects.filter(undone_at__isnull=False).count() == 2, "its history stays"


def test_weak_evidence_is_shown_and_joins_nobody_until_a_colleague_agrees(
    company: Company,
) -> None:
    one, other = an_address(company, "a@x.example"), an_address(company, "b@x.example")
    tied(company, one, other, Evidence.MAIL)
    person = person_of(company.house.vault, one)
    assert [known.id for known in person.addresses] == [one.id]
    assert [(seen.kind, seen.joins) for seen in person.evidence] == [(Evidence.MAIL, False)]
    tied(company, one, other, Evidence.AGENT, company.agent)
    person = person_of(company.house.vault, one)
    assert {known.id for known in person.addresses} == {one.id, other.id}
    assert all(seen.joins for seen in person.evidence)


def test_any_walk_of_joining_and_undoing_ends_where_the_live_evidence_says(
    company: Company, clock: StandingClock
) -> None:
    """The same ties made in another order and way round, with others made and undone between, give the same links."""
    addresses = [an_address(company, f"p{number}@x.example") for number in range(6)]
    pairs = list(combinations(addresses, 2))
    untouched = whose()
    chance = random.Random(20270302)
    seen: dict[frozenset[tuple[UUID, UUID]], set[tuple[UUID, UUID]]] = {}
    for _ in range(60):
        clock.advance(seconds=1)
        live = list(Tie.objects.filter(undone_at=None))
        if live and chance.random() < 0.45:
            untie(chance.choice(live).id, clock(), company.agent)
        else:
            tied(company, *chance.choice(pairs), Evidence.AGENT, company.agent)
        key = frozenset(Tie.objects.filter(undone_at=None).values_list("one", "other"))
        links = {(address, customer) for address, (customer, _) in whose().items()}
        assert seen.setdefault(key, links) == links
        assert len(links) == len(addresses), "each belongs to exactly one"
    for row in Tie.objects.filter(undone_at=None):
        untie(row.id, clock(), company.agent)
    assert whose() == untouched


def test_two_accounts_of_one_website_are_never_one_customer(company: Company) -> None:
    maya, mallory = an_account(company, "42"), an_account(company, "43")
    browser = an_address(company, "v1", AddressKind.VISITOR)
    tied(company, maya, browser, Evidence.SIGNED)
    for kind, by in ((Evidence.SIGNED, None), (Evidence.AGENT, company.admin)):
        with pytest.raises(TwoAccounts):
            tied(company, mallory, browser, kind, by)
    assert not are_one(mallory.id, maya.id)
    assert Tie.objects.count() == 1
    elsewhere = an_account(company, "43", "forum")
    assert tied(company, elsewhere, browser, Evidence.SIGNED), "another website's account may join"


def test_two_rights_at_once_do_not_make_a_wrong(company: Company) -> None:
    """One browser and two accounts, told at the same moment: one of them is refused."""
    for number in range(4):
        browser = an_address(company, f"v{number}", AddressKind.VISITOR)
        accounts = [an_account(company, f"{number}a"), an_account(company, f"{number}b")]
        results = together(
            [
                lambda account=account, browser=browser: tied(  # type: ignore[misc]
                    company, account, browser, Evidence.SIGNED
                )
                for account in accounts
            ]
        )
        assert sorted(type(result).__name__ for result in results) == ["TwoAccounts", "bool"]
        assert not are_one(accounts[0].id, accounts[1].id)


def test_what_a_colleague_took_back_only_a_colleague_may_say_again(company: Company) -> None:
    maya, browser = an_account(company, "42"), an_address(company, "v1", AddressKind.VISITOR)
    tied(company, maya, browser, Evidence.SIGNED)
    untie(Tie.objects.get().id, company.house.clock(), company.agent)
    with pytest.raises(Conflict):
        tied(company, maya, browser, Evidence.SIGNED)
    assert not are_one(maya.id, browser.id)
    company.house.clock.advance(minutes=1)  # type: ignore[attr-defined]
    assert tied(company, maya, browser, Evidence.AGENT, company.other)
    assert tied(company, maya, browser, Evidence.SIGNED), "now the machine may too"


def test_colleagues_join_and_part_customers_and_the_thread_says_so(company: Company) -> None:
    first, second = a_ticket(company, "a@x.example"), a_ticket(company, "b@x.example")
    desk.link(company.house, company.agent, first, second)
    with pytest.raises(Conflict):
        desk.link(company.house, company.agent, first, second)
    one = Address.objects.get(id=company.address_id("a@x.example"))
    [seen] = person_of(company.house.vault, one).evidence
    assert (seen.kind, seen.by, seen.joins) == (Evidence.AGENT, company.agent.name, True)
    desk.unlink(company.house, company.agent, first, seen.id)
    assert not are_one(one.id, company.address_id("b@x.example"))
    kinds = ("customer_linked", "customer_unlinked")
    told = Event.objects.filter(kind__in=kinds).order_by("id")
    assert [event.kind for event in told] == list(kinds)
    assert not any(event.public_seq for event in told)
    assert verify()[1] is None


def test_nobody_links_a_ticket_that_they_may_not_see_or_evidence_about_others(
    company: Company,
) -> None:
    first, second = a_ticket(company, "a@x.example"), a_ticket(company, "b@x.example")
    desk.reclassify(company.house, company.agent, second, team="orders")
    with pytest.raises(NotFound):
        desk.link(company.house, company.agent, first, second)
    strangers = an_address(company, "c@x.example"), an_address(company, "d@x.example")
    tied(company, *strangers, Evidence.MAIL)
    for deed in (desk.unlink, desk.confirm):
        with pytest.raises(NotFound):
            deed(company.house, company.agent, first, Tie.objects.get().id)
    auditor = company.other
    auditor.role = "auditor"
    with pytest.raises(NotAllowed):
        desk.link(company.house, auditor, first, second)
