"""The very first person of an empty installation: whoever holds the link that `threadline up` prints. Everybody later is invited."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from bot.company import promised_targets
from bot.house import House
from core.errors import BadSignature, Conflict, MalformedPayload
from store.audit import record
from store.models import Brand, SlaPolicy, User


@dataclass(frozen=True, slots=True)
class Founder:
    """What the first person says. `password` was checked against the rules for passwords."""

    email: str
    name: str
    password: str = field(repr=False)
    company: str
    time_zone: str
    language: str = "en"


def beginning_key(house: House) -> str:
    """Known to who can read the installation's keys or the output of `up`, and void once there is an admin."""
    return house.vault.sign("beginning", b"the first person").hex()[:40]


def is_empty() -> bool:
    """True until there was an admin; those of services are no people."""
    people = User.objects.exclude(email__endswith="@service.invalid")
    return not people.filter(role=User.Role.ADMIN).exists()


def begin(house: House, key: str, founder: Founder) -> User:
    """Makes the company and its first admin, once. Raises `BadSignature`, `Conflict`, `MalformedPayload`."""
    check_key(house, key)
    name, company = founder.name.strip(), founder.company.strip()
    if not name or not company:
        raise MalformedPayload("Say your name, and what your company is called.")
    zone = checked_zone(founder.time_zone)
    with transaction.atomic():
        brand, _ = Brand.objects.get_or_create(slug="default", defaults={"name": company[:120]})
        brand = Brand.objects.select_for_update().get(id=brand.id)
        if not is_empty():
            raise Conflict("Somebody was here first: ask them to invite you.")
        brand.name, brand.time_zone = company[:120], zone
        brand.save(update_fields=["name", "time_zone"])
        if not SlaPolicy.objects.filter(brand=brand, is_default=True).exists():
            SlaPolicy.objects.create(
                brand=brand, name="Promised", targets=promised_targets(), is_default=True
            )
        user = User.objects.create_superuser(
            founder.email,
            founder.password,
            name=name[:120],
            time_zone=zone,
            language=founder.language,
            joined_at=house.clock(),
        )
        record(
            house.vault,
            at=house.clock(),
            actor="beginning",
            action="user.create",
            subject=f"user:{user.id}",
            details={"role": user.role},
        )
    return user


def check_key(house: House, key: str) -> None:
    """Raises `BadSignature` for a key that is not this installation's."""
    if not hmac.compare_digest(beginning_key(house).encode(), key.encode()):
        raise BadSignature


def checked_zone(name: str) -> str:
    """The name of a time zone. Raises `MalformedPayload`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise MalformedPayload("There is no such time zone.") from problem
    return name
