"""The live wall: queues, people, promises, channels and the assistant at one glance; a ticket is given by drag, by keyboard or by form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from bot import leading
from bot.figures import zone_of
from bot.permissions import May, figures_of, may, require, teams_of, tickets_of
from channels.registry import work_kinds
from core.assignment import ANY, UNITS, WEIGHTS, Available, Worker
from core.errors import MalformedPayload
from store import wall
from store.assignment import workers_of
from store.models import Agent, User
from web.desk import words
from web.desk.entry import at_desk, person
from web.desk.services import name_of
from web.house import house
from web.leads.words import duration

STALE_BEAT = 60.0
"""Seconds without a sign of life after which a mailbox or socket counts as left."""
ORDER = (Available.ONLINE, Available.BUSY, Available.WRAP_UP, Available.AWAY, Available.OFFLINE)


@dataclass(frozen=True, slots=True)
class Chip:
    """A ticket that can be given away."""

    number: int
    version: int
    priority: str
    clock: str
    tone: str
    risk: int | None = None
    """In percent."""


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """A queue as the template wants it."""

    queue: wall.Queue
    oldest: str
    chips: tuple[Chip, ...]
    expected: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A person with their state, load and tickets."""

    user: UUID
    name: str
    state: str
    state_name: str
    load: int
    room: int
    percent: int
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class ChannelShown:
    """An inbox in words."""

    name: str
    channel: str
    tone: str
    told: str
    last: str


@require_GET
@at_desk
def shown(request: HttpRequest) -> HttpResponse:
    """The wall; `part=1`: only what changes, for the page that is open."""
    user = person(request)
    require(user, May.SEE_REPORTS)
    template = "leads/wall_parts.html" if request.GET.get("part") else "leads/wall.html"
    return render(request, template, _context(user, house().clock()))


@require_POST
@at_desk
def give(request: HttpRequest) -> HttpResponse:
    """`to`: `person:<id>` or `team:<slug>`. Answers a script with 204, a form with the wall."""
    asked = request.POST
    kind, _, target = asked.get("to", "").partition(":")
    number, version = asked.get("ticket", ""), asked.get("version", "")
    if kind not in {"person", "team"} or not number.isdecimal() or not version.isdecimal():
        raise MalformedPayload("A ticket is given to a person or a team.")
    if kind == "team":
        leading.give_to_team(house(), person(request), int(number), target, int(version))
    else:
        leading.give_to_person(house(), person(request), int(number), _id(target), int(version))
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=204)
    return redirect("leads:wall")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as problem:
        raise MalformedPayload("A person is named by their id.") from problem


def _context(user: User, now: datetime) -> dict[str, Any]:
    zone = zone_of(user)
    start = datetime.combine(now.astimezone(zone).date(), time(), zone)
    visible, teams = tickets_of(user), teams_of(user)
    people = _people(user, now)
    queues = wall.queues(teams, now)
    bot = wall.bot_today(figures_of(user), start)
    return {
        "section": "wall",
        "queues": [
            QueueSeen(
                queue,
                duration((now - queue.oldest).total_seconds()) if queue.oldest else "",
                tuple(_chip(one, now) for one in queue.first),
                round(queue.expected),
            )
            for queue in queues
        ],
        "people": people,
        "states": [
            (
                state.value,
                words.PRESENCE[state.value],
                sum(one.state == state.value for one in people),
            )
            for state in ORDER
        ],
        "promises": wall.promises(visible, now),
        "channels": [_channel(one, now) for one in wall.channels(now, start)],
        "failing_hooks": wall.failing_hooks() if may(user, May.CONFIGURE) else 0,
        "bot": bot,
        "deflected": _percent(bot.asked - bot.handed, bot.asked),
        "reasons": [(words.reason(reason), count) for reason, count in bot.reasons],
        "may_give": may(user, May.TAKE_OVER),
        "teams": [(queue.team.slug, queue.team.name) for queue in queues],
    }


def _people(user: User, now: datetime) -> list[Seen]:
    """Those in the teams that the reader sees."""
    agents = Agent.objects.filter(user__is_active=True, teams__in=teams_of(user)).distinct()
    users = dict(agents.values_list("id", "user_id"))
    carried = wall.carried(tickets_of(user))
    found = [
        _seen(worker, users[worker.agent], carried.get(users[worker.agent], ()), now)
        for worker in workers_of(agents, work_kinds(), now)
    ]
    order = {state.value: place for place, state in enumerate(ORDER)}
    return sorted(found, key=lambda one: (order[one.state], -one.percent, one.name))


def _seen(worker: Worker, user: UUID, has: Sequence[wall.Waits], now: datetime) -> Seen:
    load = sum(WEIGHTS[kind] * count for kind, count in worker.carries.items())
    room = worker.limits.get(ANY, UNITS)
    return Seen(
        user,
        worker.name,
        worker.state.value,
        str(words.PRESENCE[worker.state.value]),
        load,
        room,
        min(100, _percent(load, room)),
        tuple(_chip(one, now) for one in has[: wall.SHOWN]),
    )


def _chip(one: wall.Waits, now: datetime) -> Chip:
    if one.due is None:
        clock, tone = gettext("resting"), "calm"
    elif one.due <= now:
        clock = gettext("late by %(time)s") % {"time": words.span(now - one.due)}
        tone = "late"
    else:
        clock = gettext("%(time)s left") % {"time": words.span(one.due - now)}
        tone = "close" if one.due - now <= wall.SOON else "calm"
    risk = None if one.risk is None else round(one.risk * 100)
    return Chip(one.number, one.version, str(words.PRIORITIES[one.priority]), clock, tone, risk)


def _channel(seen: wall.ChannelSeen, now: datetime) -> ChannelShown:
    is_left = seen.beat_at is not None and (now - seen.beat_at).total_seconds() > STALE_BEAT
    if is_left:
        tone, told = "late", gettext("nobody fetches")
    elif seen.dead:
        tone, told = "late", gettext("%(n)s not delivered today") % {"n": seen.dead}
    elif seen.stuck:
        tone, told = "close", gettext("%(n)s being tried again") % {"n": seen.stuck}
    elif seen.waiting:
        tone, told = "calm", gettext("%(n)s on their way") % {"n": seen.waiting}
    else:
        tone, told = "met", gettext("well")
    last = duration((now - seen.last_in).total_seconds()) if seen.last_in else ""
    return ChannelShown(seen.inbox.name, name_of(seen.inbox), tone, told, last)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
