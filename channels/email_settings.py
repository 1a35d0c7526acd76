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
    answers_from_aliases: bool = True
    """Who wrote to an alias is answered from it. Your mail server must let this account send so."""
    forms: tuple[str, ...] = ()
    """Addresses that only forms of your website write from: who wrote is whom their Reply-To names."""
    signature: tuple[str, ...] = Field(default=(), max_length=30)
    """Lines that stand beneath each mail that goes out: who you are, as the law wants it."""
    receives: Literal["imap", "lmtp", "smtp"] = "imap"
    """Reads a mailbox, or has mail brought by a mail server of yours."""
    listen_host: str = "127.0.0.1"
    listen_port: int = Field(default=0, ge=0, le=65535)
    imap_host: str = ""
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_security: _Security = "tls"
    imap_user: str = ""
    imap_password: SecretStr | None = None
    imap_token: SecretStr | None = None
    """An OAuth 2.0 access token, for XOAUTH2 instead of a password."""
    oauth_token_url: str = Field(
        default="", pattern=r"^(https://[^\s]{1,300}|http://127\.0\.0\.1:\d+/\S*)?$"
    )
    """Where access tokens are renewed, for IMAP and SMTP, with the three below."""
    oauth_client_id: str = ""
    oauth_client_secret: SecretStr | None = None
    oauth_refresh_token: SecretStr | None = None
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

    @field_validator("address", "reply_address", "aliases", "forms")
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
        renews = bool(self.oauth_token_url)
        if renews != bool(self.oauth_client_id and self.oauth_refresh_token):
            raise ValueError(
                "to renew tokens, oauth_token_url, _client_id and _refresh_token are needed"
            )
        ways = (self.imap_password is not None, self.imap_token is not None, renews)
        if self.receives == "imap" and (sum(ways) != 1 or not (self.imap_host and self.imap_user)):
            raise ValueError(
                "imap_host, imap_user and exactly one of imap_password, imap_token and oauth_token_url are needed"
            )
        if self.receives != "imap" and not self.listen_port:
            raise ValueError("listen_port is needed: where your mail server brings mail")
        return self


def revealed(secret: SecretStr | None) -> str:
    """A secret in clear, "" when there is none."""
    return secret.get_secret_value() if secret is not None else ""
