"""What we rely on in Rasa 3.6, and our modules inside it; each fact comes from `inside_rasa`, run by Rasa's Python."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.rasa_project import PROJECT, ROOT, train_dialogue

pytestmark = [pytest.mark.rasa, pytest.mark.slow]

RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    if not RASA_PYTHON.exists():
        pytest.skip("skipped: Rasa's environment (.venv-rasa) is absent")
    return _run("inside_rasa.py")


@pytest.fixture(scope="module")
def compared() -> dict[str, Any]:
    """Remembered predictions beside Rasa's own, over 400 made-up pasts of the real rules."""
    if not RASA_PYTHON.exists():
        pytest.skip("skipped: Rasa's environment (.venv-rasa) is absent")
    model = train_dialogue(ROOT / "var" / "test" / "dialogue", RASA_PYTHON)
    return _run("compare_predictions.py", str(model))


def _run(script: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [RASA_PYTHON, "-W", "ignore", Path(__file__).with_name(script), *arguments],
        cwd=PROJECT,
        env={"PYTHONPATH": str(PROJECT), "PATH": "/usr/bin:/bin", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_what_is_remembered_is_what_rasa_predicts(compared: dict[str, Any]) -> None:
    assert compared["different"] == 0
    assert compared["asked_again"] == 0, "the same past is asked about once"
    assert compared["actions_predicted"] >= 4, "the pasts are too much alike to prove anything"
    assert compared["rasa_looks_here"]


def test_rasa_still_runs_actions_where_we_replace_it(found: dict[str, Any]) -> None:
    assert found["run_arguments"] == ["self", "output_channel", "nlg", "tracker", "domain"]
    assert found["run_says_with"]
    assert found["utter_arguments"] == ["responses", "output_channel", "nlg", "tracker"]


def test_rasa_still_skips_parsing_when_told_what_was_understood(found: dict[str, Any]) -> None:
    assert found["parse_is_skipped"]
    assert found["message_takes"]


def test_a_copy_of_a_dialogue_is_rasas_own(found: dict[str, Any]) -> None:
    same, apart = found["copies"]
    assert same == [True] * 6
    assert apart == [True] * 3, "a copy that changes leaves the original as it was"


def test_what_is_said_and_done_is_chosen_as_by_rasa(found: dict[str, Any]) -> None:
    assert found["responses"] == [["one", "two"], ["here"], None]
    assert found["own_actions"] == [True, True, "action_listen"], "the same, and made once"
    assert found["logs_as_it_is"], "nothing is copied for a line that is not written"


def test_actions_run_inside_and_no_schema_is_checked(found: dict[str, Any]) -> None:
    (said, refused, failed), schemas_checked = found["acted"]
    texts, slots = said
    assert texts[-1] == "So."
    assert len(texts) == 2, "the greeting comes from the catalogue"
    assert slots == {"topic": "How?", "decision": "answer", "shown": []}
    assert refused == ["ActionExecutionRejection", 0], "Rasa tries another rule"
    assert failed == ["ValueError", 1], "the connector must know"
    assert schemas_checked == 0


def test_a_dialogue_continues_from_its_state(found: dict[str, Any]) -> None:
    assert found["same_slots"]
    assert found["same_loop"]
    assert found["same_past"], "the rules must see the same past"
    assert found["state_is_stable"]


def test_the_state_keeps_nothing_that_was_said(found: dict[str, Any]) -> None:
    assert "4711" not in json.dumps(found["state"])


def test_only_the_last_turn_stays_and_slots_and_form_survive_the_cut(found: dict[str, Any]) -> None:
    slots, loop, tail = found["cut_keeps"]
    assert slots == {"decision": "handoff", "requested_slot": "contact"}
    assert loop == "handoff_form"
    assert tail == [["user", "greet"], ["action", "action_listen"]]


def test_an_unreadable_state_starts_anew(found: dict[str, Any]) -> None:
    assert found["unreadable"] == [["action"]] * 4


def test_lead_ins_join_the_next_reply_and_effects_are_not_said(found: dict[str, Any]) -> None:
    replies, effects = found["collected"]
    assert [reply["text"] for reply in replies] == ["Hello!\n\nSo.", "Alone."]
    assert replies[0]["kind"] == "answer"
    assert replies[0]["citations"] == [1]
    assert effects == [{"kind": "resolve", "arguments": {}}]


def test_the_lock_file_names_exactly_what_is_installed(found: dict[str, Any]) -> None:
    def plain(pins: list[str]) -> set[str]:
        return {re.sub(r"[-_.]+", "-", pin).casefold() for pin in pins}

    lock = (PROJECT / "requirements.lock").read_text().splitlines()
    pinned = [line for line in lock if line and not line.startswith("#")]
    installers = ("pip==", "wheel==")
    installed = [pin for pin in found["installed"] if not pin.startswith(installers)]
    assert plain(pinned) == plain(installed)
