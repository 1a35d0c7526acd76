"""What Twilio's channels need to be told alike: the account, its secrets, the number. Meaning of each key: docs/channels/sms.md."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

Sid = Annotated[str, StringConstraints(pattern=r"^AC[0-9a-fA-F]{32}$")]
Number = Annotated[str, StringConstraints(pattern=r"^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$")]
"""A phone number as E.164, or a short code."""


class TwilioSettings(BaseModel):
    """One number of one Twilio account. During a change of auth token both verify, and the first one sends."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    account_sid: Sid
    number: Number
    auth_token: SecretStr
    """The primary auth token: Twilio signs its calls with it, whatever key is used to send."""
    previous_auth_token: SecretStr | None = None
    api_key_sid: str = ""
    """An API key to send with instead of the auth token; needs `api_key_secret`."""
    api_key_secret: SecretStr | None = None
    api_url: str = "https://api.twilio.com"
    """Another edge (https://api.dublin.ie1.twilio.com), or a fake on this machine."""
    api_seconds: float = Field(default=15.0, ge=0.2, le=40.0)
    """How long each answer of the API is waited for; the worker gives a sending 40 s in all."""

    @field_validator("api_url")
    @classmethod
    def _is_safe_for_secrets(cls, value: str) -> str:
        parts = urlsplit(value)
        host = parts.hostname or ""
        is_vendor = parts.scheme == "https" and (
            host == "twilio.com" or host.endswith(".twilio.com")
        )
        if not (is_vendor or host in {"127.0.0.1", "localhost", "::1"}):
            raise ValueError("secrets are sent only to https://....twilio.com or to this machine")
        return value.rstrip("/")

    @property
    def verifying_tokens(self) -> tuple[str, ...]:
        """The tokens by which a call may be signed."""
        tokens = (self.auth_token, self.previous_auth_token)
        return tuple(token.get_secret_value() for token in tokens if token)

    @property
    def login(self) -> tuple[str, str]:
        """User and password towards the API."""
        if self.api_key_sid and self.api_key_secret is not None:
            return self.api_key_sid, self.api_key_secret.get_secret_value()
        return self.account_sid, self.auth_token.get_secret_value()
