"""Signed and encrypted mail: what can be read is read and marked, what cannot goes to people, and the customer is told."""

from __future__ import annotations

import base64
import textwrap
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from bot.dialogue import Understanding
from bot.house import House
from channels.email import Email
from channels.email_mime import DEFAULT_LIMITS, read_part
from channels.email_sealed import open_signed, seals
from core.message import Inbound
from core.understanding import Act, Understood
from store.bodies import open_body
from store.models import Attachment, Message, OutboxRow, Ticket
from tests.bot.scripted import NOTHING
from tests.channels.email.mailroom import Mailroom
from tests.channels.email.provider import CUSTOMER, INBOX, OWN, arrived, email_settings
from tests.company import StandingClock, make_company

CHANNEL = Email(INBOX, email_settings())
SIGNED = (
    "MIIBNQYJKoZIhvcNAQcCoIIBJjCCASICAQExDTALBglghkgBZQMEAgEwegYJKoZIhvcNAQcBoG0Ea0NvbnRlbnQtVHlwZTog"
    "dGV4dC9wbGFpbjsgY2hhcnNldD11dGYtOA0KQ29udGVudC1UcmFuc2Zlci1FbmNvZGluZzogOGJpdA0KDQpXbyBpc3QgbWVp"
    "bmUgQmVzdGVsbHVuZyA0NzExPw0KMYGRMIGOAgEBMCYwDjEMMAoGA1UEAwwDQW5uAhRaqXLFP8ZyhWRgu/SVJPUgiBMJRjAL"
    "BglghkgBZQMEAgEwCgYIKoZIzj0EAwIESDBGAiEAjBpLPhnuhfZtSfTDI2UUPkqoUgKw0UCZGs6KDnoUf7ICIQDYwnF62UvE"
    "kRKT6aqMRO+ZCUM3GehVl47unh6J5/F6Cw=="
)
"""By OpenSSL over a text part that asks "Wo ist meine Bestellung 4711?", every length told beforehand."""
STREAMED = (
    "MIAGCSqGSIb3DQEHAqCAMIACAQExDTALBglghkgBZQMEAgEwgAYJKoZIhvcNAQcBoIAkgARrQ29udGVudC1UeXBlOiB0ZXh0"
    "L3BsYWluOyBjaGFyc2V0PXV0Zi04DQpDb250ZW50LVRyYW5zZmVyLUVuY29kaW5nOiA4Yml0DQoNCldvIGlzdCBtZWluZSBC"
    "ZXN0ZWxsdW5nIDQ3MTE/DQoAAAAAAAAxgZAwgY0CAQEwJjAOMQwwCgYDVQQDDANBbm4CFFqpcsU/xnKFZGC79JUk9SCIEwlG"
    "MAsGCWCGSAFlAwQCATAKBggqhkjOPQQDAgRHMEUCIQD3zBIpaE5xdxMYiIEu2drWhnUStDlDn6zHbNepWctSxwIgMGx+lSQw"
    "z3H4RMtfZ4QN4hUjf8EmbjUAU5DPd6NAKSsAAAAAAAA="
)
"""The same written as it came, of lengths told by their ends."""
SEALED = (
    "MIIBcQYJKoZIhvcNAQcDoIIBYjCCAV4CAQIxgbmhgbYCAQOgUaFPMAkGByqGSM49AgEDQgAEK8px4bI60D4vkSonJlROzt8w"
    "Tm4Dtz7VmSHYqnmIsCMXtSbFJMu/0hmLhALYBTJTLin43SQ3gEDK7yYyAlwhZDAYBgkrgQUQhkg/AAIwCwYJYIZIAWUDBAEF"
    "MEQwQjAmMA4xDDAKBgNVBAMMA0FubgIUWqlyxT/GcoVkYLv0lST1IIgTCUYEGCMYh8ojd9nNsNC6ii9ibs/C3ljj5gT5njCB"
    "nAYJKoZIhvcNAQcBMB0GCWCGSAFlAwQBAgQQW85xv+gbibc2Pi8ZbUllLIBw0xVm6Sv06TGOde5WtCAC2m5PKEGgTKKdJgl0"
    "DQm05eWhwf+mxAEgUaKFDkz6CjSGTGA8Nuo2UZYKrFbJuIiTZARPMP5JhASJBbG3pv2Sl1t4Hu8scY6OCwB9n3zZwJHyf+Lp"
    "pgE+LQ/UELG4HSlKxQ=="
)
"""The same, encrypted for its writer."""
CERTIFICATE = "MCEGCSqGSIb3DQEHAqAUMBICAQExADALBgkqhkiG9w0BBwE="
"""Signed data that holds nothing, the form in which certificates travel."""
ARMOR = textwrap.dedent("""\
    -----BEGIN PGP MESSAGE-----
    Comment: none

    hF4DAAAAAAAAAAASAQdAexample0000000000000000000000000000000000000w
    =AbCd
    -----END PGP MESSAGE-----""")
CLEAR = textwrap.dedent("""\
    -----BEGIN PGP SIGNED MESSAGE-----
    Hash: SHA256

    Where is my order 4711?
    - - it was two lamps
    - From the shop in town.

    - -- 
    Ann
    -----BEGIN PGP SIGNATURE-----

    iHUEARYIAB0WIQexample
    =AbCd
    -----END PGP SIGNATURE-----""")


def letter(body: str, *lines: str, subject: str = "Meine Bestellung") -> bytes:
    head = [
        f"From: Ann Example <{CUSTOMER}>",
        f"To: {OWN}",
        f"Subject: {subject}",
        "Message-ID: <s1@customers.example>",
        "MIME-Version: 1.0",
        *lines,
    ]
    return ("\r\n".join(head) + "\r\n\r\n" + body.replace("\n", "\r\n") + "\r\n").encode()


def smime(data: str, *, kind: str = "", media: str = "application/pkcs7-mime") -> bytes:
    kind = f"; smime-type={kind}" if kind else ""
    return letter(
        textwrap.fill(data, 76),
        f"Content-Type: {media}{kind}; name=smime.p7m",
        "Content-Transfer-Encoding: base64",
        "Content-Disposition: attachment; filename=smime.p7m",
    )


def parts(*bodies: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--b\n{part}\n" for part in bodies) + "--b--"
    return letter(body, f"Content-Type: multipart/{kind}; boundary=b")


def part(data: str, name: str, media: str = "application/pkcs7-mime") -> str:
    head = f'Content-Type: {media}; name="{name}"\nContent-Transfer-Encoding: base64\n'
    return (
        head + f'Content-Disposition: attachment; filename="{name}"\n\n' + textwrap.fill(data, 76)
    )


def read(raw: bytes) -> Inbound:
    (inbound,) = CHANNEL.parse(arrived(raw))
    return inbound


PGP_MIME = (
    "Content-Type: application/pgp-encrypted\n\nVersion: 1",
    f"Content-Type: application/octet-stream; name=encrypted.asc\n\n{ARMOR}",
)
FOOTER = "Content-Type: text/plain\n\nThis mail was scanned."
CLOSED = {
    "S/MIME": smime(SEALED, kind="enveloped-data"),
    "S/MIME of an old program": smime(SEALED, media="application/x-pkcs7-mime"),
    "S/MIME by a gateway": smime(SEALED, media="application/octet-stream"),
    "S/MIME under a footer": parts(part(SEALED, "smime.p7m"), FOOTER),
    "authenticated, which we know by its name": smime("AAAA", kind="authEnveloped-data"),
    "PGP/MIME": parts(*PGP_MIME, kind="encrypted; protocol=application/pgp-encrypted"),
    "PGP/MIME as Exchange leaves it": parts("Content-Type: text/plain\n\n", *PGP_MIME),
    "PGP in the text": letter(ARMOR),
    "PGP in the text, cut off": letter(ARMOR.replace("-----END PGP MESSAGE-----", "")),
    "PGP in HTML": letter(f"<pre>{ARMOR}</pre>", "Content-Type: text/html"),
    "rights management": parts(
        "Content-Type: text/plain\n\nAnn has sent you a protected message.",
        part("AAAA", "message.rpmsg", "application/x-microsoft-rpmsg-message"),
    ),
    "a signature that is damaged": smime(SIGNED[:200], kind="signed-data"),
}


@pytest.mark.parametrize("about", CLOSED)
def test_what_is_encrypted_goes_to_people_marked_and_with_its_file(about: str) -> None:
    inbound = read(CLOSED[about])
    assert (inbound.for_people, inbound.is_automatic) == ("encrypted", False)
    assert inbound.extra["marks"] == ["encrypted"]
    assert inbound.attachments
    assert "BEGIN PGP" not in inbound.text


def test_words_beside_an_encrypted_text_are_kept() -> None:
    inbound = read(letter(f"Hello, see below.\n\n{ARMOR}\n\nAnn"))
    assert (inbound.text, inbound.extra["signature"]) == ("Hello, see below.", "Ann")
    (file,) = inbound.attachments
    assert (file.name, file.content.decode().strip()) == ("message.asc", ARMOR)


def test_an_encrypted_text_in_what_is_quoted_closes_nothing() -> None:
    quoted = "".join(f"> {line}\n" for line in ARMOR.split("\n"))
    inbound = read(letter(f"I cannot open this.\n\nOn 2 March 2026, Acme wrote:\n{quoted}"))
    assert (inbound.text, inbound.for_people) == ("I cannot open this.", "")


@pytest.mark.parametrize("data", [SIGNED, STREAMED], ids=["definite", "streamed"])
@pytest.mark.parametrize("kind", ["signed-data", ""])
def test_an_opaque_signature_is_read_through(data: str, kind: str) -> None:
    inbound = read(smime(data, kind=kind))
    assert (inbound.text, inbound.for_people) == ("Wo ist meine Bestellung 4711?", "")
    assert (inbound.extra["marks"], inbound.attachments) == (["signed"], ())


def test_an_opaque_signature_under_a_footer_is_read_through() -> None:
    inbound = read(parts(part(SIGNED, "smime.p7m"), FOOTER))
    assert inbound.text.startswith("Wo ist meine Bestellung 4711?")
    assert inbound.extra["marks"] == ["signed"]


def test_a_document_that_is_signed_is_a_document() -> None:
    """Invoices and contracts are signed in the same form in Italy; the mail around them is not."""
    words = "Content-Type: text/plain\n\nHere is the contract."
    for name in ("contract.pdf.p7m", "IT01234567890_FPA01.xml.p7m"):
        for media in ("application/pkcs7-mime", "application/octet-stream"):
            inbound = read(parts(words, part(SIGNED, name, media)))
            assert inbound.text == "Here is the contract."
            assert ("marks" in inbound.extra, inbound.for_people) == (False, "")
            assert [file.name for file in inbound.attachments] == [name]


def test_a_file_that_is_encrypted_is_a_file() -> None:
    words = "Content-Type: text/plain\n\nPeter can open this one."
    inbound = read(parts(words, part("AAAA", "plan.pdf.pgp", "application/pgp-encrypted")))
    assert ("marks" in inbound.extra, inbound.for_people) == (False, "")


def test_a_clear_signature_is_taken_off() -> None:
    inbound = read(letter(CLEAR))
    assert inbound.text == "Where is my order 4711?\n- it was two lamps\nFrom the shop in town."
    assert (inbound.extra["marks"], inbound.extra["signature"]) == (["signed"], "Ann")
    assert inbound.for_people == ""


def test_a_signature_beside_the_text_counts_inside_other_parts_too() -> None:
    inner = "--c\nContent-Type: text/plain\n\nWhere is it?\n--c\nContent-Type: application/pgp-signature\n\nx\n--c--"
    inbound = read(parts(f"Content-Type: multipart/signed; boundary=c\n\n{inner}", FOOTER))
    assert inbound.text.startswith("Where is it?")
    assert inbound.extra["marks"] == ["signed"]


def test_who_sends_a_certificate_encrypts_nothing() -> None:
    raw = smime(CERTIFICATE, kind="certs-only")
    assert ("marks" in read(raw).extra, read(raw).for_people) == (False, "")


def test_a_machines_encrypted_mail_is_a_machines() -> None:
    raw = CLOSED["S/MIME"].replace(
        b"MIME-Version", b"Auto-Submitted: auto-generated\r\nMIME-Version"
    )
    assert read(raw).for_people == ""


def test_encrypted_mail_through_a_list_is_told_nothing() -> None:
    raw = CLOSED["S/MIME"].replace(b"MIME-Version", b"List-Id: <l.x.example>\r\nMIME-Version")
    assert (read(raw).for_people, read(raw).is_automatic) == ("list", True)


@given(cut=st.integers(0, 320), byte=st.integers(0, 255), place=st.integers(0, 300))
def test_nothing_in_a_damaged_signature_raises(cut: int, byte: int, place: int) -> None:
    data = bytearray(base64.b64decode(STREAMED))
    data[place] = byte
    root = read_part(
        b"Content-Type: application/pkcs7-mime\n\n" + bytes(data[:cut]), DEFAULT_LIMITS
    )
    open_signed(root, DEFAULT_LIMITS)
    assert seals(root)


@pytest.mark.parametrize(
    "data",
    [b"\x30\x80" * 500_000, b"\x30\x84\x00\x98\x96\x80" + b"\x04\x00" * 5_000_000, b"\x30\x80" + b"\x04\x00" * 5_000_000],
    ids=["deep", "long", "endless"],
)  # fmt: skip
def test_a_hostile_structure_costs_little(data: bytes) -> None:
    root = read_part(b"Content-Type: application/pkcs7-mime\n\n" + data, DEFAULT_LIMITS)
    began = time.process_time()
    open_signed(root, DEFAULT_LIMITS)
    assert seals(root) == {"encrypted"}
    assert time.process_time() - began < 5


# ---- on the house -------------------------------------------------------------------------------


@pytest.fixture
def post(house: House, clock: StandingClock, in_this_thread: None) -> Mailroom:
    return Mailroom(make_company(replace(house, clock=clock)), clock)


def _speaks(post: Mailroom, language: str) -> None:
    async def understand(text: str, *_: object, **__: object) -> Understanding:
        post.dialogue.heard.append(text)
        return Understanding(Understood(Act.ASK, 0.9, language=language), NOTHING)

    post.dialogue.understand = understand  # type: ignore[method-assign, assignment]


@pytest.mark.parametrize("language", texts.LANGUAGES)
async def test_the_customer_is_told_in_their_language_and_people_have_it(
    post: Mailroom, language: str
) -> None:
    _speaks(post, language)
    await post.brought(CLOSED["S/MIME"])
    ticket = Ticket.objects.select_related("conversation").get()
    assert (ticket.team, ticket.reason) == (post.company.triage, "encrypted")
    (out,) = post.sent
    assert texts.text("encrypted", language) in out.text
    assert str(ticket.number) in out.text
    assert out.is_automatic
    assert post.dialogue.heard == ["Meine Bestellung"]
    assert ticket.conversation.language == language
    message = Message.objects.select_related("address").get(author=Message.Author.CUSTOMER)
    assert open_body(post.house.vault, message).extra["marks"] == ["encrypted"]
    assert Attachment.objects.get(message=message).size > 300


async def test_without_a_brain_people_have_it_all_the_same(post: Mailroom) -> None:
    post.dialogue.brain_is_away = True
    await post.brought(CLOSED["PGP/MIME"])
    assert Ticket.objects.get().reason == "encrypted"
    assert texts.text("encrypted", "en") in post.words()[0]


async def test_a_machine_that_encrypts_is_answered_five_times_at_most(post: Mailroom) -> None:
    """The count holds for these answers as for all others (R27)."""
    for number in range(8):
        raw = CLOSED["PGP in the text"].replace(b"<s1@", f"<s{number}@".encode())
        await post.brought(raw)
        post.clock.advance(minutes=1)
    assert len(post.sent) == 5
    assert OutboxRow.objects.filter(state=OutboxRow.State.CANCELLED).count() == 3


async def test_what_is_signed_is_answered_like_any_mail(post: Mailroom) -> None:
    await post.brought(smime(SIGNED, kind="signed-data"))
    assert post.words() == ["Answer to: Wo ist meine Bestellung 4711?"]
