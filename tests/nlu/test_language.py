"""One word is enough to tell the language, and no evidence is never a claim."""

from __future__ import annotations

import pytest

from nlu.language import SPOKEN, LanguageIdentifier, _words, identifier_for


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"),
        ("Hallo", "de"),
        ("hi", "en"),
        ("gracias", "es"),
        ("danke!", "de"),
        ("ja", "de"),
        ("sí", "es"),
        ("thx", "en"),
        ("Wo ist mein Paket FH-200123?", "de"),
        ("no me llega el correo de confirmación", "es"),
        ("hola where is my parcel", "en"),
        ("How do I reset my password?", "en"),
        ("bonjour", "fr"),
        ("je ne reçois pas l'e-mail de confirmation", "fr"),
        ("obrigada", "pt"),
        ("não recebi o e-mail de confirmação", "pt"),
        ("شكرا", "ar"),
        ("أين طردي؟", "ar"),
    ],
)
def test_identifies(text: str, language: str) -> None:
    assert LanguageIdentifier().identify(text).language == language


@pytest.mark.parametrize("text", ["", "🙂", "FH-200123", "a@b.example", "12:30"])
def test_without_words_the_hint_or_the_first_language_is_taken(text: str) -> None:
    identifier = LanguageIdentifier(("de", "en"))
    assert identifier.identify(text).language == "de"
    assert identifier.identify(text, hint="en").language == "en"
    assert identifier.identify(text).confidence == 0.0


def test_the_hint_decides_a_word_of_two_languages_but_not_a_clear_sentence() -> None:
    identifier = LanguageIdentifier()
    assert identifier.identify("no", hint="es").language == "es"
    assert identifier.identify("where is my parcel please", hint="es").language == "en"


def test_a_language_that_few_write_wants_clear_evidence() -> None:
    """Read by the words alone, this is a little more French than English."""
    text = "who pays customs for Canada"
    spoken = ("en", "fr")
    assert LanguageIdentifier(spoken, own=spoken).identify(text).language == "fr"
    assert LanguageIdentifier(spoken, own=("en",)).identify(text).language == "en"
    assert LanguageIdentifier(spoken, own=("en",)).identify(text, hint="fr").language == "fr"


def test_only_served_languages_are_answered() -> None:
    assert LanguageIdentifier(("en", "es")).identify("Wo ist mein Paket?").language in ("en", "es")
    assert LanguageIdentifier(("en",)).identify("hola", hint="fr").language == "en"


def test_the_companys_languages_come_first_and_the_bots_are_all_served() -> None:
    french = identifier_for(["fr", "it", "en", "fr"])
    assert french.languages[:2] == french.own == ("fr", "en")
    assert set(french.languages) == set(SPOKEN)
    assert french.identify("🙂").language == "fr"
    assert french.identify("Wo ist mein Paket?").language == "de"
    text = "who pays customs for Canada"
    assert french.identify(text).language == "fr"
    assert identifier_for(["en"]).identify(text).language == "en"
    assert identifier_for([]) == identifier_for(["it"]) == LanguageIdentifier()


def test_addresses_codes_and_numbers_are_no_words_and_a_word_has_an_end() -> None:
    text = "mail a@b.example, (http://x.example/z_a) or www.x.example/y: FH-200123 foo_bar @you it's 3rd"
    assert _words(text) == ["mail", "or", "foo", "bar", "you", "it's"]
    for long in ("a" * 16_000, "." * 16_000, "密" * 16_000, "(" * 16_000):
        assert all(len(word) <= 40 for word in _words(long))
        assert LanguageIdentifier().identify(long, hint="es").language in SPOKEN
