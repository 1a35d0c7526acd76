"""Rich text that Outlook packs into a winmail.dat is read, and no bytes break it."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email_rtf import LIMIT, unpacked, words_of
from tests.channels.email.test_email_tnef import attribute, properties, read

EXAMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)
"""The example of [MS-OXRTFCP], section 3.1."""
OVER_ITSELF = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
"""Section 3.2: a reference to what it writes itself."""
RICH = (
    rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fcharset204 Arial CYR;}}{\colortbl;\red0\green0;}"
    rb"{\*\generator Riched20;}\f0 Gr\'f6\'dfe \u8364?5\par \f1\'c4\'e0\f0\par a\{b\}\\c\par{\pict ffff}\u-10179?\u-8704?!}"
)
PAGE = (
    rb"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hello \'c4\'e0"
    rb"{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 you{\*\htmltag72 </p>}\htmlrtf \par }\htmlrtf0 {\*\mhtmltag84 x}}"
)


def plain(rtf: bytes) -> bytes:
    """Not compressed, as some programs leave it."""
    return struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf


def winmail(rich: bytes, *more: tuple[int, int, bytes]) -> bytes:
    held = properties(*more, (0x102, 0x1009, rich))
    return struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00069003, held)


def test_the_examples_of_the_standard() -> None:
    assert unpacked(EXAMPLE) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert unpacked(OVER_ITSELF) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert unpacked(plain(RICH)) == RICH


def test_words_fonts_and_signs() -> None:
    assert words_of(RICH) == ("Größe €5\nДа\na{b}\\c\n😀!", "")


def test_a_page_is_put_back_together() -> None:
    assert words_of(PAGE) == ("", "<p>Hello Да&nbsp;you</p>")


@pytest.mark.parametrize(
    ("rich", "text"),
    [(EXAMPLE, "hello world"), (plain(RICH), "Größe €5"), (plain(PAGE), "Hello Да you")],
)
def test_a_mail_that_is_all_rich_text_is_read(rich: bytes, text: str) -> None:
    assert read(winmail(rich)).text.startswith(text)


def test_plain_words_beside_it_are_preferred() -> None:
    plain_words = (0x1F, 0x1000, "Plain\0".encode("utf-16-le"))
    assert read(winmail(EXAMPLE, plain_words)).text == "Plain"


def test_mutants_are_survived() -> None:
    dice = random.Random(11)
    for _ in range(2000):
        whole = dice.choice((EXAMPLE, OVER_ITSELF, plain(RICH), plain(PAGE)))
        mutant = bytearray(whole[: dice.randint(0, len(whole))])
        for _ in range(dice.randint(0, 6) if mutant else 0):
            mutant[dice.randrange(len(mutant))] = dice.randrange(256)
        text, page = words_of(unpacked(bytes(mutant)))
        (text + page).encode()


@given(st.binary(max_size=300))
def test_any_bytes_are_survived(data: bytes) -> None:
    assert len(unpacked(data)) <= LIMIT
    words_of(data)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "rtf", [b"{" * LIMIT, b"\\" * LIMIT, b"\\u1?" * 200_000, b"\\bin-9 " * 50_000]
)
def test_no_rich_text_takes_long(rtf: bytes) -> None:
    words_of(rtf)
