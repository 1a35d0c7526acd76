"""What one inbox of the signed webhook needs to be told. Meaning of each key: docs/channels/webhook.md."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_PREFIX = "whsec_"


class WebhookSettings(BaseModel):
    """One system that is attached. While a secret is changed, the former one still counts."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    source: str = Field(pattern=r"^[a-z0-9-]{1,30}$")
    """The system's name: its people's ids are told apart by it from those of other systems."""
    url: str
    """Where replies are posted."""
    incoming_secret: SecretStr
    previous_incoming_secret: SecretStr | None = None
    outgoing_secret: SecretStr
    previous_outgoing_secret: SecretStr | None = None
    """Signs beside the new one, as long as the other side may still check with it."""
    seconds: float = Field(default=15.0, ge=0.2, le=40.0)
    """How long the other side's answer is waited for; the worker gives a sending 40 s in all."""

    @field_validator("url")
    @classmethod
    def _is_private_on_the_way(cls, url: str) -> str:
        parts = urlsplit(url)
        is_here = parts.hostname in {"127.0.0.1", "localhost", "::1"}
        if not parts.hostname or parts.username or parts.scheme not in {"https", "http"}:
            raise ValueError("this must be an https address")
        if parts.scheme == "http" and not is_here:
            raise ValueError("customers' words go by https, or to this machine")
        return url

    @field_validator(
        "incoming_secret",
        "previous_incoming_secret",
        "outgoing_secret",
        "previous_outgoing_secret",
    )
    @classmethod
    def _is_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            key_of(secret)
        return secret

    @property
    def incoming_keys(self) -> tuple[bytes, ...]:
        """The keys by which a call may be signed."""
        return tuple(
            map(key_of, filter(None, (self.incoming_secret, self.previous_incoming_secret)))
        )

    @property
    def outgoing_keys(self) -> tuple[bytes, ...]:
        """The keys by which each reply is signed."""
        return tuple(
            map(key_of, filter(None, (self.outgoing_secret, self.previous_outgoing_secret)))
        )


def key_of(secret: SecretStr) -> bytes:
    """The key in a secret as Standard Webhooks writes it: whsec_ and 24 to 64 bytes in base64. Raises `ValueError`."""
    value = secret.get_secret_value()
    try:
        key = base64.b64decode(value.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not value.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError("this must be whsec_ and 24 to 64 random bytes in base64")
    return key
