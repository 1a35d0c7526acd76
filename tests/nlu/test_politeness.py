"""Sentences that say nothing of the matter are left out of what is read; all that says something stays."""

from __future__ import annotations

import pytest

from nlu.letter import read_letter
from nlu.politeness import without_politeness

ASKED = "How do I download my invoices?"


@pytest.mark.parametrize(
    "around",
    [
        "I have a question. {}",
        "I hope you are doing well. I'm a customer of yours for three years. {}",
        "Could you please help me? {}",
        "I have already looked everywhere. {} Please let me know as soon as possible.",
        "{} I couldn’t find anything about it on your website.",
        "{} Thank you in advance for your help! Looking forward to hearing from you.",
        "{} Many thanks for your time and have a nice day.",
        "{}\nSorry for my bad English.",
        "Tengo una consulta. {} No lo encontré en su página web. Gracias de antemano.",
        "Ich hätte da mal eine Frage. {} Auf Ihrer Webseite habe ich dazu nichts gefunden.",
        "Können Sie mir bitte weiterhelfen? {} Vielen Dank im Voraus für Ihre Hilfe.",
        "J'ai une petite question. {} Merci d’avance pour votre aide.",
        "Tenho uma dúvida. {} Não encontrei nada no site. Obrigada desde já.",
        "لدي سؤال. {} شكرا مقدما",
    ],
)
def test_sentences_that_say_nothing_are_left_out(around: str) -> None:
    assert without_politeness(around.format(ASKED)) == ASKED


@pytest.mark.parametrize(
    "text",
    [
        "I have a question about my invoice. It is wrong.",
        "I have not got an answer yet. It has been a week.",
        "I need help from a human. The bot is useless.",
        "I need this urgently. It is broken.",
        "Could you help me cancel it? I am in a hurry.",
        "I could not find the reset button. It is not on the back.",
        "Thank you for nothing. It is still broken.",
        "I looked forward to it. It came broken.",
        "Ich brauche Hilfe mit der Rechnung. Sie ist falsch.",
        "Ich habe keine Antwort gefunden, die stimmt. Was nun?",
        "No encuentro mi factura. ¿Dónde está?",
    ],
)
def test_what_says_something_stays(text: str) -> None:
    assert without_politeness(text) == text


@pytest.mark.parametrize(
    "around",
    [
        "I could not find it in the menu {} thanks",
        "hi i have a question {}",
        "Hello, I hope you can help me with this, {}, thanks a lot",
        "hey guys i looked everywhere but could not find this {} can someone help me please",
        "{} thank you very much in advance",
        "can you tell me {} please help",
        "hola tengo una pregunta {} muchas gracias",
        "Können Sie mir bitte sagen {} vielen Dank im Voraus",
        "bonjour je voudrais savoir {} s'il vous plaît",
        "queria saber {} obrigada",
    ],
)
def test_what_runs_into_a_question_is_left_out(around: str) -> None:
    for asked in ("how do i reset my password", "wie lange dauert die Lieferung"):
        assert without_politeness(around.format(asked)) == asked


@pytest.mark.parametrize(
    "text",
    [
        "it works now thanks",
        "the fan is loud at night thanks a lot",
        "What does it mean if I need help?",
        "How do I say thanks?",
        "how much please?",
        "what is my plan and where can I say that I need help",
        "Hello, how do I download my invoices",
        "I have a question about my plan",
    ],
)
def test_what_runs_into_something_else_stays(text: str) -> None:
    assert without_politeness(text) == text


@pytest.mark.parametrize(
    "text", ["Could you help me?", "I have a question. Please help.", "", " \n"]
)
def test_nothing_but_politeness_is_read_as_it_is(text: str) -> None:
    assert without_politeness(text) == text
    assert read_letter(text).gist == text


def test_one_line_is_read_without_its_greeting_and_fillings() -> None:
    read = read_letter(f"Hi there! I have a question. {ASKED} I could not find it on your website.")
    assert read.gist == ASKED
    assert read.greets
    assert not read_letter(f"I have a question. {ASKED}").greets


def test_a_hostile_text_takes_no_time() -> None:
    for piece in (
        "thank you for your help " * 7,
        "i have a question about " * 400,
        "hi. " * 20_000,
        "how do i " + "thanks " * 50,
        "i have a question " * 20,
        "how do i hello, " + "i need help, " * 28,
    ):
        assert without_politeness(piece) is not None
