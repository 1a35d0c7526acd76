"""Template helpers of the account pages: what somebody can show at the second step, and which device a session is on."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django import template
from django.utils.translation import gettext

from store.models import User

register = template.Library()

BROWSERS = (
    *(("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox")),
    *(
        ("CriOS/", "Chrome"),
        ("Chromium/", "Chromium"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ),
)
"""Signs in the order in which they are looked for: nearly everybody also says that they are Chrome and Safari."""
SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS")),
    *(("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")),
)


@dataclass(frozen=True, slots=True)
class Ways:
    """What a person has set up: an app that makes codes, passkeys or security keys, recovery codes."""

    has_app: bool
    has_key: bool
    has_codes: bool


@register.simple_tag
def second_steps(user: User) -> Ways:
    """The ways by which this person can go on after the password."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return Ways(
        Authenticator.Type.TOTP in kinds,
        Authenticator.Type.WEBAUTHN in kinds,
        Authenticator.Type.RECOVERY_CODES in kinds,
    )


@register.filter
def device_name(agent: str) -> str:
    """A browser's long description of itself as people say it: `Firefox, Windows`."""
    browser = next((name for sign, name in BROWSERS if sign in agent), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    known = ", ".join(part for part in (browser, system) if part)
    return known or gettext("A device that does not say what it is")
