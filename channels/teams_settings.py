"""What one Teams inbox needs to be told, and to which hosts its tokens may go. Meaning of each key: docs/channels/teams.md."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

Guid = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", to_lower=True)
]

SERVICE_HOSTS = frozenset(
    [
        "smba.trafficmanager.net",
        "smba.infra.gcc.teams.microsoft.com",
        "smba.infra.gov.teams.microsoft.us",
        "smba.infra.dod.teams.microsoft.us",
    ]
)
"""Where Teams takes messages. Whole names: anybody can have another one under trafficmanager.net."""
_FILE_HOSTS = (".sharepoint.com", ".sharepoint.us", ".sharepoint-mil.us")
"""Where OneDrive and SharePoint keep what organisations own, each under a name of its own."""
_LOGIN_HOSTS = frozenset({"login.microsoftonline.com", "login.microsoftonline.us"})
_KEY_HOSTS = frozenset({"login.botframework.com", "login.botframework.azure.us"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class TeamsSettings(BaseModel):
    """One bot, registered as an app in Microsoft Entra."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    app_id: Guid
    app_secret: SecretStr
    """A client secret of the app; we get our tokens with it. What arrives is checked by public keys."""
    tenant_id: Guid
    """The organisation where the app is registered; its people may write to us."""
    more_tenants: tuple[Guid, ...] = ()
    """Other organisations whose people may write to us."""
    any_tenant: bool = False
    """Whoever has installed the app may write to us."""
    login_tenant: str = Field(default="", pattern=r"^[0-9A-Za-z.-]{0,100}$")
    """Where our tokens come from, if not from `tenant_id`: `botframework.com` for apps of several tenants."""
    issuer: Literal["https://api.botframework.com", "https://api.botframework.us"] = (
        "https://api.botframework.com"
    )
    metadata_url: str = "https://login.botframework.com/v1/.well-known/openidconfiguration"
    login_url: str = "https://login.microsoftonline.com"
    service_url: str = "https://smba.trafficmanager.net/teams/"
    """Where a conversation is begun that we open ourselves; others go on where they came from."""
    greeting: str = Field(
        default="Hello. Ask me anything; what I do not know, I pass on to people.", max_length=1000
    )
    """What somebody reads who has just added the app; empty: nothing."""
    seconds: float = Field(default=15.0, ge=0.2, le=20.0)
    """How long each answer of Microsoft's is waited for; the worker gives a sending 40 s in all."""

    @field_validator("app_secret")
    @classmethod
    def _is_a_secret(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if len(value) < 16 or not value.isascii() or not value.isprintable():
            raise ValueError("this is no client secret: it is too short or not ASCII")
        return secret

    @field_validator("metadata_url")
    @classmethod
    def _is_where_keys_are(cls, url: str) -> str:
        return _checked(url, _KEY_HOSTS)

    @field_validator("login_url")
    @classmethod
    def _is_where_tokens_are(cls, url: str) -> str:
        return _checked(url, _LOGIN_HOSTS).rstrip("/")

    @field_validator("service_url")
    @classmethod
    def _is_where_messages_go(cls, url: str) -> str:
        return _checked(url, SERVICE_HOSTS).rstrip("/") + "/"

    def accepts_tenant(self, tenant: str) -> bool:
        """May people of this organisation write to us?"""
        return self.any_tenant or tenant.lower() in {self.tenant_id, *self.more_tenants}

    def may_serve(self, url: str) -> bool:
        """May our token be shown there? Only Teams' own hosts, and where `service_url` stands if that is a
        server on this machine."""
        if not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\?#"):
            return False
        parts = _split(url)
        if parts is None:
            return False
        own = urlsplit(self.service_url)
        is_own = own.hostname in _LOOPBACK and parts[:2] == own[:2]
        return is_own or _is_vendors(parts, SERVICE_HOSTS)

    def may_hold(self, url: str) -> bool:
        """May a customer's file be put there? Only where Microsoft keeps the files of organisations, and where
        `service_url` stands if that is a server on this machine."""
        parts = _split(url) if url.isascii() and url.isprintable() else None
        if parts is None:
            return False
        own, host = urlsplit(self.service_url), parts.hostname or ""
        is_own = own.hostname in _LOOPBACK and parts[:2] == own[:2]
        return is_own or (_is_vendors(parts, {host}) and host.endswith(_FILE_HOSTS))


def _split(url: str) -> SplitResult | None:
    """The parts of an address, None where it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_vendors(parts: SplitResult, hosts: Collection[str]) -> bool:
    is_plain = parts.username is None and parts.port in {None, 443}
    return parts.scheme == "https" and is_plain and parts.hostname in hosts


def _checked(url: str, hosts: frozenset[str]) -> str:
    parts = _split(url)
    if parts is None or not (_is_vendors(parts, hosts) or parts.hostname in _LOOPBACK):
        raise ValueError(
            "this must be an https address of Microsoft's, or a server on this machine"
        )
    return url
