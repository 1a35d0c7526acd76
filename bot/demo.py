"""The demo workspace: a believable company's teams, people, hours and promises. Its articles are in `demo/knowledge`."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from datetime import date
from typing import Any

import holidays
from django.db import transaction

from bot.company import make_inbox, promised_targets
from bot.house import House
from core.decision import Priority
from store.models import (
    Agent,
    AgentSkill,
    Brand,
    Calendar,
    Capacity,
    EscalationStep,
    Holiday,
    Presence,
    Skill,
    SlaPolicy,
    Team,
    TeamMember,
    User,
)

TEAMS = {
    "billing_accounts": "Customer care",
    "orders": "Orders and returns",
    "technical": "Technical support",
}
SKILLS = {
    "billing": "Billing",
    "plans": "Plans",
    "account_access": "Account access",
    "privacy": "Privacy",
    "delivery": "Delivery",
    "returns": "Returns",
    "device": "Devices",
    "api": "API",
    "es": "Spanish",
    "de": "German",
}
AGENTS: dict[str, tuple[str, str, dict[str, int]]] = {
    "amira": ("Amira Haddad", "billing_accounts", {"billing": 5, "plans": 4, "privacy": 3}),
    "jonas": ("Jonas Keller", "billing_accounts", {"account_access": 5, "privacy": 4, "de": 5}),
    "lucia": ("Lucía Ortega", "orders", {"delivery": 5, "returns": 4, "es": 5}),
    "tom": ("Tom Barrett", "orders", {"returns": 5, "delivery": 3}),
    "wei": ("Wei Zhang", "technical", {"api": 5, "device": 3}),
    "nadia": ("Nadia Petrova", "technical", {"device": 5, "api": 2, "de": 3}),
}
DOMAIN = "fernhill.example"


def make_workspace(house: House, progress: Callable[[str], None]) -> None:
    """Creates the demo company once; an installation that has a brand is left as it is."""
    if Brand.objects.exists():
        return
    progress("demo: making the workspace")
    logins: list[tuple[str, str, str]] = []
    with transaction.atomic():
        brand = Brand.objects.create(
            slug="default",
            name="Fernhill",
            domains=["fernhill.example"],
            languages=["en", "es", "de"],
            time_zone="Europe/Berlin",
        )
        calendar = _calendar(brand)
        _policies(brand, calendar)
        teams = _teams(brand, calendar)
        skills = {
            slug: Skill.objects.create(brand=brand, slug=slug, name=name)
            for slug, name in SKILLS.items()
        }
        for login, (name, team, levels) in AGENTS.items():
            user = _user(house, logins, login, name, User.Role.AGENT)
            agent = _agent(brand, user)
            TeamMember.objects.create(team=teams[team], agent=agent)
            for slug, level in levels.items():
                AgentSkill.objects.create(agent=agent, skill=skills[slug], level=level)
        lead = _agent(brand, _user(house, logins, "ruth", "Ruth Okafor", User.Role.LEAD))
        for row in teams.values():
            TeamMember.objects.create(team=row, agent=lead, is_lead=True)
        _matrix(SlaPolicy.objects.get(brand=brand, is_default=True), lead.user)
        _user(house, logins, "admin", "Ada Lindqvist", User.Role.ADMIN)
        secret = {"signing_secret": secrets.token_urlsafe(32)}
        make_inbox(house, brand, "website", "Website chat", "webchat", secret)
    _write_logins(house, logins)


def _teams(brand: Brand, calendar: Calendar) -> dict[str, Team]:
    return {
        slug: Team.objects.create(
            brand=brand,
            slug=slug,
            name=name,
            calendar=calendar,
            is_triage=slug == "billing_accounts",
        )
        for slug, name in TEAMS.items()
    }


def _calendar(brand: Brand) -> Calendar:
    calendar = Calendar.objects.create(
        brand=brand,
        name="Office hours, Europe",
        time_zone="Europe/Berlin",
        spans={str(day): [["08:00", "20:00"]] for day in range(5)},
    )
    years = range(2026, 2029)
    days: dict[date, str] = dict(holidays.country_holidays("DE", years=years))
    Holiday.objects.bulk_create(
        Holiday(calendar=calendar, on=on, name=name[:120]) for on, name in sorted(days.items())
    )
    return calendar


def _policies(brand: Brand, calendar: Calendar) -> None:
    SlaPolicy.objects.create(
        brand=brand,
        name="Promised",
        counts=SlaPolicy.Counts.ELAPSED,
        targets=promised_targets(),
        is_default=True,
    )
    SlaPolicy.objects.create(
        brand=brand,
        name="Office hours",
        counts=SlaPolicy.Counts.BUSINESS,
        calendar=calendar,
        targets=promised_targets(),
    )


def _matrix(policy: SlaPolicy, lead: User) -> None:
    """Warned at 80 %, more urgent once late; what is critical, broken or keeps coming back goes to the lead."""
    to_lead = {"agent": str(lead.id)}
    lines: tuple[tuple[str, float, str, int | None, dict[str, Any]], ...] = (
        ("response", 0.8, "notify", None, {}),
        ("response", 1.0, "raise_priority", None, {}),
        ("response", 0.5, "raise_priority", None, {"tiers": ["vip", "enterprise"]}),
        ("response", 0.75, "reassign", int(Priority.CRITICAL), to_lead),
        ("next_response", 0.8, "notify", None, {}),
        ("next_response", 1.0, "requeue", None, {}),
        ("resolution", 0.8, "notify", None, {}),
        ("resolution", 1.0, "reassign", None, to_lead),
        ("silence", 1.0, "notify", int(Priority.HIGH), {"minutes": 120}),
        ("reopened", 1.0, "reassign", None, {"times": 2, **to_lead}),
    )
    EscalationStep.objects.bulk_create(
        EscalationStep(
            policy=policy,
            clock=clock,
            at_share=share,
            action=action,
            priority=priority,
            arguments=arguments,
        )
        for clock, share, action, priority, arguments in lines
    )


def _user(
    house: House, logins: list[tuple[str, str, str]], login: str, name: str, role: str
) -> User:
    email, password = f"{login}@{DOMAIN}", secrets.token_urlsafe(12)
    user = User.objects.create_user(
        email,
        password,
        name=name,
        role=role,
        is_staff=role == User.Role.ADMIN,
        is_superuser=role == User.Role.ADMIN,
        joined_at=house.clock(),
    )
    logins.append((str(role), email, password))
    return user


def _agent(brand: Brand, user: User) -> Agent:
    agent = Agent.objects.create(user=user, brand=brand)
    Presence.objects.create(agent=agent)
    Capacity.objects.create(agent=agent)
    return agent


def _write_logins(house: House, logins: list[tuple[str, str, str]]) -> None:
    path = house.settings.state / "demo-logins.txt"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        for role, email, password in logins:
            out.write(f"  {role:<6} {email:<28} {password}\n")
