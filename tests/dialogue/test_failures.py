"""Rasa dead, frozen, wrong or without its actions: a DialogueFailed in time, and healing by itself."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import httpx2
import pytest
import pytest_asyncio

from bot.brain import Brain
from bot.dialogue import Dialogue, fallback
from bot.neighbour import Neighbour
from core.errors import DialogueFailed
from core.knowledge import Answering
from core.understanding import Act, EffectKind
from tests.dialogue.stage import (
    BRAIN_TOKEN,
    TURN_TOKEN,
    RasaProcess,
    Script,
    Talk,
    free_port,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANCEL = "How do I cancel my plan?"
STEPS = "Open Billing and choose Cancel plan."
DEADLINE = 1.0


class Watch:
    """A monotonic clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest_asyncio.fixture(loop_scope="session")
async def hasty(
    script: Script, rasa: RasaProcess, brain_port: int, watch: Watch
) -> AsyncIterator[Dialogue]:
    script.knows(CANCEL, STEPS)
    async with Dialogue(
        Neighbour(f"http://127.0.0.1:{brain_port}", BRAIN_TOKEN),
        Neighbour(f"http://127.0.0.1:{rasa.port}", TURN_TOKEN),
        deadline=DEADLINE,
        now=watch,
    ) as client:
        yield client


async def fail_until_open(dialogue: Dialogue) -> None:
    talk = Talk(dialogue)
    failures = 0
    while dialogue.rasa_breaker.state == "closed":
        started = time.monotonic()
        with pytest.raises(DialogueFailed):
            await talk.say(CANCEL)
        assert time.monotonic() - started < DEADLINE + 1
        failures += 1
    assert failures <= 5


async def test_killed_rasa_opens_the_circuit_and_a_new_one_heals_it(
    hasty: Dialogue, rasa: RasaProcess, watch: Watch
) -> None:
    await Talk(hasty).say(CANCEL)
    rasa.process.send_signal(signal.SIGKILL)
    rasa.process.wait()
    try:
        await fail_until_open(hasty)
        meant = await hasty.understand(CANCEL)
        assert fallback(meant).replies[0].text == STEPS, "the knowledge base still answers"
    finally:
        rasa.start()
    with pytest.raises(DialogueFailed, match="resting"):
        await Talk(hasty).say(CANCEL)
    watch.seconds += 10
    assert (await Talk(hasty).say(CANCEL)).replies[0].text == STEPS
    assert hasty.rasa_breaker.state == "closed"


async def test_frozen_rasa_costs_no_more_than_the_deadline_and_heals(
    hasty: Dialogue, rasa: RasaProcess, watch: Watch
) -> None:
    rasa.process.send_signal(signal.SIGSTOP)
    try:
        await fail_until_open(hasty)
        watch.seconds += 10
        with pytest.raises(DialogueFailed, match="no answer"):
            await Talk(hasty).say(CANCEL)
        assert hasty.rasa_breaker.state == "open", "a failed probe opens it again"
    finally:
        rasa.process.send_signal(signal.SIGCONT)
    watch.seconds += 10
    assert (await Talk(hasty).say(CANCEL)).replies[0].text == STEPS


async def test_two_attempts_of_one_turn_at_once(script: Script, talk: Talk) -> None:
    script.knows(CANCEL, STEPS)
    turn = await talk.turn_of(CANCEL)
    first, second = await asyncio.gather(talk.dialogue.turn(turn), talk.dialogue.turn(turn))
    assert first == second
    assert len(first.replies) == 2


async def test_the_same_turn_again_gives_the_same_result(script: Script, talk: Talk) -> None:
    script.knows(CANCEL, STEPS)
    await talk.say(CANCEL)
    turn = await talk.turn_of("Yes")
    assert await talk.dialogue.turn(turn) == await talk.dialogue.turn(turn)


async def test_a_failing_action_is_not_taken_for_silence(
    script: Script, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = await talk.turn_of(CANCEL)
    monkeypatch.setitem(turn.answer, "decision", "nonsense")
    with pytest.raises(DialogueFailed, match="action_failed"):
        await talk.dialogue.turn(turn)


async def test_a_refusing_action_leaves_the_turn_unhandled(script: Script, talk: Talk) -> None:
    script.knows(CANCEL, STEPS)
    await talk.say(CANCEL)
    talk.state["slots"] = {}
    talk.state["tail"] = [r for r in talk.state["tail"] if r[:2] != ["slot", "shown"]]
    with pytest.raises(DialogueFailed, match="unhandled"):
        await talk.say("No")


async def test_an_unknown_act_is_unhandled_not_silent(script: Script, talk: Talk) -> None:
    turn = await talk.turn_of(CANCEL)
    turn.understood["act"] = "dance"
    with pytest.raises(DialogueFailed, match="unhandled"):
        await talk.dialogue.turn(turn)


async def test_nothing_listens() -> None:
    nowhere = Neighbour(f"http://127.0.0.1:{free_port()}", "t")
    async with Dialogue(nowhere, nowhere) as dialogue:
        with pytest.raises(DialogueFailed):
            await dialogue.understand(CANCEL)


async def test_the_connector_wants_its_token(rasa: RasaProcess) -> None:
    url = f"http://127.0.0.1:{rasa.port}/webhooks/turn/turn"
    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.post(url, json={})).status_code == 401
        wrong = {"Authorization": "Bearer nonsense"}
        assert (await client.post(url, json={}, headers=wrong)).status_code == 401


async def test_the_connector_refuses_what_is_too_large(rasa: RasaProcess) -> None:
    url = f"http://127.0.0.1:{rasa.port}/webhooks/turn/turn"
    headers = {"Authorization": f"Bearer {TURN_TOKEN}"}
    body = {"text": "x" * 16_385, "state": {}, "parse_data": {}, "metadata": {}}
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
        assert (await client.post(url, json=body)).status_code == 413
        huge = {**body, "text": "x" * 2_000_000}
        with suppress(httpx2.TransportError):  # it may hang up before all of it was sent
            assert (await client.post(url, json=huge)).status_code == 413
        assert (await client.post(url, json=body)).status_code == 413


async def test_rasa_offers_nothing_but_the_turn(rasa: RasaProcess) -> None:
    headers = {"Authorization": f"Bearer {TURN_TOKEN}"}
    base = f"http://127.0.0.1:{rasa.port}"
    async with httpx2.AsyncClient(trust_env=False, headers=headers) as client:
        for path in (
            "/model",
            "/model/parse",
            "/conversations/x/tracker",
            "/webhooks/rest/webhook",
        ):
            assert (await client.post(base + path, json={})).status_code in (404, 405)
            assert (await client.put(base + path, json={})).status_code in (404, 405)


async def test_text_beyond_16_kb_is_cut_before_it_travels(script: Script, talk: Talk) -> None:
    talk.facts["contact"] = "ada@example.org"
    result = await talk.say("ü" * 20_000 + " and more")
    assert result.replies


async def test_the_state_does_not_grow(script: Script, talk: Talk) -> None:
    script.means("🙂", Act.CHIT_CHAT)
    script.knows(CANCEL, STEPS, others=("Something else.",))
    sizes: list[int] = []
    for number in range(100):
        await talk.say((CANCEL, "No", "🙂", "Yes", CANCEL)[number % 5])
        del talk.history[:-6]
        sizes.append(len(json.dumps(talk.state)))
    assert sizes[99] <= 1.3 * sizes[9]
    assert max(sizes) < 2_000


async def test_a_state_of_another_version_starts_anew(script: Script, talk: Talk) -> None:
    talk.state = {"version": 99, "whatever": True}
    script.knows(CANCEL, STEPS)
    assert (await talk.say(CANCEL)).replies[0].text == STEPS


async def test_nothing_the_customer_said_stays_in_the_tail(script: Script, talk: Talk) -> None:
    script.means("my secret is 4711", Act.CHIT_CHAT)
    await talk.say("my secret is 4711")
    assert "4711" not in json.dumps(talk.state)


async def test_without_models_the_brain_sends_everything_to_people(
    brain: Brain, dialogue: Dialogue
) -> None:
    brain.understander = brain.answerer = None
    meant = await dialogue.understand("Bonjour", language_hint="de")
    assert (meant.understood.act, meant.understood.confidence) == (Act.ASK, 0.0)
    assert meant.answer.decision is Answering.HANDOFF
    result = await Talk(dialogue, contact="ada@example.org").say("It is broken again")
    assert [e.kind for e in result.effects] == [EffectKind.HANDOFF]
