"""The first-run guide: what stands between an empty installation and the first answered message. Each step is done when the rows say so."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from bot.company import check_calendar, keep, keep_inbox
from bot.house import House
from bot.look import add_origin
from bot.options import options_of, set_options
from bot.permissions import May, require
from channels.webchat_settings import plain_origin
from core.errors import Conflict, MalformedPayload, UnusableCalendar
from store.audit import record
from store.models import Agent, Brand, Calendar, Inbox, Message, Team, TeamMember, User
from store.sources import has_articles


class Step(StrEnum):
    """In the order in which they are offered."""

    COMPANY = "company"
    TEAM = "team"
    KNOWLEDGE = "knowledge"
    WIDGET = "widget"
    TRY = "try"
    INVITE = "invite"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is. `is_skipped`: somebody put it aside; what is done is never skipped."""

    step: Step
    is_done: bool
    is_skipped: bool


def progress(brand: Brand) -> tuple[Progress, ...]:
    """All steps of the guide as they stand."""
    skipped = set(options_of(brand).skipped)
    done = {
        Step.COMPANY: brand.name != "",
        Step.TEAM: Team.objects.filter(brand=brand).exists(),
        Step.KNOWLEDGE: has_articles(brand.slug),
        Step.WIDGET: chat_of(brand) is not None,
        Step.TRY: _is_answered(brand),
        Step.INVITE: _people() > 1,
    }
    return tuple(Progress(one, done[one], not done[one] and one in skipped) for one in Step)


def is_finished(steps: tuple[Progress, ...]) -> bool:
    """True when nothing is left to do or to put aside."""
    return all(one.is_done or one.is_skipped for one in steps)


def skip(house: House, by: User, brand: Brand, step: Step, *, is_skipped: bool = True) -> None:
    """Puts a step aside, or takes it up again. Raises `NotAllowed`."""
    require(by, May.CONFIGURE)
    before = set(options_of(brand).skipped)
    after = before | {step.value} if is_skipped else before - {step.value}
    with transaction.atomic():
        set_options(brand, skipped=sorted(after))
        _note(house, by, "guide.skip" if is_skipped else "guide.resume", f"brand:{brand.id}", step)


def first_team(
    house: House, by: User, brand: Brand, name: str, opens: str, closes: str, days: int
) -> Team:
    """A team with its hours on the first `days` days of the week, and the one who makes it in it; what the router is
    unsure of comes to it. `opens`, `closes`: as 09:00; both empty: around the clock.

    Raises `NotAllowed`, `MalformedPayload`, `Conflict` when there is one already.
    """
    require(by, May.CONFIGURE)
    name = name.strip()[:120]
    if not name:
        raise MalformedPayload("A team needs a name.")
    with transaction.atomic():
        if Team.objects.filter(brand=brand).exists():
            raise Conflict("There is a team already: more are made at Teams.")
        calendar = _hours(house, by, brand, opens, closes, days) if opens or closes else None
        team = Team(brand=brand, slug="care", name=name, is_triage=True, calendar=calendar)
        keep(house, by, team)
        agent = Agent.objects.filter(user=by).first()
        if agent is None:
            agent = Agent(user=by, brand=brand)
            keep(house, by, agent)
        TeamMember.objects.get_or_create(team=team, agent=agent)
    return team


def make_chat(house: House, by: User, brand: Brand, website: str) -> Inbox:
    """The chat for a website, or the one that is there with this website added. Raises `NotAllowed`, `MalformedPayload`."""
    require(by, May.CONFIGURE)
    origins: tuple[str, ...] = ()
    if website.strip():
        written = website.strip() if "://" in website else f"https://{website.strip()}"
        try:
            origins = (plain_origin(written),)
        except ValueError as problem:
            raise MalformedPayload(str(problem)) from problem
    inbox = chat_of(brand)
    if inbox is None:
        inbox = Inbox(brand=brand, slug="website", name="Website chat", channel="webchat")
        settings = {"signing_secret": secrets.token_urlsafe(32), "allowed_origins": origins}
        keep_inbox(house, by, inbox, settings)
    elif origins:
        add_origin(house, by, inbox, origins[0])
    return inbox


def chat_of(brand: Brand) -> Inbox | None:
    """The chat that the guide sets up: the first by name, as the widget takes it."""
    chats = Inbox.objects.filter(brand=brand, channel="webchat", is_active=True)
    return chats.order_by("slug").first()


def _hours(house: House, by: User, brand: Brand, opens: str, closes: str, days: int) -> Calendar:
    if not 1 <= days <= 7:
        raise MalformedPayload("A week has one to seven days.")
    spans = {str(day): [[opens, closes]] for day in range(days)}
    calendar = Calendar(brand=brand, name="Opening hours", time_zone=brand.time_zone, spans=spans)
    try:
        check_calendar(calendar)
    except (UnusableCalendar, ValueError) as problem:
        raise MalformedPayload("Write the hours as 09:00 and 17:00.") from problem
    keep(house, by, calendar)
    return calendar


def _is_answered(brand: Brand) -> bool:
    """Somebody wrote and was told something, by the assistant or by a person."""
    kinds = (Message.Kind.MESSAGE, Message.Kind.ANSWER, Message.Kind.QUESTION)
    said_by = (Message.Author.BOT, Message.Author.AGENT)
    return Message.objects.filter(inbox__brand=brand, author__in=said_by, kind__in=kinds).exists()


def _people() -> int:
    people = User.objects.filter(is_active=True).exclude(email__endswith="@service.invalid")
    return people.count()


def _note(house: House, by: User, action: str, subject: str, step: Step) -> None:
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{by.id}",
        action=action,
        subject=subject,
        details={"step": step.value},
    )
