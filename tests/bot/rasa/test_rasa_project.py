"""Training once per change, and the command line of Rasa; with a small script in the place of Rasa's Python."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import yaml

from bot.rasa_project import (
    ENDPOINTS,
    PROJECT,
    project_fingerprint,
    rasa_command,
    train_dialogue,
)
from core.errors import PermanentFailure
from core.understanding import EffectKind

TRAINER = """#!/bin/sh
echo run >> "{log}"
while [ $# -gt 0 ]; do case "$1" in --out) out="$2";; --fixed-model-name) name="$2";; esac; shift; done
{then}
"""


def trainer(folder: Path, then: str = 'echo model > "$out/$name.tar.gz"') -> Path:
    program = folder / "python"
    program.write_text(TRAINER.format(log=folder / "log", then=then))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def runs(folder: Path) -> int:
    return len((folder / "log").read_text().splitlines())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy = tmp_path / "rasa"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    return copy


def test_the_second_training_redoes_nothing(tmp_path: Path, project: Path) -> None:
    python = trainer(tmp_path)
    told: list[str] = []
    first = train_dialogue(tmp_path / "m", python, project=project, progress=told.append)
    assert first.exists()
    assert train_dialogue(tmp_path / "m", python, project=project, progress=told.append) == first
    assert runs(tmp_path) == 1
    assert told == ["training dialogue rules", "dialogue rules trained", "dialogue rules unchanged"]


@pytest.mark.parametrize("changed", ["rules/handoff.yml", "domain/responses.yml", "config.yml"])
def test_a_change_trains_again(tmp_path: Path, project: Path, changed: str) -> None:
    python = trainer(tmp_path)
    train_dialogue(tmp_path / "m", python, project=project)
    (project / changed).write_text((project / changed).read_text() + "\n# changed\n")
    train_dialogue(tmp_path / "m", python, project=project)
    assert runs(tmp_path) == 2


def test_a_changed_connector_needs_no_training(project: Path) -> None:
    before = project_fingerprint(project)
    (project / "turn_connector.py").write_text("")
    assert project_fingerprint(project) == before


def test_contradicting_rules_fail_with_rasas_words(tmp_path: Path, project: Path) -> None:
    python = trainer(tmp_path, "echo Contradicting rules found; exit 1")
    with pytest.raises(PermanentFailure, match="Contradicting rules found"):
        train_dialogue(tmp_path / "m", python, project=project)


def test_a_failed_training_is_not_remembered(tmp_path: Path, project: Path) -> None:
    with pytest.raises(PermanentFailure):
        train_dialogue(tmp_path / "m", trainer(tmp_path, "exit 0"), project=project)
    train_dialogue(tmp_path / "m", trainer(tmp_path), project=project)
    assert runs(tmp_path) == 2


def test_without_rasa_there_is_one_clear_error(tmp_path: Path, project: Path) -> None:
    with pytest.raises(PermanentFailure, match="could not be run"):
        train_dialogue(tmp_path / "m", tmp_path / "absent", project=project)


def test_rasa_starts_on_loopback_with_its_tokens_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("THREADLINE_SECRET", "do not pass on")
    command = rasa_command(Path("py"), tmp_path / "dialogue.tar.gz", 5005, "turn")
    argv = list(command.argv)
    assert argv[argv.index("--interface") + 1] == "127.0.0.1"
    assert "--enable-api" not in argv
    assert command.cwd == PROJECT
    assert command.env["THREADLINE_TURN_TOKEN"] == "turn"
    assert command.env["RASA_TELEMETRY_ENABLED"] == "false"
    assert command.env["SANIC_WORKERS"] == "1"
    assert "do not pass on" not in command.env.values()
    assert "turn" not in argv, "the token must not stand in the process list"


def test_rasa_loads_our_channel_only_and_keeps_no_state() -> None:
    credentials = yaml.safe_load((PROJECT / "credentials.yml").read_text())
    assert list(credentials) == ["turn_connector.TurnInput"]
    endpoints = yaml.safe_load(ENDPOINTS.read_text())
    assert endpoints["tracker_store"] == {"type": "turn_store.TurnStore"}
    assert "nlu" not in endpoints
    assert "action_endpoint" not in endpoints, "actions are functions of the turn, beside the rules"
    domain = yaml.safe_load((PROJECT / "domain" / "domain.yml").read_text())
    assert domain["session_config"]["session_expiration_time"] == 0


def test_rasas_folder_is_no_package() -> None:
    assert not (PROJECT / "__init__.py").exists(), "`import rasa` would find ours"


def test_every_effect_status_and_reason_is_documented() -> None:
    page = (PROJECT / "README.md").read_text()
    sources = (PROJECT / "turn_connector.py").read_text() + (
        PROJECT / "turn_actions.py"
    ).read_text()
    for name in ("handoff", "resolve", "set_contact", "set_language"):
        assert EffectKind(name)
        assert f"`{name}`" in page
    for name in ("ok", "silent", "unhandled", "action_failed", "stuck"):
        assert f'"{name}"' in sources
        assert f"`{name}`" in page
    for name in ("asked_for_person", "unanswered", "not_helpful", "offer_taken", "urgent"):
        assert f'"{name}"' in sources
        assert f"`{name}`" in page
