"""Whether agents are at work: what they say of themselves, their heartbeat, and wrap-up after a piece of work. Offers are `store.reservations`."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from core.assignment import Available
from core.errors import NotFound
from store.models import Agent, Presence, Team, User
from store.statements import Given

STALE = timedelta(seconds=150)
"""Without a heartbeat for so long an agent counts as offline. Browsers let a hidden tab speak once a minute."""


def state_of(row: Presence, now: datetime) -> Available:
    """What counts at `now`: silence is absence, and a wrap-up ends by itself."""
    if row.seen_at is None or row.seen_at < now - STALE:
        return Available.OFFLINE
    if row.state == Presence.State.WRAP_UP and row.until is not None and row.until <= now:
        return Available.ONLINE
    return Available(row.state)


def online(now: datetime | Given, fresh: datetime | Given | None = None) -> QuerySet[Presence]:
    """The rows that `state_of` finds online, as a query. `fresh`: `now` less `STALE`, for a statement that is kept."""
    since = now - STALE if isinstance(now, datetime) else fresh
    over = Q(state=Presence.State.WRAP_UP, until__lte=now)
    return Presence.objects.filter(
        Q(state=Presence.State.ONLINE) | over,
        seen_at__gte=since,
        agent__user__is_active=True,
    )


def presence_of(user: User, now: datetime) -> Available | None:
    """The state of this person; None for those who take no conversations."""
    row = Presence.objects.filter(agent__user=user).first()
    if row is not None:
        return state_of(row, now)
    return Available.OFFLINE if Agent.objects.filter(user=user).exists() else None


def beat(user: User, now: datetime, *, arrives: bool) -> Available | None:
    """They are still there. `arrives`: they have just signed in, and so go online where they were offline or silent."""
    with transaction.atomic():
        row = _locked(user)
        if row is None:
            return None
        if arrives and state_of(row, now) is Available.OFFLINE:
            row.state, row.until, row.idle_since = Presence.State.ONLINE, None, now
        row.seen_at = now
        row.save()
        return state_of(row, now)


def be(user: User, state: Available, now: datetime) -> Available:
    """They say so themselves. A wrap-up that is chosen lasts until they end it. Raises `NotFound` for who is no agent."""
    with transaction.atomic():
        row = _locked(user)
        if row is None:
            raise NotFound("Only agents are available or not; an admin can make one of you.")
        if state is Available.ONLINE and state_of(row, now) is not Available.ONLINE:
            row.idle_since = now
        row.state, row.until, row.seen_at = state.value, None, now
        row.save()
        return state


def got_work(user: User, now: datetime) -> None:
    """They took something: their idle time begins anew."""
    Presence.objects.filter(agent__user=user).update(idle_since=now)


def finished_work(user: User, team: Team, now: datetime) -> None:
    """They are done with something; where the team grants time to wrap up, nothing is offered until it is over."""
    row = _locked(user)
    if row is None:
        return
    row.idle_since = now
    if team.wrap_up_seconds and state_of(row, now) is Available.ONLINE:
        row.state = Presence.State.WRAP_UP
        row.until = now + timedelta(seconds=team.wrap_up_seconds)
    row.save()


def sent_away(agent: Agent) -> None:
    """They did not answer an offer: nothing more is offered until they say that they are back."""
    rows = Presence.objects.filter(
        agent=agent, state__in=[Presence.State.ONLINE, Presence.State.WRAP_UP]
    )
    rows.update(state=Presence.State.AWAY, until=None)


def _locked(user: User) -> Presence | None:
    agent = Agent.objects.filter(user=user).first()
    if agent is None:
        return None
    Presence.objects.get_or_create(agent=agent)
    return Presence.objects.select_for_update().get(agent=agent)
