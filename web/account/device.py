"""Devices on which somebody has signed in before: a signed cookie that opens nothing, but whose tries are counted apart."""

from __future__ import annotations

from secrets import token_hex

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

SALT = "threadline known device"
LASTS = 180 * 24 * 3600
MOST_ACCOUNTS = 8
"""People who share a device; the one who has not come for longest is forgotten first."""


def device_of(request: HttpRequest, account: str) -> str:
    """The device's id where this account has signed in on it, else "". `account`: hexadecimal digest."""
    device, accounts = _read(request)
    return device if account in accounts else ""


def remember(request: HttpRequest, response: HttpResponse, account: str) -> None:
    """Called when somebody is signed in, wholly. The id of the device stays as it is."""
    device, accounts = _read(request)
    kept = [account, *(one for one in accounts if one != account)][:MOST_ACCOUNTS]
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps([device or token_hex(16), kept], salt=SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    cookie = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "")
    try:
        device, accounts = signing.loads(cookie, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return "", []
    return device, accounts
