"""A call with real sound: the caller's words are spoken and recognised, and so are the product's; nothing is passed as text."""

from __future__ import annotations

import asyncio
import os

import pytest

from bot import on_hold
from bot.house import House
from channels.voice_hearing import heard
from store.models import Call, Message, Ticket
from tests.bot.scripted import hands_over, says
from tests.channels.voice.telephone import Line, calling
from tests.channels.voice.test_voice_hold_on_the_house import _becomes, _do
from tests.channels.voice.test_voice_line_on_the_house import _rings, _until, manned
from tests.company import Company
from tests.fakes.spoken import Ear, missing, speak
from tests.fakes.twilio import FakeTwilio
from tests.fakes.twilio_call import FakeCall

__all__ = ["manned"]

CALLERS = (
    "where is my order",
    "how can i return an item",
    "please repeat that",
    "i want to talk to a person",
    "do you have a shop in london",
    "i forgot my password",
    "what does shipping cost",
    "cancel my order",
)
STRANGE = "purple monkey dishwasher"
PRODUCTS = (
    "it comes tomorrow",
    "it comes on monday",
    "we have no shop in london",
    "you have thirty days",
    "i did not catch that",
    "one moment please",
    "you are next in line i cannot say yet how long it takes",
    "you are on hold one moment please",
)
COLLEAGUES = (
    "the caller is on hold press one to speak with them again",
    "one moment please",
    "it is on your screen",
)


@pytest.fixture(scope="module", autouse=True)
def _sound() -> None:
    if lacking := missing():
        if os.environ.get("CI"):
            pytest.fail(lacking)
        pytest.skip(f"skipped: {lacking}")


@pytest.fixture(scope="module")
def recogniser() -> Ear:
    """Twilio's, which is given what callers may say."""
    return Ear(CALLERS)


@pytest.fixture(scope="module")
def caller() -> Ear:
    """The caller's, who listens to the product."""
    return Ear(PRODUCTS)


def test_the_ear_hears_what_was_said_and_not_what_was_hoped(recogniser: Ear) -> None:
    heard_of = {words: recogniser.hear(speak(words)) for words in CALLERS}
    right = [words for words, found in heard_of.items() if found and found.text == words]
    assert len(right) >= len(CALLERS) - 1
    assert all(found.confidence > 0.35 for found in heard_of.values() if found)
    assert recogniser.hear(speak("the weather is nice")) is None
    broken_off = recogniser.hear(speak(STRANGE))
    assert broken_off is not None
    assert broken_off.confidence < 0.35
    assert recogniser.hear(bytes(32_000)) is None


def test_spoken_digits_become_a_number(recogniser: Ear) -> None:
    found = recogniser.hear(speak("my order number is three, five, six"))
    assert found is not None
    assert heard(found.text, "en") == "my order number is 356"


async def _speak(on: Line, ear: Ear, words: str) -> None:
    """Sound goes down the line; what the recogniser makes of it comes to us as Twilio brings it."""
    found = await asyncio.to_thread(lambda: ear.hear(speak(words)))
    if found is None:
        await on.do("wait")
    else:
        await on.do("say", found.text, found.confidence)


async def _hear(call: FakeCall, ear: Ear) -> str:
    """What somebody at a telephone makes of the last words of the product."""
    found = await asyncio.to_thread(lambda: ear.hear(speak(call.heard[-1])))
    return found.text if found else ""


def test_a_spoken_call_from_hello_to_ticket(
    wired: House, company: Company, twilio: FakeTwilio, recogniser: Ear, caller: Ear
) -> None:
    async def run() -> None:
        async with calling(wired, twilio) as on:
            on.dialogue.turns.extend([says("It comes tomorrow."), hands_over()])
            await on.do("dial")
            await _speak(on, recogniser, "where is my order")
            assert await _hear(on.call, caller) == "it comes tomorrow"
            await _speak(on, recogniser, "please repeat that")
            assert await _hear(on.call, caller) == "it comes tomorrow"
            before = len(on.call.heard)
            await _speak(on, recogniser, STRANGE)
            assert len(on.call.heard) == before + 1
            assert on.call.heard[-1].startswith("I did not catch that."), "it is asked for again"
            await _speak(on, recogniser, "i want to talk to a person")
            assert on.call.state == "record"
            await on.do("leave_message")

    asyncio.run(run())
    assert company.texts(Message.Author.CUSTOMER) == [
        "where is my order",
        "i want to talk to a person",
        "Voicemail, 12 seconds",
    ]
    assert Ticket.objects.count() == 1


def test_a_spoken_call_is_put_on_hold_and_goes_on(
    manned: House, company: Company, twilio: FakeTwilio, recogniser: Ear, caller: Ear
) -> None:
    colleague = Ear(COLLEAGUES)

    async def run() -> None:
        async with calling(manned, twilio) as on:
            on.dialogue.turns.append(hands_over())
            await on.do("dial")
            await _speak(on, recogniser, "i want to talk to a person")
            await on.do("press", "2")
            assert on.call.queued is not None
            telephone = await _rings(on, company.other, twilio)
            await asyncio.to_thread(telephone.dial)
            await asyncio.to_thread(telephone.press, "1")
            await _until(on, lambda: Call.objects.exclude(leg="").exists())
            await _do(on, on_hold.hold, company.other)
            await _becomes(on, lambda: on.call.state == "pause" and telephone.state == "gather")
            assert await _hear(on.call, caller) == "you are on hold one moment please"
            assert await _hear(telephone, colleague) == COLLEAGUES[0]
            await _do(on, on_hold.take_back, company.other)
            await _becomes(on, lambda: on.call.state == telephone.state == "together")
            await on.do("hang_up")

    twilio.answers_first = True
    asyncio.run(run())
    assert company.texts(Message.Author.CUSTOMER)[0] == "i want to talk to a person"
