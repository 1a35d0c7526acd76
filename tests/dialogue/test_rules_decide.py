"""With the rules emptied, the dialogue does not follow: nothing but the rules decides what follows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.dialogue import Dialogue
from bot.neighbour import Neighbour
from bot.rasa_project import PROJECT, train_dialogue
from core.errors import DialogueFailed
from core.understanding import Act
from tests.dialogue.stage import BRAIN_TOKEN, TURN_TOKEN, RasaProcess, Script, Talk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_without_rules_no_conversation_is_handled(
    script: Script, brain_port: int, rasa_python: Path, tmp_path: Path
) -> None:
    project = tmp_path / "rasa"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    for rules in (project / "rules").glob("*.yml"):
        rules.write_text('version: "3.1"\nrules: []\n')
    (project / "rules" / "only.yml").write_text(
        'version: "3.1"\nrules:\n  - rule: only\n    steps: [{intent: greet}, {action: utter_greet}]\n'
    )
    model = train_dialogue(tmp_path / "model", rasa_python, project=project)
    process = RasaProcess(model, tmp_path / "rasa.log", project)
    try:
        script.knows("How do I cancel?", "Open Billing.")
        script.means("hello", Act.GREET)
        assert await _handles("hello", brain_port, process), "the one rule left still works"
        for act in sorted(set(Act) - {Act.GREET}):
            script.means("How do I cancel?", act)
            with pytest.raises(DialogueFailed, match="unhandled"):
                await _handles("How do I cancel?", brain_port, process)
    finally:
        process.stop()


async def _handles(text: str, brain_port: int, process: RasaProcess) -> bool:
    # A client of its own each time, for its circuit would open.
    async with Dialogue(
        Neighbour(f"http://127.0.0.1:{brain_port}", BRAIN_TOKEN),
        Neighbour(f"http://127.0.0.1:{process.port}", TURN_TOKEN),
    ) as dialogue:
        return bool((await Talk(dialogue).say(text)).replies)
