"""Access tokens for a mailbox, renewed with a refresh token (OAuth 2.0, RFC 6749 section 6). What they open is the adapter's."""

from __future__ import annotations

import asyncio

import httpx2

from channels.email_settings import EmailSettings, revealed
from core.errors import TemporaryFailure

_SPARE_SECONDS = 120.0
_USUAL_SECONDS = 3600.0


class Tokens:
    """One account's. A token is kept until shortly before it ends."""

    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._token, self._ends = "", 0.0

    async def token(self) -> str:
        """A token that is good for a while, "" where none are renewed. Raises `TemporaryFailure`."""
        if not self._settings.oauth_token_url:
            return ""
        loop = asyncio.get_running_loop()
        if self._token and loop.time() < self._ends:
            return self._token
        try:
            self._token, seconds = await self._ask()
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            # Nothing of the answer is told: it may repeat what was sent.
            reason = f"no access token: {type(error).__name__}"
            raise TemporaryFailure(reason) from None
        self._ends = loop.time() + max(0.0, seconds - _SPARE_SECONDS)
        return self._token

    def forget(self) -> None:
        """Whoever was shown the token refused it: the next one is asked for anew, for it may have been taken back."""
        self._token, self._ends = "", 0.0

    async def _ask(self) -> tuple[str, float]:
        settings = self._settings
        fields = {
            "grant_type": "refresh_token",
            "client_id": settings.oauth_client_id,
            "refresh_token": revealed(settings.oauth_refresh_token),
        }
        if settings.oauth_client_secret is not None:
            fields["client_secret"] = revealed(settings.oauth_client_secret)
        async with httpx2.AsyncClient(
            timeout=20.0, follow_redirects=False, trust_env=False
        ) as client:
            answer = await client.post(settings.oauth_token_url, data=fields)
        answer.raise_for_status()
        body = answer.json()
        token = body["access_token"]
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ValueError("no token")
        return token, float(body.get("expires_in") or _USUAL_SECONDS)
