"""How it was, asked in a call by keys: once in a call, answered with a press, a reason said behind it, and never of who wants none."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.house import House
from core.understanding import Act, Effect, EffectKind
from store.models import Address, Conversation, Survey
from tests.bot.scripted import says
from tests.channels.asked import WHY, comment, questions
from tests.channels.voice.telephone import calling
from tests.company import Company
from tests.fakes.twilio import FakeTwilio

DONE = replace(says("Glad to hear it."), effects=(Effect(EffectKind.RESOLVE, {}),))


def test_a_key_answers_the_one_question_after_the_second_resolve(
    wired: House, company: Company, twilio: FakeTwilio
) -> None:
    heard: list[list[str]] = []

    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.acts[WHY] = Act.DENY
            line.dialogue.turns.extend([DONE, says("It comes tomorrow."), DONE])
            await line.do("dial")
            for words in ("that helped", "and my other order?", "that helped too"):
                before = len(line.call.heard)
                await line.do("say", words)
                heard.append(line.call.heard[before:])
            for deed, what in (("press", "4"), ("say", WHY)):
                before = len(line.call.heard)
                await line.do(deed, what)
                heard.append(line.call.heard[before:])

    asyncio.run(run())
    first, second, third, pressed, reason = (" ".join(one) for one in heard)
    assert "How did we do?" in first
    assert "5" in first
    assert "How did we do?" not in second + third
    assert questions() == 1
    assert Survey.objects.get().rating == 4
    assert "Thank you for telling us." in pressed
    assert "http" not in pressed, "nobody can press a link in a call"
    assert comment(wired) == WHY
    assert "Thank you" in reason


def test_it_can_be_said_as_well(wired: House, company: Company, twilio: FakeTwilio) -> None:
    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.turns.append(DONE)
            await line.do("dial")
            await line.do("say", "that helped")
            await line.do("say", "Very good")

    asyncio.run(run())
    assert Survey.objects.get().rating == 5


def test_who_wants_nothing_from_this_number_is_not_asked(
    wired: House, company: Company, twilio: FakeTwilio
) -> None:
    heard: list[str] = []

    async def run() -> None:
        async with calling(wired, twilio) as line:
            line.dialogue.turns.extend([says("Hello."), DONE])
            await line.do("dial")
            await line.do("say", "hello there")

            def refuse() -> None:
                row = Conversation.objects.get()
                Address.objects.filter(id=row.address_id).update(refuses=[str(row.inbox_id)])

            await line.house.database.run(refuse)
            await line.do("say", "that helped")
            heard.extend(line.call.heard)

    asyncio.run(run())
    assert "How did we do?" not in " ".join(heard)
    assert Survey.objects.count() == 0
