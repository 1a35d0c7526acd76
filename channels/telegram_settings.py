"""What one Telegram inbox needs to be told. Meaning of each key: docs/channels/telegram.md."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class TelegramSettings(BaseModel):
    """One bot. During a change of the webhook's secret the old one still verifies."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    bot_token: SecretStr
    username: str = Field(pattern=r"^[A-Za-z0-9_]{5,32}$")
    """The bot's name without @, by which it is called in groups."""
    secret_token: SecretStr
    """What was given to setWebhook: Telegram sends it along with each update."""
    previous_secret_token: SecretStr | None = None
    greeting: str = Field(default="Hello", min_length=1, max_length=100)
    """What /start means: the words with which people begin."""
    api_url: str = "https://api.telegram.org"
    """Another Bot API server, on this machine."""
    seconds: float = Field(default=15.0, ge=0.2, le=40.0)
    """How long each answer is waited for; the worker gives a sending 40 s in all."""

    @field_validator("bot_token")
    @classmethod
    def _is_a_token(cls, token: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9]{3,20}:[A-Za-z0-9_-]{30,100}", token.get_secret_value()):
            raise ValueError("this is no token of BotFather's")
        return token

    @field_validator("secret_token", "previous_secret_token")
    @classmethod
    def _is_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
            raise ValueError("16 to 256 letters, digits, _ and -")
        return secret

    @field_validator("api_url")
    @classmethod
    def _is_safe_for_the_token(cls, url: str) -> str:
        parts = urlsplit(url)
        is_vendor = (parts.scheme, parts.netloc) == ("https", "api.telegram.org")
        if not is_vendor and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("the token is sent to https://api.telegram.org or this machine only")
        return url.rstrip("/")

    @property
    def bot(self) -> int:
        """The bot's own user id, which stands in its token."""
        return int(self.bot_token.get_secret_value().partition(":")[0])
