"""Handing a ticket on, always with the reason as a note for whoever has it next: a team, a colleague, the assistant."""

from __future__ import annotations

from uuid import UUID

from bot.desk import deed, say_what_waits, typed_in
from bot.house import House
from bot.permissions import May, may, tickets_of
from core.errors import Conflict, IllegalTransition, NotFound
from core.message import Reply
from store import handover, tickets
from store.mentions import mention
from store.models import Conversation, Team, User
from store.tickets import Change


def to_team(
    house: House, user: User, number: int, team: str, reason: str, version: int | None = None
) -> None:
    """Into another team's queue. Raises `NotFound`, `Conflict` where it is there already, and `MalformedPayload`
    without a reason."""
    words = typed_in(reason)
    target = Team.objects.filter(slug=team).first()
    if target is None:
        raise NotFound("There is no team '%(team)s'.", team=team)
    with deed(house, user, number, "transfer", version, team=team) as change:
        _may_hand_on(change)
        if change.ticket.team_id == target.id:
            raise Conflict("The ticket is with %(name)s already.", name=target.name)
        say_what_waits(house, change)
        tickets.note(change, Reply(words))
        handover.to_team(change, target)


def to_colleague(
    house: House, user: User, number: int, colleague: UUID, reason: str, version: int | None = None
) -> None:
    """A colleague speaks from now on, and finds the note among their mentions. Raises `Conflict` for one who may not
    see the ticket."""
    words = typed_in(reason)
    found = User.objects.filter(id=colleague, is_active=True).first()
    if found is None or not may(found, May.WORK_TICKETS):
        raise NotFound("There is no such colleague.")
    if not tickets_of(found).filter(number=number).exists():
        raise Conflict("%(name)s may not see this ticket: give it to their team.", name=found.name)
    with deed(house, user, number, "give", version, to=str(found.id)) as change:
        _may_hand_on(change)
        say_what_waits(house, change)
        mention(change, tickets.note(change, Reply(words)), [found])
        handover.to_colleague(change, found)


def to_assistant(
    house: House, user: User, number: int, reason: str, version: int | None = None
) -> None:
    """The assistant speaks again; it brings the ticket back when it cannot help."""
    words = typed_in(reason)
    with deed(house, user, number, "hand_back", version) as change:
        _may_hand_on(change)
        say_what_waits(house, change)
        tickets.note(change, Reply(words))
        handover.to_assistant(change)


def _may_hand_on(change: Change) -> None:
    """What a colleague works on is handed on by them, or by a lead."""
    row = change.finish.conversation
    is_anothers = (
        row.speaker == Conversation.Speaker.PERSON and row.speaker_user_id != change.user.id
    )
    if is_anothers and not may(change.user, May.TAKE_OVER):
        raise IllegalTransition("%(name)s works on this ticket.", name=row.speaker_user)
