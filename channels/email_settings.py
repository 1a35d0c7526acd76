"""What one mail inbox needs to be told. Defaults and meaning of each key: docs/channels/email.md."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from channels.email_address import is_plausible
from channels.email_mime import DEFAULT_LIMITS

_Security = Literal["tls", "starttls", "none"]


class EmailSettings(BaseModel):
    """One mailbox. During a change of reply secret the old one still verifies and no longer signs."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    address: str
    """What customers write to and see as sender."""
    name: str = ""
    """Sender name of mails that no person signed."""
    aliases: tuple[str, ...] = ()
    """Other addresses that end in this mailbox."""
    imap_host: str
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_security: _Security = "tls"
    imap_user: str
    imap_password: SecretStr | None = None
    imap_token: SecretStr | None = None
    """An OAuth 2.0 access token, for XOAUTH2 instead of a password."""
    mailbox: str = "INBOX"
    sent_mailbox: str = ""
    """Where the provider keeps a copy of what is sent. Settles whether an interrupted sending happened."""
    poll_seconds: float = Field(default=60.0, ge=0.2, le=1500.0)
    """How often to look where the server has no IDLE, and at the latest where it has."""
    smtp_host: str
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_security: _Security = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr | None = None
    smtp_token: SecretStr | None = None
    smtp_seconds: float = Field(default=20.0, ge=0.2, le=40.0)
    """How long each answer of the mail server is waited for; the worker gives a sending 40 s in all."""
    reply_address: str = ""
    """What signed reply addresses are made from; empty: `address`. Mail to name+anything must arrive."""
    reply_secret: SecretStr
    previous_reply_secret: SecretStr | None = None
    signed_bounces: bool = False
    """Sends from the signed reply address, so that a bounce without the original finds its conversation. Not every
    provider lets an account send from `name+anything`."""
    authserv_id: str = ""
    """The id under which our own mail server writes Authentication-Results; empty: no sender is proven."""
    fallback_subject: str = "Your request"
    message_bytes: int = Field(default=DEFAULT_LIMITS.message_bytes, ge=1_000_000, le=200_000_000)
    """Mails are read up to this size; the rest stays in the mailbox and the agent is told."""

    @field_validator("address", "reply_address", "aliases")
    @classmethod
    def _are_addresses(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        for address in (value,) if isinstance(value, str) else value:
            if address and not is_plausible(address):
                raise ValueError("this is not a mail address")
        return value

    @field_validator("reply_secret", "previous_reply_secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and len(secret.get_secret_value().encode()) < 32:
            raise ValueError("a reply secret needs at least 32 bytes")
        return secret

    @model_validator(mode="after")
    def _can_log_in(self) -> EmailSettings:
        if (self.imap_password is None) == (self.imap_token is None):
            raise ValueError("exactly one of imap_password and imap_token is needed")
        return self


def revealed(secret: SecretStr | None) -> str:
    """A secret in clear, "" when there is none."""
    return secret.get_secret_value() if secret is not None else ""
