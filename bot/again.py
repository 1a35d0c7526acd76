"""A stored Decision made once more from the case, the model and the policy of then, and compared byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bot import wire
from bot.bootstrap import build_dialogue
from bot.house import House
from bot.permissions import tickets_of
from bot.settings import Settings
from core.errors import DialogueFailed, NotFound, TemporaryFailure
from store.decisions import decision_of
from store.desk_ticket import find_ticket
from store.experiments import holdout_of
from store.models import Experiment, User
from store.versions import version_named

if TYPE_CHECKING:
    from router.policy import RoutingPolicy

POLICY_FILE = "policy.toml"


def derived(settings: Settings, case: Mapping[str, Any], versions: Mapping[str, str]) -> Any:
    """The verdict on a case, as JSON, by these versions. Loads models: for the brain and commands.

    Raises `NotFound` for a version that is kept no longer.
    """
    from router.model import load_model
    from router.route import Router

    trial = None
    policy = policy_named(settings, versions["policy"])
    if "experiment" in versions:
        row = Experiment.objects.get(id=versions["experiment"])
        policy = policy_named(settings, row.present)
        trial = (holdout_of(row), policy_named(settings, row.other))
    model = None
    if versions["router"] != "none":
        kept = version_named("router", versions["router"])
        model = load_model(settings.state / kept.folder)
    router = Router(model, policy, trial=trial)
    return wire.routed_to_json(router.route(wire.case_from_json(dict(case))))


def policy_named(settings: Settings, version: str) -> RoutingPolicy:
    """A version of the policy that is kept, or the shipped one. Raises `NotFound`."""
    from router.plans import read_policy
    from router.policy import default_policy, policy_from

    shipped = default_policy()
    if shipped.version.startswith(version):
        return shipped
    row = version_named("policy", version)
    return policy_from(read_policy(settings.state / row.folder / POLICY_FILE))


def decided_again(house: House, number: int) -> dict[str, Any]:
    """In this process. `is_same`: byte for byte; `different`: the parts that are not.

    Raises `NotFound` where the case or one of the versions is kept no longer, `Erased`.
    """
    case, stored = _stored(house, number)
    return _compared(number, stored, derived(house.settings, case, dict(stored["versions"])))


def decided_again_by_brain(house: House, user: User, number: int) -> dict[str, Any]:
    """The same by the process that holds the models, of a ticket that the user may see. Not for an event loop's thread.

    Raises `NotFound`, `Erased`, and `TemporaryFailure` while the brain is away.
    """
    find_ticket(tickets_of(user), number)
    case, stored = _stored(house, number)

    async def once() -> Any:
        async with build_dialogue(house.settings) as dialogue:
            return await dialogue.again(case, dict(stored["versions"]))

    try:
        found = asyncio.run(once())
    except DialogueFailed as error:
        raise TemporaryFailure("Nothing can be decided now: the brain is away.") from error
    if "gone" in found:
        raise NotFound(str(found["gone"]))
    return _compared(number, stored, found["routed"])


def _stored(house: House, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    stored = decision_of(house.vault, number).verdict
    case = stored.pop("case", None)
    if case is None:
        raise NotFound("What the router saw was not kept with this decision.")
    # It is read again as it was read then, whatever encoder and understander there are now: what was made then is given.
    made = stored.pop("embedding", "")
    heard = stored.get("languages") or case.get("languages", ())
    return {**case, "embedding": made or case.get("embedding", ""), "languages": heard}, stored


def _compared(number: int, stored: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Any]:
    again = _as_then({name: one for name, one in again.items() if name != "embedding"}, stored)
    return {
        "ticket": number,
        "is_same": _bytes(again) == _bytes(stored),
        "versions": dict(stored["versions"]),
        "different": sorted(
            name
            for name in {*again, *stored}
            if _bytes(again.get(name)) != _bytes(stored.get(name))
        ),
    }


def _as_then(again: Any, stored: Any) -> Any:
    """Without what nobody asked when it was decided: later versions of the product say more of a case."""
    if isinstance(again, list) and isinstance(stored, list) and len(again) == len(stored):
        return [_as_then(one, other) for one, other in zip(again, stored, strict=True)]
    if not (isinstance(again, Mapping) and isinstance(stored, Mapping)):
        return again
    return {name: _as_then(value, stored[name]) for name, value in again.items() if name in stored}


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()
