"""Outlook's winmail.dat: what it packs is brought out, and no bytes break it."""

from __future__ import annotations

import random
import struct
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from channels.email import Email
from channels.email_tnef import unpack
from core.message import Inbound
from tests.channels.email.provider import CUSTOMER, INBOX, OWN, arrived, email_settings

CHANNEL = Email(INBOX, email_settings())


def attribute(level: int, tag: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, tag, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    """MAPI properties (type, number, value), variable ones padded to four bytes."""
    out = struct.pack("<I", len(values))
    for kind, number, value in values:
        out += struct.pack("<HH", kind, number)
        if number >= 0x8000:
            out += bytes(16) + struct.pack("<II", 1, 6) + "ab\0".encode("utf-16-le") + bytes(2)
        if kind in (0x1E, 0x1F, 0x102):
            out += struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
        else:
            out += value
    return out


def packed(text: str = "Hello", **files: bytes) -> bytes:
    """A winmail.dat as Outlook writes it."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    out += attribute(
        1,
        0x00069003,
        properties(
            (0x0B, 0x8004, b"\1\0\0\0"),
            (0x1F, 0x1000, (text + "\0").encode("utf-16-le")),
            (0x40, 0x0039, bytes(8)),
        ),
    )
    for name, content in files.items():
        out += attribute(2, 0x00069002, bytes(14))
        out += attribute(2, 0x00018010, b"SHORT~1.TXT\0")
        out += attribute(2, 0x0006800F, content)
        long_name = name.replace("_", ".") + "\0"
        out += attribute(
            2,
            0x00069005,
            properties(
                (0x1F, 0x3707, long_name.encode("utf-16-le")),
                (0x1E, 0x370E, b"text/plain\0"),
                (0x03, 0x0E20, struct.pack("<I", len(content))),
            ),
        )
    return out


def read(data: bytes, text: str = "") -> Inbound:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = CUSTOMER, OWN, "From Outlook"
    mail.set_content(text)
    mail.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    (inbound,) = CHANNEL.parse(arrived(mail.as_bytes()))
    return inbound


def test_the_files_inside_take_its_place() -> None:
    inbound = read(packed(rechnung_für_äpfel_txt=b"one", two_txt=b"two"), "See the files.")
    assert inbound.text == "See the files."
    assert [(file.name, file.media_type, file.content) for file in inbound.attachments] == [
        ("rechnung.für.äpfel.txt", "text/plain", b"one"),
        ("two.txt", "text/plain", b"two"),
    ]


def test_a_mail_that_is_all_inside_is_read() -> None:
    assert read(packed("Where is my order?")).text == "Where is my order?"


def test_without_files_or_readable_ones_it_stays_what_it_is() -> None:
    for data in (packed(), b"\x78\x9f\x3e\x22\x01", b"no such thing"):
        assert [file.name for file in read(data, "x").attachments] == ["winmail.dat"]


def test_a_name_is_only_a_name() -> None:
    (file,) = unpack(
        packed(x=b"1").replace("x\0".encode("utf-16-le"), "/\0".encode("utf-16-le"))
    ).files
    assert "/" not in file.name
    assert file.name


def test_mutants_are_survived() -> None:
    dice, whole = random.Random(7), packed(one_txt=b"one" * 40, two_txt=b"two")
    for _ in range(3000):
        mutant = bytearray(whole[: dice.randint(0, len(whole))])
        for _ in range(dice.randint(0, 6) if mutant else 0):
            mutant[dice.randrange(len(mutant))] = dice.randrange(256)
        inside = unpack(bytes(mutant))
        assert sum(len(file.content) for file in inside.files) <= len(whole)


@given(st.binary(max_size=400))
def test_any_bytes_are_survived(data: bytes) -> None:
    unpack(b"\x78\x9f\x3e\x22\0\0" + data)
    unpack(data)
