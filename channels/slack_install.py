"""Adding the app to a workspace: Slack's page of consent, and what its code is good for (OAuth 2.0, docs.slack.dev, installing with OAuth)."""

from __future__ import annotations

import logging
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

import aiohttp
from pydantic import SecretStr, StringConstraints, ValidationError
from slack_sdk.errors import SlackApiError
from slack_sdk.oauth import AuthorizeUrlGenerator
from slack_sdk.web.async_client import AsyncWebClient

from channels.contract_apps import Installed, Standing
from channels.payload import Payload
from channels.slack_api import failure_of
from channels.slack_manifest import scopes_for
from channels.slack_settings import SlackSettings
from core.errors import PermanentFailure, TemporaryFailure

OF_INSTALLATION = frozenset(
    {
        "bot_token",
        "bot_user",
        "installed_at",
        "refresh_token",
        "scopes",
        "token_until",
        "workspace",
    }
)
OF_ACCOUNT = frozenset({"team", "channels", "app_token"})
"""One app has one socket, at the inbox that was first."""

REFUSALS = {
    "invalid_client_id": "Slack knows no app of this client id.",
    "bad_client_secret": "The client secret is not this app's.",
    "bad_redirect_uri": "This address is not among the app's redirect URLs: take them from the description.",
    "invalid_code": "Slack's answer is too old or was used already: begin again.",
    "code_already_used": "Slack's answer is too old or was used already: begin again.",
    "code_expired": "Slack's answer is too old or was used already: begin again.",
}

_LATER = frozenset(
    {"ratelimited", "rate_limited", "service_unavailable", "fatal_error", "internal_error"}
)

EARLIER = timedelta(hours=2)
"""So long before its end a token is renewed; Slack's last twelve hours."""

# What the client would log repeats the code and the secret.
_log = logging.getLogger("slack_install")
_log.setLevel(logging.CRITICAL)

_Secret = Annotated[str, StringConstraints(min_length=16, max_length=1000, pattern=r"^[!-~]+$")]


class _Place(Payload):
    id: str
    name: str = ""


class _Granted(Payload):
    """What `oauth.v2.access` gives, for a code or for a token that is renewed."""

    access_token: _Secret
    scope: str = ""
    bot_user_id: str = ""
    team: _Place | None = None
    enterprise: _Place | None = None
    is_enterprise_install: bool = False
    refresh_token: _Secret | None = None
    expires_in: int = 0


def consent_page(settings: SlackSettings, state: str, back: str, *, elsewhere: bool) -> str:
    """The vendor's generator puts everything into the address as it is, so what needs it is quoted here."""
    made = AuthorizeUrlGenerator(
        client_id=quote(settings.client_id, safe=""),
        redirect_uri=quote(back, safe=""),
        scopes=_asked(settings),
        authorization_url=settings.api_url.removesuffix("api/") + "oauth/v2/authorize",
    )
    team = settings.team if settings.team.startswith("T") and not elsewhere else None
    return made.generate(quote(state, safe=""), team=team)


async def install(settings: SlackSettings, code: str, back: str, at: datetime) -> Installed:
    """The token of the workspace whose administrator agreed. Raises `PermanentFailure` with a sentence for people,
    `TemporaryFailure`."""
    granted = await _ask(settings, code=code, redirect_uri=back)
    place = granted.enterprise if granted.is_enterprise_install else granted.team
    if place is None:
        raise PermanentFailure("Slack gave no token for a workspace.")
    given = frozenset(one for one in granted.scope.split(",") if one)
    kept = {
        "team": place.id,
        "workspace": place.name[:120],
        "bot_user": granted.bot_user_id,
        "scopes": sorted(given),
        **_token(granted, at),
        "installed_at": int(at.timestamp()),
    }
    missing = tuple(sorted(set(_asked(settings)) - given))
    return Installed(place.id, place.name[:120], kept, missing)


async def renew(settings: SlackSettings, at: datetime) -> dict[str, Any]:
    """A new token; the old one is good until it ends. Slack takes each renewing token once. Raises `PermanentFailure`,
    `TemporaryFailure`."""
    assert settings.refresh_token is not None
    refresh = settings.refresh_token.get_secret_value()
    kept = _token(await _ask(settings, grant_type="refresh_token", refresh_token=refresh), at)
    return {**kept, "installed_at": int(at.timestamp())}


def standing_of(settings: SlackSettings) -> Standing:
    """Which app it is, and how it stands in its workspace. What was never told is not missing."""
    lacks = set(_asked(settings)) - set(settings.scopes) if settings.scopes else set()
    return Standing(
        app=settings.client_id,
        account=settings.team,
        name=settings.workspace,
        is_installed=bool(settings.token),
        missing=tuple(sorted(lacks)),
        renews_at=_renews_at(settings),
        renewal=_digest(settings.refresh_token),
    )


def _renews_at(settings: SlackSettings) -> datetime | None:
    if not (settings.token and settings.refresh_token and settings.token_until):
        return None
    return datetime.fromtimestamp(settings.token_until, UTC) - EARLIER


def _digest(secret: SecretStr | None) -> str:
    return sha256(secret.get_secret_value().encode()).hexdigest() if secret else ""


def _asked(settings: SlackSettings) -> tuple[str, ...]:
    return scopes_for(assistant=settings.assistant or bool(settings.prompts))


def _token(granted: _Granted, at: datetime) -> dict[str, Any]:
    kept: dict[str, Any] = {"bot_token": granted.access_token}
    if granted.refresh_token and granted.expires_in:
        until = int(at.timestamp()) + granted.expires_in
        kept |= {"refresh_token": granted.refresh_token, "token_until": until}
    return kept


async def _ask(settings: SlackSettings, **fields: str) -> _Granted:
    assert settings.client_secret is not None
    secret = settings.client_secret.get_secret_value()
    keys = b64encode(f"{settings.client_id}:{secret}".encode()).decode()
    client = AsyncWebClient(
        base_url=settings.api_url,
        timeout=settings.seconds,  # type: ignore[arg-type]  # aiohttp takes fractions
        retry_handlers=[],
        logger=_log,
    )
    try:
        # By the client's own way for all methods: its way for this one makes a header of which aiohttp warns.
        answer = await client.api_call(
            "oauth.v2.access", data=fields, headers={"Authorization": f"Basic {keys}"}
        )
        return _Granted.model_validate(answer.data)
    except SlackApiError as error:
        code = error.response.get("error", "") if hasattr(error.response, "get") else ""
        if code in REFUSALS:
            raise PermanentFailure(REFUSALS[code]) from None
        failure = failure_of("oauth.v2.access", error)
        if code and code not in _LATER:
            raise PermanentFailure("Slack refuses: %(code)s.", code=code) from None
        raise failure from None
    except ValidationError:
        # Nothing of the answer is told: a token may stand in it.
        raise PermanentFailure("Slack gave no token for a workspace.") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise TemporaryFailure(f"Slack is away: {type(error).__name__}") from None
