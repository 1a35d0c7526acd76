"""Rules about people's rights: nobody gives what they have not, and nobody changes who may more than they. The verbs are `bot.company`."""

from __future__ import annotations

from django.db.models import Model, Q

from bot.permissions import May, may, permissions_of, permissions_of_role
from core.errors import Conflict, MalformedPayload, NotAllowed, NotFound
from store.models import Brand, Role, Team, User

AT_SETTINGS = frozenset({May.CONFIGURE, May.READ_AUDIT, May.MANAGE_PEOPLE, May.WRITE_ARTICLES})
"""Whoever may one of these has pages in the settings."""
PROGRAM = "@service.invalid"
"""The addresses of programs, as whom nobody can sign in."""


def permission_to_keep(row: Model) -> May:
    """What changing such a row takes."""
    return May.MANAGE_PEOPLE if isinstance(row, User | Role) else May.CONFIGURE


def ready_role(by: User, role: Role) -> None:
    """Checks a role of the company's own before it is stored. Raises `NotAllowed`, `MalformedPayload`, `Conflict`."""
    if by.custom_role_id == role.pk:
        raise Conflict("You hold this role yourself: somebody else can change it.")
    role.name = role.name.strip()
    if not role.name:
        raise MalformedPayload("A role needs a name.")
    if role.like not in set(User.Role):
        raise MalformedPayload("A role is like one of %(roles)s.", roles=", ".join(User.Role))
    unknown = set(role.permissions) - set(May)
    if unknown or not role.permissions:
        raise MalformedPayload(
            "Choose one or more permissions of %(permissions)s.", permissions=", ".join(May)
        )
    role.permissions = [one.value for one in May if one.value in role.permissions]
    must_have(by, frozenset(map(May, role.permissions)))
    before = Role.objects.filter(pk=role.pk).values_list("permissions", flat=True).first()
    must_have(by, frozenset(May(one) for one in before or [] if one in set(May)))
    role.teams = _known(Team, role.teams)
    role.brands = _known(Brand, role.brands)


def follow_role(role: Role) -> None:
    """Those who hold the role have pages in the settings as it says now."""
    is_staff = bool(AT_SETTINGS & set(role.permissions))
    User.objects.filter(custom_role=role).update(
        is_staff=is_staff, is_superuser=False, role=role.like
    )


def ready_person(by: User, user: User) -> None:
    """Checks a change of a person's rights, and lets those of Django's own admin follow from the role.
    Raises `NotAllowed`, `Conflict`."""
    before = User.objects.select_related("custom_role").filter(pk=user.pk).first()
    if before is not None and before.is_active:
        must_have(by, permissions_of(before))
    must_have(by, permissions_of(user))
    if user.pk == by.pk and not (may(user, May.MANAGE_PEOPLE) and _is_same(user, before)):
        raise Conflict("You cannot take your own rights away: another admin can.")
    if user.custom_role is not None:
        user.role = user.custom_role.like
    if before is not None and before.is_active and not user.is_active:
        user.departures = before.departures + 1
    user.is_staff = bool(AT_SETTINGS & permissions_of(user))
    user.is_superuser = user.role == User.Role.ADMIN and user.custom_role_id is None


def hold_admins(by: User) -> User:
    """Who changes rights, as they are now; until the transaction ends nobody else changes those of who may do
    everything. Else two admins could take each other's rights away in the same moment, each still having their own."""
    mighty = Q(role=User.Role.ADMIN) | Q(custom_role__isnull=False)
    list(User.objects.filter(mighty).select_for_update(no_key=True).order_by("pk"))
    return User.objects.select_related("custom_role").get(pk=by.pk)


def has_admin() -> bool:
    """True when somebody may do everything. Programs do not count: as them nobody opens the settings."""
    people = User.objects.filter(is_active=True).exclude(email__endswith=PROGRAM)
    everything = frozenset(May)
    return any(permissions_of(one) == everything for one in people.select_related("custom_role"))


def must_have(by: User, permissions: frozenset[May]) -> None:
    """Raises `NotAllowed` where these are more than `by` has."""
    if missing := permissions - permissions_of(by):
        names = ", ".join(sorted(missing))
        raise NotAllowed("That takes what your own role does not permit: %(names)s.", names=names)


def must_have_role(by: User, role: str) -> None:
    """The same for a built-in role."""
    must_have(by, permissions_of_role(role))


def _is_same(user: User, before: User | None) -> bool:
    return before is None or permissions_of(user) == permissions_of(before)


def _known(model: type[Team] | type[Brand], ids: list[str]) -> list[str]:
    """The ids that exist, as text, in order. Raises `NotFound`."""
    known = {str(one) for one in model.objects.values_list("id", flat=True)}
    wanted = sorted({str(one) for one in ids})
    if set(wanted) - known:
        raise NotFound("A role names a team or a brand that is not there.")
    return wanted
