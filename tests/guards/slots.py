"""The guards of attached services: nothing leaves unasked, nor about whom nobody vouches for, nor into our own network. How guards are tried is `run`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.guards.guards import Guard, put

SLOTS = "tests/web/desk/test_slots.py::test_"


def _off() -> None:
    from store.models import Slot

    def any_slot(brand: UUID, kind: Slot.Kind) -> Slot | None:
        return Slot.objects.filter(brand=brand, kind=kind).first()

    put("bot.slots", "active_slot", any_slot)


def _vouched() -> None:
    put("bot.slot_answers", "is_vouched_for", lambda address: True)


def _network() -> None:
    put("core.outside", "is_public", lambda address: True)


def _links() -> None:
    put("bot.slot_answers", "_is_safe", lambda url: True)


def _cards() -> None:
    def as_it_is(text: str) -> str:
        return text

    put("core.redaction", "redact", as_it_is)


def _whose() -> None:
    from store.models import Ticket

    put("bot.permissions", "tickets_of", lambda user: Ticket.objects.all())


def guard(name: str, remove: Any, *tests: str) -> Guard:
    return Guard(name, remove, tuple(f"{SLOTS}{test}" for test in tests))


GUARDS = (
    guard("services are off", _off, "nothing_is_asked_until_an_admin_switches_it_on"),
    guard(
        "about whom a service is asked",
        _vouched,
        "an_address_for_which_nobody_vouches_is_not_asked_about",
    ),
    guard(
        "services beyond our own network",
        _network,
        "our_own_network_is_never_asked_unless_the_configuration_names_it",
    ),
    guard(
        "links of a service",
        _links,
        "the_crm_is_asked_once_with_proven_addresses_and_its_links_are_checked",
    ),
    guard(
        "card numbers stay here",
        _cards,
        "words_are_translated_when_somebody_asks_without_card_numbers",
    ),
    guard(
        "whose ticket a service is asked about", _whose, "only_who_works_the_ticket_sees_and_sends"
    ),
)
