"""What one WhatsApp number, Facebook page or Instagram account needs to be told. Meaning of each key: docs/channels/graph.md."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Product = Literal["whatsapp", "messenger", "instagram"]

_VENDOR = ("graph.facebook.com", "graph.instagram.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class GraphSettings(BaseModel):
    """One account of one product. While the app's secret is changed, the former one still counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    product: Product
    account: str = Field(pattern=r"^[0-9]{3,25}$")
    """Id of the phone number (not the number itself), of the page, or of the Instagram account."""
    app_secret: SecretStr
    """Signs what Meta brings, and proves that our calls come from the app."""
    previous_app_secret: SecretStr | None = None
    verify_token: SecretStr
    """Made up by you: Meta shows it once, when the address is entered there."""
    access_token: SecretStr
    app_id: str = Field(default="", pattern=r"^[0-9]{0,25}$")
    """By which what this app said itself is told from what colleagues say in Meta's own inbox."""
    version: str = Field(default="v24.0", pattern=r"^v[0-9]{1,3}\.[0-9]$")
    """Of the Graph API. Meta keeps each for about two years."""
    template: str = Field(default="", pattern=r"^[a-z0-9_]{0,512}$")
    """WhatsApp: an approved template with one variable in its body. It carries our words when the customer
    has been silent for more than 24 hours."""
    template_language: str = Field(default="en", pattern=r"^[a-z]{2,3}(_[A-Z]{2,3})?$")
    menu_label: str = Field(default="Choose", min_length=1, max_length=20)
    """WhatsApp: what stands on the button that opens a list of more than three choices."""
    api_url: str = "https://graph.facebook.com"
    """Another host of Meta's, or a fake on this machine."""
    seconds: float = Field(default=15.0, ge=0.2, le=40.0)
    """How long each answer is waited for; the worker gives a sending 40 s in all."""

    @field_validator("app_secret", "previous_app_secret", "verify_token", "access_token")
    @classmethod
    def _is_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is None:
            return None
        value = secret.get_secret_value()
        if len(value) < 16 or not value.isascii() or not value.isprintable() or " " in value:
            raise ValueError("at least 16 ASCII characters without spaces")
        return secret

    @field_validator("api_url")
    @classmethod
    def _is_safe_for_the_token(cls, url: str) -> str:
        parts = urlsplit(url)
        is_vendor = parts.scheme == "https" and parts.netloc in _VENDOR
        if not is_vendor and parts.hostname not in _LOOPBACK:
            raise ValueError("the token is sent to https://graph.facebook.com or this machine only")
        return url.rstrip("/")

    @property
    def signing_secrets(self) -> tuple[bytes, ...]:
        """The secrets by which a call may be signed."""
        secrets = (self.app_secret, self.previous_app_secret)
        return tuple(secret.get_secret_value().encode() for secret in secrets if secret)
