"""The agent that a customer has as theirs: chosen by those who work tickets, and taken away again. Where it counts is `store.targets`."""

from __future__ import annotations

from bot.desk import deed
from bot.house import House
from bot.permissions import May, require
from core.errors import NotFound
from store.models import Agent, User
from store.preferred import prefer, preferred_agent


def prefer_agent(
    house: House, user: User, number: int, email: str, version: int | None = None
) -> None:
    """The customer of a ticket has this agent as theirs from now on; an empty `email`: none. Raises `NotFound`, also for
    who takes no conversations or has left."""
    require(user, May.WORK_TICKETS)
    wanted = email.strip()
    working = Agent.objects.select_related("user").filter(user__is_active=True)
    agent = working.filter(user__email__iexact=wanted).first() if wanted else None
    if wanted and agent is None:
        raise NotFound(
            "Nobody who takes conversations here has the address %(agent)s.", agent=wanted
        )
    to = str(agent.user_id) if agent else ""
    with deed(house, user, number, "prefer_agent", version, agent=to) as change:
        address = change.finish.conversation.address_id
        before = preferred_agent(address)
        prefer(address, agent)
        names = {"before": _name(before), "after": _name(agent)}
        change.finish.log.add("customer_agent", change.actor, data={"ticket": number, **names})


def _name(agent: Agent | None) -> str:
    return agent.user.name if agent else ""
