"""What a Decision says of targets that ask one colleague alone: who it is, and that one who is not here is passed over. Whose turn it is belongs to `core.targets`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.decision import Target
from core.targets import PREFERRED, is_named


def asked_alone(targets: Sequence[Target], facts: Mapping[str, Any]) -> tuple[str, ...]:
    """A sentence for each target that is for one colleague. `facts`: a case's: `agents` as `router.assign` reads them, with
    `email`, and `preferred_agent`; of what nobody looked up nothing is said."""
    names = _names(facts.get("agents"))
    if names is None:
        return ()
    own = facts.get("preferred_agent")
    said = (
        _said(one, names, own) for one in targets if one.agent == PREFERRED or is_named(one.agent)
    )
    return tuple(filter(None, said))


def _names(agents: Any) -> dict[str, str] | None:
    """Mail address to name; None where that is not known of everybody."""
    is_list = isinstance(agents, (list, tuple))
    if not is_list or not all(isinstance(one, Mapping) and "email" in one for one in agents):
        return None
    return {str(one["email"]).casefold(): str(one.get("name", "")) for one in agents}


def _said(target: Target, names: Mapping[str, str], own: Any) -> str:
    since = f"From minute {target.minutes:g} on only"
    if target.agent != PREFERRED:
        name = names.get(target.agent.casefold())
        if name is None:
            return f"The target for {target.agent} is passed over: nobody who takes conversations has that address."
        return f"{since} {name} is offered it, if they are there."
    if not isinstance(own, str):
        return ""
    name = names.get(own.casefold())
    if name is None:
        return (
            "The customer has no agent of their own, so the target for that agent is passed over."
        )
    return f"{since} the customer's own agent, {name}, is offered it, if they are there."
