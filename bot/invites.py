"""Inviting colleagues: an account without a password, and a link that lets its owner choose one, once."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction

from bot.company import default_brand, keep
from bot.house import House
from bot.permissions import May, require
from core.errors import BadSignature, Conflict, MalformedPayload, NotFound
from store.audit import record
from store.models import Agent, Role, Team, TeamMember, User

SERVICE = "@service.invalid"
"""Ends the address of an account that is a program's (`bot.tokens`)."""


def invite(
    house: House, by: User, email: str, name: str, role: str, team: str = ""
) -> tuple[User, str]:
    """A new person and the path of their link, good for three days. `role`: a built-in one, or the id of one of
    our own. Raises `NotAllowed`, `MalformedPayload`, `Conflict`."""
    require(by, May.MANAGE_PEOPLE)
    email, name = email.strip().lower(), name.strip()[:120]
    if not name or "@" not in email[1:-1] or len(email) > 254 or any(c.isspace() for c in email):
        raise MalformedPayload("An invitation needs a name and a mail address.")
    if User.objects.filter(email=email).exists():
        raise Conflict("Somebody has this address already.")
    brand = default_brand()
    user = User(email=email, name=name, time_zone=brand.time_zone, language=by.language)
    _give_role(user, role)
    user.set_unusable_password()
    with transaction.atomic():
        keep(house, by, user, ["role"])
        found = Team.objects.filter(brand=brand, slug=team).first() if team else None
        if found is not None and user.role in {User.Role.AGENT, User.Role.LEAD}:
            agent = Agent(user=user, brand=brand)
            keep(house, by, agent)
            TeamMember.objects.create(team=found, agent=agent)
    return user, link_for(user)


def invite_again(house: House, by: User, user: User) -> str:
    """A new link for somebody who never came. Raises `NotAllowed`, `Conflict` for who has a password."""
    require(by, May.MANAGE_PEOPLE)
    is_program = user.email.endswith(SERVICE)
    if user.has_usable_password() or not user.is_active or is_program:
        raise Conflict("This person can sign in already, or has left.")
    record(
        house.vault,
        at=house.clock(),
        actor=f"user:{by.id}",
        action="user.invite",
        subject=f"user:{user.id}",
    )
    return link_for(user)


def link_for(user: User) -> str:
    """Path of the page on which they choose a password; void once they have."""
    return f"/account/welcome/{user.id}/{default_token_generator.make_token(user)}/"


def invited(user: UUID, token: str) -> User:
    """Whose link this is. Raises `BadSignature` for one that is wrong, old, used, or of somebody who left."""
    found = User.objects.filter(id=user, is_active=True).first()
    if found is None or found.has_usable_password() or found.email.endswith(SERVICE):
        raise BadSignature
    if not default_token_generator.check_token(found, token):
        raise BadSignature
    return found


def welcome(house: House, user: UUID, token: str, password: str) -> User:
    """Sets the first password. `password` was checked against the rules. Raises `BadSignature`."""
    with transaction.atomic():
        found = invited(user, token)
        found = User.objects.select_for_update().get(id=found.id)
        if found.has_usable_password():
            raise BadSignature
        found.set_password(password)
        found.save(update_fields=["password"])
        record(
            house.vault,
            at=house.clock(),
            actor=f"user:{found.id}",
            action="user.welcome",
            subject=f"user:{found.id}",
        )
    return found


def waiting() -> list[User]:
    """Who was invited and has not come yet."""
    people = User.objects.filter(is_active=True).exclude(email__endswith=SERVICE)
    return [one for one in people.order_by("-joined_at") if not one.has_usable_password()]


def _give_role(user: User, role: str) -> None:
    if role in set(User.Role):
        user.role = User.Role(role)
        return
    try:
        own = Role.objects.filter(id=UUID(role)).first()
    except ValueError:
        own = None
    if own is None:
        raise NotFound("There is no such role.")
    user.custom_role = own
