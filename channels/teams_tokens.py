"""Is this call Microsoft's, and for us? Every rule of the Bot Framework's tokens, with none left to a default (RELIABILITY 1.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt
from pydantic import ValidationError

from channels.contract import Arrival
from channels.teams_activities import Activity
from channels.teams_keys import SigningKeys
from channels.teams_settings import TeamsSettings
from core.errors import BadSignature

CHANNEL = "msteams"
SKEW_SECONDS = 300
_LONGEST = 8192
_LATEST = 1e12
"""Seconds; what lies beyond, and what is no number, is no time."""
_REQUIRED = ["iss", "aud", "exp", "nbf", "serviceurl"]


def check_call(arrival: Arrival, settings: TeamsSettings, keys: SigningKeys) -> None:
    """Returns if the call is genuine, else raises `BadSignature`; `TemporaryFailure` where no keys are to be had.

    Tokens of the bot's own tenant are refused though the SDKs know them too: any app of the tenant gets such a
    token for us, which proves no word of what it brings.
    """
    token = _bearer(arrival)
    header = _header(token)
    activity = _activity(arrival.body)
    key = keys.named(header["kid"], arrival.received_at)
    if key is None:
        raise BadSignature
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=["RS256"],
            audience=settings.app_id,
            issuer=settings.issuer,
            options={
                "require": _REQUIRED,
                "strict_aud": True,
                # The library reads the machine's clock; ours is the arrival's.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise BadSignature from None
    _check_times(claims, arrival.received_at)
    _check_activity(claims, activity, settings)
    if activity.channelId not in key.endorsements:
        raise BadSignature


def _bearer(arrival: Arrival) -> str:
    scheme, _, token = arrival.headers.get("authorization", "").partition(" ")
    is_call = arrival.kind == "webhook" and arrival.method == "POST"
    is_token = token.isascii() and token.count(".") == 2 and len(token) <= _LONGEST
    if not is_call or scheme.lower() != "bearer" or not is_token:
        raise BadSignature
    return token


def _header(token: str) -> dict[str, Any]:
    """Keys are named by `kid` alone: what a token itself offers as key (jwk, jku, x5u) is never looked at."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise BadSignature from None
    if header.get("alg") != "RS256" or "crit" in header or not isinstance(header.get("kid"), str):
        raise BadSignature
    return header


def _activity(body: bytes) -> Activity:
    try:
        return Activity.model_validate_json(body)
    except ValidationError:
        raise BadSignature from None


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    at = now.timestamp()
    expires, begins = _seconds(claims["exp"]), _seconds(claims["nbf"])
    # It need not be told; where it is, it counts.
    issued = _seconds(claims["iat"]) if "iat" in claims else begins
    is_early = at < max(begins, issued) - SKEW_SECONDS
    if at > expires + SKEW_SECONDS or is_early or expires < begins:
        raise BadSignature


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LATEST:
        raise BadSignature
    return value


def _check_activity(claims: dict[str, Any], activity: Activity, settings: TeamsSettings) -> None:
    """What is brought must be what the token was made for: this service, this channel, an organisation of ours."""
    told = claims["serviceurl"]
    if not isinstance(told, str) or told.rstrip("/") != activity.serviceUrl.rstrip("/"):
        raise BadSignature
    if activity.channelId != CHANNEL or not settings.may_serve(activity.serviceUrl):
        raise BadSignature
    tenants = activity.tenants | ({claims["tid"]} if isinstance(claims.get("tid"), str) else set())
    if not tenants and not settings.any_tenant:
        raise BadSignature
    if len(tenants) > 1 or not all(settings.accepts_tenant(tenant) for tenant in tenants):
        raise BadSignature
