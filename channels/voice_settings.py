"""What one telephone number needs to be told. Defaults and meaning of each key: docs/channels/voice.md."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from channels.twilio_settings import TwilioSettings


class VoiceSettings(TwilioSettings):
    """One number that is called."""

    company: str = Field(default="", max_length=80)
    """Said in the greeting."""
    greeting: str = Field(default="", max_length=400)
    """The whole greeting, instead of the one made of `company`; the place for a legal notice."""
    language: Literal["en", "es", "de", "fr", "pt", "ar"] = "en"
    """What is said outside the answers."""
    locale: str = Field(default="", pattern=r"^([a-z]{2,3}-[A-Z]{2})?$")
    """How it is pronounced and recognised, as `es-MX`; empty: the language's usual one."""
    voice: str = Field(default="", pattern=r"^[A-Za-z0-9.-]{0,60}$")
    """A voice of Twilio's, as `Polly.Joanna-Neural`; empty: the language's usual one."""
    hints: tuple[str, ...] = ()
    """Words that callers are likely to say: products, places."""
    confidence: float = Field(default=0.35, ge=0.0, le=1.0)
    """What was heard less surely is asked for again."""
    patience_seconds: int = Field(default=6, ge=2, le=30)
    """How long silence is waited for, each of two times."""
    answer_characters: int = Field(default=350, ge=80, le=1200)
    """An answer with a source is cut after the last whole sentence before this."""
    voicemail_seconds: int = Field(default=120, ge=10, le=600)
    puts_through: bool = False
    """Callers who want a person wait in line for one, may be called back, and are connected to colleagues who have
    a telephone; without it they are offered the voicemail at once."""
    line_minutes: int = Field(default=20, ge=1, le=120)
    """After so long in line a caller is offered a call back or the voicemail instead."""
    hold_music: str = Field(default="", pattern=r"^(https://[^\s]{1,300})?$")
    """An audio file that plays in line; empty: silence between the words."""
    records_talks: bool = False
    """Asks callers in line whether the talk may be recorded; it is only if they press 1."""
    ring_seconds: int = Field(default=25, ge=10, le=60)
    """How long a colleague's telephone rings."""
