"""Settings of people: users with their roles, agents with teams and skills, teams, skills."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
)

from bot.company import default_brand, with_boards
from bot.permissions import May
from core.assignment import ANY, WorkKind
from store.models import Agent, AgentSkill, Capacity, Inbox, Skill, Team, TeamMember, User
from web.admin.base import Rows, Settings


def zones() -> list[tuple[str, str]]:
    """Time zones to choose from."""
    return [(name, name) for name in sorted(available_timezones())]


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person, and a new password where one is given."""

    time_zone = forms.ChoiceField(
        choices=zones, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Time zone")
    )
    language = forms.ChoiceField(
        choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget, label=gettext_lazy("Language")
    )
    new_password = forms.CharField(
        required=False,
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("At least 12 characters. Left empty, the old one stays."),
    )

    class Meta:
        model = User
        labels: ClassVar[dict[str, Any]] = {"custom_role": gettext_lazy("Role of your own")}
        help_texts: ClassVar[dict[str, Any]] = {
            "custom_role": gettext_lazy("Goes before the built-in role. Made at Settings, Roles.")
        }
        fields: ClassVar[list[str]] = [
            "email",
            "name",
            "role",
            "custom_role",
            "is_active",
            "time_zone",
            "language",
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            self.initial["time_zone"] = default_brand().time_zone

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        elif self.instance._state.adding:
            raise ValidationError(gettext("A new person needs a first password."))
        return password

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(gettext("Somebody has this address already."))
        return email

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("new_password"):
            self.instance.set_password(self.cleaned_data["new_password"])
        return super().save(commit)


@admin.register(User)
class UserAdmin(Settings):
    """Users are made inactive, never removed: their work names them."""

    sees = May.MANAGE_PEOPLE
    changes = May.MANAGE_PEOPLE
    form = UserForm
    list_display = ("name", "email", "shown_role", "is_active")
    list_filter = ("role", "is_active")
    list_select_related = ("custom_role",)
    search_fields = ("name", "email")
    ordering = ("name",)
    fields = (
        "name",
        "email",
        "role",
        "custom_role",
        "is_active",
        "new_password",
        "time_zone",
        "language",
    )

    @admin.display(description=gettext_lazy("Role"))
    def shown_role(self, user: User) -> str:
        return user.shown_role

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class MemberRows(Rows):
    model = TeamMember
    verbose_name = gettext_lazy("Team")
    verbose_name_plural = gettext_lazy("Teams")


class SkillRows(Rows):
    model = AgentSkill
    fields = ("skill", "level", "expires_on")
    verbose_name_plural = gettext_lazy("Skills, 1 (some) to 5 (expert)")


class CapacityForm(forms.ModelForm):  # type: ignore[type-arg]
    channel_kind = forms.ChoiceField(
        choices=[
            (ANY, gettext_lazy("Everything together")),
            (WorkKind.CHAT.value, gettext_lazy("Chats")),
            (WorkKind.MAIL.value, gettext_lazy("Mails")),
            (WorkKind.VOICE.value, gettext_lazy("Calls")),
        ],
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Kind of work"),
    )

    class Meta:
        model = Capacity
        fields = ("channel_kind", "units")


class CapacityRows(Rows):
    model = Capacity
    form = CapacityForm
    verbose_name_plural = gettext_lazy("Capacity at once: a mail is 1 unit, a chat 2, a call 6")


class AgentForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person who takes conversations, and the telephone that callers are put through to."""

    class Meta:
        model = Agent
        fields: ClassVar[list[str]] = ["user", "phone"]
        help_texts: ClassVar[dict[str, Any]] = {
            "phone": gettext_lazy(
                "As +15017122661; callers who want a person are put through to it."
            )
        }

    def clean_phone(self) -> str:
        phone = "".join(c for c in self.cleaned_data["phone"] if c not in " ()-./")
        if phone and not re.fullmatch(r"\+[1-9][0-9]{6,14}", phone):
            raise ValidationError(gettext("Begin with + and the country, as +15017122661."))
        return phone


@admin.register(Agent)
class AgentAdmin(Settings):
    """Who takes conversations, in which teams, with which skills."""

    form = AgentForm
    list_display = ("user", "shown_teams", "shown_skills")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    ordering = ("user__name",)
    fields = ("user", "phone")
    autocomplete_fields = ("user",)
    inlines = (MemberRows, SkillRows, CapacityRows)

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("teams", "agentskill_set__skill")

    @admin.display(description=gettext_lazy("Teams"))
    def shown_teams(self, agent: Agent) -> str:
        return ", ".join(team.name for team in agent.teams.all())

    @admin.display(description=gettext_lazy("Skills"))
    def shown_skills(self, agent: Agent) -> str:
        return ", ".join(f"{row.skill.name} {row.level}" for row in agent.agentskill_set.all())


METHODS = (
    ("least_loaded", gettext_lazy("Who has most room")),
    ("longest_idle", gettext_lazy("Who has been idle longest")),
    ("best_skill", gettext_lazy("Who knows the subject best")),
    ("last_agent", gettext_lazy("Who helped this customer last, else who has most room")),
    ("expected_breach", gettext_lazy("Who is needed least by the other tickets")),
)


class TeamForm(forms.ModelForm):  # type: ignore[type-arg]
    """A queue and how it is offered."""

    method = forms.ChoiceField(
        choices=METHODS,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("A waiting ticket is offered to"),
    )
    offer_seconds = forms.IntegerField(
        min_value=0,
        max_value=3600,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Seconds to answer an offer"),
        help_text=gettext_lazy("0: nothing is offered, everybody takes what they choose."),
    )
    wrap_up_seconds = forms.IntegerField(
        min_value=0,
        max_value=3600,
        widget=UnfoldAdminIntegerFieldWidget,
        label=gettext_lazy("Seconds to wrap up after a ticket"),
    )

    class Meta:
        model = Team
        fields = (
            "name",
            "slug",
            "is_triage",
            "calendar",
            "method",
            "offer_seconds",
            "wrap_up_seconds",
            "board_inbox",
            "board_place",
        )
        labels: ClassVar[dict[str, Any]] = {
            "board_inbox": gettext_lazy("Colleagues work from"),
            "board_place": gettext_lazy("in the channel"),
        }
        help_texts: ClassVar[dict[str, Any]] = {
            "board_inbox": gettext_lazy(
                "Handoffs to this team are posted there, with what is known of the customer."
            ),
            "board_place": gettext_lazy(
                "Its id, as C0123456789 at Slack; everybody in it reads the tickets."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("offer_seconds", "wrap_up_seconds"):
            self.initial.setdefault(name, getattr(self.instance, name))
        field = self.fields["board_inbox"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Inbox.objects.filter(is_active=True, channel__in=with_boards())


class OfTeam(MemberRows):
    """The same rows, seen from the team."""

    verbose_name = gettext_lazy("Agent")
    verbose_name_plural = gettext_lazy("Agents")


@admin.register(Team)
class TeamAdmin(Settings):
    """A queue. The slug is what the router names."""

    list_display = ("name", "slug", "is_triage", "calendar")
    list_select_related = ("calendar",)
    search_fields = ("name", "slug")
    ordering = ("name",)
    form = TeamForm
    fields = (
        "name",
        "slug",
        "is_triage",
        "calendar",
        "method",
        "offer_seconds",
        "wrap_up_seconds",
        "board_inbox",
        "board_place",
    )
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}
    inlines = (OfTeam,)


@admin.register(Skill)
class SkillAdmin(Settings):
    """Something a case may need."""

    list_display = ("name", "slug")
    search_fields = ("name", "slug")
    ordering = ("name",)
    fields = ("name", "slug")
    prepopulated_fields: ClassVar[dict[str, Any]] = {"slug": ("name",)}
