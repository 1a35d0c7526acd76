"""What is looked up before each sending and at each report is found by an index, however long a history is."""

from __future__ import annotations

from django.db import connection, transaction

from bot.receive import receive
from core.message import Delivery, Report
from store.boards import may_be_appearing, post_at
from store.consent import IN, OUT, has_opted_out
from store.events import Log
from store.indexing import erased
from store.models import Inbox
from store.reports import record_reports
from store.turns import Finish, lock, write
from store.withheld import is_gone
from tests.company import Company, StandingClock, Writer
from tests.plans import plans_of


def plans(company: Company) -> dict[str, str]:
    """Index to how the database does what should be done by it."""
    now, inbox = company.house.clock(), company.mail.id
    address = company.address_id("maya@customers.example")
    report = Report(delivery=Delivery.DELIVERED, provider_id="theirs")
    asks = {
        "event_seldom": lambda: (has_opted_out(address, inbox), is_gone(address, now)),
        "outbox_by_provider": lambda: record_reports(company.house.vault, inbox, [report], now),
        "address_erased": erased,
        "board_post": lambda: post_at(company.mail, "theirs"),
        "board_appearing": lambda: may_be_appearing(company.mail, "there"),
    }
    return {index: "\n".join(plans_of(ask)) for index, ask in asks.items()}


def test_each_is_found_by_its_index(company: Company) -> None:
    receive(company.house, company.mail, [Writer("maya@customers.example").mail("hello")])
    found = plans(company)
    if (
        connection.vendor == "postgresql"
    ):  # of the indexes that would do it takes any where there is next to nothing
        assert {index for index, steps in found.items() if "Seq Scan" in steps} == set(), found
    else:
        assert {index for index, steps in found.items() if index not in steps} == set(), found


def test_the_last_word_counts(company: Company, clock: StandingClock) -> None:
    maya = Writer("maya@customers.example")
    accepted = receive(company.house, company.mail, [maya.mail("hello")])[0]
    address = company.address_id("maya@customers.example")

    def say(kind: str, inbox: Inbox) -> None:
        with transaction.atomic():
            row = lock(accepted.conversation)
            finish = Finish(company.house.vault, row, clock.now, Log(row, clock.now))
            about = {"address": str(address), "inbox": str(inbox.id)}
            finish.log.add(kind, "customer", data=about)
            write(finish)

    heard = []
    for kind in (OUT, OUT, IN, OUT):
        say(kind, company.mail)
        heard.append(has_opted_out(address, company.mail.id))
    assert heard == [True, True, False, True]
    assert not has_opted_out(address, company.chat.id), "another inbox was not meant"
