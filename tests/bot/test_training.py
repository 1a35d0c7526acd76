"""Training from a company's own files and history: what is learned, what is told by file and line, what stays as it was."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from bot import training
from bot.artefacts import load_parts
from bot.bootstrap import encoder_of
from bot.brain import Brain
from bot.canary import CanaryFailed
from bot.house import House
from bot.own_files import read_own
from bot.past import forget_tickets, import_tickets, past_rows, past_tickets
from bot.training import retrain_router, train_own
from bot.workshop import quiet
from core.errors import MalformedPayload, NotFound
from core.ports import Encodes
from core.understanding import Act, Understood
from nlu.corpus import Example
from nlu.encoder import load_encoder
from nlu.folder import Read, read_rasa_file
from nlu.intents_train import Tunes
from router.train import is_frozen
from store.knowledge import active_models
from store.versions import versions

NLU = """version: "3.1"
nlu:
- intent: cancel_order
  examples: |
    - cancel my order
    - I want to cancel the order [A-17](order)
    - please stop the order before it ships
    - can you cancel what I bought
- lookup: city
  examples: |
    - Berlin
- intent: opening_hours
  examples:
  - text: |
      - when do you open
  - text: are you open on sundays
  - text: what are your opening hours
  - text: until when are you open today
"""
WORDS = {"billing": "invoice charge refund card", "technical": "error crash login reset"}
LEVELS = ("critical", "high", "medium", "low")


@pytest.fixture(autouse=True)
def short_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for words that tell as much as these."""
    monkeypatch.setattr("router.learn._UPDATES", 60)


@pytest.fixture
def once(database: str) -> None:
    """What is learned is the same on every database, and learning takes seconds."""
    if database != "sqlite":
        pytest.skip("skipped: trained on SQLite; versions are switched on both in test_models")


@pytest.fixture
def encoders(once: None, house: House) -> None:
    from core.errors import ModelUnavailable

    try:
        encoder_of(house.settings)
        load_encoder("multilingual")
    except ModelUnavailable as problem:
        pytest.skip(f"skipped: {problem}")


def tickets(count: int, seed: int = 1) -> list[dict[str, str]]:
    random_ = random.Random(seed)
    rows = []
    for at in range(count):
        team = sorted(WORDS)[at % 2]
        said = " ".join(random_.choices(WORDS[team].split(), k=5))
        rows.append(
            {"text": f"{said} {seed} {at}", "category": team, "priority": LEVELS[at % 4],
             "team": team, "language": "en", "channel": "chat"}
        )  # fmt: skip
    return rows


def swapped(rows: list[dict[str, str]], which: Callable[[str], bool]) -> list[dict[str, str]]:
    """With the other team for those texts."""
    other = {"billing": "technical", "technical": "billing"}
    return [{**row, "team": other[row["team"]]} if which(row["text"]) else row for row in rows]


def export(path: Path, rows: list[dict[str, str]]) -> Path:
    lines = (json.dumps({**row, "id": at}) + "\n" for at, row in enumerate(rows))
    path.write_text("".join(lines))
    return path


@pytest.mark.usefixtures("encoders")
def test_a_companys_own_intents_serve_after_one_command(house: House, tmp_path: Path) -> None:
    (tmp_path / "nlu.yml").write_text(NLU)
    (tmp_path / "domain.yml").write_text("intents: [cancel_order]\nresponses: {}\n")
    (tmp_path / "more.csv").write_text("text,intent\nforget my order,cancel_order\n")
    said: list[str] = []
    found = train_own(house, tmp_path, said.append)
    assert found["intents"]["rows"] >= 9
    assert found["intents"]["activated"]
    assert found["intents"]["set_aside"] == 0
    assert found["intents"]["accuracy_on"] == "what was learned"
    assert any(line.startswith("domain.yml: holds no examples") for line in said)
    assert any("learning from 9 examples, 0 set aside" in line for line in said)
    brain = Brain(understander=Asking())
    load_parts(house.settings, encoder_of, brain)
    intents = brain.understand("I would like to cancel my order", "en").intents
    assert intents[0].name == "cancel_order"
    assert 0 < intents[0].confidence <= 1
    both = brain.understand("I would like to cancel my order. When do you open on sundays?", "en")
    assert set(both.named) == {"cancel_order", "opening_hours"}


@pytest.mark.usefixtures("encoders")
def test_an_encoder_is_tuned_to_them_when_that_is_asked_for(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tuning itself is tried in tests/nlu: torch alone takes longer to load than all of this."""
    (tmp_path / "nlu.yml").write_text(NLU)
    told: list[Example] = []

    def tuner(folder: Path, seed: int, **_: object) -> Tunes:
        def run(examples: Sequence[Example]) -> tuple[Encodes, Path]:
            told.extend(examples)
            return encoder_of(house.settings), folder

        return run

    monkeypatch.setattr("nlu.tune.tuner", tuner)
    train_own(house, tmp_path, quiet)
    assert told == []
    assert train_own(house, tmp_path, quiet, tune=True)["intents"]["activated"]
    assert {row.label for row in told} == {"cancel_order", "opening_hours"}


class Asking:
    """An understander to whom everything is a question."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Nothing is encoded here."""

    def understand(self, text: str, *, language_hint: str = "") -> Understood:
        return Understood(Act.ASK, 1.0, gist=text)


BROKEN = {
    "tab.yml": ("nlu:\n- intent: a\n\texamples: |\n", "tab.yml, line 3: "),
    "none.yml": ("nlu:\n- intent: a\n", "none.yml, line 2: intent 'a' has no examples."),
    "nameless.yml": ("nlu:\n- examples: |\n    - a\n", "nameless.yml, line 2: this block names no"),
    "dash.yml": ("nlu:\n- intent: a\n  examples: |\n    - x\n    y\n", "dash.yml, line 5: an example"),
    "what.yml": ("hello: 1\n", "what.yml, line 1: there is no `nlu:`"),
    "map.yml": ("nlu: 3\n", "map.yml, line 1: `nlu:` has to be a list."),
    "cells.csv": ("text,intent\na\nb,c\n", "cells.csv, line 2: it has not as many cells"),
    "empty.csv": ("text,intent\na,b\n  ,c\n", "empty.csv, line 3: no text."),
    "other.csv": ("utterance,label\na,b\n", "other.csv, line 1: neither text and intent"),
    "prio.csv": ("text,category,team,priority\na,b,c,soon\nd,e,f,low\n", "prio.csv, line 2: unknown priority."),
}  # fmt: skip


def test_everything_that_is_wrong_is_told_at_once(house: House, tmp_path: Path) -> None:
    for name, (content, _) in BROKEN.items():
        (tmp_path / name).write_text(content)
    with pytest.raises(MalformedPayload) as refused:
        train_own(house, tmp_path, quiet)
    lines = str(refused.value).splitlines()
    for _, expected in BROKEN.values():
        assert any(line.startswith(expected) for line in lines), expected
    assert versions() == []
    assert not (house.settings.state / "models").exists()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "holds no examples"),
        ("text,intent\na,b\nc,b\n", "at least two of them"),
        ("text,intent\nhello,greet\nbye,leave\nbye now,leave\n", "of two examples each"),
    ],
)
def test_too_little_is_refused(house: House, tmp_path: Path, content: str, problem: str) -> None:
    if content:
        (tmp_path / "a.csv").write_text(content)
    with pytest.raises(MalformedPayload, match=problem):
        train_own(house, tmp_path, quiet)
    with pytest.raises(NotFound):
        train_own(house, tmp_path / "nowhere", quiet)


@pytest.mark.usefixtures("encoders")
def test_when_one_of_two_models_fails_neither_serves(house: House, tmp_path: Path) -> None:
    """The rows set aside say the opposite of the others: the router fails, and the intents must wait too."""
    (tmp_path / "nlu.yml").write_text(NLU)
    export(tmp_path / "tickets.jsonl", swapped(tickets(60), is_frozen))
    with pytest.raises(CanaryFailed, match="router"):
        train_own(house, tmp_path, quiet)
    assert active_models() == {}
    assert list((house.settings.state / "models").glob("*/*")) == []


def test_a_history_comes_in_once_however_often_it_is_imported(house: House, tmp_path: Path) -> None:
    rows = tickets(30)
    rows[0]["text"] = "my card 4111 1111 1111 1111 was charged twice"
    path = export(tmp_path / "tickets.jsonl", rows)
    path.write_text(path.read_text() + '{"id": 99, "text": "no team"}\nno json\n')
    first = import_tickets(house, path, "", "technical=tech", "", quiet)
    assert (first["source"], first["new"], first["kept"]) == ("own", 30, 30)
    assert [one["line"] for one in first["unreadable"]] == [31, 32]
    again = import_tickets(house, path, "", "technical=tech", "", quiet)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 30)
    rows[1]["team"] = "billing"
    export(path, rows[:2])
    corrected = import_tickets(house, path, "", "technical=tech", "", quiet)
    assert (corrected["new"], corrected["changed"], corrected["kept"]) == (0, 1, 30)
    kept = past_rows(house)
    assert len(kept) == len(past_tickets(house)) == 30
    assert {row["team"] for row in kept} == {"billing", "tech"}
    assert not any("4111 1111" in row["text"] for row in kept)
    assert forget_tickets(house, "own") == {"source": "own", "forgotten": 30}
    assert past_rows(house) == []
    with pytest.raises(NotFound):
        forget_tickets(house, "own")


def test_what_customers_wrote_is_not_readable_on_disk(house: House, tmp_path: Path) -> None:
    import_tickets(house, export(tmp_path / "t.jsonl", tickets(5)), "", "", "", quiet)
    (sealed,) = (house.settings.state / "history").iterdir()
    assert b"invoice" not in sealed.read_bytes()
    for wrong in ("../own", "a/b", ""):
        with pytest.raises(MalformedPayload):
            forget_tickets(house, wrong)


@pytest.mark.usefixtures("once")
def test_the_better_router_serves(house: House, tmp_path: Path, monkeypatch: Any) -> None:
    """A challenger from a good history replaces nothing; one that learned little does not replace it."""
    monkeypatch.setattr(training, "EMBEDDED", 0)
    monkeypatch.setattr(training, "_encoder", lambda house: None)
    import_tickets(house, export(tmp_path / "t.jsonl", tickets(120)), "", "", "", quiet)
    rows = past_rows(house)
    first = retrain_router(house, rows, quiet)
    assert first["activated"]
    assert first["serving_accuracy"] is None
    assert first["set_aside"] == sum(is_frozen(row["text"]) for row in rows)
    assert first["accuracy_on"] == "rows set aside"
    assert first["accuracy"] > 0.9
    assert first["unknown_teams"] == ["billing", "technical"]
    worse = swapped(rows, lambda text: not is_frozen(text))
    second = retrain_router(house, worse, quiet)
    assert not second["activated"]
    assert second["difference"]["high"] < 0
    assert active_models()["router"].version == first["version"]
    assert len(versions("router")) == 2


def test_no_history_no_router(house: House) -> None:
    with pytest.raises(NotFound, match="import tickets"):
        retrain_router(house, [], quiet)


def test_examples_in_rasas_forms(tmp_path: Path) -> None:
    path = tmp_path / "nlu.yml"
    path.write_text(NLU)
    read = Read()
    read_rasa_file(path, read)
    assert read.problems == []
    assert [one.text for one in read.examples][1] == "I want to cancel the order A-17"
    assert [one.label for one in read.examples] == ["cancel_order"] * 4 + ["opening_hours"] * 4
    assert read.examples[4].text == "when do you open"


def test_the_other_files_of_a_project_are_passed_over(tmp_path: Path) -> None:
    others = {
        "endpoints.yml": "action_endpoint:\n  url: http://localhost:5055/webhook\n",
        "credentials.yml": "slack:\n  slack_token: x\n",
        "docker-compose.yml": "services:\n  rasa: {}\n",
        "domain.yml": "version: '3.1'\nintents: [greet]\n",
    }
    read = Read()
    for name, content in others.items():
        (tmp_path / name).write_text(content)
        read_rasa_file(tmp_path / name, read)
    assert (read.problems, read.passed) == ([], list(others))


def test_tables_of_any_ending_and_titles_are_learned_from(tmp_path: Path) -> None:
    """What lies there and is not read would be missed only when customers are misunderstood."""
    (tmp_path / "NLU.YML").write_text(NLU)
    (tmp_path / "One.CSV").write_text("Utterance,category\nhello,0\n")
    (tmp_path / "two.tsv").write_text("utterance\tcategory\nbye, bye\t1\n")
    (tmp_path / "three.ndjson").write_text('{"utterance": "help", "category": "assist"}\n')
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "odd.yml").write_text("none: of it\n")
    examples, tickets, passed = read_own(tmp_path, ("utterance", "category"))
    assert [
        (one["text"], one["label"]) for one in examples if one["label"] in {"0", "1", "assist"}
    ] == [
        ("hello", "0"),
        ("help", "assist"),
        ("bye, bye", "1"),
    ]
    assert (len(examples), tickets, passed) == (11, [], [])
