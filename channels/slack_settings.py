"""What one Slack inbox needs to be told. Defaults and meaning of each key: docs/channels/slack.md."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from channels.slack_words import WORDS, Language

_VENDOR = ("slack.com", "slack-gov.com")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_slacks(url: str) -> bool:
    """Is this an https address of the vendor's, one to which a token may go?"""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_vendor = any(host == name or host.endswith(f".{name}") for name in _VENDOR)
    return is_vendor and parts.scheme == "https" and parts.username is None


class Words(BaseModel):
    """What the app itself says in Slack; everything else is said by the dialogue or by people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    taken: str = Field(
        default="Passed on. You get the answer in your direct messages with this app.",
        min_length=1,
        max_length=500,
    )
    """Seen at once by who sent off the form or a command."""
    form_title: str = Field(default="Ask our people", min_length=1, max_length=24)
    form_question: str = Field(default="What is it about?", min_length=1, max_length=200)
    form_send: str = Field(default="Send", min_length=1, max_length=24)
    form_close: str = Field(default="Close", min_length=1, max_length=24)
    no_form: str = Field(
        default="The form could not be opened. Write me here what it is about.",
        min_length=1,
        max_length=500,
    )
    """Said in the direct messages: Slack opens a form within three seconds or not at all."""
    home_title: str = Field(default="Your open requests", min_length=1, max_length=150)
    home_empty: str = Field(default="Nothing is open.", min_length=1, max_length=500)
    with_us: str = Field(default="we are on it", min_length=1, max_length=100)
    writing: str = Field(default="is looking for an answer…", min_length=1, max_length=50)
    """Shown after the app's name in the assistant view, while an answer is made."""
    with_you: str = Field(default="we wait for your answer", min_length=1, max_length=100)


class SlackSettings(BaseModel):
    """One app in one workspace. During a change of signing secret the old one still verifies.

    Of an app that is installed by consent, Slack tells the second half; until then, and after it was removed, there is
    no token.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    team: str = Field(default="", pattern=r"^([TE][A-Z0-9]{1,20})?$")
    """Id of the workspace, or of the organisation where the app is installed for all of it."""
    bot_token: SecretStr | None = None
    signing_secret: SecretStr | None = None
    previous_signing_secret: SecretStr | None = None
    app_token: SecretStr | None = None
    """An app-level token: events come over a socket that we open, and no address of ours is needed."""
    channels: tuple[Annotated[str, StringConstraints(pattern=r"^[CG][A-Z0-9]{1,20}$")], ...] = ()
    """Channels in which every new message opens a conversation; elsewhere we must be mentioned."""
    prompts: tuple[Annotated[str, StringConstraints(min_length=1, max_length=300)], ...] = ()
    """Questions that the assistant view offers when it is opened, four at most; empty: the view is not used."""
    client_id: str = Field(default="", pattern=r"^([0-9]{1,20}\.[0-9]{1,20})?$")
    client_secret: SecretStr | None = None
    """With these the app is added to a workspace by consent, from the settings."""
    assistant: bool = False
    """Consent is asked for the assistant view too."""
    language: Language = "en"
    """In which the app itself speaks."""
    words: Words = Words()
    api_url: str = "https://slack.com/api/"
    seconds: float = Field(default=20.0, ge=0.2, le=40.0)
    """How long Slack's answer is waited for; the worker gives a sending 40 s in all."""
    seconds_apart: float = Field(default=1.0, ge=0.0, le=60.0)
    """From one message to the next in one channel: Slack takes one a second."""
    workspace: str = ""
    bot_user: str = ""
    scopes: tuple[str, ...] = ()
    installed_at: int = 0
    """When the token was given, as Slack counts time: news of a removal before it is old."""
    refresh_token: SecretStr | None = None
    token_until: int = 0
    """0: the token does not end by itself."""

    @field_validator(
        "bot_token",
        "app_token",
        "signing_secret",
        "previous_signing_secret",
        "client_secret",
        "refresh_token",
    )
    @classmethod
    def _is_a_secret(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is None:
            return None
        value = secret.get_secret_value()
        if len(value) < 16 or not value.isascii() or not value.isprintable():
            raise ValueError("this is no secret of Slack's: it is too short or not ASCII")
        return secret

    @field_validator("api_url")
    @classmethod
    def _belongs_to_slack(cls, url: str) -> str:
        """The bot's token goes there and nowhere else."""
        if not is_slacks(url) and urlsplit(url).hostname not in _LOOPBACK:
            raise ValueError("this must be an https address of Slack, or a server on this machine")
        return url.rstrip("/") + "/"

    @model_validator(mode="after")
    def _can_hear(self) -> SlackSettings:
        if self.signing_secret is None and self.app_token is None:
            raise ValueError("signing_secret (webhook) or app_token (socket) must be set")
        return self

    @model_validator(mode="after")
    def _can_speak(self) -> SlackSettings:
        by_hand = bool(self.team and self.bot_token)
        by_consent = bool(self.client_id and self.client_secret)
        if self.client_id and not self.client_secret:
            raise ValueError("client_id needs its client_secret")
        if not (by_hand or by_consent):
            raise ValueError("team and bot_token, or client_id and client_secret, must be set")
        if self.bot_token and not self.team:
            raise ValueError("bot_token needs its team")
        return self

    @property
    def said(self) -> Words:
        """The words of the language, but for those that were set."""
        own = self.words.model_dump(exclude_defaults=True)
        return Words.model_validate({**WORDS[self.language], **own})

    @property
    def token(self) -> str:
        """The bot's; empty where the app is in no workspace."""
        return self.bot_token.get_secret_value() if self.bot_token else ""
