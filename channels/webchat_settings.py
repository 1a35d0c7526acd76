"""What one chat inbox is set to: secrets, origins, and everything that a brand changes in the widget."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

LANGUAGES = ("en", "es", "de", "fr", "pt", "ar")


class Look(BaseModel):
    """What a brand changes in the widget; attributes of the element go before it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(default="", max_length=60)
    accent: str = Field(default="", pattern=r"^(#[0-9a-fA-F]{6})?$")
    greeting: dict[str, str] = Field(default_factory=dict)
    """Language to first words; languages that are not named get the widget's own."""
    theme: str = Field(default="", pattern="^(light|dark)?$")
    """Empty: what the visitor's system prefers."""


class Greeting(BaseModel):
    """First words that appear beside the launcher after a while, on pages whose address begins so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: dict[str, str]
    """Language to words; pages in other languages show nothing."""
    page: str = Field(default="/", max_length=200, pattern=r"^/")
    """Beginning of the page's path."""
    seconds: int = Field(default=20, ge=1, le=3600)


class WebchatSettings(BaseModel):
    """One chat inbox. During a change of secret the old one still verifies and no longer signs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    signing_secret: SecretStr
    previous_secret: SecretStr | None = None
    identity_secret: SecretStr | None = None
    """Shared with the website, which signs with it who its visitors are; without one all are anonymous."""
    previous_identity_secret: SecretStr | None = None
    allowed_origins: tuple[str, ...] = ()
    """Other sites that may show this chat; the installation's own origin always may."""
    token_days: int = Field(default=30, ge=1, le=365)
    languages: tuple[str, ...] = LANGUAGES
    look: Look = Look()
    asks_for: tuple[Literal["name", "email"], ...] = ()
    """What an anonymous visitor is asked before the first message; the mail address may always be left out."""
    greetings: tuple[Greeting, ...] = Field(default=(), max_length=20)
    """Words that come up by page and time, once a visit; the first that fits."""
    office_hours: str = Field(default="", max_length=120)
    """Name of the calendar by which people answer; the chat says when they are back. Empty: always."""

    @field_validator(
        "signing_secret", "previous_secret", "identity_secret", "previous_identity_secret"
    )
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().encode()) < 32:
            raise ValueError("a signing secret needs at least 32 bytes")
        return secret

    @field_validator("allowed_origins")
    @classmethod
    def _plain_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(plain_origin(origin) for origin in origins)


def plain_origin(value: str) -> str:
    """Normalised `scheme://host[:port]`; raises ValueError for anything else (also for `null`)."""
    parts = urlsplit(value.strip().lower())
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(f"{value!r} is not an origin such as https://www.example.org")
    if parts.path.strip("/") or parts.query or parts.fragment or "*" in parts.netloc:
        raise ValueError(f"{value!r} must be a plain origin: no path, no wildcard")
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
