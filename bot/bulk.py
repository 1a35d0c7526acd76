"""One deed on many tickets, each in a transaction of its own, and taking it back where nothing happened since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bot import desk, leading
from bot.annotate import annotate
from bot.house import House
from bot.permissions import May, require, tickets_of
from core.dossier import Deed, Step
from core.errors import MalformedPayload, ThreadlineError
from store.models import Ticket, User
from store.taking_back import standing_of, take_back
from store.targets import plan_again
from store.tickets import release

MOST = 100
DEEDS = frozenset(
    {"take", "priority", "category", "team", "policy", "snooze", "wait", "resolve", "tag"}
)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it. `undo`: for each ticket its number, its version since, and what it was before.
    `refused`: why, for each ticket where it was not possible."""

    deed: str
    undo: tuple[tuple[int, int, Any], ...]
    refused: tuple[tuple[int, ThreadlineError], ...]


def do(house: House, user: User, numbers: Sequence[int], deed: str, value: str = "") -> Done:
    """Does it to each ticket that the user may see. Raises `MalformedPayload` for what is no such deed."""
    require(user, May.WORK_TICKETS)
    if deed not in DEEDS or not numbers or len(numbers) > MOST:
        raise MalformedPayload("Choose a deed, and at most %(most)s tickets.", most=MOST)
    done: list[tuple[int, int, Any]] = []
    refused: list[tuple[int, ThreadlineError]] = []
    for number in dict.fromkeys(numbers):
        was = as_it_was(user, number, deed)
        try:
            back = _one(house, user, number, deed, value)
        except ThreadlineError as problem:
            refused.append((number, problem))
            continue
        version = Ticket.objects.values_list("version", flat=True).get(number=number)
        done.append((number, version, back or was))
    return Done(deed, tuple(done), tuple(refused))


def undo(house: House, user: User, done: Done) -> int:
    """Takes it back where the ticket is as the deed left it; returns how many. What customers were asked when their
    ticket was resolved stays asked."""
    count = 0
    for number, version, was in done.undo:
        try:
            _back(house, user, number, version, done.deed, was)
        except ThreadlineError:
            continue
        count += 1
    return count


def as_it_was(user: User, number: int, deed: str) -> Any:
    """Before a deed on one ticket: what takes it back (`undo`), None where it is none of this user's."""
    found = tickets_of(user).filter(number=number).select_related("team", "conversation").first()
    return _was(found, deed) if found else None


def _one(house: House, user: User, number: int, deed: str, value: str) -> Any:
    """Does it; answers what takes it back where the ticket as it was does not say that."""
    match deed:
        case "take":
            desk.take(house, user, number)
        case "priority" if value.isdecimal():
            desk.reclassify(house, user, number, priority=int(value))
        case "category" if value:
            desk.reclassify(house, user, number, category=value[:48])
        case "team" if value:
            desk.reclassify(house, user, number, team=value)
        case "policy" if value:
            leading.promise(house, user, number, _id(value))
        case "tag" if value:
            back = annotate(house, user, number, Step(Deed.TAG, value))
            return [back.deed, back.what] if back else None
        case "snooze":
            desk.snooze(house, user, number, _moment(value))
        case "wait":
            desk.wait(house, user, number)
        case "resolve":
            desk.resolve(house, user, number)
        case _:
            raise MalformedPayload("Choose what to change it to.")
    return None


def _was(ticket: Ticket, deed: str) -> Any:
    if deed in {"take", "wait", "resolve"}:
        return standing_of(ticket)
    return {
        "priority": ticket.priority,
        "category": ticket.category,
        "team": ticket.team.slug,
        "policy": str(ticket.policy_id),
        "snooze": ticket.snoozed_until.isoformat() if ticket.snoozed_until else "",
    }.get(deed)


def _back(house: House, user: User, number: int, version: int, deed: str, was: Any) -> None:
    match deed:
        case "take" if not was["assignee"]:
            with desk.deed(house, user, number, "release", version) as change:
                release(change, was["skills"])
        case "priority":
            desk.reclassify(house, user, number, priority=was, version=version)
        case "category":
            desk.reclassify(house, user, number, category=was, version=version)
        case "team":
            desk.reclassify(house, user, number, team=was, version=version)
            plan_again(number, house.clock())
        case "policy":
            leading.promise(house, user, number, _id(was), version)
        case "tag" if was:
            annotate(house, user, number, Step(Deed(was[0]), was[1]), version)
        case "snooze":
            until = _moment(was) if was else None
            still = until if until and until > house.clock() else None
            desk.snooze(house, user, number, still, version)
        case "wait" | "resolve":
            with desk.deed(house, user, number, f"{deed}_taken_back", version) as change:
                take_back(change, was)
        case _:
            raise MalformedPayload("This is not taken back.")


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise MalformedPayload("Choose a policy.") from error


def _moment(value: str) -> datetime:
    try:
        at = datetime.fromisoformat(value)
    except ValueError as error:
        raise MalformedPayload("Choose a time.") from error
    if at.tzinfo is None:
        raise MalformedPayload("A time needs its zone.")
    return at
