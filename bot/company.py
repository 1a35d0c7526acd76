"""Verbs over the company's own set-up: people, teams, hours, promises, inboxes. The admin's forms call these when
they save; each deed leaves an audit entry in its own transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, get_args

from django.db import transaction
from django.db.models import Model
from pydantic import BaseModel, SecretStr

from bot.escalation import check_step, matrix_changed
from bot.house import House
from bot.permissions import May, require
from bot.roles import (
    follow_role,
    has_admin,
    hold_admins,
    permission_to_keep,
    ready_person,
    ready_role,
)
from channels.contract_board import HasBoard
from channels.registry import channel_class, names
from core.calendar import WorkCalendar
from core.decision import Priority
from core.errors import Conflict
from core.promise import DEFAULT_POLICY, Target
from store.audit import record
from store.boards import follow_from_now
from store.clocks import calendar_of, policy_of
from store.models import (
    Agent,
    Brand,
    Calendar,
    Capacity,
    EscalationStep,
    Inbox,
    Presence,
    Role,
    SlaPolicy,
    Team,
    User,
)
from store.tokens import end_personal


def keep(house: House, by: User, row: Model, changed: Iterable[str] = ()) -> None:
    """Stores a row of the set-up as `by` wants it; `changed` names the fields, for the audit.

    Raises `NotAllowed`; `Conflict` when nobody would be left who may undo it.
    """
    require(by, permission_to_keep(row))
    is_new = row._state.adding
    with transaction.atomic():
        if isinstance(row, User | Role):
            _ready_rights(house, by, row)
        if isinstance(row, SlaPolicy):
            _ready_policy(row)
        if isinstance(row, Team) and not (row.is_triage or _triage_without(row)):
            raise Conflict("One team has to be triage: it gets what the router is unsure of.")
        if isinstance(row, Team):
            _ready_board(house, row)
        if isinstance(row, EscalationStep):
            check_step(row)
            row.arguments = {**row.arguments, "since": house.clock().isoformat()}
        had_admin = has_admin()
        row.save()
        _look_again(house, row)
        if isinstance(row, Role):
            follow_role(row)
        if isinstance(row, User) and not row.is_active:
            end_personal(row, house.clock())
        if had_admin and isinstance(row, User | Role) and not has_admin():
            raise Conflict("Nobody would be left who may do everything.")
        if isinstance(row, Agent):
            Presence.objects.get_or_create(agent=row)
            Capacity.objects.get_or_create(agent=row)
        _note(house, by, row, "create" if is_new else "change", {"fields": sorted(changed)})


def remove(house: House, by: User, row: Model) -> None:
    """Takes a row of the set-up away. Raises `NotAllowed`, and `ProtectedError` while something needs it."""
    require(by, permission_to_keep(row))
    if isinstance(row, User):
        raise Conflict("People are not removed, because their work names them: make them inactive.")
    if isinstance(row, SlaPolicy) and row.is_default:
        raise Conflict("New tickets need a policy: make another one the default first.")
    if isinstance(row, Team) and not _triage_without(row):
        raise Conflict(
            "What the router is unsure of needs a team: let another one be triage first."
        )
    with transaction.atomic():
        # Before the audit's lock: whoever changes a ticket takes the ticket first and the audit last.
        _look_again(house, row)
        _note(house, by, row, "remove", {"was": str(row)})
        row.delete()


def _look_again(house: House, row: Model) -> None:
    """Open tickets follow a policy or a matrix that was changed."""
    if isinstance(row, EscalationStep):
        matrix_changed(row.policy, house.clock())
    elif isinstance(row, SlaPolicy):
        matrix_changed(row, house.clock())


def _triage_without(team: Team) -> bool:
    return Team.objects.filter(brand=team.brand_id, is_triage=True).exclude(pk=team.pk).exists()


def keep_inbox(house: House, by: User, inbox: Inbox, settings: dict[str, Any]) -> None:
    """Stores an inbox; secrets that `settings` leaves empty stay as they are. Raises `NotAllowed`, ValueError."""
    require(by, May.CONFIGURE)
    is_new = inbox._state.adding
    with transaction.atomic():
        set_inbox_settings(house, inbox, merged_settings(house, inbox, settings))
        inbox.save()
        names = sorted(name for name, value in settings.items() if value not in ("", None))
        _note(house, by, inbox, "create" if is_new else "change", {"settings": names})


def _note(house: House, by: User, row: Model, deed: str, details: dict[str, Any]) -> None:
    kind = row._meta.model_name or ""
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{by.id}",
        action=f"{kind}.{deed}",
        subject=f"{kind}:{row.pk}",
        details=details,
    )


def _ready_rights(house: House, by: User, row: User | Role) -> None:
    by = hold_admins(by)
    require(by, permission_to_keep(row))
    if isinstance(row, Role):
        ready_role(by, row)
        return
    row.email = row.email.lower()
    row.joined_at = row.joined_at or house.clock()
    ready_person(by, row)


def with_boards() -> list[str]:
    """The kinds of inboxes from which colleagues can work."""
    return [name for name in names() if hasattr(channel_class(name), "board")]


def _ready_board(house: House, team: Team) -> None:
    """Where a team's tickets are posted has to be a place for that. Raises `Conflict`."""
    team.board_place = team.board_place.strip()
    inbox = team.board_inbox
    if inbox is None:
        team.board_place = ""
        return
    channel = house.channel_of(inbox)
    if not isinstance(channel, HasBoard):
        raise Conflict("Tickets cannot be posted through this channel.")
    if not channel.board.is_place(team.board_place):
        raise Conflict(
            "Tickets cannot be posted there: name a channel by its id, one in which no customers write."
        )
    follow_from_now()


def _ready_policy(policy: SlaPolicy) -> None:
    """Checks it, and keeps the default single."""
    policy_of(policy)
    others = SlaPolicy.objects.filter(brand=policy.brand_id).exclude(pk=policy.pk)
    if policy.is_default:
        others.update(is_default=False)
    elif not others.filter(is_default=True).exists():
        policy.is_default = True


def check_calendar(calendar: Calendar) -> WorkCalendar:
    """What a calendar row would count. Raises `UnusableCalendar`; ValueError for a time that is none."""
    return calendar_of(calendar)


def make_inbox(
    house: House, brand: Brand, slug: str, name: str, channel: str, settings: dict[str, Any]
) -> Inbox:
    """A new account of a channel. Raises ValueError when the settings do not fit the channel."""
    inbox = Inbox(brand=brand, slug=slug, name=name, channel=channel)
    set_inbox_settings(house, inbox, settings)
    inbox.save(force_insert=True)
    return inbox


def set_inbox_settings(house: House, inbox: Inbox, settings: dict[str, Any]) -> None:
    """Checks and seals a channel's settings; the caller saves the inbox. Secrets never leave this again."""
    checked = channel_class(inbox.channel).Settings.model_validate(settings)
    del checked
    text = json.dumps(settings, default=str).encode()
    inbox.settings_cipher = house.vault.seal_own(f"inbox.settings:{inbox.id}", text)


def shown_settings(house: House, inbox: Inbox) -> tuple[dict[str, Any], frozenset[str]]:
    """An inbox's settings without its secrets, and the names of the secrets that are set."""
    stored = stored_settings(house, inbox)
    hidden = secret_names(settings_model(inbox.channel))
    shown = {name: value for name, value in stored.items() if name not in hidden}
    return shown, frozenset(name for name in hidden if stored.get(name))


def merged_settings(house: House, inbox: Inbox, settings: dict[str, Any]) -> dict[str, Any]:
    """These settings with the secrets that they leave empty, and what the provider told, as they were; what else is
    left out is its default."""
    stored = stored_settings(house, inbox)
    stays = secret_names(settings_model(inbox.channel)) | told_names(inbox.channel)
    kept = {name: stored[name] for name in stays if stored.get(name) and not settings.get(name)}
    given = {name: value for name, value in settings.items() if value not in ("", None)}
    return {**given, **kept}


def channel_names() -> tuple[str, ...]:
    """The channels that an inbox can be of."""
    return names()


def settings_model(channel: str) -> type[BaseModel]:
    """What an inbox of this channel can be set to. Raises `NotFound`."""
    return channel_class(channel).Settings


def secret_names(settings: type[BaseModel]) -> frozenset[str]:
    """Fields of a channel's settings whose values are never shown."""
    return frozenset(
        name
        for name, field in settings.model_fields.items()
        if field.annotation is SecretStr or SecretStr in get_args(field.annotation)
    )


def told_names(channel: str) -> frozenset[str]:
    """Fields of a channel's settings that no form asks for, because its provider tells them."""
    found: frozenset[str] = getattr(channel_class(channel), "told", frozenset())
    return found


def stored_settings(house: House, inbox: Inbox) -> dict[str, Any]:
    """Everything, secrets too: never to be shown."""
    sealed = bytes(inbox.settings_cipher)
    stored = json.loads(house.vault.open_own(f"inbox.settings:{inbox.id}", sealed) or b"{}")
    assert isinstance(stored, dict)
    return stored


def default_brand() -> Brand:
    """The brand that new rows belong to."""
    return Brand.objects.get(slug="default")


def promised_targets() -> dict[str, dict[str, dict[str, int]]]:
    """The default promises as a policy row keeps them."""
    return {
        clock: {
            priority.label: _amount(getattr(DEFAULT_POLICY.goals(priority), clock))
            for priority in Priority
        }
        for clock in ("response", "next_response", "resolution")
    }


def _amount(target: Target) -> dict[str, int]:
    return {"days": target.days} if target.days else {"seconds": target.seconds}
