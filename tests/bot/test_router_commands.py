"""What `simulate`, `import tickets`, `train router` and `policy` print, and with which status they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db.utils import OperationalError
from typer.testing import CliRunner, Result

from bot.cli import app, main
from bot.demo import make_workspace
from bot.house import House
from bot.rehearse import Rehearsal, rehearse
from bot.workshop import _stays
from core.errors import MalformedPayload, NotFound
from store.models import Agent
from store.versions import add_version


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def answer(result: Result) -> dict[str, Any]:
    """The JSON object on the last line of standard output."""
    assert result.exit_code == 0, (result.stderr, result.exception)
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


UNROUTED = ("--policy", "round_robin", "--policy", "by_priority", "--days", "7")


def test_simulate_compares_made_up_months() -> None:
    found = answer(run("simulate", "--tickets", "300", *UNROUTED, "--json"))
    assert [plan["plan"] for plan in found["plans"]] == ["round_robin", "by_priority"]
    assert found["differences"][0]["cost_mean"].keys() == {"mean", "low", "high"}
    assert found["assumptions"]


def test_simulate_speaks_to_people_too() -> None:
    said = run("simulate", "--tickets", "300", *UNROUTED)
    assert said.exit_code == 0
    assert "by_priority minus round_robin" in said.stdout
    assert "Assumed:" in said.stdout
    assert "playing by_priority" in said.stderr


def test_simulate_plays_a_file_and_says_what_it_left_out(tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    path.write_text(
        "text,category,priority,team,created_at,handle_seconds\n"
        "a,x,high,one,2026-03-02 09:00,60\n"
        "b,x,low,two,2026-03-02 10:00,0:02:00\n"
        "c,x,whenever,two,2026-03-02 11:00,60\n"
    )
    found = answer(run("simulate", "--history", str(path), "--policy", "round_robin", "--json"))
    assert (found["tickets"], found["days"], found["left_out"]) == (2, 1, {"unknown priority": 1})


@pytest.mark.parametrize("words", [("--policy", "nonsense"), ("--history", "no-such-file.csv")])
def test_simulate_refuses_what_it_cannot_play(words: tuple[str, ...]) -> None:
    said = run("simulate", *words)
    assert said.exit_code == 1
    assert isinstance(said.exception, MalformedPayload)
    assert run("simulate", "--tickets", "-1").exit_code == 2


WORKFLOW = {
    "task_routing": {
        "filters": [
            {
                "filter_friendly_name": "German",
                "expression": "language == 'de'",
                "targets": [{"queue": "WQ1", "timeout": 20}],
            }
        ]
    }
}


@pytest.fixture
def without_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy can be checked where nothing is set up; where something is, its teams are known."""
    monkeypatch.setenv("THREADLINE_STATE", str(tmp_path / "empty"))


@pytest.mark.usefixtures("without_a_store")
def test_a_workflow_is_imported_checked_and_exported(tmp_path: Path) -> None:
    theirs, policy, back = (tmp_path / name for name in ("w.json", "p.toml", "back.json"))
    theirs.write_text(json.dumps(WORKFLOW))
    words = ("policy", "import", str(theirs), "--out", str(policy), "--queues", "WQ1=orders")
    said = run(*words, "--json")
    assert [one["in"] for one in answer(said)["left_out"]] == ["German"]
    assert "timeout = 20" in said.stderr
    found = answer(run("policy", "check", str(policy), "--json"))
    assert found["rules"][0]["fired"] > 50
    assert found["effect"]["moved"] > 0
    out = ("--file", str(policy), "--out", str(back), "--queues", "orders=WQ1")
    answer(run("policy", "export", *out, "--json"))
    assert json.loads(back.read_text())["task_routing"]["filters"][0]["targets"] == [
        {"queue": "WQ1"}
    ]


@pytest.mark.usefixtures("without_a_store")
def test_a_policy_that_is_hardly_meant_ends_with_one(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    rule = '[[rules]]\nname = "a"\nbecause = "-"\nwhen = []\nthen = {priority = "high"}\n'
    path.write_text(f'name = "p"\n{rule}{rule}')
    said = run("policy", "check", str(path), "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout.splitlines()[-1])["problems"] == ["Two rules are named 'a'."]
    path.write_text('name = "p"\n[[rules]]\nname = "a"\n')
    assert isinstance(run("policy", "check", str(path)).exception, MalformedPayload)


def test_a_play_with_the_installations_own_people(house: House) -> None:
    """Teams, skills and business hours are those of the tables."""
    make_workspace(house, lambda line: None)
    asked = Rehearsal("generated", ("round_robin",), tickets=200, days=7, staff="installation")
    found = rehearse(house.settings, asked, lambda line: None)
    assert found["people"] == 7, "six agents and a lead, who is in every team; the admin is in none"
    assert found["assumptions"][2] == "Staff is the given roster."
    Agent.objects.all().delete()
    with pytest.raises(NotFound):
        rehearse(house.settings, asked, lambda line: None)


def test_what_a_company_trained_or_went_back_to_stays_at_the_next_start(house: House) -> None:
    """The shipped examples are learned again only where no version of them is there and none of one's own serves."""
    now = house.clock()
    own = add_version("router", "own", "-", {"version": "own", "own": True}, now)
    assert _stays("router", own.manifest, "new:usual")
    shipped = add_version("acts", "a", "-", {"version": "a", "trained_from": "new:usual"}, now)
    older = add_version("acts", "b", "-", {"version": "b", "trained_from": "old:usual"}, now)
    assert _stays("acts", older.manifest, "new:usual"), "somebody went back to it"
    assert _stays("acts", shipped.manifest, "new:usual")
    assert not _stays("acts", shipped.manifest, "newer:usual")
    other = add_version("acts", "c", "-", {"version": "c", "trained_from": "new:other"}, now)
    assert not _stays("acts", other.manifest, "new:usual"), (
        "it reads the vectors of another encoder"
    )


def test_without_tables_the_program_says_what_to_do(monkeypatch: Any, capsys: Any) -> None:
    """Status 1 and a sentence, no trace."""

    def refuse() -> None:
        raise OperationalError("no such table: store_modelversion")

    monkeypatch.setattr("bot.cli.app", refuse)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "threadline migrate" in capsys.readouterr().err
