"""STOP is sacred (R20): every spelling of every keyword, and no word that only looks like one."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms import Sms
from channels.sms_keywords import HELP, START, STOP, wish_of
from core.message import Wish
from tests.channels.sms.provider import INBOX, URL, arrived, sms_settings
from tests.fakes.twilio import FakeTwilio, signed

MEANING = {Wish.STOP: STOP, Wish.START: START, Wish.HELP: HELP}
AROUND = ["", " ", "\n", "\u00a0", "\u200b", ".", "!", " ..", '"', "\u2019", "\ufe0f"]
CASES = [str.upper, str.lower, str.title, str.swapcase]


def wide(word: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in word)


@pytest.mark.parametrize("wish", MEANING)
def test_every_spelling_counts(wish: Wish) -> None:
    tried = 0
    for word, case, left, right in itertools.product(MEANING[wish], CASES, AROUND, AROUND):
        for spelled in (case(word), wide(case(word))):
            assert wish_of(f"{left}{spelled}{right}") is wish, (left, spelled, right)
            tried += 1
    assert tried > 1_000


def test_a_turkish_keyboard_can_stop_too() -> None:
    assert wish_of("QU\u0130T") is Wish.STOP
    assert wish_of("qu\u0131t") is Wish.STOP
    assert wish_of("\u0131nfo") is Wish.HELP


@pytest.mark.parametrize(
    "text",
    [
        "stop the printer",
        "Stop texting me",
        "please stop",
        "s t o p",
        "stopp",
        "nonstop",
        "end of the month",
        "help me",
        "I need help",
        "cancel my order",
        "yes please",
        "start-up",
        "opt out",
        "",
        "?",
        "quitting",
        "information",
    ],
)
def test_near_misses_are_messages(text: str) -> None:
    assert wish_of(text) is None


@given(st.text(max_size=30))
def test_nothing_else_is_a_keyword(text: str) -> None:
    if wish_of(text) is not None:
        letters = "".join(filter(str.isalnum, text.upper().replace("\u0130", "I")))
        assert len(letters) <= 11


def test_words_of_the_company_and_of_advanced_opt_out() -> None:
    assert wish_of("baja") is None
    assert wish_of("¡Baja!", more_stop_words=["BAJA"]) is Wish.STOP
    assert wish_of("arrêt", more_stop_words=["ARRÊT"]) is Wish.STOP
    assert wish_of("anything", "STOP") is Wish.STOP
    assert wish_of("anything", "HELP") is Wish.HELP


@pytest.mark.parametrize(
    ("body", "said"), [("help", "We help."), ("stop", "Bye."), ("start", "Hello.")]
)
def test_where_twilio_does_not_answer_we_do_in_the_response(body: str, said: str) -> None:
    texts = {"help_text": "We help.", "stop_text": "Bye.", "start_text": "Hello."}
    ours = Sms(INBOX, sms_settings(keywords_by="us", **texts))
    theirs = Sms(INBOX, sms_settings(**texts))
    arrival = arrived(signed(URL, FakeTwilio().text(body)))
    assert f"<Message>{said}</Message>" in ours.acknowledge(arrival).body.decode()
    assert "<Message>" not in theirs.acknowledge(arrival).body.decode(), "HELP is answered once"
    other = arrived(signed(URL, FakeTwilio().text("my order")))
    assert "<Message>" not in ours.acknowledge(other).body.decode()
