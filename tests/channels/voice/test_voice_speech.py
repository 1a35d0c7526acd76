"""Answers as they are said, and what callers spell as they meant it."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot import texts
from channels.voice_aloud import WRITTEN
from channels.voice_hearing import asks_again, heard
from channels.voice_phrases import _PHRASES, LOCALES, phrase
from channels.voice_speech import brief, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "See https://acme.example/returns?x=1. You have 30 days.",
            "See our website. You have 30 days.",
        ),
        ("See [the returns page](https://acme.example/r).", "See the returns page."),
        ("Write to support@acme.example.", "Write to support at acme dot example."),
        ("Your ticket is #1042.", "Your ticket is number 1 0 4 2."),
        ("An answer within 4 h.", "An answer within 4 hours."),
        (
            "**Returns**\n- keep the box\n- print the label",
            "Returns. keep the box. print the label",
        ),
        ("Order AB-12345 of 2026 at 14:30", "Order A B 1 2 3 4 5 of 2026 at 14:30"),
        ("It costs 1,299.00 or 25 percent.", "It costs 1,299.00 or 25 percent."),
        ("Call +1 501 712 2661 now", "Call 1 5 0 1 7 1 2 2 6 6 1 now"),
        ("Code 123456 📦", "Code 1 2 3 4 5 6"),
        ("Lamps, e.g. desk & floor", "Lamps, for example desk and floor"),
        ("", ""),
        ("https://acme.example", "our website"),
    ],
)
def test_written_and_said(written: str, said: str) -> None:
    assert spoken(written, "en") == said


def test_other_languages_have_their_own_words() -> None:
    assert spoken("Ticket #77, z. B. in 4 h: hilfe@acme.example", "de") == (
        "Ticket Nummer 7 7, zum Beispiel in 4 Stunden: hilfe at acme Punkt example"
    )
    assert (
        spoken("El ticket #77 en www.acme.example", "es")
        == "El ticket número 7 7 en nuestra página web"
    )


@pytest.mark.parametrize(
    ("written", "language", "said"),
    [
        (
            "Votre ticket reste le n° 1042, réponse dans 4 h : aide@acme.example, p. ex.",
            "fr",
            "Votre ticket reste le numéro 1 0 4 2, réponse dans 4 heures : aide arobase acme point example, par exemple",
        ),
        ("O ticket #77, 4 h, www.acme.example", "pt", "O ticket número 7 7, 4 horas, nosso site"),
        (
            "التذكرة #1042 على www.acme.example والرقم ١٢٣٤٥",
            "ar",
            "التذكرة رقم 1 0 4 2 على موقعنا والرقم ١ ٢ ٣ ٤ ٥",
        ),
        ("اكتب إلى a@acme.example", "ar", "اكتب إلى a آت acme نقطة example"),
    ],
)
def test_french_portuguese_and_arabic_are_said(written: str, language: str, said: str) -> None:
    assert spoken(written, language) == said


def test_every_language_has_every_phrase_with_the_same_values() -> None:
    assert set(_PHRASES) == set(LOCALES) == set(texts._TEXTS)
    values = {
        language: {
            key: sorted(name for _, name, _, _ in Formatter().parse(words) if name)
            for key, words in phrases.items()
        }
        for language, phrases in _PHRASES.items()
    }
    assert all(found == values["en"] for found in values.values())
    for language in LOCALES:
        assert len(phrase("days", language).split()) == 7
        assert len(phrase("priorities", language).split()) == 4
        assert len(phrase("number", language).split()) == 1


RESPONSES = Path(__file__).resolve().parents[3] / "bot" / "rasa" / "domain" / "responses.yml"
ASKED_TO_WRITE = re.compile(
    r"(?i)\b(write|wrote|escribe|escribirla|escribir|schreiben sie|geschrieben|écrivez|écrit de|escreva|escrever|escreveu|escrevê)|اكتب|كتبت"
)


def _said_by_the_product() -> list[tuple[str, str]]:
    """What dialogue and product say, with its language. Not what only a mail or a backlog of messages is told."""
    answers = yaml.safe_load(RESPONSES.read_text())["responses"].values()
    found = [
        (next((one["value"] for one in way.get("condition", ())), "en"), way["text"])
        for ways in answers
        for way in ways
        if "text" in way
    ]
    elsewhere = {"busy", "by_mail", "encrypted", "unreadable"}
    return found + [
        (language, words)
        for language, known in texts._TEXTS.items()
        for key, words in known.items()
        if key not in elsewhere
    ]


def test_nobody_is_asked_to_write_in_a_call() -> None:
    """Also when the dialogue's sentences change: those that are put otherwise are still among them."""
    told = _said_by_the_product()
    assert all(any(written in words for _, words in told) for written in WRITTEN)
    assert sum(bool(ASKED_TO_WRITE.search(words)) for _, words in told) == len(WRITTEN)
    for language, words in told:
        assert not ASKED_TO_WRITE.search(spoken(words, language)), words
    assert spoken(RESOLVED, "en") == (
        "Glad that helped! If anything else comes up, just say so, or call again."
    )


RESOLVED = "Glad that helped! If anything else comes up, just write here."


def test_an_article_that_says_where_to_write_still_does() -> None:
    assert spoken("Write to us. Please write here.", "en") == "Write to us. Please write here."


PIECES = st.sampled_from(
    [
        "https://a.example/x",
        "#123456",
        "12345678",
        "[a](b)",
        "**x**",
        "a@b.example",
        "\n",
        "📦",
        "4 h",
        "AB-99",
        "Hello.",
    ]
)


@given(
    st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=12),
    st.sampled_from(sorted(LOCALES)),
)
def test_nothing_unsayable_is_left(pieces: list[str], language: str) -> None:
    said = spoken(" ".join(pieces), language)
    assert "://" not in re.sub(r"[^ -~]", "", said) or "http" not in said
    assert (
        not re.search(r"[0-9]{5,}|[\x00-\x1f]|📦|\*\*", said.replace("*\u200b*", "")) or "*" in said
    )
    assert not re.search(r"\d{5}", said, re.ASCII)


@given(
    st.lists(st.sampled_from(["One.", "Is it two?", "And three follows here!"]), max_size=30),
    st.integers(10, 200),
)
def test_brief_keeps_whole_sentences_and_says_when_it_left_some_out(
    sentences: list[str], room: int
) -> None:
    whole = " ".join(sentences)
    kept, is_cut = brief(whole, room)
    assert whole.startswith(kept)
    assert is_cut == (kept != whole)
    assert not kept or kept[-1] in ".?!"
    assert len(kept) <= max(room, len(sentences[0]) if sentences else 0)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("four one one one", "4111"),
        ("one", "1"),
        ("my order is one two three four five thanks", "my order is 12345 thanks"),
        ("double five triple zero nine", "550009"),
        ("oh seven double one", "0711"),
        ("a b c one two", "ABC12"),
        ("1 2 3 4", "1234"),
        ("4111 1111 1111 1111", "4111111111111111"),
        ("my mail is m a y a at example dot com", "my mail is maya@example.com"),
        ("ann at example dot co dot uk", "ann@example.co.uk"),
        ("write to ann dot lee at example dot com please", "write to ann.lee@example.com please"),
        ("meet me at noon", "meet me at noon"),
        ("I have one question about two orders", "I have one question about two orders"),
        ("look at this dot", "look at this dot"),
        ("double trouble", "double trouble"),
        ("twenty five dollars", "twenty five dollars"),
        ("", ""),
    ],
)
def test_what_was_spelled_is_written(said: str, meant: str) -> None:
    assert heard(said, "en") == meant


@pytest.mark.parametrize("text", ["Repeat that.", "Pardon?", "once more", "Say it again!"])
def test_asking_for_the_last_words(text: str) -> None:
    assert asks_again(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Pouvez-vous répéter ?", "fr"),
        ("Encore une fois, s'il vous plaît.", "fr"),
        ("Pode repetir, por favor?", "pt"),
        ("مرة أخرى من فضلك", "ar"),
        ("عفوًا؟", "ar"),
    ],
)
def test_asking_for_the_last_words_elsewhere(text: str, language: str) -> None:
    assert asks_again(text, language)
    assert not asks_again(text, "en")


@pytest.mark.parametrize(
    "text", ["repeat my last order", "it happened again", "", "pardon my French"]
)
def test_not_asking_for_them(text: str) -> None:
    assert not asks_again(text, "en")


@pytest.mark.parametrize(
    "noise", ["a ", "at ", "a at a dot ", "one ", "double ", "word", "dot at "]
)
def test_long_noise_takes_no_longer_than_long_words(noise: str) -> None:
    """Backtracking over these would go on for hours."""
    heard(noise * (2000 // len(noise)), "en")
    spoken(noise * (2000 // len(noise)), "en")


def test_spelling_in_other_languages() -> None:
    assert heard("mi pedido es uno dos doble tres", "es") == "mi pedido es 1233"
    assert heard("ana arroba ejemplo punto com", "es") == "ana@ejemplo.com"
    assert heard("eins zwo drei", "de") == "123"
    assert heard("meine Nummer ist vier sieben eins eins", "de") == "meine Nummer ist 4711"
    assert heard("mon numéro est quatre sept double un", "fr") == "mon numéro est 4711"
    assert heard("maya arobase exemple point fr", "fr") == "maya@exemple.fr"
    assert heard("o meu número é quatro sete um meia", "pt") == "o meu número é 4716"
    assert heard("ana arroba exemplo ponto com", "pt") == "ana@exemplo.com"
    assert heard("رقمي أربعة سبعة واحد واحد", "ar") == "رقمي 4711"
    assert heard("٤ ٧ ١ ١", "ar") == "4711"
    assert heard("j'ai un problème et une question", "fr") == "j'ai un problème et une question"


@given(st.text(max_size=60))
def test_hearing_never_fails_and_loses_no_long_word(text: str) -> None:
    meant = heard(text, "en")
    for word in re.findall(r"[A-Za-z]{9,}", text):
        assert word.lower() in meant.lower()


@pytest.mark.parametrize("characters", range(1, 120))
def test_what_is_said_never_ends_with_the_bare_number_of_a_list(characters: int) -> None:
    text = "Do this. 1. Open the settings. 2. Choose Forgot password. 3. Wait for the mail. Then sign in."
    kept, _ = brief(text, characters)
    assert not re.search(r"\b\d\.$", kept), kept
    assert kept.startswith("Do this.")


def test_a_year_at_the_end_of_a_sentence_stays() -> None:
    assert brief("It began in 2019. It went on for long.", 20) == ("It began in 2019.", True)
