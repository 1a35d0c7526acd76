"""What lies on disk: no words, no addresses, no card numbers; and nothing at all once a key is destroyed."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection

from bot.handoff import packet_of, to_triage
from bot.receive import receive, without_cards
from bot.reply import Outcome, finish_turn
from core.message import Attached, Reply
from core.redaction import redact, redact_bytes
from store.bodies import open_body, sender_of
from store.models import Address, Attachment, InboxRow, Message, Ticket
from store.turns import claim
from store.vault import Erased
from store.watching import forget_raw
from tests.company import Company, StandingClock, Writer

MARKER = "zebra-marker"
CARDS = ("4111111111111111", "5500 0055 5555 5559", "3782-822463-10005", "6011.1111.1111.1117")
NEAR_MISSES = (
    "order 4111111111111112",
    "tracking 1Z999AA10123456784",
    "parcel 00340434161094042557",
    "call +49 30 901820 1234567",
    "IBAN DE89370400440532013000",
    "2027-03-02 12:00:00 123456",
    "IBAN DE89 3704 0044 0532 0130 00 and 12.05.2027",
    "4000 1200 3300 5000 7000 1000 2000",
    "10 4711 0815 1234 5678 90",
)


def on_disk(state: Path) -> Iterable[tuple[str, bytes]]:
    """Every byte that the installation has written, and every cell of the database."""
    for path in state.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()
    for model in apps.get_app_config("store").get_models():
        for row in model._default_manager.values_list():
            cells = [
                bytes(c) if isinstance(c, memoryview | bytes) else str(c).encode() for c in row
            ]
            yield model.__name__, b"\x00".join(cells)


def found_on_disk(company: Company, *planted: str) -> list[str]:
    connection.close()
    wanted = [item.encode() for item in planted]
    wanted += [base64.b64encode(item)[:-4] for item in wanted]
    return [
        f"{item!r} in {place}"
        for place, content in on_disk(company.house.settings.state)
        for item in wanted
        if item in content
    ]


def _everything(company: Company) -> None:
    """A conversation that leaves traces in every table that could hold somebody's words."""
    maya = Writer(f"{MARKER}@customers.example")
    mail = maya.mail(
        f"text {MARKER}",
        subject=f"subject {MARKER}",
        html=f"<p>{MARKER}</p>",
        quoted=f"> {MARKER}",
        client_id=f"client-{MARKER}",
        extra={"note": MARKER},
        raw=f"raw {MARKER}".encode(),
        attachments=(Attached(f"{MARKER}.txt", "text/plain", MARKER.encode() * 9),),
        thread_keys=(f"<{MARKER}@x>",),
    )
    receive(company.house, company.mail, [mail])
    (claimed,) = claim(company.house.vault, "w", timedelta(seconds=9), 1, company.house.clock())
    packet = packet_of(claimed, None, None, {"reason": "bot_failed", "summary": MARKER})
    reply = Reply(f"about {MARKER}")
    state = {"version": 1, "slots": {"word": MARKER}}
    finish_turn(
        company.house, claimed, Outcome((reply,), state, routed=to_triage(MARKER), packet=packet)
    )


def test_no_words_and_no_addresses_lie_on_disk(company: Company) -> None:
    _everything(company)
    assert Ticket.objects.exists()
    assert Attachment.objects.exists()
    assert found_on_disk(company, MARKER) == []


def test_a_destroyed_key_takes_everything_said_under_it(company: Company) -> None:
    _everything(company)
    address = Address.objects.get(id=company.address_id(f"{MARKER}@customers.example"))
    Address.objects.filter(id=address.id).update(key_wrapped=None)
    vault = company.house.vault
    for message in Message.objects.select_related("address"):
        with pytest.raises(Erased):
            open_body(vault, message)
    with pytest.raises(Erased):
        sender_of(vault, Address.objects.get(id=address.id))
    row = Attachment.objects.get()
    with pytest.raises(Erased):
        vault.open(None, address.id, f"attachment.key:{row.stored_as}", bytes(row.key_cipher))


def test_attachments_open_with_their_own_key_only(company: Company) -> None:
    _everything(company)
    row = Attachment.objects.select_related("message__address").get()
    address = row.message.address
    key = company.house.vault.open(
        address.key_wrapped, address.id, f"attachment.key:{row.stored_as}", bytes(row.key_cipher)
    )
    assert company.house.files.read(row.stored_as, key) == MARKER.encode() * 9


@pytest.mark.parametrize("card", CARDS)
def test_card_numbers_are_gone_before_the_first_write(company: Company, card: str) -> None:
    encoded = base64.encodebytes(f"my card is {card} thanks".encode())
    mail = Writer().mail(
        f"my card is {card} thanks",
        subject=f"card {card}",
        html=f"<b>{card}</b>",
        quoted=f"> {card}",
        raw=b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded,
        attachments=(Attached(f"{card}.txt", "text/plain", f"see {card}".encode()),),
    )
    receive(company.house, company.mail, [mail])
    body = open_body(company.house.vault, Message.objects.select_related("address").get())
    digits = "".join(filter(str.isdigit, card))
    stored = [body.text, body.subject, body.html, body.quoted, _raw(company), *_files(company)]
    for text in stored:
        assert card not in text
        assert digits[:6] in text
        assert digits not in text
    assert base64.b64encode(card.encode())[:-4].decode() not in _raw(company)
    assert found_on_disk(company, card) == []


def _raw(company: Company) -> str:
    row = InboxRow.objects.select_related("message__address").get()
    assert row.message is not None
    address = row.message.address
    place = f"inboxrow.raw:{row.id}"
    vault = company.house.vault
    return vault.open(address.key_wrapped, address.id, place, bytes(row.raw_cipher)).decode()


def _files(company: Company) -> list[str]:
    row = Attachment.objects.select_related("message__address").get()
    address, vault = row.message.address, company.house.vault
    key = vault.open(
        address.key_wrapped, address.id, f"attachment.key:{row.stored_as}", bytes(row.key_cipher)
    )
    name = f"attachment.name:{row.message_id}"
    return [
        vault.open(address.key_wrapped, address.id, name, bytes(row.name_cipher)).decode(),
        company.house.files.read(row.stored_as, key).decode(),
    ]


def test_a_number_in_plain_and_encoded_parts_leaves_neither() -> None:
    """A mail may carry the same text twice; cleaning the readable copy must not satisfy us."""
    card = CARDS[0]
    raw = f"{card}\r\n\r\n".encode() + base64.encodebytes(card.encode())
    clean = without_cards(Writer().mail(f"card {card}", raw=raw))
    assert card.encode() not in clean.raw
    assert base64.b64encode(card.encode())[:-4] not in clean.raw


def test_a_number_beside_the_words_goes_too() -> None:
    """In a name, in a signature, in the address of the page, in what the chat shows of a file."""
    card, mail = CARDS[0], Writer().mail("hello", raw=b"raw")
    shown = {"signature": f"Ann\n{card}", "files": [{"name": f"{card}.pdf", "size": 7}]}
    told = replace(mail, extra=shown, sender=replace(mail.sender, display_name=f"Ann {card}"))
    clean = without_cards(told)
    assert card not in repr(clean)
    assert clean.extra["files"][0]["size"] == 7
    assert card.encode() not in clean.raw


def test_a_telephone_number_that_could_be_a_cards_is_kept_as_a_place() -> None:
    number = "4915123456787"
    assert redact(number) != number, "its check digit is right by chance"
    places = {"to": f"+{number}", "bounce": {"recipient": number, "reason": f"card {number}"}}
    kept = without_cards(replace(Writer().mail("hello"), extra=places)).extra
    assert kept["to"] == f"+{number}"
    assert kept["bounce"]["recipient"] == number
    assert number not in kept["bounce"]["reason"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("4111 1111 1111 1111 12/27", "411111******1111 12/27"),
        ("4111111111111111 12/27 123", "411111******1111 12/27 ***"),
        ("4111-1111-1111-1111 1227 - 123", "411111******1111 1227 - 123"),
        ("3782 822463 10005 05/2029 1234", "378282*****0005 05/2029 ***"),
        ("12/27 4111 1111 1111 1111", "12/27 411111******1111"),
        ("1 4111111111111111 2", "1 411111******1111 2"),
        ("4111 1111 1111 1111 5500 0055 5555 5559", "411111******1111 550000******5559"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 / 2 7", "411111******1111 1 2 / 2 7"),
        ("٤١١١ ١١١١ ١١١١ ١١١١ ١٢/٢٧", "411111******1111 ١٢/٢٧"),
    ],
)
def test_what_stands_around_a_card_does_not_hide_it(text: str, kept: str) -> None:
    assert redact(text) == kept


def test_a_raw_payload_hides_no_card_beside_a_date() -> None:
    raw = redact_bytes(b"x=4111+1111+1111+1111+12/27&y=\xff")
    assert raw == b"x=411111******1111+12/27&y=\xff"


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_what_is_no_card_number_stays(text: str) -> None:
    assert redact(text) == text


def test_a_security_code_beside_a_number_goes_too() -> None:
    assert redact("4111 1111 1111 1111, cvv 123") == "411111******1111, cvv ***"
    assert redact("door code: cvv 123") == "door code: cvv 123"


def test_raw_payloads_go_after_thirty_days(company: Company, clock: StandingClock) -> None:
    receive(company.house, company.mail, [Writer().mail("hello", raw=b"the whole mail")])
    clock.advance(days=29, hours=23)
    assert forget_raw(clock.now) == 0
    assert _raw(company) == "the whole mail"
    clock.advance(hours=1)
    assert forget_raw(clock.now) == 1
    assert bytes(InboxRow.objects.get().raw_cipher) == b""
    assert forget_raw(clock.now) == 0
