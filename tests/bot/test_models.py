"""Versions of models side by side: only what passes its canary set serves, and going back goes back."""

from __future__ import annotations

import csv
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.artefacts import load_parts
from bot.brain import Brain
from bot.canary import Canary, CanaryFailed, baseline, keep_canary, margin
from bot.house import House
from bot.policies import SHIPPED, policy_in_service, use_policy
from bot.versions import activate, admit, listed, rollback
from core.decision import Case
from core.errors import Conflict, MalformedPayload, ModelUnavailable, NotFound
from router.train import train_router
from store.knowledge import active_models
from store.models import AuditEntry, ModelVersion

Row = dict[str, str]

WORDS = {
    "billing": "invoice charge refund card payment",
    "technical": "error crash login reset screen",
    "orders": "parcel delivery courier address late",
}
LEVELS = ("critical", "high", "medium", "low")


def tickets(seed: int, count: int, *, is_nonsense: bool = False) -> list[Row]:
    """Easy to tell apart by their words; nonsense has its labels shuffled."""
    random_ = random.Random(seed)
    rows = []
    for at in range(count):
        team = sorted(WORDS)[at % 3]
        said = " ".join(random_.choices(WORDS[team].split(), k=6))
        label = random_.choice(sorted(WORDS)) if is_nonsense else team
        rows.append(
            {"text": f"{said} {at}", "category": label, "priority": LEVELS[at % 4], "team": label,
             "language": "en", "channel": "chat"}
        )  # fmt: skip
    return rows


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three routers: two that know their trade and one that learned nonsense."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("router.learn._UPDATES", 60)  # enough for words that tell this much
        for name, seed, is_nonsense in (("one", 1, False), ("two", 2, False), ("bad", 3, True)):
            folder = tmp_path_factory.mktemp(name)
            data = write(folder / "tickets.csv", tickets(seed, 48, is_nonsense=is_nonsense))
            train_router(data, None, folder)
            found[name] = folder
    return found


@pytest.fixture
def ready(house: House, trained: dict[str, Path]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Name to folder and manifest, in this installation's state, each with the same canary set."""
    found = {}
    rows = tuple({**row, "label": row["team"]} for row in tickets(9, 60))
    for name, source in trained.items():
        folder = f"models/router/{name}"
        shutil.copytree(source, house.settings.state / folder)
        manifest = json.loads((source / "manifest.json").read_text())
        manifest["canary"] = keep_canary(
            house, "router", house.settings.state / folder, Canary(rows, 0.8)
        )
        found[name] = (folder, manifest)
    return found


def serving() -> str:
    return active_models()["router"].version


def test_the_version_that_passes_serves_and_brains_follow(house: House, ready: Any) -> None:
    checked = admit(house, "router", *ready["one"])
    assert (checked.rows, checked.floor) == (60, 0.8)
    assert checked.accuracy > 0.9
    brain = Brain()
    loaded = load_parts(house.settings, lambda settings: Quiet(), brain)
    house.clock.advance(hours=1)  # type: ignore[attr-defined]
    admit(house, "router", *ready["two"])
    load_parts(house.settings, lambda settings: Quiet(), brain, loaded)
    assert brain.versions["router"] == ready["two"][1]["version"] == serving()
    one, two = sorted(listed("router"), key=lambda row: row["is_active"])
    assert (one["is_active"], two["is_active"]) == (False, True)
    assert two["rows"] == 48
    assert set(two["canary"]) == {"rows", "floor"}
    assert two["scores"]["cross_team_accuracy"] > 0.8


class Quiet:
    """An encoder that no one asks."""

    name, dimension = "quiet", 1

    def encode(self, texts: Any) -> Any:
        raise AssertionError("this router was trained without an encoder")


def test_what_fails_its_canary_set_is_kept_but_does_not_serve(house: House, ready: Any) -> None:
    admit(house, "router", *ready["one"])
    with pytest.raises(CanaryFailed, match=r"60 rows.*80\.0%"):
        admit(house, "router", *ready["bad"])
    assert serving() == ready["one"][1]["version"]
    with pytest.raises(CanaryFailed):
        activate(house, "router", ready["bad"][1]["version"][:10])
    assert serving() == ready["one"][1]["version"]
    assert ModelVersion.objects.filter(kind="router").count() == 2
    with pytest.raises(NotFound):
        rollback(house, "router")


@pytest.mark.parametrize("file", ["router.npz", "canary.sealed"])
def test_an_altered_artefact_is_refused(house: House, ready: Any, file: str) -> None:
    admit(house, "router", *ready["one"])
    admit(house, "router", *ready["two"])
    path = house.settings.state / ready["one"][0] / file
    path = path if path.exists() else next(path.parent.glob("*.npz"))
    path.write_bytes(path.read_bytes()[:-9] + b"corrupted")
    with pytest.raises(ModelUnavailable):
        activate(house, "router", ready["one"][1]["version"])
    assert serving() == ready["two"][1]["version"]


def test_going_back_goes_on_back_and_never_forth(house: House, ready: Any, clock: Any) -> None:
    first, second = (ready[name][1]["version"] for name in ("one", "two"))
    for name in ("one", "two"):
        admit(house, "router", *ready[name])
        clock.advance(minutes=1)
    told = rollback(house, "router")
    assert (told["version"], told["instead_of"]) == (first, second)
    with pytest.raises(NotFound):
        rollback(house, "router")
    assert serving() == first
    clock.advance(minutes=1)
    activate(house, "router", second)
    assert not any(row["withdrawn"] for row in listed("router"))
    assert rollback(house, "router")["version"] == first
    deeds = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(deeds) == [
        "model.activate", "model.activate", "model.rollback", "model.activate", "model.rollback",
    ]  # fmt: skip


def test_a_version_is_named_by_its_beginning(house: House, ready: Any) -> None:
    admit(house, "router", *ready["one"])
    for wrong in ("", "zz"):
        with pytest.raises(NotFound):
            activate(house, "router", wrong)
    version = ready["one"][1]["version"]
    ModelVersion.objects.create(
        kind="router", version=version[:8] + "x", folder="", created_at=house.clock()
    )
    with pytest.raises(Conflict):
        activate(house, "router", version[:8])


def test_models_without_a_canary_set_do_not_serve(house: House, ready: Any) -> None:
    folder, manifest = ready["one"]
    with pytest.raises(ModelUnavailable, match="no canary set"):
        admit(house, "intents", folder, {**manifest, "canary": None})


def test_the_floor_leaves_room_for_chance_and_none_for_guessing() -> None:
    assert [margin(n) for n in (0, 25, 10_000)] == [1.0, 0.2, 0.03]
    assert baseline([{"label": name} for name in "aaab"]) == pytest.approx(0.8)
    assert baseline([{"label": "a"}] * 20) == 1.0


def test_the_commands_list_and_refuse(house: House, ready: Any, monkeypatch: Any) -> None:
    from bot.cli import app

    monkeypatch.setattr("bot.cli.models.build_house", lambda: house)
    admit(house, "router", *ready["one"])
    said = CliRunner().invoke(app, ["models", "list", "--json"])
    (one,) = json.loads(said.stdout.splitlines()[-1])["models"]
    assert one["is_active"]
    assert ready["one"][1]["version"][:12] in CliRunner().invoke(app, ["models", "list"]).stdout
    refused = CliRunner().invoke(app, ["models", "rollback", "router", "--json"])
    assert refused.exit_code == 1
    assert CliRunner().invoke(app, ["models", "activate", "router"]).exit_code == 2


def test_a_policy_serves_at_once_and_can_be_taken_back(house: House, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'name = "mine"\n[[rules]]\nname = "all"\nbecause = "Everything goes to orders."\n'
        'when = []\nthen = {team = "orders"}\n'
    )
    brain = Brain()
    use_policy(house, path)
    loaded = load_parts(house.settings, lambda settings: Quiet(), brain)
    assert brain.route(Case("hello", "en", "chat")).team == "orders"
    assert policy_in_service(house.settings).read_text() == path.read_text()
    rollback(house, "policy")
    load_parts(house.settings, lambda settings: Quiet(), brain, loaded)
    assert brain.route(Case("hello", "en", "chat")).team == "triage"
    path.write_text('name = "mine"\n[[rules]]\nname = "all"\n')
    with pytest.raises(MalformedPayload):
        use_policy(house, path)
    assert policy_in_service(house.settings).read_text() == SHIPPED.read_text()


def test_a_new_router_keeps_the_policy(house: House, ready: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SHIPPED.read_text().replace('name = "default"', 'name = "mine"'))
    use_policy(house, path)
    brain = Brain()
    loaded = load_parts(house.settings, lambda settings: Quiet(), brain)
    admit(house, "router", *ready["one"])
    load_parts(house.settings, lambda settings: Quiet(), brain, loaded)
    routed = brain.route(Case("invoice charge refund", "en", "chat"))
    assert routed.team == "billing"
    versions_used = dict(routed.versions)
    assert versions_used["policy"] == active_models()["policy"].version[:16]
