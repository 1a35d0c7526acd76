"""Tables of the company's own people: brands, users, teams, skills. Customers are in `talk`."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from store.models.base import Row


class Brand(Row):
    """One face of the company towards customers: name, domains, look, languages."""

    slug = models.SlugField(unique=True, default="default")
    name = models.CharField(max_length=120)
    domains = models.JSONField(default=list, blank=True)
    accent = models.CharField(max_length=9, default="#2f6f5e")
    languages = models.JSONField(default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    options = models.JSONField(null=True, blank=True)
    """What has no column of its own: `bot.options` names and checks each."""

    def __str__(self) -> str:
        return self.name


class Role(Row):
    """A role that the company made itself: named permissions (`bot.permissions`), and the rows they hold for.

    `like`: the role that rules outside this table take it for. `teams`, `brands`: ids; empty: all.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    name = models.CharField(max_length=80)
    like = models.CharField(max_length=16, default="agent")
    permissions = models.JSONField(default=list)
    teams = models.JSONField(default=list, blank=True)
    brands = models.JSONField(default=list, blank=True)
    needs_second_step = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="role_name")]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes staff users; an address is the login."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        fields.setdefault("role", User.Role.ADMIN)
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


def first_name(name: str) -> str:
    """What customers see of a colleague's name."""
    return name.split(" ")[0]


class User(AbstractBaseUser, PermissionsMixin):
    """A person who works here. What a role may do is decided in `bot.permissions`; a `custom_role` goes before.
    `departures`: how often they were made inactive; each ends all sessions for good."""

    class Role(models.TextChoices):
        AGENT = "agent"
        LEAD = "lead"
        ADMIN = "admin"
        AUDITOR = "auditor"
        AUTHOR = "author"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16, choices=Role, default=Role.AGENT)
    custom_role = models.ForeignKey(
        "store.Role", null=True, blank=True, on_delete=models.PROTECT, related_name="holders"
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=8, default="en")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(null=True, blank=True)
    departures = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def first_name(self) -> str:
        """What customers see of a colleague's name."""
        return first_name(self.name)

    @property
    def shown_role(self) -> str:
        """What the person's role is called."""
        return self.custom_role.name if self.custom_role else self.get_role_display()

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What a session must say to be this person's: a session from before a departure says something else."""
        said: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{said}.{self.departures}" if self.departures else said


class Team(Row):
    """People who share a queue. `slug` is what the router's classifier names. `method`: who is offered a waiting
    ticket (`core.assignment`); an offer stands for `offer_seconds`, 0: none are made, everybody takes what they like;
    after a chat or a call an agent has `wrap_up_seconds` before the next. `board_inbox`, `board_place`: where at a
    provider its tickets are posted, for colleagues who work from there."""

    class Method(models.TextChoices):
        LEAST_LOADED = "least_loaded"
        LONGEST_IDLE = "longest_idle"
        BEST_SKILL = "best_skill"
        LAST_AGENT = "last_agent"
        EXPECTED_BREACH = "expected_breach"

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    is_triage = models.BooleanField(default=False)
    calendar = models.ForeignKey("store.Calendar", null=True, blank=True, on_delete=models.PROTECT)
    method = models.CharField(
        max_length=16, choices=Method, default=Method.LEAST_LOADED, db_default=Method.LEAST_LOADED
    )
    offer_seconds = models.PositiveSmallIntegerField(default=45, db_default=45)
    wrap_up_seconds = models.PositiveSmallIntegerField(default=0, db_default=0)
    board_inbox = models.ForeignKey(
        "store.Inbox", null=True, blank=True, on_delete=models.PROTECT, related_name="boards"
    )
    board_place = models.CharField(max_length=64, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="team_slug")]

    def __str__(self) -> str:
        return self.name


class Skill(Row):
    """Something a case may need and an agent may have."""

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    slug = models.SlugField()
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="skill_slug")]

    def __str__(self) -> str:
        return self.name


class Agent(Row):
    """A user who takes conversations. `phone`: where callers are put through to them, E.164."""

    user = models.OneToOneField(User, on_delete=models.CASCADE)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT)
    teams = models.ManyToManyField(Team, through="TeamMember")
    skills = models.ManyToManyField(Skill, through="AgentSkill")
    phone = models.CharField(max_length=16, blank=True, default="", db_default="")

    def __str__(self) -> str:
        return str(self.user)


class TeamMember(Row):
    """An agent's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE)
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE)
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "agent"], name="team_member")]


class AgentSkill(Row):
    """How well an agent knows something (1 to 5), and until when that counts."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE)
    level = models.PositiveSmallIntegerField(default=3)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agent", "skill"], name="agent_skill")]


class Presence(Row):
    """Whether an agent is at work; `seen_at` is the last heartbeat. `until`: then a wrap-up is over by itself;
    `idle_since`: when the agent last got or finished work, or came."""

    class State(models.TextChoices):
        ONLINE = "online"
        BUSY = "busy"
        AWAY = "away"
        WRAP_UP = "wrap_up"
        OFFLINE = "offline"

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE)
    state = models.CharField(max_length=8, choices=State, default=State.OFFLINE)
    seen_at = models.DateTimeField(null=True, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    idle_since = models.DateTimeField(null=True, blank=True)


class Capacity(Row):
    """How much of one kind of work (`chat`, `mail`, `voice`; `any`: of all together) an agent carries at once, in
    units: `core.assignment.WEIGHTS`."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE)
    channel_kind = models.CharField(max_length=16, default="any")
    units = models.PositiveSmallIntegerField(default=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "channel_kind"], name="agent_capacity")
        ]
