"""What is looked up before each sending and at each report is found by an index, however long a history is."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from bot.receive import receive
from core.message import Delivery, Report
from store.consent import IN, OUT, has_opted_out
from store.events import Log
from store.indexing import erased
from store.models import Inbox
from store.reports import record_reports
from store.turns import Finish, lock, write
from store.withheld import is_gone
from tests.company import Company, StandingClock, Writer


def plans(company: Company) -> dict[str, str]:
    """Index to how the database does what should be done by it."""
    now, inbox = company.house.clock(), company.mail.id
    address = company.address_id("maya@customers.example")
    report = Report(delivery=Delivery.DELIVERED, provider_id="theirs")
    asks = {
        "event_seldom": lambda: (has_opted_out(address, inbox), is_gone(address, now)),
        "outbox_by_provider": lambda: record_reports(company.house.vault, inbox, [report], now),
        "address_erased": erased,
    }
    return {index: "\n".join(_explained(ask)) for index, ask in asks.items()}


def _explained(ask: Any) -> list[str]:
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT"):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    is_postgresql = connection.vendor == "postgresql"
    found = []
    with transaction.atomic(), connection.cursor() as cursor:
        if is_postgresql:
            # A handful of rows is always read whole there, unless it may not.
            cursor.execute("SET LOCAL enable_seqscan = off")
        for sql, params in asked:
            # With the parameters bound as in use: written out, SQLite sees more than it does then.
            cursor.execute(f"{'EXPLAIN' if is_postgresql else 'EXPLAIN QUERY PLAN'} {sql}", params)
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


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
