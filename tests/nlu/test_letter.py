"""What a letter asks, without what is around it."""

from __future__ import annotations

import pytest

from nlu.letter import read_letter

ASKED = "How do I download my invoices?"


@pytest.mark.parametrize(
    "letter",
    [
        f"Hello,\n{ASKED}\n\nMaya",
        f"Hi there!\n\n{ASKED}\n\nThanks,\nMaya Ruiz",
        f"Dear Sir or Madam,\n\n{ASKED}\n\nKind regards\nMaya Ruiz\nFernhill Ltd",
        f"Hola:\n\n{ASKED}\n\nUn saludo,\nMaya",
        f"Estimados señores,\n{ASKED}\nMuchas gracias",
        f"Sehr geehrte Damen und Herren,\n\n{ASKED}\n\nMit freundlichen Grüßen\nMaya Ruiz",
        f"Guten Tag Frau Weber,\n{ASKED}\nVG Maya",
        f"Good morning Ruth\n{ASKED}\nMany thanks in advance!\n",
        f"Bonjour,\n\n{ASKED}\n\nCordialement\nMaya",
    ],
)
def test_politeness_is_taken_away(letter: str) -> None:
    read = read_letter(letter)
    assert read.gist == ASKED
    assert read.greets


@pytest.mark.parametrize(
    "text",
    [
        "Hello, how do I download my invoices?",
        "Hi\nThanks",
        "My parcel is late.\nThanks to your courier it is also wet: what can I do?",
        "Hello Kitty watch: does it need a bridge?\nAnd which?",
        "These do not work:\n\nkitchen\nhall",
        "",
        "\n\n",
        "👋\n👋",
    ],
)
def test_what_is_no_letter_stays_as_it_is(text: str) -> None:
    read = read_letter(text)
    assert read.gist == text.strip() or read.gist == text
    assert not read.greets


def test_a_long_text_is_kept_but_for_its_ends() -> None:
    body = "The bridge blinks red.\n\nI have restarted it twice.\nWhat else can I do?"
    assert read_letter(f"Hi,\n\n{body}\n\nBest\nMaya").gist == body
