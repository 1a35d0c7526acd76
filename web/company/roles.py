"""Roles: what the built-in ones may do, and those of the company's own, made of named permissions for some teams or all."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count, ProtectedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bot.company import default_brand, keep
from bot.company import remove as remove_row
from bot.permissions import May, permissions_of, permissions_of_role
from core.errors import Conflict, MalformedPayload, NotFound
from store.models import Brand, Role, Team, User
from web.company.door import attempted
from web.desk.entry import opens_to, person
from web.desk.words import ROLES
from web.errors import sentence_of
from web.house import house

PERMISSIONS = {
    May.WORK_TICKETS: gettext_lazy("Work tickets: take, answer, resolve those of their teams"),
    May.SEE_ALL_TICKETS: gettext_lazy("See the tickets of all teams"),
    May.TAKE_OVER: gettext_lazy("Take over from colleagues, give tickets away, share macros and views"),
    May.SEE_REPORTS: gettext_lazy("See reports and the live wall"),
    May.WRITE_ARTICLES: gettext_lazy("Feed the knowledge base and close its gaps"),
    May.REVIEW_LESSONS: gettext_lazy("Decide what the assistant learns from"),
    May.CONFIGURE: gettext_lazy("Change the settings: teams, hours, promises, rules, channels"),
    May.MANAGE_PEOPLE: gettext_lazy("Invite people and give them roles, never more than one's own"),
    May.READ_AUDIT: gettext_lazy("Read the records and the audit chain"),
}  # fmt: skip


def offered_roles(user: User) -> list[tuple[str, str]]:
    """The roles that this person may give: none that permits more than their own."""
    own = permissions_of(user)
    built_in = [
        (str(role), str(name)) for role, name in ROLES.items() if permissions_of_role(role) <= own
    ]
    made = Role.objects.order_by("name")
    return built_in + [(str(one.id), one.name) for one in made if set(one.permissions) <= own]


@require_GET
@opens_to(May.MANAGE_PEOPLE)
def roles(request: HttpRequest) -> HttpResponse:
    """The table of who may what."""
    made = list(Role.objects.annotate(people=Count("holders")).order_by("name"))
    rows = [
        (label, [(role, permission in permissions_of_role(role)) for role in ROLES],
         [(one, permission.value in one.permissions) for one in made])
        for permission, label in PERMISSIONS.items()
    ]  # fmt: skip
    teams = {str(team.id): team.name for team in Team.objects.all()}
    bounds = [(one, [teams.get(team, "?") for team in one.teams]) for one in made]
    context = {"built_in": ROLES.values(), "made": made, "rows": rows, "bounds": bounds}
    return render(request, "company/roles.html", context)


@require_http_methods(["GET", "POST"])
@opens_to(May.MANAGE_PEOPLE)
def save(request: HttpRequest, role: UUID | None = None) -> HttpResponse:
    """The form of a role, new or known."""
    row = _role(role) if role else Role(brand=default_brand())
    if request.method == "GET":
        return _form(request, row)
    asked = request.POST
    row.name, row.like = asked.get("name", "")[:80], asked.get("like", "agent")
    row.permissions = asked.getlist("permission")
    row.teams, row.brands = asked.getlist("team"), asked.getlist("brand")
    row.needs_second_step = asked.get("needs_second_step") == "yes"
    if Role.objects.filter(brand=row.brand, name=row.name.strip()).exclude(pk=row.pk).exists():
        return _form(request, row, gettext("There is a role of this name."))
    try:
        keep(house(), person(request), row, ["name", "permissions", "teams", "brands"])
    except (MalformedPayload, Conflict) as refusal:
        return _form(request, row, sentence_of(refusal))
    return redirect("company:roles")


@require_POST
@opens_to(May.MANAGE_PEOPLE)
def remove(request: HttpRequest, role: UUID) -> HttpResponse:
    """Takes a role away that nobody holds."""
    row = _role(role)

    def deed() -> None:
        try:
            remove_row(house(), person(request), row)
        except ProtectedError as held:
            raise Conflict(
                gettext("Somebody holds this role: give them another one first.")
            ) from held

    attempted(request, deed, gettext("Removed."))
    return redirect("company:roles")


def _role(role: UUID) -> Role:
    found = Role.objects.select_related("brand").filter(id=role).first()
    if found is None:
        raise NotFound("There is no such role.")
    return found


def _form(request: HttpRequest, row: Role, problem: str = "") -> HttpResponse:
    own = permissions_of(person(request))
    context: dict[str, Any] = {
        "role": row,
        "permissions": [
            (one.value, label, one.value in row.permissions, one in own)
            for one, label in PERMISSIONS.items()
        ],
        "likes": ROLES.items(),
        "teams": [(team, str(team.id) in row.teams) for team in Team.objects.order_by("name")],
        "brands": [
            (brand, str(brand.id) in row.brands) for brand in Brand.objects.order_by("name")
        ],
        "problem": problem,
    }
    return render(request, "company/role.html", context, status=400 if problem else 200)
