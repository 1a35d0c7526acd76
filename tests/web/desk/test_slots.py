"""Attached services: off until an admin switches them on, asked with as little as possible, believed in nothing but plain fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import time_machine

from bot import slot_answers, slots
from bot.house import House
from core.errors import (
    Failed,
    IllegalTransition,
    MalformedPayload,
    NotAllowed,
    NotFound,
    TemporaryFailure,
)
from store.models import Address, AuditEntry, Conversation, Slot
from tests.fakes.serving import serving
from tests.fakes.slot import FakeService
from tests.web.desk.conftest import Day
from web import house as web_house

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def service(day: Day) -> Iterator[FakeService]:
    """A service inside our own network, which the configuration permits; the time of day is the company's."""
    house = day.company.house
    web = house.settings.web.model_copy(update={"inside_hosts": ["127.0.0.1"]})
    day.company.house = replace(house, settings=house.settings.model_copy(update={"web": web}))
    web_house.use(day.company.house)
    slot_answers.memory.clear()
    fake = FakeService()
    with serving(fake.app) as url, time_machine.travel(day.company.clock.now, tick=False):
        fake.url = f"{url}/slot"
        yield fake


def _attach(day: Day, service: FakeService, kind: str, *, on: bool = True) -> Slot:
    made = slots.attach(_house(day), day.company.users["ada"], kind, service.url, on)
    service.secrets += [made.secret] if made.secret else []
    return made.row


def _house(day: Day) -> House:
    return day.company.house


def _fields(day: Day, login: str = "amira") -> list[tuple[str, str, str]] | None:
    user = day.company.users[login]
    found = slot_answers.customer_fields(_house(day), user, day.made["maya"])
    return None if found is None else [(one.label, one.value, one.url) for one in found]


def _entries(prefix: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action__startswith=prefix).order_by("id"))


def test_nothing_is_asked_until_an_admin_switches_it_on(day: Day, service: FakeService) -> None:
    amira, number = day.company.users["amira"], day.made["maya"]
    assert _fields(day) is None
    with pytest.raises(IllegalTransition):
        slot_answers.translated(_house(day), amira, number, "Hello", "de")
    _attach(day, service, "customer", on=False)
    _attach(day, service, "translation", on=False)
    assert _fields(day) is None
    with pytest.raises(IllegalTransition):
        slot_answers.translated(_house(day), amira, number, "Hello", "de")
    assert service.asked == []
    for login in ("amira", "ruth", "otto", "ines"):
        user = day.company.users[login]
        with pytest.raises(NotAllowed):
            slots.attach(_house(day), user, "customer", service.url, True)
        with pytest.raises(NotAllowed):
            slots.detach(_house(day), user, "customer")


def test_the_crm_is_asked_once_with_proven_addresses_and_its_links_are_checked(
    day: Day, service: FakeService
) -> None:
    _attach(day, service, "customer")
    told = [("Plan", "Gold", "https://crm.example/c/7"), ("Since", "2024", "")]
    assert _fields(day) == told
    assert _fields(day, "ruth") == told
    (asked,) = service.asked
    assert [one["value"] for one in asked["addresses"]] == ["maya.ruiz@example.org"]
    assert set(asked) == {"type", "brand", "addresses"}, "and with nothing else"
    (entry,) = _entries("slot.customer")
    place = AuditEntry.objects.filter(id__lte=entry.id).count()
    details = _house(day).vault.open_own(f"audit.details:{place}", bytes(entry.details_cipher))
    assert b"maya" not in details
    day.company.clock.advance(minutes=6)
    with time_machine.travel(day.company.clock.now, tick=False):
        assert _fields(day) == told
    assert len(service.asked) == 2, "after five minutes it is asked again"


def test_an_address_for_which_nobody_vouches_is_not_asked_about(
    day: Day, service: FakeService
) -> None:
    _attach(day, service, "customer")
    Address.objects.update(verified="no")
    assert _fields(day) is None
    assert service.asked == []


def test_an_erased_customer_is_not_asked_about(day: Day, service: FakeService) -> None:
    _attach(day, service, "customer")
    assert _fields(day)
    Address.objects.update(key_wrapped=None)
    assert _fields(day) is None


def test_only_who_works_the_ticket_sees_and_sends(day: Day, service: FakeService) -> None:
    _attach(day, service, "customer")
    _attach(day, service, "translation")
    number, users = day.made["maya"], day.company.users
    for login, refusal in (("wei", NotFound), ("otto", NotAllowed)):
        with pytest.raises(refusal):
            slot_answers.customer_fields(_house(day), users[login], number)
        with pytest.raises(refusal):
            slot_answers.translated(_house(day), users[login], number, "Hello", "de")
    assert service.asked == []


def test_words_are_translated_when_somebody_asks_without_card_numbers(
    day: Day, service: FakeService
) -> None:
    _attach(day, service, "translation")
    amira, number = day.company.users["amira"], day.made["maya"]
    done = slot_answers.translated(_house(day), amira, number, "Hello", "de")
    assert (done.text, done.language) == ("Hallo", "en")
    slot_answers.translated(_house(day), amira, number, "Hello", "de")
    assert len(service.asked) == 1
    slot_answers.translated(_house(day), amira, number, "My card 4111111111111111", "de")
    assert "4111111111111111" not in str(service.asked)
    entries = _entries("slot.translation")
    assert len(entries) == 2
    for wrong in ("", "german!", "d"):
        with pytest.raises(MalformedPayload):
            slot_answers.translated(_house(day), amira, number, "Hello", wrong)


def test_a_service_that_fails_is_said_and_then_left_alone(day: Day, service: FakeService) -> None:
    _attach(day, service, "translation")
    amira, number = day.company.users["amira"], day.made["maya"]
    service.script = [500, "garbage", "elsewhere"]
    for word in ("one", "two", "three", "four", "five"):
        with pytest.raises(TemporaryFailure):
            slot_answers.translated(_house(day), amira, number, word, "de")
    assert len(service.asked) == 3, "after three failures in a row it rests"


def test_what_is_too_large_is_no_answer(day: Day, service: FakeService) -> None:
    _attach(day, service, "translation")
    amira, number = day.company.users["amira"], day.made["maya"]
    service.script = ["huge"]
    with pytest.raises(TemporaryFailure):
        slot_answers.translated(_house(day), amira, number, "one", "de")


def test_our_own_network_is_never_asked_unless_the_configuration_names_it(
    day: Day, service: FakeService
) -> None:
    row = _attach(day, service, "translation")
    settings = _house(day).settings
    web = settings.web.model_copy(update={"inside_hosts": []})
    strict = replace(_house(day), settings=settings.model_copy(update={"web": web}))
    ada = day.company.users["ada"]
    for url in (
        "http://127.0.0.1/x",
        "http://crm.example/x",
        "https://user:pw@crm.example/",
        "ftp://x.example",
    ):
        with pytest.raises((NotAllowed, MalformedPayload)):
            slots.attach(strict, ada, "customer", url, True)
    Slot.objects.filter(id=row.id).update(url="https://127.0.0.1/slot")
    row.refresh_from_db()
    with pytest.raises(Failed) as refused:
        slots.ask(strict, row, "text", {})
    assert "network of our own" in str(refused.value)
    assert service.asked == []


def test_another_address_gets_another_secret_and_the_same_keeps_it(
    day: Day, service: FakeService
) -> None:
    _attach(day, service, "translation")
    ada = day.company.users["ada"]
    assert slots.attach(_house(day), ada, "translation", service.url, True).secret == ""
    assert slots.try_out(_house(day), ada, "translation") == ""
    made = slots.attach(_house(day), ada, "translation", service.url + "?v=2", True)
    assert made.secret
    assert slots.try_out(_house(day), ada, "translation") == "it answered with status 401"
    slots.detach(_house(day), ada, "translation")
    with pytest.raises(NotFound):
        slots.try_out(_house(day), ada, "translation")
    assert [one.action for one in _entries("slot.")] == [
        "slot.attach",
        "slot.attach",
        "slot.attach",
        "slot.detach",
    ]


def test_the_desk_shows_what_the_services_say(day: Day, service: FakeService) -> None:
    client = day.client("amira", fragment=True)
    page = client.get(day.path("maya")).content.decode()
    assert "customer-fields" not in page
    assert "Translate" not in page
    _attach(day, service, "customer")
    _attach(day, service, "translation")
    page = client.get(day.path("maya")).content.decode()
    assert "customer-fields" in page
    assert "Translate" in page
    shown = client.get(day.path("maya", "customer-fields")).content.decode()
    assert "Gold" in shown
    assert 'href="https://crm.example/c/7"' in shown
    assert "javascript:" not in shown
    row = Conversation.objects.get(ticket__number=day.made["maya"])
    seqs = re.findall(r'"seq": "(\d+)"', page)
    assert seqs
    done = client.post(day.path("maya", "translate"), {"seq": seqs[0]})
    assert "[en]" in done.content.decode()
    draft = client.post(day.path("maya", "translate"), {"text": "Hello", "to": "de"})
    assert "Hallo" in draft.content.decode()
    missing = client.post(day.path("maya", "translate"), {"seq": str(row.last_seq + 1)})
    assert missing.status_code == 404
    service.script = [500]
    broken = client.post(day.path("maya", "translate"), {"text": "Another", "to": "de"})
    assert "could not be translated" in broken.content.decode()


def test_the_settings_show_a_new_secret_once(day: Day, service: FakeService) -> None:
    client = day.client("ada")
    page = client.get("/desk/settings/services/").content.decode()
    assert page.count("Not attached") == 2
    posted = {"kind": "customer", "url": service.url, "on": "on"}
    page = client.post("/desk/settings/services/", posted).content.decode()
    (secret,) = re.findall(r"whsec_[\w+/=]+", page)
    service.secrets.append(secret)
    assert "whsec_" not in client.get("/desk/settings/services/").content.decode()
    tried = client.post("/desk/settings/services/customer/test/", follow=True).content.decode()
    assert "accepts our signature" in tried
