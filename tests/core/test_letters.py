"""A mark belongs to its letter: who splits words there loses Hindi, Tamil, vowelled Arabic and every accent written apart."""

from __future__ import annotations

import unicodedata

import pytest

from core.letters import may_have_marks
from core.terms import terms_of, words_of
from kb_index.words import terms, tokens
from nlu.lexical import piece_terms, words

WHOLE = [
    ("मुझे हिन्दी में", ["मुझे", "हिन्दी", "में"]),
    ("முகவரி, தமிழ்!", ["முகவரி", "தமிழ்"]),
    ("क्\u200dष का", ["क्\u200dष", "का"]),
    (unicodedata.normalize("NFD", "crème brûlée"), ["creme", "brulee"]),
    ("مُحَمَّد هنا", ["محمد", "هنا"]),
]


@pytest.mark.parametrize(("text", "found"), WHOLE)
def test_words_are_whole_for_the_desk_for_intents_and_for_answers(
    text: str, found: list[str]
) -> None:
    assert words_of(text) == found
    for read in (words, tokens):
        kept = [word for word in read(text) if word != "!"]
        assert [words_of(word) for word in kept] == [[word] for word in found]
    assert len(terms(text, "ar")) == len(found)


def test_writing_without_spaces_is_found_from_within() -> None:
    """One word a sentence would be found by its beginning alone."""
    assert set(words_of("พัง")) <= terms_of("เครื่องพังแล้ว")
    assert set(words_of("ខូច")) <= terms_of("ម៉ាស៊ីនខូចហើយ")
    assert len(tokens("ที่อยู่จัดส่งของฉัน")) > 1


def test_pieces_of_a_word_hold_its_marks() -> None:
    assert "हिन्" in piece_terms("हिन्दी")


def test_no_token_is_endless() -> None:
    for text in ("x" * 99_999, "क्" * 99_999, "a" + "\u0301" * 99_999):
        assert max(map(len, tokens(text))) < 1_000


@pytest.mark.parametrize(
    ("text", "may"), [("plain", False), ("Größe", False), ("e\u0301", True), ("", False)]
)
def test_most_texts_are_known_to_have_no_marks(text: str, may: bool) -> None:
    assert may_have_marks(text) is may
