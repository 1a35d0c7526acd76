"""The routing policy as a file: checked against known tickets, put into service as a version, exchanged with TaskRouter."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.house import House
from bot.rehearse import is_installed
from bot.settings import Settings
from bot.strangers import must_know, strangers
from bot.versions import ACTOR, admit
from core.errors import MalformedPayload
from store.knowledge import active_models
from store.models import ModelVersion, Team
from store.versions import add_version

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "router" / "policy.toml"
KIND = "policy"
FILE = "policy.toml"


def checked(path: Path, rows: Sequence[Mapping[str, str]], teams: Sequence[str]) -> dict[str, Any]:
    """What a policy file says, what in it is hardly meant, and what its rules would have done to `rows`.

    Raises `MalformedPayload`, naming the rule, when it is no policy.
    """
    from router.plans import read_policy
    from router.policy import policy_from
    from router.rules_file import effect_of, problems_of

    policy = policy_from(read_policy(path))
    rules, whole = effect_of(policy, rows)
    unknown = strangers(policy.named) if teams else []
    return {
        "name": policy.name,
        "version": policy.version,
        "problems": [*problems_of(policy, teams), *unknown],
        "rules": rules,
        "effect": whole,
    }


def use_policy(house: House, path: Path) -> dict[str, Any]:
    """Puts a policy into service; running brains follow within a second, `models rollback policy` goes back.

    Raises `MalformedPayload`; then the one in service stays.
    """
    from router.plans import read_policy

    read_policy(path)
    return put_into_service(house, path.read_text(encoding="utf-8"))


def put_into_service(house: House, text: str, *, actor: str = ACTOR) -> dict[str, Any]:
    """The same, from the TOML itself. Raises `MalformedPayload`."""
    if KIND not in active_models() and text != (shipped := SHIPPED.read_text(encoding="utf-8")):
        # So that the first policy of one's own can be taken back too.
        put_into_service(house, shipped)
    row = keep_policy(house, text)
    admit(house, KIND, row.folder, row.manifest, actor=actor)
    return {
        "version": row.version,
        "name": row.manifest["name"],
        "rules": row.manifest["rows"],
    }


def version_of(text: str) -> str:
    """Of what a policy says, however it is written. Raises `MalformedPayload`."""
    from router.policy import parsed, policy_from

    return policy_from(parsed(text)).version


def keep_policy(house: House, text: str) -> ModelVersion:
    """Keeps a policy as a version beside the others, without putting it into service. Raises `MalformedPayload`."""
    from router.policy import parsed, policy_from

    policy = policy_from(parsed(text))
    must_know(policy.named)
    folder = f"models/{KIND}/{policy.version}"
    out = house.settings.state / folder
    out.mkdir(parents=True, exist_ok=True)
    if not (out / FILE).exists():
        (out / FILE).write_text(text, encoding="utf-8")
    manifest = {
        "version": policy.version,
        "name": policy.name,
        "rows": len(policy.rules),
        "data": policy.version,
        "scores": {},
    }
    return add_version(KIND, policy.version, folder, manifest, house.clock())


def policy_in_service(settings: Settings) -> Path:
    """Its file: the active version's, or the shipped one."""
    row = active_models().get(KIND) if is_installed(settings) else None
    return SHIPPED if row is None else settings.state / row.folder / FILE


def known_teams(settings: Settings) -> list[str]:
    """Teams of this installation, and triage; empty where there is no installation yet."""
    if not is_installed(settings):
        return []
    found = list(Team.objects.values_list("slug", flat=True))
    return [*found, "triage"] if found else []


def imported(path: Path, queues: str, priorities: str) -> tuple[str, list[dict[str, str]]]:
    """TOML of a TaskRouter workflow, and what could not be said. Raises `MalformedPayload`.

    `queues`: `theirs=ours,...`; `priorities`: `50=high,...`.
    """
    from router.rules_file import to_toml
    from router.taskrouter import policy_of

    try:
        workflow = json.loads(path.read_text(encoding="utf-8"))
        levels = {int(number): label for number, label in _pairs(priorities).items()}
    except (OSError, ValueError) as problem:
        raise MalformedPayload(f"{path} cannot be read: {problem}.") from problem
    if not isinstance(workflow, dict):
        raise MalformedPayload(f"{path} holds no workflow.")
    found = policy_of(workflow, path.stem, _pairs(queues), levels or None)
    return to_toml(found.result), found.left_out


def exported(path: Path, queues: str) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """A TaskRouter workflow of a policy file, and what could not be said. `queues`: `ours=theirs,...`."""
    from router.plans import read_policy
    from router.policy import policy_from
    from router.taskrouter import workflow_of

    data = read_policy(path)
    policy_from(data)
    found = workflow_of(data, _pairs(queues))
    return found.result, found.left_out


def _pairs(said: str) -> dict[str, str]:
    found = {}
    for part in filter(None, said.split(",")):
        one, equals, other = part.partition("=")
        if not (one and equals and other):
            raise MalformedPayload(f"{part!r} is not one=other.")
        found[one.strip()] = other.strip()
    return found
