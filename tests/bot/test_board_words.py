"""What boards say: the same things in every language, and what begins a note there begins one here."""

from __future__ import annotations

import re

import pytest

from bot.board_words import _TEXTS, priority, say
from bot.transcript_words import _TEXTS as OTHERS
from core.board import note_in

LANGUAGES = sorted(_TEXTS)


def test_boards_speak_every_language_of_the_house() -> None:
    assert set(_TEXTS) == set(OTHERS) == {"en", "es", "de", "fr", "pt", "ar"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    own, english = _TEXTS[language], _TEXTS["en"]
    assert list(own) == list(english)
    for key, text in own.items():
        assert text, key
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", english[key])), key
    assert len({priority(level, language) for level in range(1, 5)}) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_hint_promises_is_kept_from_the_customer(language: str) -> None:
    (mark,) = re.findall(r"(\w+):", say("hint", language))
    assert note_in(f"{mark}: only for us") == "only for us"
    assert note_in(f"{mark.upper()} : only for us") == "only for us"
    assert note_in(f"Please note the {mark}") is None
