"""Verbs of those who lead: giving a ticket to a person or a team, whoever has it (with a reason for colleagues it is `bot.handover`), and what its customer is promised."""

from __future__ import annotations

from uuid import UUID

from bot.desk import deed
from bot.house import House
from bot.permissions import May, may, require
from core.errors import NotAllowed, NotFound
from store.handover import to_colleague, to_team
from store.models import Team, User
from store.promises import policies_for
from store.promises import promise as promise_in


def give_to_person(
    house: House, by: User, number: int, person: UUID, version: int | None = None
) -> None:
    """This person has the word from now on, and is told by the event. Somebody without a desk gets nothing.

    Raises `NotAllowed`, `NotFound`, `StaleVersion`, `IllegalTransition` for a resolved ticket.
    """
    require(by, May.TAKE_OVER)
    found = User.objects.filter(id=person, is_active=True).first()
    if found is None:
        raise NotFound("There is no such person.")
    if not may(found, May.WORK_TICKETS):
        raise NotAllowed("%(name)s works no tickets.", name=found.name)
    with deed(house, by, number, "give", version, person=str(found.id)) as change:
        to_colleague(change, found)


def give_to_team(
    house: House, by: User, number: int, team: str, version: int | None = None
) -> None:
    """Into this team's queue, whoever had it. Raises as `give_to_person`."""
    require(by, May.TAKE_OVER)
    found = Team.objects.filter(slug=team).first()
    if found is None:
        raise NotFound("There is no team '%(team)s'.", team=team)
    with deed(house, by, number, "give", version, team=found.slug) as change:
        to_team(change, found)


def promise(house: House, by: User, number: int, policy: UUID, version: int | None = None) -> UUID:
    """Another policy for this ticket, from now on; its clocks follow. Returns the one before, which takes it back: what
    was broken meanwhile stays broken.

    Raises `NotAllowed`, `StaleVersion`, and `NotFound` for a policy that is not of the ticket's brand.
    """
    require(by, May.TAKE_OVER)
    with deed(house, by, number, "promise", version, policy=str(policy)) as change:
        found = policies_for(change.ticket).filter(pk=policy).first()
        if found is None:
            raise NotFound("There is no such policy.")
        before = change.ticket.policy_id
        promise_in(change, found)
        return before
