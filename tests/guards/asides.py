"""The guards of side conversations: never the customer's, only whose ticket it is, once. How guards are tried is `run`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.guards.guards import Guard, put

ASIDES = "tests/bot/test_asides.py::test_"
FILES = "tests/bot/test_aside_files.py::test_"
SWEEP = "tests/bot/test_sweep.py::test_"


def _beside() -> None:
    put("store.aside_post", "aside_named", lambda vault, inbox, inbound: None)


def _public() -> None:
    from store import asides
    from store.models import Aside

    def told(log: Any, kind: str, actor: str, aside: Aside, what: str = "") -> None:
        log.add(kind, actor, is_public=True, data={"aside": str(aside.id), "what": what})

    put("store.asides", "tell", told)
    assert asides.tell is told


def _scope() -> None:
    from store.models import Ticket

    put("bot.permissions", "tickets_of", lambda user: Ticket.objects.all())


def _customer() -> None:
    put("store.asides", "is_customers", lambda vault, conversation, to: False)


def _once() -> None:
    from store.models import InboxRow

    def always(vault: Any, inbox: Any, external_id: str, now: datetime) -> InboxRow:
        return InboxRow(inbox=inbox, lookup=b"", content=b"", received_at=now)

    put("store.boards", "first_time", always)


def _asked() -> None:
    from store.models import AsideKey

    def by_name_alone(vault: Any, inbox: Any, inbound: Any) -> Any:
        lookups = [vault.lookup("thread", key) for key in inbound.thread_keys]
        rows = AsideKey.objects.filter(inbox=inbox, lookup__in=lookups)
        return rows.values_list("aside", flat=True).first()

    put("store.aside_post", "aside_named", by_name_alone)


def _carried() -> None:
    put("bot.asides", "must_carry", lambda channel, files: None)


def _part() -> None:
    from store.aside_post import going
    from store.models import AsideMessage

    def whichever(vault: Any, message: Any, part: int) -> Any:
        return going(vault, message, AsideMessage.objects.values_list("part", flat=True)[0])

    put("bot.aside_post", "going", whichever)


def _named() -> None:
    put("store.named_files", "_sealed", lambda vault, passed_over: iter(()))


def _age() -> None:
    put("bot.sweep", "OLD", -timedelta(days=1))


GUARDS = (
    Guard(
        "an answer beside a ticket is no customer's",
        _beside,
        (f"{ASIDES}a_supplier_is_asked_and_answers_beside_the_ticket",),
    ),
    Guard(
        "what is beside a ticket is not the customer's",
        _public,
        (f"{ASIDES}the_customer_sees_none_of_it",),
    ),
    Guard(
        "whose side conversation it is",
        _scope,
        (f"{ASIDES}who_may_not_see_the_ticket_sees_and_does_nothing",),
    ),
    Guard("nobody asks the customer", _customer, (f"{ASIDES}the_customer_is_never_asked",)),
    Guard("an answer beside a ticket once", _once, (f"{ASIDES}what_comes_twice_is_kept_once",)),
    Guard(
        "who answers was asked",
        _asked,
        (f"{ASIDES}an_answer_is_known_by_our_message_only_from_who_was_asked",),
    ),
    Guard(
        "what is sent beside a ticket is carried there",
        _carried,
        (f"{FILES}what_the_channel_does_not_carry_is_refused_before_it_is_said",),
    ),
    Guard(
        "a part of what is sent beside a ticket once",
        _part,
        (f"{FILES}where_files_stand_alone_each_is_sent_once_after_the_words",),
    ),
    Guard(
        "a file that is named stays",
        _named,
        (f"{SWEEP}what_a_row_names_stays_and_litter_beside_it_goes",),
    ),
    Guard("a file waits for its row", _age, (f"{SWEEP}what_was_written_lately_waits_for_its_row",)),
)
