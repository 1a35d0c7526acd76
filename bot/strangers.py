"""Colleagues whom a policy asks alone and who are not here: refused before it is saved or serves. What a target means is `core.targets`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.sentences import sentence_of
from core.errors import MalformedPayload
from store.models import Agent

Named = Sequence[tuple[str, str]]
"""Rules with the mail addresses of those whom they ask alone."""


def must_know(named: Named) -> None:
    """Who is asked alone works here. Raises `MalformedPayload`, naming the rule."""
    for problem in _strangers(named):
        raise problem


def strangers(named: Named) -> list[str]:
    """The same as sentences, one for each target whose colleague is not here."""
    return [sentence_of(problem) for problem in _strangers(named)]


def _strangers(named: Named) -> Iterator[MalformedPayload]:
    if not named:
        return
    rows = Agent.objects.values_list("user__email", "user__is_active")
    here = {email.casefold(): is_active for email, is_active in rows}
    for rule, agent in named:
        match here.get(agent.casefold()):
            case None:
                yield MalformedPayload(
                    "Rule '%(rule)s': nobody who takes conversations here has the address %(agent)s.",
                    rule=rule,
                    agent=agent,
                )
            case False:
                yield MalformedPayload(
                    "Rule '%(rule)s': %(agent)s no longer works here.", rule=rule, agent=agent
                )
