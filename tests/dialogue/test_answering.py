"""Questions on real Rasa: answered, doubted, not known."""

from __future__ import annotations

import pytest

from core.understanding import Act, EffectKind
from tests.dialogue.conftest import Script, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANCEL = "How do I cancel my plan?"
STEPS = "Open Billing and choose Cancel plan."


async def test_a_question_is_answered_with_its_source_and_a_check(
    script: Script, talk: Talk
) -> None:
    script.knows(CANCEL, STEPS)
    result = await talk.say(CANCEL)
    answer, check = result.replies
    assert (answer.kind, answer.text) == ("answer", STEPS)
    assert [c.quote for c in answer.citations] == [STEPS]
    assert (check.kind, check.text) == ("question", "Did that help?")
    assert [b.value for b in check.buttons] == ["Yes", "No"]
    assert result.effects == ()
    assert result.actions == ("action_answer", "utter_did_that_help", "action_listen")


async def test_yes_resolves(script: Script, talk: Talk) -> None:
    script.knows(CANCEL, STEPS)
    await talk.say(CANCEL)
    result = await talk.say("Yes")
    assert [e.kind for e in result.effects] == [EffectKind.RESOLVE]
    assert "Glad that helped" in result.replies[0].text
